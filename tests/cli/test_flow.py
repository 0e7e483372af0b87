"""The commands of ``mimetic flow`` that measure and list."""

import json
import shutil

import numpy as np
import pytest

import mimetic
from mimetic.bench.flow.bars import ALL, MOVING
from mimetic.errors import ArgumentError, ConfigError, ModelError
from mimetic.flow.methods import AUTO, METHODS
from tests.cli.test_commands import answer, run
from tests.test_docs import flat, rows_of


@pytest.fixture
def folder(result, tmp_path):
    return shutil.copytree(result.path, tmp_path / "anna")


def test_estimate_says_what_was_found_and_where(capsys, folder, film):
    words = ("flow", "estimate", film.path, "-o", folder, "--method", "dis")
    told = answer(capsys, *words, "--against", "0.12")
    assert told["method"] == "dis"
    assert told["against"] == 0.12
    assert told["pairs"] > 90
    assert 0 < told["median_peak_px"] < told["largest_peak_px"]
    assert told["files"] == []
    flow = mimetic.open_result(told["result"]).flow()
    assert np.isfinite(flow.flow_px).any()
    code, out, _ = run(capsys, *words, "--against", "neutral")
    assert code == 0
    assert str(folder) in out
    assert "neutral" in out


def test_a_stretch_of_the_video_can_be_measured_alone(capsys, film, tmp_path):
    told = answer(
        capsys, "flow", "estimate", film.path, "-o", tmp_path / "part", "--method", "zero",
        "--start", "1.0", "--end", "1.4", "--three-frames", "--check",
    )  # fmt: skip
    assert told["method"] == "zero+three-frames+checked"
    assert told["pairs"] == 10


def test_methods_lists_all_with_their_weights_the_default_and_what_came_with_the_package(capsys):
    told = answer(capsys, "flow", "methods")["methods"]
    rows = {row["method"]: row for row in told}
    assert set(rows) == set(METHODS)
    assert [name for name, row in rows.items() if row["default"]] == [AUTO]
    assert rows["refine"]["weights_kib"] <= 2048
    assert rows["dis"]["weights"] is None
    assert rows["dis-vr"]["error_ratio"] == pytest.approx(1.0)
    assert rows[AUTO]["ms_192px"] > rows["zero"]["ms_192px"] > 0
    code, out, _ = run(capsys, "flow", "methods")
    assert code == 0
    assert "closed-form" in out


def table(tmp_path):
    """A small table as the bench writes it: two methods, one twice as good."""
    cells = {}
    for kind in ("local", "mixed", "rbf", "mesh", "edge"):
        for name, error in (("dis-vr", 0.2), ("deepflow", 0.1)):
            cells[f"S1 {kind} / {name} @ "] = {
                "conditions": [[kind, 1.0]], "persons": ["anna", "ben"], "cpu_ms": 10 * error,
                "reference_cpu_ms": 2.0, ALL: [[error] * 2], MOVING: [[2 * error] * 2],
            }  # fmt: skip
    path = tmp_path / "flow.json"
    path.write_text(json.dumps({"settings": {}, "cells": cells}))
    return path


def test_methods_tells_what_the_bench_has_measured(capsys, tmp_path):
    told = answer(capsys, "flow", "methods", "--results", table(tmp_path))["methods"]
    rows = {row["method"]: row for row in told}
    assert rows["deepflow"]["ms_192px"] == pytest.approx(1.0)
    assert rows["deepflow"]["error_ratio"] == pytest.approx(0.5)
    assert rows["deepflow"]["moving_ratio"] == pytest.approx(0.5)
    assert rows["dis-vr"]["error_ratio"] == pytest.approx(1.0)
    assert rows["dis"]["error_ratio"] is None


def test_trained_methods_of_a_folder_are_listed_too(capsys, tmp_path):
    shutil.copytree(METHODS["refine"].weights.parent, tmp_path / "mine")
    told = answer(capsys, "flow", "methods", "--models", tmp_path)["methods"]
    assert told[-1]["method"].startswith("mine-")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ArgumentError, "estimate FILM -o OUT --method raft"),
        (ArgumentError, "estimate FILM -o OUT --against yesterday"),
        (ArgumentError, "estimate FILM -o OUT --against=-1"),
        (ArgumentError, "estimate FILM -o OUT --against neutral --three-frames"),
        (ModelError, "estimate FILM -o OUT --method EMPTY"),
        (ConfigError, "methods --results BROKEN"),
        (ConfigError, "methods --results NOWHERE"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_measured(capsys, film, tmp_path, kind, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{}")
    names = {"FILM": film.path, "OUT": tmp_path / "out", "EMPTY": tmp_path / "empty"}
    names |= {"BROKEN": tmp_path / "broken.json", "NOWHERE": tmp_path / "none.json"}
    for short, path in names.items():
        words = words.replace(short, str(path))
    code, _, err = run(capsys, "flow", *words.split())
    assert code == kind.exit_code
    assert err.startswith("mimetic: ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["estimate", "methods"])
def test_every_field_of_json_is_explained_in_the_docs(capsys, folder, film, name):
    words = ("flow", name, *((film.path, "-o", folder, "--method", "zero") * (name == "estimate")))
    head, own = rows_of("json.md", "What every object holds"), rows_of("json.md", f"`flow {name}`")
    assert sorted(flat(answer(capsys, *words))) == sorted([*head, *own])


def test_the_group_names_its_commands(capsys):
    out = run(capsys, "flow", "--help")[1]
    for name in ("estimate", "methods", "bench", "train", "labels"):
        assert name in out
