"""The tables in the docs, made from the JSON files of benchmarks/results and from nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mimetic.bench.cells import NOT_RUN
from mimetic.errors import StoreError

Table = Mapping[str, Any]
BLOCK = re.compile(r"(<!-- table (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill_tables(
    docs: Path, results: Path, renderers: Mapping[str, Callable[[Table], str]]
) -> list[Path]:
    """Write every ``<!-- table NAME -->`` block of the docs anew from ``results/NAME.json``.

    A block called ``NAME:PART`` is one of several made from the same file. Returns the files
    that changed. A block without a JSON file says "not run".
    """
    changed = []
    for page in sorted(docs.glob("**/*.md")):
        text = page.read_text()
        filled = BLOCK.sub(lambda found: _fill(found, results, renderers), text)
        if filled != text:
            page.write_text(filled)
            changed.append(page)
    return changed


def draw_figures(
    pictures: Path, results: Path, figures: Mapping[str, Callable[[Table], str | None]]
) -> list[Path]:
    """Draw every figure anew: ``NAME:PART`` is ``NAME-PART.svg``, made from ``NAME.json``.

    Returns the files that changed; a figure without a file of cells, or without the cells
    that it needs, is left as it is.
    """
    changed = []
    for name, draw in figures.items():
        path = results / f"{name.partition(':')[0]}.json"
        drawn = draw(json.loads(path.read_text())) if path.exists() else None
        picture = pictures / f"{name.replace(':', '-')}.svg"
        if drawn is not None and not (picture.exists() and picture.read_text() == drawn):
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_text(drawn)
            changed.append(picture)
    return changed


def write_summaries(
    checkout: Path, results: Path, summaries: Mapping[str, tuple[str, Callable[[Table], str]]]
) -> list[Path]:
    """Write the small files that bring figures into the package; those that changed.

    Each is named by its place below ``checkout`` and left alone where there is none.
    """
    changed = []
    for place, (name, make) in summaries.items():
        path, source = checkout / place, results / f"{name}.json"
        if not path.exists() or not source.exists():
            continue
        text = make(json.loads(source.read_text()))
        if path.read_text() != text:
            path.write_text(text)
            changed.append(path)
    return changed


def markdown(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Rows as a Markdown table, ``columns`` giving each key its heading; empty: not measured."""
    lines = ["| " + " | ".join(columns.values()) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(key)) for key in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def told(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """The same, or "not run" where there is no row."""
    return markdown(rows, columns) if rows else f"{NOT_RUN}\n"


def origin(table: Table) -> str:
    """One line that says which revisions made the cells of a table, where and when."""
    made = sorted(table["made"].values(), key=lambda one: str(one["made_at"]))
    if not made:
        return "*not run*\n"
    package, revision = _span(made, "package"), _span(made, "revision")
    machine, day = _span(made, "machine"), _span(made, "made_at", 10)
    processors = " / ".join(dict.fromkeys(one["processor"] for one in made))
    return f"*{package} ({revision}), {processors}, {machine}, {day}*\n"


def _span(made: Sequence[Mapping[str, Any]], key: str, length: int | None = None) -> str:
    """From the first to the last, one value where they are the same."""
    values = list(dict.fromkeys(str(one[key])[:length] for one in made))
    return values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}"


def _fill(
    found: re.Match[str], results: Path, renderers: Mapping[str, Callable[[Table], str]]
) -> str:
    name = found[2]
    if name not in renderers:
        raise StoreError(f"table {name}: expected one of {', '.join(sorted(renderers))}")
    path = results / f"{name.partition(':')[0]}.json"
    if not path.exists():
        return f"{found[1]}not run\n{found[3]}"
    table = json.loads(path.read_text())
    return f"{found[1]}{renderers[name](table)}\n{origin(table)}{found[3]}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)
