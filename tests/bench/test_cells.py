import json

import pytest

from mimetic.bench import cells
from mimetic.bench.cells import NOT_RUN, Cells
from mimetic.errors import StoreError


def test_a_cell_is_computed_once_and_survives_in_the_file(tmp_path):
    path = tmp_path / "deep" / "table.json"
    calls = []

    def compute():
        calls.append(1)
        return {"ms": 3.0, "nothing": float("nan")}

    assert Cells(path, "speed", {"seconds": 5}).run("a", compute) == {"ms": 3.0, "nothing": None}
    again = Cells(path, "speed", {"seconds": 5})
    assert again.run("a", compute) == {"ms": 3.0, "nothing": None}
    assert len(calls) == 1
    assert again.get("b") == NOT_RUN
    stored = json.loads(path.read_text())
    assert stored["benchmark"] == "speed"
    assert stored["made"]["a"]["package"].startswith("mimetic")
    assert [file.name for file in path.parent.iterdir()] == ["table.json"]


def test_a_cell_keeps_the_provenance_of_the_run_that_made_it(tmp_path, monkeypatch):
    path = tmp_path / "table.json"
    for name in "ab":
        monkeypatch.setattr(cells, "environment", lambda name=name: {"revision": f"rev {name}"})
        table = Cells(path, "speed", {})
        for known in "ab"[: "ab".index(name) + 1]:
            table.run(known, lambda: 1)
    assert table.content()["made"] == {"a": {"revision": "rev a"}, "b": {"revision": "rev b"}}


def test_a_table_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "deep").write_text("a file")
    with pytest.raises(StoreError, match="expected a folder on a working disk"):
        Cells(tmp_path / "deep" / "table.json", "speed", {}).run("a", lambda: 1)


def test_cells_of_other_settings_do_not_count(tmp_path):
    path = tmp_path / "table.json"
    Cells(path, "speed", {"seconds": 5}).run("a", lambda: 1)
    assert Cells(path, "speed", {"seconds": 6}).get("a") == NOT_RUN


def test_forgotten_cells_are_computed_again(tmp_path):
    path = tmp_path / "table.json"
    for name in "ab":
        Cells(path, "speed", {}).run(name, lambda: 1)
    table = Cells(path, "speed", {})
    table.forget(lambda name: name == "a")
    assert (table.get("a"), table.get("b")) == (NOT_RUN, 1)
    assert list(table.content()["made"]) == ["b"]
    assert table.run("a", lambda: 2) == 2


def test_innermost_lists_stand_in_one_line_and_words_stay_as_they_are():
    content = {"a": [1, 2, [3, 4]], "b": {"c": "x [1,\n 2] {y"}, "d": [], "e": {}}
    text = cells.in_lines(content)
    assert json.loads(text) == content
    assert "[ 3, 4 ]" in text
    assert text.endswith("}\n")


def test_an_interruption_keeps_the_cells_that_are_done(tmp_path):
    def stop():
        raise KeyboardInterrupt

    table = Cells(tmp_path / "table.json", "speed", {})
    table.run("a", lambda: 1)
    with pytest.raises(KeyboardInterrupt):
        table.run("b", stop)
    assert Cells(tmp_path / "table.json", "speed", {}).get("a") == 1


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        '{"schema": 1, "benchmark": "speed", "settings": {}, "made": {}, "cells": {"a": 1}}',
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, content):
    (tmp_path / "table.json").write_text(content)
    with pytest.raises(StoreError, match="expected a benchmark file"):
        Cells(tmp_path / "table.json", "speed", {})
