"""The commands of ``mimetic relations`` on a small planted population."""

import contextlib
import csv
import io
import json
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from mimetic.cli import main
from mimetic.errors import ArgumentError, DatasetError, ModelError, StoreError
from mimetic.io.store import ResultFolder, Source
from mimetic.relations.model import TraitModel
from tests.cli.test_commands import answer, run
from tests.pipeline.people import change_row, planted, write_people
from tests.test_docs import flat, rows_of


class Fitted(NamedTuple):
    """What ``fit`` printed, and the files."""

    told: dict
    model: str
    people: object
    code: int
    errors: str


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    population = planted()
    sites = ["north", "south"] * (len(population) // 2)
    people = write_people(folder, population, site=sites)
    with ResultFolder.create_or_open(folder / "done/empty", source=Source("a.mp4", "ab" * 32)):
        pass
    change_row(people, 9, path="done/empty")
    change_row(people, 12, style="")
    out, errors = io.StringIO(), io.StringIO()
    words = ["relations", "fit", people, "--trait", "style", "-o", folder / "model", "--json"]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = main([str(word) for word in words])
    told = json.loads(out.getvalue())
    return Fitted(told, str(folder / "model"), people, code, errors.getvalue())


def explained(told, heading):
    head = rows_of("json.md", "What every object holds")
    assert sorted(flat(told)) == sorted([*head, *rows_of("json.md", heading)])


def test_fit_learns_from_the_rows_that_can_be_used_and_names_the_others(fitted):
    assert fitted.told["clips"] == 30
    assert [(one["row"], one["exit_code"]) for one in fitted.told["left_out"]] == [
        (9, StoreError.exit_code),
        (12, 0),
    ]
    assert fitted.code == StoreError.exit_code
    assert "people.csv: row 9: done/empty: left out" in fitted.errors
    assert "row 12: done/c10: left out: style: missing" in fitted.errors
    explained(fitted.told, "`relations fit`")


def test_fit_ranks_the_pairs_as_the_stored_model_does_and_warns_of_few_people(fitted):
    kept = TraitModel.load(fitted.model).explain().pairs
    told = [(one["region"], one["other"], one["contribution"]) for one in fitted.told["pairs"]]
    assert told == [(one.region, one.other, one.contribution) for one in kept]
    assert any("Learnt from 30 people" in each for each in fitted.told["warnings"])
    assert {one["kind"] for one in fitted.told["probes"]} == {"frozen-frame", "tracker-noise"}


def test_predict_adds_up(fitted, capsys):
    clip = fitted.people.parent / "done/c3"
    told = answer(capsys, "relations", "predict", fitted.model, clip)
    parts = [one["contribution"] for one in (*told["main"], *told["pairs"])]
    assert told["value"] == pytest.approx(told["baseline"] + sum(parts))
    assert told["low"] <= told["value"] <= told["high"]
    explained(told, "`relations predict`")
    code, out, errors = run(capsys, "relations", "predict", fitted.model, clip)
    assert code == 0
    assert "style" in out
    assert "Learnt from 30 people" in errors


def test_explain_writes_tables_and_pictures(fitted, capsys, tmp_path):
    told = answer(capsys, "relations", "explain", fitted.model, "-o", tmp_path / "out")
    assert told["pairs"] == fitted.told["pairs"]
    explained(told, "`relations explain`")
    names = ["pairs.csv", "main.csv", "explanation.json", "matrix.svg", "face.svg"]
    assert told["files"] == [str(tmp_path / "out" / name) for name in names]
    with (tmp_path / "out/pairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 36
    assert rows[0]["region"] == told["pairs"][0]["region"]
    whole = json.loads((tmp_path / "out/explanation.json").read_text())
    assert len(whole["matrix"]) == len(whole["regions"]) == 9
    for name in names[3:]:
        ElementTree.parse(tmp_path / "out" / name)


def test_explain_splits_contributions_by_a_column(fitted, capsys, tmp_path):
    code, out, _ = run(
        capsys, "relations", "explain", fitted.model, "-o", tmp_path,
        "--people", fitted.people, "--by", "site",
    )  # fmt: skip
    assert code == 0
    assert str(tmp_path / "groups.csv") in out
    with (tmp_path / "groups.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["group"] for row in rows} == {"north", "south"}
    assert "north" in (tmp_path / "groups.svg").read_text()


def test_explain_says_what_each_moment_of_a_clip_said(fitted, capsys, tmp_path):
    clip = fitted.people.parent / "done/c3"
    words = ("relations", "explain", fitted.model, "-o", tmp_path, "--clip", clip)
    code, out, _ = run(capsys, *words)
    assert code == 0
    assert str(tmp_path / "moments.svg") in out
    with (tmp_path / "moments.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 20
    assert list(rows[0])[:2] == ["time_s", "estimate"]
    ElementTree.parse(tmp_path / "moments.svg")


def test_words_that_fit_nothing_are_refused(fitted, capsys, tmp_path):
    def refused(code, match, *words):
        found, _, errors = run(capsys, "relations", *words)
        assert found == code
        assert match in errors

    (tmp_path / "file").touch()
    refused(DatasetError.exit_code, "expected a column 'age'", "fit", fitted.people,
            "--trait", "age", "-o", tmp_path / "model")  # fmt: skip
    refused(DatasetError.exit_code, "expected a CSV file", "fit", tmp_path / "nowhere.csv",
            "--trait", "age")  # fmt: skip
    refused(ArgumentError.exit_code, "classes are told in log-odds", "fit", fitted.people,
            "--trait", "style", "--unit", "cm", "-o", tmp_path / "model")  # fmt: skip
    refused(ArgumentError.exit_code, "--features: expected one of", "fit", fitted.people,
            "--trait", "style", "--features", "pixels")  # fmt: skip
    refused(ArgumentError.exit_code, "is a file", "fit", fitted.people,
            "--trait", "style", "-o", tmp_path / "file")  # fmt: skip
    refused(ArgumentError.exit_code, "both or neither", "explain", fitted.model, "--by", "site")
    refused(ModelError.exit_code, "expected a model folder", "predict", tmp_path, tmp_path)
