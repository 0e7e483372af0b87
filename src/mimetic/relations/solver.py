"""Penalised fits of sums: group lasso over pairs, lasso over main terms.

Accelerated proximal gradient (Beck and Teboulle 2009) with restarts (O'Donoghue and
Candes 2015) on a working set of groups, grown until the optimality conditions hold for
all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.types import Bool, Float64

_ROUNDS = 8  # of adding groups to the working set
_STEPS = 400
_TOLERANCE = 1e-4


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Main columns [n A], pair columns [n P C], labels and weights [n] that sum to 1.

    ``sparse`` is the part of a pair's penalty that falls on its single columns
    (sparse group lasso, Simon et al. 2013); ``main_penalty`` is relative to the pairs'.
    """

    main: Float64
    pairs: Float64
    y: Float64
    weights: Float64
    task: str
    sparse: float = 0.5
    main_penalty: float = 1.0

    def slope(self, value: Float64) -> Float64:
        """Derivative of the loss by the score of each clip [n]."""
        if self.task == "class":
            return np.asarray(self.weights * (1 / (1 + np.exp(-np.clip(value, -30, 30))) - self.y))
        return np.asarray(self.weights * (value - self.y))

    @property
    def bend(self) -> float:
        """The largest second derivative of a clip's loss by its score."""
        return 0.25 if self.task == "class" else 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """Coefficients: baseline, main [A], pairs [P C]."""

    baseline: float
    main: Float64
    pairs: Float64

    def score(self, main: Float64, pairs: Float64) -> Float64:
        """Scores [n] of columns."""
        kept = np.flatnonzero(np.abs(self.pairs).any(1))
        together = np.einsum("npc,pc->n", pairs[:, kept], self.pairs[kept])
        return np.asarray(self.baseline + main @ self.main + together)


def largest_penalty(problem: Problem) -> float:
    """The least penalty at which everything but the baseline is zero."""
    start = _nothing(problem)
    main, pairs = _slopes(problem, start)
    low, high = 0.0, float(max(np.abs(pairs).max(), np.abs(main).max(initial=0))) * 4 + 1e-12
    for _ in range(40):
        middle = 0.5 * (low + high)
        held = not _wanted(problem, main, pairs, penalty=middle)[0].any()
        held = held and not _wanted(problem, main, pairs, penalty=middle)[1].any()
        low, high = (low, middle) if held else (middle, high)
    return high


def solve_path(
    problem: Problem, penalties: Sequence[float], start: Terms | None = None
) -> list[Terms]:
    """The coefficients at each penalty, from the largest on, each from the one before."""
    terms = start or _nothing(problem)
    path = []
    for penalty in penalties:
        terms = _solve(problem, penalty, terms)
        path.append(terms)
    return path


def _nothing(problem: Problem) -> Terms:
    mean = float(problem.weights @ problem.y)
    baseline = float(np.log(mean / (1 - mean))) if problem.task == "class" else mean
    return Terms(
        baseline=baseline,
        main=np.zeros(problem.main.shape[1]),
        pairs=np.zeros(problem.pairs.shape[1:]),
    )


def _slopes(problem: Problem, terms: Terms) -> tuple[Float64, Float64]:
    """Derivatives of the loss by all coefficients."""
    slope = problem.slope(terms.score(problem.main, problem.pairs))
    count, pairs, columns = problem.pairs.shape
    flat = slope @ problem.pairs.reshape(count, pairs * columns)
    return slope @ problem.main, flat.reshape(pairs, columns)


def _wanted(
    problem: Problem, main: Float64, pairs: Float64, *, penalty: float
) -> tuple[Bool, Bool]:
    """Which main terms and pairs cannot stay zero at these derivatives."""
    single, group = _thresholds(problem, penalty)
    left = np.maximum(np.abs(pairs) - single, 0)
    return np.abs(main) > penalty * problem.main_penalty, np.linalg.norm(left, axis=1) > group


def _thresholds(problem: Problem, penalty: float) -> tuple[float, float]:
    width = np.sqrt(problem.pairs.shape[2])
    return penalty * problem.sparse, penalty * (1 - problem.sparse) * width / 2


def _solve(problem: Problem, penalty: float, terms: Terms) -> Terms:
    some_main, some = np.abs(terms.main) > 0, np.abs(terms.pairs).any(1)
    for _ in range(_ROUNDS):
        main, pairs = _slopes(problem, terms)
        new_main, new = _wanted(problem, main, pairs, penalty=penalty * (1 + 1e-3))
        new_main, new = new_main & ~some_main, new & ~some
        if not (new_main.any() or new.any()) and terms is not None and _ > 0:
            break
        some_main, some = some_main | new_main, some | new
        terms = _descend(problem, penalty, terms, keep=(some_main, some))
    return terms


def _descend(problem: Problem, penalty: float, terms: Terms, *, keep: tuple[Bool, Bool]) -> Terms:
    """Minimise over the working set alone."""
    rows, places = np.flatnonzero(keep[0]), np.flatnonzero(keep[1])
    count, wide = len(problem.y), problem.pairs.shape[2]
    columns = np.concatenate(
        [problem.main[:, rows], problem.pairs[:, places].reshape(count, -1), np.ones((count, 1))],
        axis=1,
    )
    single, group = _thresholds(problem, penalty)
    split = rows.size
    rate = 1.0 / (problem.bend * _largest(columns, problem.weights) + 1e-12)

    def shrink(point: Float64) -> Float64:
        out = point.copy()
        flat = out[:split]
        out[:split] = np.sign(flat) * np.maximum(
            np.abs(flat) - rate * penalty * problem.main_penalty, 0
        )
        inner = out[split:-1].reshape(-1, wide)
        inner = np.sign(inner) * np.maximum(np.abs(inner) - rate * single, 0)
        size = np.linalg.norm(inner, axis=1, keepdims=True)
        inner = inner * np.maximum(1 - rate * group / np.maximum(size, 1e-300), 0)
        out[split:-1] = inner.ravel()
        return out

    start = np.concatenate([terms.main[rows], terms.pairs[places].ravel(), [terms.baseline]])
    now = _accelerate(
        lambda point: shrink(point - rate * (problem.slope(columns @ point) @ columns)), start
    )
    main, pairs = np.zeros_like(terms.main), np.zeros_like(terms.pairs)
    main[rows] = now[:split]
    pairs[places] = now[split:-1].reshape(-1, wide)
    return Terms(baseline=float(now[-1]), main=main, pairs=pairs)


def _accelerate(step: Callable[[Float64], Float64], start: Float64) -> Float64:
    """Where proximal steps end: with momentum, begun anew when it leads uphill."""
    now, ahead, momentum = start, start, 1.0
    for _ in range(_STEPS):
        new = step(ahead)
        moved = new - now
        if (ahead - new) @ moved > 0:
            momentum, ahead = 1.0, now
            new = step(ahead)
            moved = new - now
        following = 0.5 * (1 + np.sqrt(1 + 4 * momentum**2))
        ahead, now = new + (momentum - 1) / following * moved, new
        momentum = following
        if np.abs(moved).max() <= _TOLERANCE * max(np.abs(now).max(), 1e-3):
            break
    return now


def _largest(columns: Float64, weights: Float64) -> float:
    """The largest eigenvalue of columns' W columns, by power iteration with some slack."""
    vector = np.ones(columns.shape[1]) / np.sqrt(columns.shape[1])
    size = 1.0
    for _ in range(15):
        vector = (weights * (columns @ vector)) @ columns
        size = float(np.linalg.norm(vector))
        vector = vector / max(size, 1e-300)
    return 1.05 * size
