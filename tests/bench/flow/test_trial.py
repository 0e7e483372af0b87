import json
from dataclasses import replace

import numpy as np
import pytest

from mimetic.bench.cells import Cells
from mimetic.bench.flow.rivals import Rival
from mimetic.bench.flow.trial import Regime, cell_name, measure, run_regime, seeded, table_of
from mimetic.flow.records import Estimate, FlowPair

GREY = np.zeros((16, 16), np.uint8)
ONES = np.ones((2, 16, 16), np.float32)


def pair_of(peak):
    return FlowPair(first=GREY, second=GREY, flow_px=peak * ONES, valid=GREY == 0)


def draw(condition, person):
    if condition[0] == "real" and person == "photo":
        return None
    return pair_of(condition[1])


def rival(name, share, calls=None, **facts):
    """A method that finds a share of the true flow."""

    def estimate(pair):
        if calls is not None:
            calls.append(name)
        return Estimate((share * pair.flow_px).astype(np.float32))

    return Rival(name=name, estimate=estimate, **facts)


REGIME = Regime(
    name="S1 real",
    conditions=[("real", 1.0), ("mesh", 2.0)],
    persons=("anna", "photo"),
    draw=draw,
)


def test_a_cell_holds_every_measure_by_condition_and_person():
    cell = measure(REGIME, [rival("dis-vr", 0.5)])["dis-vr"]
    errors = table_of(cell, "epe_px")
    assert errors[:, 0] == pytest.approx([np.sqrt(2) / 2, np.sqrt(2)], rel=1e-3)
    assert np.isnan(errors[0, 1])
    assert errors[1, 1] == pytest.approx(np.sqrt(2), rel=1e-3)
    assert table_of(cell, "relative") == pytest.approx(np.full((2, 1), 0.5), rel=1e-3)
    assert cell["conditions"] == [("real", 1.0), ("mesh", 2.0)]
    assert cell["cpu_ms"] >= 0
    assert cell["reference_cpu_ms"] == cell["cpu_ms"]
    assert cell["sigma"] is None


def test_sigma_is_summed_over_pairs():
    def estimate(pair):
        return Estimate(pair.flow_px, np.full(GREY.shape, 0.05, np.float32))

    cell = measure(REGIME, [Rival(name="sure", estimate=estimate)])["sure"]
    assert np.sum(cell["sigma"]["count"]) == 3 * 2 * GREY.size
    assert cell["sigma"]["within_1"] == cell["sigma"]["count"]
    assert cell["reference_cpu_ms"] is None


def test_methods_take_turns_so_that_nobody_always_follows_the_same_one():
    calls = []
    names = ("a", "b", "c")
    measure(REGIME, [rival(name, 0, calls) for name in names])
    warm, rounds = calls[:3], np.reshape(calls[3:], (3, 3)).tolist()
    assert warm == list(names)
    assert rounds == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]]


def test_only_missing_cells_are_computed_and_the_reference_runs_along(tmp_path):
    path, calls = tmp_path / "flow.json", []
    base, ours, late = (rival(name, 0.5, calls) for name in ("dis-vr", "ours", "late"))
    run_regime(Cells(path, "flow", {}), REGIME, [base, ours])
    calls.clear()
    run_regime(Cells(path, "flow", {}), REGIME, [base, ours])
    assert not calls
    run_regime(Cells(path, "flow", {}), REGIME, [base, ours, late])
    assert set(calls) == {"dis-vr", "late"}
    cells = json.loads(path.read_text())["cells"]
    assert list(cells) == ["S1 real / dis-vr", "S1 real / ours", "S1 real / late"]
    assert cells["S1 real / late"]["reference_cpu_ms"] is not None


def test_a_slow_method_skips_the_regimes_that_are_not_its_own(tmp_path):
    cells = Cells(tmp_path / "flow.json", "flow", {})
    slow = rival("tvl1", 0.5)
    run_regime(cells, replace(REGIME, name="S1 noise 4"), [slow])
    run_regime(cells, REGIME, [slow])
    assert list(cells.content()["cells"]) == ["S1 real / tvl1"]


def test_other_weights_are_another_cell():
    assert cell_name("S3", rival("net", 0)) == "S3 / net"
    assert cell_name("S3", rival("net", 0, version="12ab")) == "S3 / net @ 12ab"


def test_what_is_drawn_depends_on_the_words_alone():
    assert seeded("mesh", 0.5).random() == seeded("mesh", 0.5).random()
    assert seeded("mesh", 0.5).random() != seeded("mesh", 0.25).random()
