import json
import shutil
from pathlib import Path

import pytest

from mimetic.bench.registry import FIGURES, RENDERERS
from mimetic.bench.tables import (
    draw_figures,
    fill_tables,
    markdown,
    origin,
    told,
    write_summaries,
)
from mimetic.errors import StoreError

MADE = {
    "package": "mimetic 0", "revision": "abc", "processor": "p", "machine": "m",
    "made_at": "2026-01-02T03",
}  # fmt: skip


def render(table):
    return markdown(table["rows"], {"clip": "clip", "ms": "ms"})


def test_a_block_is_filled_from_its_file_and_says_where_it_comes_from(tmp_path):
    page = tmp_path / "docs" / "a.md"
    page.parent.mkdir()
    page.write_text("before\n<!-- table x -->\nold\n<!-- end -->\nafter\n")
    rows = [{"clip": "a", "ms": 1.23456}, {"clip": "b", "ms": None}]
    (tmp_path / "x.json").write_text(json.dumps({"rows": rows, "made": {"a": MADE}}))
    assert fill_tables(page.parent, tmp_path, {"x": render}) == [page]
    text = page.read_text()
    assert text.startswith("before\n<!-- table x -->\n| clip | ms |")
    assert "| a | 1.23 |" in text
    assert "| b |  |" in text
    assert "(abc)" in text
    assert text.endswith("<!-- end -->\nafter\n")
    assert fill_tables(page.parent, tmp_path, {"x": render}) == []


def test_cells_of_several_runs_are_told_from_the_first_to_the_last():
    later = MADE | {"revision": "def", "made_at": "2026-03-04T05", "processor": "q"}
    between = MADE | {"revision": "bcd", "made_at": "2026-02-04T05"}
    told = origin({"made": {"a": later, "b": MADE, "c": between}})
    assert told == "*mimetic 0 (abc to def), p / q, m, 2026-01-02 to 2026-03-04*\n"
    assert origin({"made": {"a": MADE, "b": MADE}}) == "*mimetic 0 (abc), p, m, 2026-01-02*\n"
    assert origin({"made": {}}) == "*not run*\n"


def test_the_stored_benchmarks_say_where_each_cell_comes_from():
    for path in (Path(__file__).parents[2] / "benchmarks" / "results").glob("*.json"):
        table = json.loads(path.read_text())
        assert set(table["made"]) == set(table["cells"])
        assert origin(table).startswith("*mimetic ")


def test_a_table_without_a_file_says_not_run(tmp_path):
    (tmp_path / "a.md").write_text("<!-- table x -->\n<!-- end -->\n")
    fill_tables(tmp_path, tmp_path, {"x": render})
    assert "not run" in (tmp_path / "a.md").read_text()


def test_several_tables_come_from_one_file(tmp_path):
    page = tmp_path / "a.md"
    page.write_text("<!-- table x:one -->\n<!-- end -->\n<!-- table x:two -->\n<!-- end -->\n")
    (tmp_path / "x.json").write_text(json.dumps({"rows": [], "made": {"a": MADE}}))
    fill_tables(tmp_path, tmp_path, {"x:one": lambda table: "1", "x:two": lambda table: "2"})
    assert [line[0] for line in page.read_text().splitlines() if line[0] in "12"] == ["1", "2"]


def test_rows_are_told_as_a_table_or_as_not_run():
    assert told([], {"clip": "clip"}) == "not run\n"
    assert told([{"clip": "a"}], {"clip": "clip"}) == markdown([{"clip": "a"}], {"clip": "clip"})


def test_figures_are_drawn_from_the_same_files_and_only_where_they_change(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps({"made": {}, "cells": {}}))
    figures = {"x:line": lambda table: "<svg/>", "x:none": lambda table: None}
    figures["y:line"] = figures["x:line"]
    pictures = tmp_path / "docs" / "pictures"
    assert draw_figures(pictures, tmp_path, figures) == [pictures / "x-line.svg"]
    assert (pictures / "x-line.svg").read_text() == "<svg/>"
    assert draw_figures(pictures, tmp_path, figures) == []


def test_figures_of_the_docs_are_those_of_the_benchmark_files(tmp_path):
    root = Path(__file__).parents[2]
    pictures = shutil.copytree(root / "docs" / "pictures", tmp_path / "pictures")
    changed = draw_figures(pictures, root / "benchmarks" / "results", FIGURES)
    assert not changed, "draw the figures anew with: mimetic bench tables"


def test_a_table_that_nobody_makes_is_refused(tmp_path):
    (tmp_path / "a.md").write_text("<!-- table y -->\n<!-- end -->\n")
    with pytest.raises(StoreError, match="expected one of x"):
        fill_tables(tmp_path, tmp_path, {"x": render})


def test_every_renderer_takes_a_table_without_cells():
    for render_one in RENDERERS.values():
        assert isinstance(render_one({"cells": {}, "settings": {}}), str)


def test_a_summary_is_written_where_its_file_is_and_only_when_it_changes(tmp_path):
    (tmp_path / "x.json").write_text('{"cells": 3}')
    (tmp_path / "here.json").touch()
    made = {
        "here.json": ("x", lambda table: str(table["cells"])),
        "not-there.json": ("x", lambda table: "never"),
    }
    assert write_summaries(tmp_path, tmp_path, made) == [tmp_path / "here.json"]
    assert (tmp_path / "here.json").read_text() == "3"
    assert write_summaries(tmp_path, tmp_path, made) == []
    assert not (tmp_path / "not-there.json").exists()
