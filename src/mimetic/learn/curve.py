"""The learning curve: means between reports, a table that is whole or absent."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, float]


@dataclass
class Curve:
    """Rows of a learning curve, and the sums of the steps since the last one.

    A row holds ``step``, the means of what ``add`` was given since the row before, and what
    ``close`` was given. All of it goes into the checkpoint, so that a run that was stopped
    between two rows ends with the same table.
    """

    rows: list[Row] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0

    def add(self, values: Mapping[str, float]) -> None:
        """Take in the figures of one step."""
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.count += 1

    def close(self, step: int, extra: Mapping[str, float]) -> Row:
        """End a row at this step: the means since the last row, and ``extra`` as it is."""
        means = {name: total / max(self.count, 1) for name, total in self.sums.items()}
        row = {"step": float(step), **means, **extra}
        self.rows.append(row)
        self.sums, self.count = {}, 0
        return row

    def write(self, path: Path) -> None:
        """Write the table as CSV; a figure that a row lacks is left empty."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(names)
        for row in self.rows:
            # repr gives the shortest text that reads back as the same number.
            table.writerow([_cell(name, row.get(name)) for name in names])
        passing = path.with_name(path.name + ".part")
        passing.write_text(text.getvalue(), encoding="utf-8")
        os.replace(passing, path)

    def to_plain(self) -> dict[str, Any]:
        """The curve in values that JSON holds exactly."""
        return {"rows": self.rows, "sums": self.sums, "count": self.count}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Curve:
        """The curve that ``to_plain`` described."""
        return cls(rows=list(values["rows"]), sums=dict(values["sums"]), count=values["count"])


def read_curve(path: Path) -> list[Row]:
    """The rows of a curve that ``Curve.write`` wrote, empty cells left out."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: float(text) for name, text in row.items() if text}
            for row in csv.DictReader(file)
        ]


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if name == "step" else repr(float(value))
