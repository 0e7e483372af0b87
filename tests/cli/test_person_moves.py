"""``mimetic person discover``, ``compare`` and ``bench``."""

import csv
import dataclasses
import json
import shutil

import pytest

from mimetic.bench.cells import Cells
from mimetic.cli import main
from mimetic.errors import ArgumentError, ModelError
from mimetic.person.keep import load_repertoire
from tests.cli.test_commands import answer, run
from tests.cli.test_person import explained
from tests.pipeline.clips import write_face


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A recording of Anna with her model and her repertoire, a model of Ben, one of both."""
    folder = tmp_path_factory.mktemp("moves")
    write_face(folder / "anna-1", 40.0, seed=0)
    write_face(folder / "ben", 10.0, seed=2)
    for name, result in (("anna", "anna-1"), ("ben", "ben")):
        words = ("person", "fit", folder / result, "-o", folder / f"{name}.model")
        assert main([str(word) for word in words]) == 0
    words = ("person", "general", folder / "anna-1", folder / "ben", "-o", folder / "all.model")
    assert main([str(word) for word in words]) == 0
    words = ("person", "discover", folder / "anna.model", folder / "anna-1")
    assert main([str(word) for word in words]) == 0
    return folder


def test_discover_writes_a_page_a_table_and_the_repertoire(lab, capsys, tmp_path):
    words = ("person", "discover", lab / "anna.model", lab / "anna-1", "-o", tmp_path / "r")
    told = answer(capsys, *words)
    explained(told, "`person discover`")
    assert {name.rpartition("/")[2] for name in told["files"]} == {
        path.name for path in (tmp_path / "r").iterdir()
    }
    stored = load_repertoire(tmp_path / "r")
    assert [one["name"] for one in told["movements"]] == [one.name for one in stored.movements]
    with (tmp_path / "r/occurrences.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(one["count"] for one in told["movements"])
    assert {row["recording"] for row in rows} == {"anna-1"}
    # The same again, in the place of the first.
    assert answer(capsys, *words)["movements"] == told["movements"]


def test_discover_puts_the_repertoire_beside_the_model_and_hides_the_face_on_demand(lab, capsys):
    page = lab / "anna.repertoire/repertoire.html"
    assert "data:image" in page.read_text()
    code, out, _ = run(capsys, "person", "discover", lab / "anna.model", lab / "anna-1",
                       "--anonymous", "-o", lab / "hidden")  # fmt: skip
    assert code == 0
    assert "drawn at random" in out
    assert "data:image" not in (lab / "hidden/repertoire.html").read_text()


def test_a_general_model_discovers_in_the_face_it_is_shown(lab, capsys, tmp_path):
    words = ("person", "discover", lab / "all.model", lab / "anna-1", "-o", tmp_path / "r")
    assert answer(capsys, *words)["movements"]


def test_compare_takes_the_recordings_of_discover_where_none_are_given(lab, capsys):
    told = answer(capsys, "person", "compare", lab / "anna.model", lab / "all.model")
    explained(told, "`person compare`")
    again = answer(capsys, "person", "compare", lab / "anna.model", lab / "all.model",
                   lab / "anna-1")  # fmt: skip
    assert again["movements"] == told["movements"]
    assert len(told["movements"]) == len(load_repertoire(lab / "anna.repertoire").movements)
    assert told["novel"] == sum(one["novel"] for one in told["movements"])
    code, out, _ = run(capsys, "person", "compare", lab / "anna.model", lab / "ben.model")
    assert code == 0
    assert "to another model of the same person" in out


def test_find_tells_every_time_by_number_name_and_example(lab, capsys, tmp_path):
    stored = load_repertoire(lab / "anna.repertoire")
    first = stored.movements[0]
    told = answer(capsys, "person", "find", lab / "anna.model", "1", "--least", 0)
    explained(told, "`person find`")
    assert len(told["hits"]) == first.count
    table = tmp_path / "all.csv"
    words = ("person", "find", lab / "anna.repertoire", first.name, "--least", 0)
    again = answer(capsys, *words, "--table", table)
    assert again["hits"] == told["hits"]
    with table.open() as file:
        assert len(list(csv.DictReader(file))) == first.count
    best = first.examples[0]
    example = f"{best.onset_s:.2f}-{best.offset_s + 0.1:.2f}"
    hits = answer(capsys, "person", "find", lab / "anna.model", example)["hits"]
    assert hits[0]["alike"] > 0.95
    assert hits[0]["start_s"] == pytest.approx(best.onset_s, abs=0.1)
    code, out, _ = run(capsys, *words, "--table", table)
    assert code == 0
    assert out.splitlines()[-2:] == [f"{first.count} times", str(table)]


WRONG = {
    "nothing to find in": (ModelError, "discover", "find LAB/ben.model 1"),
    "no such movement": (ArgumentError, "number or name of one", "find LAB/anna.model winking"),
    "no such recording": (
        ArgumentError, "--recording", "find LAB/anna.model 1.0-2.0 --recording zoe"),
    "too short an example": (ArgumentError, "0.12 s", "find LAB/anna.model 1.0-1.1"),
    "too alike": (ArgumentError, "--least", "find LAB/anna.model 1 --least 2"),
    "no repertoire": (ModelError, "discover first", "compare LAB/ben.model LAB/anna.model"),
    "another's repertoire": (ModelError, "another model", "compare LAB/zoe.model LAB/ben.model"),
    "a file": (ArgumentError, "is a file", "discover LAB/ben.model LAB/ben -o LAB/film.mp4"),
    "a full folder": (
        ArgumentError, "no repertoire", "discover LAB/ben.model LAB/ben -o LAB/ben.model"),
    "labels without clips": (ArgumentError, "both or neither", "bench --models LAB -o NEW"),
    "clips for the quick": (ArgumentError, "virtual people", "bench --quick --data LAB -o NEW"),
}  # fmt: skip


@pytest.fixture(scope="module")
def wrong(lab, tmp_path_factory):
    """The lab with things that are wrong."""
    folder = shutil.copytree(lab, tmp_path_factory.mktemp("wrong") / "lab")
    (folder / "film.mp4").write_bytes(b"film")
    shutil.copytree(folder / "ben.model", folder / "zoe.model")
    shutil.copytree(folder / "anna.repertoire", folder / "zoe.repertoire")
    return folder


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_one_message(name, wrong, capsys, tmp_path):
    kind, match, words = WRONG[name]
    words = words.replace("LAB", str(wrong)).replace("NEW", str(tmp_path / "new"))
    code, _, errors = run(capsys, "person", *words.split())
    assert code == kind.exit_code, errors
    assert match in errors
    assert not (tmp_path / "new").exists()


def test_a_face_that_repeats_nothing_has_no_repertoire(lab, capsys, monkeypatch, tmp_path):
    empty = dataclasses.replace(load_repertoire(lab / "anna.repertoire"), movements=())
    monkeypatch.setattr("mimetic.pipeline.discovering.discover", lambda model, clips: empty)
    words = ("person", "discover", lab / "anna.model", lab / "anna-1", "-o", tmp_path / "r")
    code, _, errors = run(capsys, *words)
    assert code == ArgumentError.exit_code
    assert "no movement came back often enough" in errors
    assert not (tmp_path / "r").exists()


def test_bench_hands_on_what_was_asked_and_prints_what_is_stored(capsys, monkeypatch, tmp_path):
    asked = {}

    def measured(out, given, **options):
        asked.update(vars(given))
        cells = Cells(out, "person", {"people": 0})
        cells.run("cost", lambda: {"fit_s": 1.0})
        return cells.content()

    monkeypatch.setattr("mimetic.bench.person.run.bench_person", measured)
    words = ("person", "bench", "--quick", "--kind", "cycle", "-o", tmp_path / "b.json")
    told = answer(capsys, *words)
    assert asked["quick"] is True
    assert asked["kinds"] == ["cycle"]
    stored = json.loads((tmp_path / "b.json").read_text())
    assert told["cells"] == stored["cells"]
