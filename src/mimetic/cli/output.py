"""What the command line prints: words for people, one JSON object for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

JSON_SCHEMA = 1


def complain(message: str) -> None:
    """Write a failure to standard error."""
    print(f"mimetic: {message}", file=sys.stderr)


def print_json(command: str, figures: Mapping[str, Any]) -> None:
    """One object: the figures at the top level, with schema, command and provenance."""
    from mimetic.io.provenance import environment, to_plain

    head = {"schema": JSON_SCHEMA, "command": command, "provenance": environment()}
    print(json.dumps(to_plain({**head, **figures}), indent=2, allow_nan=False))


def print_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """A plain table, as wide as its words."""
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [list(columns), *cells]:
        print(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def progress(name: str, *, quiet: bool) -> Callable[[str, float], None]:
    """A function that shows the share of a stage that is done, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        return lambda stage, share: None

    def show(stage: str, share: float) -> None:
        end = "\n" if share >= 1 else ""
        print(f"\r\033[K{name}: {stage} {share:.0%}", end=end, file=sys.stderr, flush=True)

    return show


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
