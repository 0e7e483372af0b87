"""Reading the stored cells: errors by regime and method, ratios to the reference, intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimetic.bench.flow.rivals import THREE
from mimetic.bench.flow.score import geometric_ratio, ratio_interval
from mimetic.bench.flow.settings import JUDGED_KINDS, JUDGED_PEAKS, REFERENCE
from mimetic.bench.flow.trial import seeded, table_of
from mimetic.flow.methods import METHODS
from mimetic.types import Float64

JUDGED = tuple(f"S1 {kind}" for kind in JUDGED_KINDS)
REAL = "S1 real"
WILD, COST = "S3", "cost"


@dataclass(frozen=True)
class Ratio:
    """A geometric mean of errors over those of another method, with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"


class Results:
    """The cells of one file by regime and method."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.settings: Mapping[str, Any] = table["settings"]
        self._cells: dict[tuple[str, str], Any] = {}
        for name, cell in table["cells"].items():
            regime, _, told = name.partition(" / ")
            self._cells[regime, told.partition(" @ ")[0]] = cell

    @property
    def regimes(self) -> list[str]:
        """All regimes in the order in which they were run."""
        return list(dict.fromkeys(regime for regime, _ in self._cells))

    def methods(self, regime: str | None = None) -> list[str]:
        """The methods of a regime (of any): those of the package in their order, then others."""
        found = {method for at, method in self._cells if regime in (None, at)}
        ours = [name for name in METHODS if name in found]
        others = sorted(found - set(ours))
        return ours + (others if regime else [name for name in others if THREE not in name])

    def cell(self, regime: str, method: str) -> Any:
        """A stored cell, None where it was not run."""
        return self._cells.get((regime, method))

    def recipes(self) -> dict[str, dict[str, Any]]:
        """The recipes of the trained models that took part, by name of their folder."""
        told = {name: self.cell(COST, name) for name in self.methods() if name not in METHODS}
        return {name: cell["recipe"] for name, cell in told.items() if cell and "recipe" in cell}

    def errors(
        self, regimes: Sequence[str], method: str, measure: str, *, every_peak: bool = False
    ) -> Float64 | None:
        """A measure [conditions, persons] of some regimes, those not run left out.

        Only the peaks that the bars are about, unless every one is wanted.
        """
        parts = []
        for regime in regimes:
            cell = self.cell(regime, method)
            if cell is not None:
                peaks = np.array([peak for _, peak in cell["conditions"]])
                judged = np.isin(peaks, JUDGED_PEAKS) | every_peak
                parts.append(table_of(cell, measure)[judged])
        return np.concatenate(parts) if parts else None

    def ratio(
        self, regimes: Sequence[str], method: str, measure: str, *, to: str = REFERENCE
    ) -> Ratio | None:
        """How the errors of a method compare over all regimes that both have run."""
        both = [r for r in regimes if self.cell(r, method) and self.cell(r, to)]
        ours, theirs = (self.errors(both, name, measure) for name in (method, to))
        if ours is None or theirs is None or not np.isfinite(ours).any():
            return None
        rng = seeded("interval", *both, measure)
        return Ratio(geometric_ratio(ours, theirs), *ratio_interval(ours, theirs, rng=rng))

    def complete(self, regimes: Sequence[str], method: str) -> bool:
        """Whether a method was run in all of the regimes that anybody was run in."""
        return all(self.cell(r, method) for r in regimes if r in self.regimes)

    def cpu_ratio(self, method: str) -> float | None:
        """CPU time over that of the reference in the same runs, the median over regimes."""
        cells = [self.cell(regime, method) for regime in (*JUDGED, REAL)]
        ratios = [one["cpu_ms"] / one["reference_cpu_ms"] for one in cells if _timed(one)]
        return float(np.median(ratios)) if ratios else None

    def cpu_ms(self, method: str) -> float | None:
        """CPU milliseconds a pair, the median over the standard regimes."""
        cells = [self.cell(regime, method) for regime in (*JUDGED, REAL)]
        spent = [one["cpu_ms"] for one in cells if one and one["cpu_ms"] is not None]
        return float(np.median(spent)) if spent else None

    def by_peak(self, method: str, measure: str) -> tuple[list[float], list[float]]:
        """Peaks and mean errors over the judged kinds that have every one of these peaks."""
        peaks = sorted({p for r in JUDGED for p in self._peaks(r, REFERENCE)})
        run = [r for r in JUDGED if self.cell(r, REFERENCE)]
        if not run or not all(self.cell(r, method) for r in run):
            return [], []
        means = []
        for peak in peaks:
            rows = [
                table_of(self.cell(r, method), measure)[self._peaks(r, method).index(peak)]
                for r in run
            ]
            means.append(float(np.nanmean(rows)))
        return peaks, means

    def _peaks(self, regime: str, method: str) -> list[float]:
        cell = self.cell(regime, method)
        return [peak for _, peak in cell["conditions"]] if cell else []


def _timed(cell: Any) -> bool:
    return bool(cell and cell["cpu_ms"] is not None and cell["reference_cpu_ms"])
