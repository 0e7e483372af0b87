"""The tables of spotting: by scene, along the threshold, and by method of flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mimetic.bench.micro import byflow
from mimetic.bench.micro.bars import cells_of, rate_interval, share_interval
from mimetic.bench.micro.compared import found_apart
from mimetic.bench.micro.scenes import SLOW, scenes
from mimetic.bench.micro.spotting import (
    Cell,
    apex_errors,
    curve,
    false_alarms,
    found_by_amplitude,
    intervals,
    minutes,
)
from mimetic.bench.tables import Table, told

Row = dict[str, Any]
RATES = (0.3, 1.0, 3.0, 10.0)  # false alarms a minute


def spotting_table(table: Table) -> str:
    """Recall by amplitude, false alarms, apex error and interval F1 of each scene."""
    rows: list[Row] = []
    for scene in scenes():
        cells = cells_of(table, "spotting", scene)
        if cells:
            people = {"scene": scene, "people": len(cells), "minutes": f"{minutes(cells):.1f}"}
            rows.append(people | _row(cells))
    columns = {
        "scene": "film",
        "people": "people",
        "minutes": "minutes",
        "recall": "recall by amplitude (95 %)",
        "rest": "false alarms a minute at rest (95 %)",
        "during": "during something else",
        "apex": "apex error, ms, median",
        "f1": "interval F1 (IoU 0.5)",
    }
    return told(rows, columns)


def curves_table(table: Table) -> str:
    """Recall along the threshold: at so many false alarms a minute, counted on the films."""
    rows: list[Row] = []
    for scene in scenes():
        cells = cells_of(table, "spotting", scene)
        for size in found_by_amplitude(cells):
            found = curve(cells, size)
            if found is not None:
                row: Row = {"scene": scene, "size": f"{size:g} px"}
                rows.append(row | {f"{r:g}": f"{found.recall_at(r):.2f}" for r in RATES})
    names = {f"{rate:g}": f"recall at {rate:g} a minute" for rate in RATES}
    return told(rows, {"scene": "film", "size": "amplitude", **names})


def flows_table(table: Table) -> str:
    """Spotting with the movement of patches taken from methods of flow, on the same films."""
    own = cells_of(table, "spotting", SLOW)
    rows: list[Row] = []
    for method in byflow.METHODS:
        cells = cells_of(table, "flows", method)
        if not cells:
            continue
        beside = own[: len(cells)]
        if not rows:
            rows.append({"method": byflow.OWN, **_row(beside)})
        same = len(beside) == len(cells)
        p = f"{found_apart(cells, beside):.2g}" if same else None
        rows.append({"method": method, "p": p, **_row(cells)})
    columns = {
        "method": "movement of patches by",
        "recall": "recall by amplitude (95 %)",
        "p": f"p against {byflow.OWN} (McNemar)",
        "rest": "false alarms a minute at rest (95 %)",
        "during": "during something else",
        "apex": "apex error, ms, median",
        "cost": "CPU ms a frame",
    }
    return told(rows, columns)


def _row(cells: Sequence[Cell]) -> Row:
    rest, during = false_alarms(cells)
    low, high = rate_interval(rest, minutes(cells))
    off, score = apex_errors(cells), intervals(cells)
    cost_s = sum(cell["spot_s"] for cell in cells) / sum(cell["frames"] for cell in cells)
    return {
        "recall": "; ".join(
            f"{size:g} px: {hits / of:.2f} ({_span(hits, of)})"
            for size, (hits, of) in found_by_amplitude(cells).items()
        ),
        "rest": f"{rest / minutes(cells):.2f} ({low:.2f}–{high:.2f})",
        "during": f"{during / minutes(cells):.2f}",
        "apex": f"{np.median(off):.1f}" if off.size else None,
        "f1": f"{score.f1:.2f}" if score.wanted else None,
        "cost": f"{1000 * cost_s:.1f}",
    }


def _span(hits: int, of: int) -> str:
    low, high = share_interval(hits, of)
    return f"{low:.2f}–{high:.2f}, n {of}"
