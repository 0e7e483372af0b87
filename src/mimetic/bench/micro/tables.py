"""The tables of the bench of micro-expressions in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mimetic.bench.flow.listing import list_methods
from mimetic.bench.micro.bars import bars, cells_of, share_interval
from mimetic.bench.micro.recognition import METHODS
from mimetic.bench.micro.scenes import scenes
from mimetic.bench.micro.spotting import (
    apex_errors,
    false_alarms,
    found_by_amplitude,
    intervals,
    minutes,
)
from mimetic.bench.tables import Table, told

Row = dict[str, Any]
BARS = {"what": "what", "bar": "bar", "measured": "measured", "verdict": "verdict"}


def render(table: Table) -> str:
    """All tables, one after the other."""
    return "\n".join(make(table) for make in TABLES.values())


def bars_table(table: Table) -> str:
    """What is promised, and what was measured."""
    return told(bars(table), BARS)


def spotting_table(table: Table) -> str:
    """Recall by amplitude, false alarms, apex error and interval F1 of each scene."""
    rows: list[Row] = []
    for scene in scenes():
        cells = cells_of(table, "spotting", scene)
        if not cells:
            continue
        rest, during = false_alarms(cells)
        row: Row = {"scene": scene, "minutes": f"{minutes(cells):.1f}"}
        row["recall"] = "; ".join(
            f"{size:g} px: {hits / of:.2f} ({_span(hits, of)})"
            for size, (hits, of) in found_by_amplitude(cells).items()
        )
        row["rest"] = f"{rest / minutes(cells):.2f}"
        row["during"] = f"{during / minutes(cells):.2f}"
        off = apex_errors(cells)
        row["apex"] = f"{np.median(off):.1f}" if off.size else None
        score = intervals(cells)
        row["f1"] = f"{score.f1:.2f}" if score.wanted else None
        rows.append(row)
    columns = {
        "scene": "film",
        "minutes": "minutes",
        "recall": "recall by amplitude (95 %)",
        "rest": "false alarms a minute at rest",
        "during": "during something else",
        "apex": "apex error, ms, median",
        "f1": "interval F1 (IoU 0.5)",
    }
    return told(rows, columns)


def recognition_table(table: Table) -> str:
    """UF1 and UAR by method of flow, beside the error that the bench of flow has measured."""
    errors = {row["method"]: row["error_ratio"] for row in list_methods()}
    rows: list[Row] = []
    for method in METHODS:
        for cell in cells_of(table, "recognition", method):
            row: Row = {"method": method, "error": errors.get(method)}
            row["events"], row["people"] = len(cell["right"]), cell["population"]["people"]
            sizes, right = np.array(cell["amplitude_px"]), np.array(cell["right"], float)
            row["right"] = "; ".join(
                f"{size:g} px: {right[sizes == size].mean():.2f}" for size in np.unique(sizes)
            )
            rows.append(row | _scores(cell))
    columns = {"method": "flow", "error": "error of flow over that of dis-vr", "events": "events",
               "people": "people", "uf1": "UF1 (95 %)", "uar": "UAR (95 %)",
               "right": "share told right by amplitude"}  # fmt: skip
    return told(rows, columns)


def maps_table(table: Table) -> str:
    """Scores on virtual maps: nested, through pictures, and what the leaky protocol makes of it."""
    rows: list[Row] = []
    words = {
        "nested": "nested",
        "pictures": "nested, after 8-bit pictures",
        "leaky": "leaky: the left-out person chooses; NOT a result",
    }
    for cell in cells_of(table, "maps", "virtual"):
        rows += [{"protocol": named, **_scores(cell[name])} for name, named in words.items()]
    return told(rows, {"protocol": "protocol", "uf1": "UF1 (95 %)", "uar": "UAR (95 %)"})


def magnification_table(table: Table) -> str:
    """Magnification along the flow beside an Eulerian one."""
    rows = [row for cell in cells_of(table, "magnification", "virtual") for row in cell["rows"]]
    columns = {
        "method": "method",
        "amplitude_px": "movement, px",
        "by": "by",
        "displacement": "displacement over what was asked for",
        "background_px": "background moved, px",
        "still_skin_px": "still skin moved, px",
        "error_levels": "error where it moves, grey levels",
        "still_levels": "change elsewhere, grey levels",
    }
    return told(rows, columns)


def _scores(cell: Row) -> Row:
    return {
        name: f"{cell[name]:.3f} ({cell[f'{name}_low']:.3f}–{cell[f'{name}_high']:.3f})"
        for name in ("uf1", "uar")
    }


def _span(hits: int, of: int) -> str:
    low, high = share_interval(hits, of)
    return f"{low:.2f}–{high:.2f}, n {of}"


TABLES: dict[str, Callable[[Table], str]] = {
    "micro:bars": bars_table,
    "micro:spotting": spotting_table,
    "micro:recognition": recognition_table,
    "micro:maps": maps_table,
    "micro:magnification": magnification_table,
}
