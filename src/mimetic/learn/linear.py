"""Linear models with a ridge: least squares and logistic, over a path of penalties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Float64, Floats
from mimetic.types.arrays import check_shape

_STEPS = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaler:
    """What is usual of each column, learnt from the rows to learn from alone."""

    middle: Float64  # [D]
    spread: Float64  # [D], infinite for a column that does not vary

    def __call__(self, values: Floats) -> Float64:
        """Values [n D] in standard deviations, within 5; missing ones read as usual (0)."""
        return np.asarray(np.nan_to_num(np.clip((values - self.middle) / self.spread, -5, 5)))


def fit_scaler(values: Floats, weights: Float64) -> Scaler:
    """Mean and standard deviation of each column [n D] over the rows that are not NaN."""
    check_shape("weights", weights, "N", N=len(values))
    share = np.where(np.isnan(values), 0.0, weights[:, None])
    share /= np.maximum(share.sum(0), 1e-300)
    known = np.nan_to_num(np.asarray(values, np.float64))
    middle = (share * known).sum(0)
    spread = np.sqrt((share * (known - middle) ** 2).sum(0))
    steady = spread <= 1e-9 * np.maximum(np.abs(middle), 1e-6)
    return Scaler(middle=middle, spread=np.where(steady, np.inf, spread))


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """A linear score: ``baseline`` + columns @ ``slope``."""

    baseline: float
    slope: Float64  # [D]

    def __call__(self, columns: Floats) -> Float64:
        """Scores [n] of columns [n D]."""
        return np.asarray(columns @ self.slope + self.baseline)


def ridge_lines(
    columns: Floats,
    y: Float64,
    *,
    weights: Float64,
    penalties: Sequence[float],
    logistic: bool,
) -> list[Line]:
    """One line for each penalty: mean loss + penalty / 2 x squared length of the slope.

    The loss is half the squared error, or log loss of y in 0 and 1. Columns [n D] count as
    they are; penalties are for columns with a total variance of one, so that
    they mean the same for any D. Raises ArgumentError for a penalty that is not positive.
    """
    check_shape("y", y, "N", N=len(columns))
    if not all(penalty > 0 for penalty in penalties):
        raise ArgumentError(f"penalties: expected more than 0, got {list(penalties)}")
    share = weights / weights.sum()
    middle = share @ columns
    size = float(np.sqrt((share @ (columns - middle) ** 2).sum())) or 1.0
    # A ridge knows no directions: all happens in the span of the rows, however many columns.
    left, length, axes = np.linalg.svd((columns - middle) / size, full_matrices=False)
    kept = length > 1e-10 * max(length[0], 1e-300)
    inner, axes = left[:, kept] * length[kept], axes[kept]
    solve = _logistic_path if logistic else _square_path
    lines = []
    for baseline, slope in solve(inner, y, share, penalties):
        outer = axes.T @ slope / size
        lines.append(Line(baseline=baseline - float(middle @ outer), slope=outer))
    return lines


Solved = list[tuple[float, Float64]]


def _square_path(inner: Float64, y: Float64, share: Float64, penalties: Sequence[float]) -> Solved:
    mean = float(share @ y)
    bend = (inner * share[:, None]).T @ inner
    drive = inner.T @ (share * (y - mean))
    energy, axes = np.linalg.eigh(bend)
    turned = axes.T @ drive
    return [(mean, axes @ (turned / (np.maximum(energy, 0) + each))) for each in penalties]


def _logistic_path(
    inner: Float64, y: Float64, share: Float64, penalties: Sequence[float]
) -> Solved:
    """By Newton's method with shortened steps, each penalty from the solution of the one before."""
    design = np.concatenate([np.ones((len(inner), 1)), inner], axis=1)
    line = np.zeros(design.shape[1])
    mean = float(np.clip(share @ y, 1e-6, 1 - 1e-6))
    line[0] = np.log(mean / (1 - mean))
    solved: Solved = []
    for penalty in penalties:
        hold = np.full(line.size, penalty)
        hold[0] = 1e-9  # the baseline is free
        for _ in range(_STEPS):
            step = _newton_step(design, y, share, line=line, hold=hold)
            line = line - step
            if float(np.abs(step).max()) < 1e-7:
                break
        solved.append((float(line[0]), line[1:].copy()))
    return solved


def _newton_step(
    design: Float64, y: Float64, share: Float64, *, line: Float64, hold: Float64
) -> Float64:
    margin = design @ line
    chance = 0.5 * (1 + np.tanh(margin / 2))
    slope = design.T @ (share * (chance - y)) + hold * line
    bend = (design * (share * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ design
    step = np.linalg.solve(bend + np.diag(hold), slope)
    before = _log_loss(margin, y, share) + 0.5 * float(hold @ line**2)
    for _ in range(30):
        tried = line - step
        after = _log_loss(design @ tried, y, share) + 0.5 * float(hold @ tried**2)
        if after <= before + 1e-12:
            break
        step = step / 2
    return np.asarray(step)


def _log_loss(margin: Float64, y: Float64, share: Float64) -> float:
    return float(share @ (np.logaddexp(0, margin) - y * margin))
