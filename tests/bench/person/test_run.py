import json

import numpy as np
import pytest

from mimetic.bench.person import bars as bars_of
from mimetic.bench.person import decoding, run
from mimetic.bench.person.bars import bars, sides_gap
from mimetic.bench.person.claims import claims
from mimetic.bench.person.coders import baselines
from mimetic.bench.person.cost import MadeUp, fit_cost
from mimetic.bench.person.results import Results, mean_of, over_differences, over_people
from mimetic.bench.person.run import Asked, bench_person
from mimetic.bench.person.settings import QUICK
from mimetic.bench.person.tables import TABLES, render_real
from mimetic.errors import ArgumentError
from tests.bench.person.faces import drawn

TINY = QUICK | {"people": 3, "takes": 2, "components": 4, "dimensions": (4,), "transfer_s": (5.0,)}


@pytest.fixture
def tiny(monkeypatch):
    """The bench on drawn faces in place of filmed ones."""

    def filmed(person, take, *, seed, cache):
        return drawn(6.0, 8.0, seed=10 * person.seed + seed)

    monkeypatch.setattr(decoding, "filmed", filmed)
    monkeypatch.setattr(run, "QUICK", TINY)
    monkeypatch.setattr(run, "baselines", lambda k: {"landmarks": baselines(k)["landmarks"]})
    monkeypatch.setattr(run, "measure_cost", lambda components: {"fit_cpu_s": 1.0} | COST)


COST = {"peak_mib": 2.0, "short_peak_mib": 2.0, "parameters": 3, "embed_ms": 0.1, "crop_ms": 0.5}


def test_the_bench_fills_every_row_and_goes_on_where_it_stopped(tiny, tmp_path):
    out, heard = tmp_path / "person.json", []
    asked = Asked(quick=True, cache=tmp_path)
    table = bench_person(out, asked, tell=heard.append)
    assert set(heard) == set(table["cells"])
    assert table["cells"]["identity"]["chance"] == pytest.approx(1 / 3)
    assert len(table["cells"]["virtual / linear / person 0"]["r2_mean"]) == 2
    again = []
    assert bench_person(out, asked, tell=again.append) == table
    assert again == []
    stored = json.loads(out.read_text())
    for render in TABLES.values():
        assert isinstance(render(stored), str)
    assert "| linear |" in TABLES["person:virtual"](stored)
    assert "5 s" in TABLES["person:transfer"](stored)
    assert "private movement" in TABLES["person:finding"](stored)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"quick": True, "data": "x", "models": "y"}, "virtual people alone"),
        ({"data": "x"}, "expected both or neither"),
        ({"kinds": ("liquid",)}, "expected some of neural"),
    ],
)
def test_what_the_bench_cannot_do_is_refused(asked, words):
    with pytest.raises(ArgumentError, match=words):
        Asked(**asked)


def real_cell(r2, jitter):
    draws = (r2 + np.linspace(-0.02, 0.02, 200)).tolist()
    return {"r2": {"jawOpen": r2}, "r2_mean": r2, "low": r2 - 0.02, "high": r2 + 0.02,
            "jitter": jitter, "draws": draws}  # fmt: skip


def verdicts(cells):
    rows = bars(Results({"settings": {}, "cells": cells}))
    return {row["what"]: row["verdict"] for row in rows}


def test_bars_say_met_missed_or_not_run():
    cells = {}
    for clip in ("a", "b"):
        cells |= {f"real / linear / {clip}": real_cell(0.6, 0.04)}
        cells |= {f"real / plain pixels / {clip}": real_cell(0.5, 0.04)}
        cells |= {f"real / landmarks / {clip}": real_cell(0.58, 0.05)}
    found = verdicts(cells)
    assert found["real people: R2 of the linear model over that of plain pixels"] == "met"
    assert found["real people: R2 of the linear model over that of landmarks"] == "missed"
    assert found["real people: jitter of the linear code over landmarks'"] == "missed"
    assert found["virtual people: R2 per planted movement"] == ""
    assert set(verdicts({}).values()) == {""}


def test_the_table_of_real_people_says_what_the_labels_are_worth():
    cells = {f"real / linear / {clip}": real_cell(0.6, 0.04) for clip in "ab"}
    table = {"settings": {}, "cells": cells, "made": {}}
    assert "labels" not in render_real(table)
    agreed = {
        f"labels / {clip}": {"labels": 9, "retest_r": r} for clip, r in (("a", 0.9), ("b", 0.7))
    }
    shown = render_real(table | {"cells": cells | agreed})
    assert "| labels, r with themselves | 0.8" in shown


def test_a_network_becomes_the_default_only_with_an_interval_above_nothing():
    def judged(kind, gain):
        cells = {f"real network / {kind} / {clip}": real_cell(0.5 + gain, 0.1) for clip in "ab"}
        same = "real" if kind == "neural" else "real network"
        cells |= {f"{same} / linear / {clip}": real_cell(0.5, 0.1) for clip in "ab"}
        return verdicts(cells)[f"{kind}: R2 over the linear model's, same frames of real people"]

    for kind in ("neural", "cycle"):
        assert judged(kind, 0.05) == "met"
        assert judged(kind, -0.05) == "missed"


def test_claims_hold_where_the_interval_lies_above_nothing():
    cells = {
        f"against / person {n}": {
            "own 20": {"r2_mean": [0.8, 0.82]},
            "general 20": {"r2_mean": [0.7, 0.71 + 0.01 * n]},
        }
        for n in range(4)
    }
    table = Results({"settings": {"dimensions": (20,), "transfer_s": (5.0,)}, "cells": cells})
    rows = {row["what"]: row for row in claims(table)}
    assert rows["a person's own model over one of others, virtual, k = 20"]["verdict"] == "holds"
    assert rows["a person's own model over one of others, real, k = 20"]["difference"] == "not run"


def test_one_sided_movements_are_held_against_two_sided_ones():
    cell = {"r2": {"cheek": 0.9, "lip_stretch_left": 0.8, "lip_stretch_right": 0.7, "pucker": 0.1}}
    assert sides_gap([cell]) == pytest.approx(0.15)
    assert sides_gap([{"r2": {"pucker": 0.5}}]) is None
    assert bars_of.is_one_sided("cheek_left")
    assert not bars_of.is_one_sided("jaw_open")


def test_intervals_are_over_people_and_their_seeds():
    same = over_people([[0.5, 0.5], [0.5]])
    assert (same.value, same.low, same.high) == (0.5, 0.5, 0.5)
    assert not over_differences([[1.0], [-1.0]], [[0.0], [0.0]]).excludes_zero
    assert over_people([]) is None
    assert mean_of([{"a": {"b": 1.0}}, {"a": None}], "a", "b") == 1.0


def test_a_made_up_face_costs_what_a_face_costs_and_is_made_anew_each_time():
    clips = MadeUp(1.0)
    first, second = (next(iter(clips)) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert first.times_s.size == 25
    cost = fit_cost(1.0, 4)
    assert cost["parameters"] > 4 * 900
    assert cost["peak_mib"] > 10
