"""``mimetic relations table``: the tree of a data set becomes a list to fit on."""

import csv

import pytest

from mimetic.datasets.nemo import FILES, KINSHIP
from mimetic.datasets.sets import SETS, read_set, write_list
from mimetic.datasets.table import read_list
from mimetic.errors import ArgumentError, DatasetError
from tests.cli.test_commands import answer, run
from tests.test_docs import flat, rows_of

ROWS = (("001", "deliberate", "female", "12"), ("002", "spontaneous", "male", "40.5"))
ROWS += (("003", "spontaneous", "male", "15"),)


@pytest.fixture
def tree(tmp_path):
    """UvA-NEMO's names and label files, with empty videos."""
    root = tmp_path / "nemo"
    (root / "videos").mkdir(parents=True)
    lines = []
    for code, smile, sex, age in ROWS:
        name = f"{code}_{smile}_smile_1.mp4"
        (root / "videos" / name).touch()
        lines.append(f"{name}\t{code}\t{sex}\t{age}\t{smile}\n")
    (root / FILES).write_text("\n" * 5 + "".join(lines))
    (root / KINSHIP).write_text("001 003\tsiblings\n")
    return root


def test_a_data_set_becomes_a_list_that_reads_back_the_same(tree, tmp_path, capsys):
    out = tmp_path / "lists/people.csv"
    told = answer(capsys, "relations", "table", "nemo", tree, "-o", out)
    assert (told["clips"], told["people"], told["families"]) == (3, 3, 2)
    head = rows_of("json.md", "What every object holds")
    assert sorted(flat(told)) == sorted([*head, *rows_of("json.md", "`relations table`")])
    with out.open() as file:
        first = next(csv.DictReader(file))
    assert first["path"] == "../nemo/videos/001_deliberate_smile_1.mp4"
    assert (first["age"], first["sex"], first["smile"]) == ("12", "female", "deliberate")
    again = read_list(out)
    assert [one.labels["age"] for one in again] == [12.0, 40.5, 15.0]
    assert again[0].family == again[2].family == "family of 001"
    assert again[1].family is None


def test_the_command_says_what_can_be_learnt_and_under_which_terms(tree, tmp_path, capsys):
    code, out, _ = run(capsys, "relations", "table", "nemo", tree, "-o", tmp_path / "people.csv")
    assert code == 0
    assert "12 to 40.5" in out
    assert "spontaneous 2, deliberate 1" in out
    assert "licence: signed agreement" in out


def test_a_list_that_is_there_is_not_overwritten(tree, tmp_path, capsys):
    (tmp_path / "people.csv").write_text("mine")
    code, _, errors = run(capsys, "relations", "table", "nemo", tree, "-o", tmp_path / "people.csv")
    assert code == ArgumentError.exit_code
    assert "it is there already" in errors
    assert (tmp_path / "people.csv").read_text() == "mine"


@pytest.mark.parametrize("name", SETS)
def test_a_folder_that_is_not_the_set_says_whom_to_ask(name, tmp_path, capsys):
    code, _, errors = run(capsys, "relations", "table", name, tmp_path, "-o", tmp_path / "p.csv")
    assert code == DatasetError.exit_code
    assert SETS[name][1].ask in errors
    assert not (tmp_path / "p.csv").exists()


def test_an_unknown_set_is_refused():
    with pytest.raises(ArgumentError, match="set: expected one of nemo, crema, ck, bp4d, ravdess"):
        read_set("disfa", "somewhere")


def test_what_a_set_does_not_say_is_an_empty_cell(tree, tmp_path):
    one, other, *_ = read_set("nemo", tree)
    bare = type(one)(**{**vars(one), "labels": {"smile": None, "many words": "a, b"}})
    write_list([bare, other], tmp_path / "p.csv")
    back = read_list(tmp_path / "p.csv")
    assert dict(back[0].labels) == {"smile": None, "many words": "a, b", "sex": None, "age": None}
