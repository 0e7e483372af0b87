import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest

from mimetic.bench.relations import film, run, scenes, trial
from mimetic.bench.relations.results import precision
from mimetic.bench.relations.run import Asked, bench_relations
from mimetic.bench.relations.scenes import Scene, jobs
from mimetic.bench.relations.stage import Stage, shuffle_people, transplant
from mimetic.bench.relations.tables import TABLES, render
from mimetic.bench.relations.trial import (
    explanations,
    fidelity,
    removal,
    run_trial,
    scorer,
    steps_of,
)
from mimetic.cli import relations_bench
from mimetic.datasets.planted import PopulationSettings
from mimetic.errors import ArgumentError
from mimetic.relations.probes import freeze_frame
from mimetic.relations.registry import KINDS, make_kind
from tests.relations.clips import target

JSON_PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text()
DOCUMENTED = re.findall(
    r"^\| `([^`]+)` \|", JSON_PAGE.partition("## `relations bench`")[2].partition("\n## ")[0],
    re.MULTILINE,
)  # fmt: skip
EASY = {
    "kinds": ("amplitude",), "strengths": (1.0,), "clips_per_subject": 2, "distractors": 1,
    "steps": 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def stage():
    return Stage(Scene(name="inside", people=EASY, subjects=50, tested=40), 1)


@pytest.fixture(scope="module")
def cell(stage):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "make_kind", quick_kind)
        return run_trial(stage, "additive")


def test_the_planted_pair_is_named_and_nothing_else_carries_the_estimate(stage, cell):
    (pair,) = cell["pairs"]
    left, right = np.triu_indices(9, 1)
    named = int(np.argmax(cell["explanations"]["importance"]))
    assert [left[named], right[named]] == pair
    assert cell["p"][named] <= 0.01
    assert cell["fidelity"] > 0.9
    assert cell["oracle"] >= cell["fidelity"]
    assert cell["cut"] < 0.7
    assert cell["cut_elsewhere"] > 0.9


def test_taking_the_named_pair_out_takes_the_estimate_with_it(cell):
    gone, come = (cell["removal"]["importance"][way] for way in ("deletion", "insertion"))
    assert gone[0] == come[-1] == cell["fidelity"]
    assert gone[1] < 0.7 < come[1]
    assert gone[-1] == come[0]
    assert len(gone) == len(steps_of(36))


def test_people_are_tested_on_who_were_not_learnt_from(stage):
    assert not set(stage.learnt.families) & set(stage.tested.families)
    assert len(stage.material) == stage.target.y.size
    assert len(stage.test_material) == stage.test_target.y.size


def test_a_transplant_keeps_what_each_region_does_alone_and_breaks_what_it_does_with_others(stage):
    clips = stage.tested.dynamics
    moved = transplant(clips, [2, 5], apart=2, rng=np.random.default_rng(0))
    before, after = (np.stack([one.values for one in each]) for each in (clips, moved))
    same = [0, 1, 3, 4, 6, 7, 8]
    np.testing.assert_array_equal(before[:, :, same], after[:, :, same])
    for region in (2, 5):
        rows = {one.values[:, region].tobytes() for one in clips}
        assert rows == {one.values[:, region].tobytes() for one in moved}
        donors = [
            int(np.flatnonzero((before[:, :, region] == one.values[:, region]).all((1, 2)))[0])
            for one in moved
        ]
        assert all(stage.tested.subjects[n] != stage.tested.subjects[d]
                   for n, d in enumerate(donors))  # fmt: skip


def test_a_transplant_needs_two_people(stage):
    with pytest.raises(ArgumentError, match="clips"):
        transplant(stage.tested.dynamics[:2], [0], apart=2, rng=np.random.default_rng(0))


def test_shuffled_labels_stay_together_within_people():
    given = target([0, 0, 1, 1, 0, 1], people=[0, 0, 1, 1, 2, 3])
    dealt = [shuffle_people(given, np.random.default_rng(seed)).y for seed in range(20)]
    assert all(y[0] == y[1] and y[2] == y[3] for y in dealt)
    assert len({tuple(y) for y in dealt}) > 2


def test_fidelity_is_of_people_not_of_clips():
    given = target([1, 1, 0, 0], people=[0, 0, 1, 1])
    assert fidelity(np.array([5.0, -1.0, 1.0, 0.0]), given) == 1.0
    years = target([30.0, 30.0, 50.0, 50.0], people=[0, 0, 1, 1], task="number")
    assert fidelity(np.array([20.0, 40.0, 40.0, 40.0]), years) == 5.0


def test_removal_scores_with_exactly_the_pairs_that_are_left():
    given = target([0, 1])
    kept = []

    def score(keep):
        kept.append(keep.copy())
        return np.array([0.0, float(keep[1])])

    found = removal(score, [1, 0, 2], given)
    assert found["deletion"] == [1.0, 0.5, 0.5, 0.5]
    assert found["insertion"] == [0.5, 1.0, 1.0, 1.0]
    assert [int(keep.sum()) for keep in kept] == [3, 0, 2, 1, 1, 2, 0, 3]


def test_a_kind_that_names_no_pairs_has_neither_explanation_nor_removal(stage):
    probe = make_kind("frozen-frame")
    probe.fit(stage.material, stage.target, rng=np.random.default_rng(0))
    assert explanations(probe) == {}
    assert scorer(probe, stage.test_material) is None


def test_parts_come_in_order_and_name_known_kinds_and_scenes():
    every = list(jobs())
    assert every[0] == ("inside", 0, every[0][2])
    assert {scene for scene, _, _ in every} <= {*scenes.SCENES, "rendered", "unrendered", "search"}
    later = {"fdin-softmax", "fdin-sigmoid", "lstm", "tcn"}
    assert {kind for _, _, kinds in every for kind in kinds} <= {*KINDS, *later}
    for scene in scenes.SCENES.values():
        assert scene.settings().subjects == scene.subjects + scene.tested


@pytest.fixture
def few(monkeypatch):
    """A bench of three small cells."""
    small = [
        Scene(name="inside", people=EASY, subjects=20, tested=12),
        Scene(name="null small", people=EASY, subjects=16, tested=0, null=True),
        Scene(name="shortcut", people={**EASY, "shortcut": 3.0}, subjects=20, tested=16),
    ]
    monkeypatch.setattr(scenes, "QUICK_SCENES", tuple(small))
    parts = ((("inside", "null small"), ("additive",), 1), (("shortcut",), ("frozen-frame",), 1))
    monkeypatch.setattr(scenes, "QUICK_PARTS", parts)
    monkeypatch.setattr(trial, "make_kind", quick_kind)


def quick_kind(kind, settings=None):
    """A kind with few settings to try."""
    fewer = {"tries": 3, "draws": 2} | (settings or {})
    return make_kind(kind, fewer if kind == "additive" else None)


def test_a_second_run_computes_nothing_and_another_scene_is_computed_anew(
    tmp_path, few, monkeypatch
):
    told = []
    out = tmp_path / "relations.json"
    first = bench_relations(out, Asked(quick=True), tell=told.append)
    assert told == ["inside / additive / 0", "null small / additive / 0",
                    "shortcut / frozen-frame / 0"]  # fmt: skip
    again = bench_relations(out, Asked(quick=True), tell=told.append)
    assert again == first
    assert len(told) == 3
    bench_relations(out, Asked(quick=True, again=["frozen-frame"]), tell=told.append)
    assert told[3:] == ["shortcut / frozen-frame / 0"]
    other = Scene(name="shortcut", people={**EASY, "shortcut": 1.0}, subjects=20, tested=16)
    monkeypatch.setattr(scenes, "QUICK_SCENES", (*scenes.QUICK_SCENES[:2], other))
    bench_relations(out, Asked(quick=True, scenes=["shortcut"]), tell=told.append)
    assert told[4:] == ["shortcut / frozen-frame / 0"]
    stored = json.loads(out.read_text())
    shortcut = stored["cells"]["shortcut / frozen-frame / 0"]
    assert shortcut["swapped"] < 0.5 < shortcut["frozen"]
    assert "oracle" not in stored["cells"]["null small / additive / 0"]


def test_the_command_prints_tables_or_json_with_documented_fields(few, capsys, tmp_path):
    out = tmp_path / "relations.json"
    relations_bench.bench(kind=[], scene=[], again=[], cache=None, out=out, quick=True,
                          json_out=False)  # fmt: skip
    assert "additive" in capsys.readouterr().out
    relations_bench.bench(kind=[], scene=[], again=[], cache=None, out=out, quick=True,
                          json_out=True)  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    fields = {f"cells.*.{key}" for cell in told["cells"].values() for key in cell}
    documented = {name for name in DOCUMENTED if name.startswith("cells")}
    elsewhere = {f"cells.*.{key}" for key in ("steps", "tries", "survival", "statistic")}
    assert fields == documented - {"cells.*.untrained"} - elsewhere  # networks alone
    assert {name for name in DOCUMENTED if "." not in name} <= set(told)


def test_words_that_name_nothing_are_refused_together():
    with pytest.raises(ArgumentError, match=r"(?s)kinds: .*oracle.*scenes: .*moon"):
        Asked(kinds=["oracle"], scenes=["moon"])


def test_filmed_people_are_scored_by_fits_that_have_not_seen_them(monkeypatch, tmp_path):
    people = {**EASY, "subjects": 64, "pairs": (("cheek_left", "mouth_right"),)}
    monkeypatch.setattr(film, "PEOPLE", PopulationSettings(**people))
    monkeypatch.setattr(film, "make_kind", quick_kind)
    monkeypatch.setattr(film, "FOLDS", 3)
    rendered = []

    def still(population, cache, *, tell):
        rendered.append(cache)
        tell(128, 128)
        frozen = tuple(freeze_frame(one) for one in population.dynamics)
        return dataclasses.replace(population, dynamics=frozen)

    monkeypatch.setattr(film, "render", still)
    told = []
    plain = film.film_trial("additive", 1, cache=None, tell=told.append)
    assert plain["fidelity"] > 0.8
    assert precision(plain) == 1.0
    assert not told
    filmed = film.film_trial("additive", 1, cache=tmp_path, tell=told.append)
    assert filmed["fidelity"] < 0.65  # nothing moves in these films
    assert rendered == [tmp_path]
    assert told == ["films: 128 of 128"]
    assert [one["region"] for one in filmed["survival"]] == list(film.PEOPLE.region_names)
    assert plain["survival"] == []
    assert len(plain["p"]) == len(plain["statistic"]) == 36
    assert min(plain["p"]) <= 0.05
    alone = film.film_trial("forest", 1, cache=None, tell=told.append)
    assert "p" not in alone


def test_films_are_made_only_where_they_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "jobs", lambda quick: [("rendered", 0, ("additive",)),
                                                    ("unrendered", 0, ("additive",))])  # fmt: skip
    caches = []

    def pretend(kind, seed, *, cache, tell):
        caches.append(cache)
        return {"explanations": {}, "pairs": [[0, 1]], "distractors": [], "fidelity": 0.9}

    monkeypatch.setattr(run, "film_trial", pretend)
    bench_relations(tmp_path / "a.json", Asked())
    assert caches == [None]
    bench_relations(tmp_path / "b.json", Asked(cache=tmp_path))
    assert caches[1:] == [tmp_path, None]


def test_tables_of_no_cells_say_not_run():
    empty = {"settings": {}, "cells": {}, "made": {}}
    for table in TABLES.values():
        assert "not run" in table(empty)
    assert "not run" in render(empty)
