"""The tables of the bench of micro-expressions in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mimetic.bench.flow.listing import list_methods
from mimetic.bench.micro.bars import bars, cells_of
from mimetic.bench.micro.compared import recognised_apart
from mimetic.bench.micro.real import real_table
from mimetic.bench.micro.recognition import METHODS
from mimetic.bench.micro.spottables import curves_table, flows_table, spotting_table
from mimetic.bench.tables import Table, told
from mimetic.flow.predict import AUTO

Row = dict[str, Any]
BARS = {"what": "what", "bar": "bar", "measured": "measured", "verdict": "verdict"}


def render(table: Table) -> str:
    """All tables, one after the other."""
    return "\n".join(make(table) for make in TABLES.values())


def bars_table(table: Table) -> str:
    """What is promised, and what was measured."""
    return told(bars(table), BARS)


def recognition_table(table: Table) -> str:
    """UF1 and UAR by method of flow, beside the error that the bench of flow has measured."""
    errors = {row["method"]: row["error_ratio"] for row in list_methods()}
    own = cells_of(table, "recognition", AUTO)
    rows: list[Row] = []
    for method in METHODS:
        for cell in cells_of(table, "recognition", method):
            sizes = np.array(cell["amplitude_px"])
            right = np.array(cell["labels"]) == np.array(cell["told"])
            row: Row = {"method": method, "error": errors.get(method)}
            row["events"], row["people"] = sizes.size, cell["population"]["people"]
            row["right"] = "; ".join(
                f"{size:g} px: {right[sizes == size].mean():.2f}" for size in np.unique(sizes)
            )
            if own and method != AUTO:
                both = recognised_apart(cell, own[0])
                row["mcnemar"], row["swap"] = (f"{p:.2g}" for p in both)
            rows.append(row | _scores(cell))
    columns = {"method": "flow", "error": "error of flow over that of dis-vr", "events": "events",
               "people": "people", "uf1": "UF1 (95 %)", "uar": "UAR (95 %)",
               "mcnemar": f"p against {AUTO}, McNemar", "swap": "the same, people exchanged",
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
        for which, at in (("median", 0.5), ("best, known only afterwards: NOT a result", 1.0)):
            scores = np.quantile(list(cell["fixed"].values()), at, axis=0, method="nearest")
            row: Row = {"protocol": f"one setting for all, of {len(cell['fixed'])} the {which}"}
            rows.append(row | {"uf1": f"{scores[0]:.3f}", "uar": f"{scores[1]:.3f}"})
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


TABLES: dict[str, Callable[[Table], str]] = {
    "micro:bars": bars_table,
    "micro:spotting": spotting_table,
    "micro:curves": curves_table,
    "micro:flows": flows_table,
    "micro:real": real_table,
    "micro:recognition": recognition_table,
    "micro:maps": maps_table,
    "micro:magnification": magnification_table,
}
