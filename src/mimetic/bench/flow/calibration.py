"""Is a predicted standard deviation true? Errors by what was predicted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mimetic.bench.flow.results import JUDGED, REAL, Results
from mimetic.bench.flow.score import SIGMA_EDGES
from mimetic.bench.tables import Table, told

Row = dict[str, Any]


def calibration_table(table: Table) -> str:
    """Predicted standard deviation against the error that came with it."""
    results = Results(table)
    groups = {
        "standard": (*JUDGED, REAL),
        "robust set": [f"S1 {name}" for name in results.settings.get("robust", ())],
        "solid": [r for r in results.regimes if r.startswith("S2 ")],
    }
    rows = []
    for name in results.methods():
        for group, regimes in groups.items():
            if total := _summed(results, regimes, name):
                rows.append({"method": name, "pairs": group, **_calibrated(total)})
    head = {"method": "method", "pairs": "pairs", "one": "within 1 sigma", "two": "within 2 sigma"}
    head["rms"] = "error over sigma"
    bins = {f"{edge:g}": f"error at sigma up to {edge:g}" for edge in SIGMA_EDGES[1:-1]}
    return told(rows, {**head, **bins, "inf": f"above {SIGMA_EDGES[-2]:g}"})


def _summed(results: Results, regimes: Sequence[str], method: str) -> dict[str, Any]:
    """The bins of sigma over some regimes; empty for a method that predicts none."""
    total: dict[str, Any] = {}
    for regime in regimes:
        found = (results.cell(regime, method) or {}).get("sigma")
        for key, values in (found or {}).items():
            total[key] = np.asarray(values) + total.get(key, 0)
    return total


def _calibrated(total: Mapping[str, Any]) -> Row:
    count = total["count"]
    row: Row = {
        "rms": float(np.sqrt(total["error_square"].sum() / total["sigma_square"].sum())),
        "one": float(total["within_1"].sum() / count.sum()),
        "two": float(total["within_2"].sum() / count.sum()),
    }
    for edge, number, square in zip(SIGMA_EDGES[1:], count, total["error_square"], strict=True):
        if number > 0.001 * count.sum():
            row[f"{edge:g}"] = float(np.sqrt(square / number))
    return row
