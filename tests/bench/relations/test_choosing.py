"""The search that the settings of the paper's network came from."""

import pytest

from mimetic.bench.relations import choosing, run
from mimetic.bench.relations.choosing import Try, choose_trial
from mimetic.bench.relations.run import Asked, bench_relations
from mimetic.bench.relations.scenes import Scene
from mimetic.bench.relations.stage import Stage
from mimetic.bench.relations.tables import TABLES

FAST = {"kinds": ("amplitude",), "strengths": (1.0,), "clips_per_subject": 1, "steps": 40}


@pytest.fixture
def short(monkeypatch):
    """Two tries, a change and another."""
    monkeypatch.setattr(choosing, "FIRST", (Try(), Try(fair=False)))
    monkeypatch.setattr(choosing, "CHANGES", ({"width": 8},))
    monkeypatch.setattr(choosing, "THEN", ({"rate": 5e-4},))


def test_each_change_is_tried_from_the_best_and_tells_loss_and_area_by_length(short, monkeypatch):
    losses = {(True, 32): 0.6, (False, 32): 0.5, (False, 8): 0.4}

    def pretend(stage, kind, one, steps):
        loss = losses[one.fair, one.width] if one.rate == 1e-3 else 0.9
        return {"rate": one.rate, "fair": one.fair, "width": one.width, "losses": [0.7, loss]}

    monkeypatch.setattr(choosing, "_told", pretend)
    tries = choose_trial(None, "fdin-softmax", steps=(1, 2))["tries"]
    assert [(one["fair"], one["width"], one["rate"]) for one in tries] == [
        (True, 32, 1e-3), (False, 32, 1e-3), (False, 8, 1e-3), (False, 8, 5e-4),
    ]  # fmt: skip


def test_nobody_tested_on_is_looked_at_and_the_bench_shows_what_was_tried(
    short, monkeypatch, tmp_path
):
    pytest.importorskip("torch")
    scene = Scene(name="inside", people=FAST, subjects=24, tested=0)
    monkeypatch.setitem(run.SCENES, "inside", scene)
    kept = choose_trial.__kwdefaults__ | {"steps": (2, 4)}
    monkeypatch.setattr(choose_trial, "__kwdefaults__", kept)
    out = tmp_path / "relations.json"
    told = bench_relations(out, Asked(scenes=["search"]))
    again = bench_relations(out, Asked(scenes=["search"]))
    assert list(told["cells"]) == ["search / fdin-softmax / 0"]
    assert again["cells"] == told["cells"]
    cell = told["cells"]["search / fdin-softmax / 0"]
    assert cell["steps"] == [2, 4]
    assert all(len(one["losses"]) == len(one["auc"]) == 2 for one in cell["tries"])
    shown = TABLES["relations:search"](told)
    assert shown.count("fdin-softmax") == 4
    assert "loss, 4 steps" in shown
    assert "search" not in TABLES["relations:scenes"](told)


def test_the_same_people_are_held_out_for_every_try(short):
    pytest.importorskip("torch")
    stage = Stage(Scene(name="inside", people=FAST, subjects=24, tested=0), 0)
    one, other = (
        [rows.tolist() for rows, _ in choosing._scored(stage, "fdin-softmax", each, (1, 2))]
        for each in (Try(width=8), Try(width=8, rate=2e-3))
    )
    assert one == other
    assert not set(one[0]) & set(one[1])
