"""What a method needs beside time: memory, parameters, weights on disk."""

from __future__ import annotations

import contextlib
import resource
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.cells import in_own_process
from mimetic.bench.flow.rivals import Rival
from mimetic.flow.objective import HELD
from mimetic.flow.predict import FlowEstimator
from mimetic.learn.curve import Row, read_curve

RECIPE, CURVE = "config.toml", "curve.csv"
MOST_ROWS = 40
TESTED = HELD[0]
CURVE_COLUMNS = ("step", "loss", *HELD)
MIB = 2**20
SIDE_PX = 512


def measure_cost(rivals: Sequence[Rival]) -> dict[str, dict[str, Any]]:
    """Cells by method: peak memory above that of the package, parameters, weights, recipe."""
    return {
        rival.name: {**in_own_process(peak_mib, rival.source), **about(rival)} for rival in rivals
    }


def peak_mib(name: str) -> dict[str, float]:
    """Memory in MiB that loading a method and one pair need; for a process of its own."""
    first, second = np.random.default_rng(1).integers(0, 256, (2, SIDE_PX, SIDE_PX), np.uint8)
    before = _peak_from_now()
    FlowEstimator.load(name).estimate(first, second)
    return {"peak_mib": round(_peak_mib() - before, 1)}


def about(rival: Rival) -> dict[str, Any]:
    """What lies beside a method's weights: their number and size, the recipe, how it learnt."""
    if rival.weights is None:
        return {}
    with np.load(rival.weights, allow_pickle=False) as stored:
        count = sum(int(stored[name].size) for name in stored.files)
    found: dict[str, Any] = {"parameters": count, "weights_mib": rival.weights.stat().st_size / MIB}
    folder = rival.weights.parent
    if (folder / RECIPE).is_file():
        found["recipe"] = flat(tomllib.loads((folder / RECIPE).read_text("utf-8")))
    if (folder / CURVE).is_file():
        found["curve"] = thinned(read_curve(folder / CURVE))
    return found


def thinned(rows: list[Row]) -> dict[str, list[float | None]]:
    """At most 40 rows of a learning curve as columns of four digits, evenly spread.

    Of the rows in which the network was tested, if there are any; others tell the loss alone.
    """
    tested = [row for row in rows if TESTED in row] or rows
    count = min(len(tested), MOST_ROWS)
    places = np.unique(np.linspace(0, len(tested) - 1, count).round().astype(int))
    kept = [tested[place] for place in places]
    return {
        name: [float(f"{row[name]:.4g}") if name in row else None for row in kept]
        for name in CURVE_COLUMNS
        if any(name in row for row in kept)
    }


def flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Nested tables with dotted names."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        inner = isinstance(value, dict)
        found |= flat(value, f"{before}{name}.") if inner else {before + name: value}
    return found


def _peak_from_now() -> float:
    """Let the peak begin at what is held now, where the system can; importing needs more."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak_mib()


def _peak_mib() -> float:
    """The largest resident memory of this process so far."""
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB
