"""All methods on the same pairs in one run, their CPU time taken in turn."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimetic.bench.cells import NOT_RUN, Cells
from mimetic.bench.flow.rivals import Rival
from mimetic.bench.flow.score import calibration, score
from mimetic.bench.flow.settings import REFERENCE
from mimetic.flow.classical import one_thread
from mimetic.flow.records import FlowPair
from mimetic.types import Float64

# Kept for each person, as intervals need them; and the others, of which the mean is kept.
BY_PERSON = ("epe_px", "moving_px")
MEASURES = (*BY_PERSON, "relative", "angle_deg", "worse")
Compute = Callable[[Sequence[Rival]], Mapping[str, Any]]
DIGITS = 4  # of stored errors; one more would be noise


@dataclass(frozen=True, kw_only=True)
class Regime:
    """A table's worth of pairs: every person in every condition (a row of them each).

    ``draw`` makes the pair of a condition and a person, None where the person has none.
    """

    name: str
    conditions: Sequence[tuple[str, float]]  # kind and peak, px
    persons: Sequence[str]
    draw: Callable[[tuple[str, float], str], FlowPair | None]

    def pairs(self) -> Iterable[tuple[tuple[int, int], FlowPair]]:
        """The places (condition, person) and their pairs, one at a time."""
        for i, condition in enumerate(self.conditions):
            for j, person in enumerate(self.persons):
                pair = self.draw(condition, person)
                if pair is not None:
                    yield (i, j), pair


def seeded(*words: object) -> np.random.Generator:
    """A generator that depends on the words alone, not on what was drawn before."""
    text = "\x1f".join(map(str, words)).encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest()[:8], "big"))


def cell_name(regime: str, rival: Rival) -> str:
    """The name under which a method's results in a regime are stored."""
    return f"{regime} / {rival.name}" + (f" @ {rival.version}" if rival.version else "")


def run_regime(cells: Cells, regime: Regime, rivals: Sequence[Rival]) -> None:
    """Fill the cells of a regime that are missing, all of them on the same pairs."""
    fill(cells, regime.name, rivals, lambda running: measure(regime, running))


def fill(cells: Cells, regime: str, rivals: Sequence[Rival], compute: Compute) -> None:
    """Store what ``compute`` gives for every method whose cell is missing.

    The reference runs along whatever is missing, so that ratios of CPU time always come
    from one run.
    """
    here = [rival for rival in rivals if rival.takes_part(regime)]
    missing = [rival for rival in here if cells.get(cell_name(regime, rival)) == NOT_RUN]
    if not missing:
        return
    found = compute([rival for rival in here if rival.name == REFERENCE or rival in missing])
    for rival in missing:
        cells.run(cell_name(regime, rival), lambda name=rival.name: found[name])  # type: ignore[misc]


def measure(regime: Regime, rivals: Sequence[Rival]) -> dict[str, dict[str, Any]]:
    """What the cells of a regime hold, by method; see docs/json.md."""
    shape = (len(regime.conditions), len(regime.persons))
    tallies = {rival.name: Tally(shape) for rival in rivals}
    for number, (place, pair) in enumerate(regime.pairs()):
        if not number:
            for rival in rivals:
                rival.estimate(pair)  # the first call of a method also makes its tables
        # Nobody always runs after the same neighbour: caches and clocks are shared.
        turn = number % len(rivals)
        for rival in [*rivals[turn:], *rivals[:turn]]:
            tallies[rival.name].add(place, pair, rival)
    reference = tallies.get(REFERENCE)
    spent = reference.cpu_ms() if reference else None
    return {
        name: {"conditions": list(regime.conditions), **tally.result(), "reference_cpu_ms": spent}
        for name, tally in tallies.items()
    }


class Tally:
    """Errors of one method by condition and person, its CPU time and its calibration."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._errors = {name: np.full(shape, np.nan) for name in MEASURES}
        self._cpu_ms: list[float] = []
        self._sigma: dict[str, Any] = {}

    def add(self, place: tuple[int, int], pair: FlowPair, rival: Rival) -> None:
        """Run the method on a pair and note how it did."""
        with one_thread():
            before = time.process_time()
            estimate = rival.estimate(pair)
            self._cpu_ms.append(1e3 * (time.process_time() - before))
        found = score(estimate.flow_px, pair)
        for name, errors in self._errors.items():
            errors[place] = getattr(found, name)
        for name, values in (calibration(estimate, pair) or {}).items():
            self._sigma[name] = np.asarray(values) + self._sigma.get(name, 0)

    def cpu_ms(self) -> float | None:
        """CPU milliseconds a pair, the median."""
        return float(np.median(self._cpu_ms)) if self._cpu_ms else None

    def result(self) -> dict[str, Any]:
        """Lists [conditions][persons] or [conditions], the time, and the bins of sigma."""
        rounded: dict[str, Any] = {}
        for name, errors in self._errors.items():
            if name in BY_PERSON:
                rounded[name] = [[_short(value) for value in row] for row in errors]
            else:
                rounded[name] = [_short(mean_known(row)) for row in errors]
        sums = {name: [float(f"{v:.6g}") for v in values] for name, values in self._sigma.items()}
        return {**rounded, "cpu_ms": self.cpu_ms(), "sigma": sums or None}


def table_of(cell: Mapping[str, Any], measure_name: str) -> Float64:
    """A measure of a stored cell as floats, NaN where there is none.

    [conditions, persons], or [conditions, 1] where only means over persons are kept.
    """
    rows = [row if isinstance(row, list) else [row] for row in cell[measure_name]]
    return np.array([[np.nan if v is None else v for v in row] for row in rows], np.float64)


def mean_known(values: Float64) -> float:
    """The mean of what is not NaN; NaN where all is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
