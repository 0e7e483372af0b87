"""Scores brought to the scale of what they estimate: log-odds that hold, years that fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.learn.groups import group_draws
from mimetic.relations.kinds import Target
from mimetic.types import Float64

DRAWS = 100
_STEPS = 50
_PRIOR = 1e-3  # keeps the slope finite where the scores separate the classes


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """``slope`` x score + ``shift``: the slope is never negative."""

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, scores: Float64) -> Float64:
        """Calibrated scores [n]."""
        return np.asarray(self.slope * scores + self.shift)


def calibrate(scores: Float64, target: Target) -> Calibration:
    """The line from held-out scores to log-odds (Platt 1999) or, for numbers, to the number.

    People weigh the same, however many clips they have. Scores that point the wrong
    way get slope 0: they say nothing.
    """
    weight = target.weights / target.y.size
    middle = float(weight @ scores)
    spread = float(np.sqrt(weight @ (scores - middle) ** 2))
    if not spread > 1e-12:
        return Calibration(slope=0.0, shift=_prior(target))
    unit = (scores - middle) / spread
    slope, shift = _platt(unit, target) if target.task == "class" else _line(unit, target)
    if slope <= 0:
        return Calibration(slope=0.0, shift=_prior(target))
    return Calibration(slope=slope / spread, shift=shift - slope * middle / spread)


def calibrated_loss(scores: Float64, target: Target) -> float:
    """Mean loss of held-out scores after calibration: log loss in nats, or squared error."""
    if not np.isfinite(scores).all():
        return np.inf
    values = calibrate(scores, target)(scores)
    if target.task == "class":
        each = np.logaddexp(0, np.where(target.y > 0, -values, values))
    else:
        each = (values - target.y) ** 2
    return float((target.weights * each).mean())


def _prior(target: Target) -> float:
    """What is said without any score: the log-odds of the share, or the mean."""
    mean = float((target.weights * target.y).mean())
    return float(np.log(mean / (1 - mean))) if target.task == "class" else mean


def _platt(unit: Float64, target: Target) -> tuple[float, float]:
    """Slope and shift of a weighted logistic fit of one variable, by Newton steps."""
    weight = target.weights / target.y.size
    design = np.stack([unit, np.ones_like(unit)], axis=1)
    line = np.array([0.0, _prior(target)])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ line, -30, 30)))
        slope = design.T @ (weight * (chance - target.y)) + [_PRIOR * line[0], 0.0]
        bend = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        bend += np.diag([_PRIOR, 1e-9])
        step = np.linalg.solve(bend, slope)
        # A long Newton step from a flat place of the curve would overshoot.
        line -= step / max(1.0, float(np.abs(step).max()))
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(line[0]), float(line[1])


def _line(unit: Float64, target: Target) -> tuple[float, float]:
    weight = target.weights / target.y.size
    return float(weight @ (unit * target.y)), float(weight @ target.y)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scale:
    """A calibration, the same on people drawn with replacement, and what it leaves open.

    ``residual`` are the 2.5 and 97.5 % points of held-out people's values about their
    estimates, for numbers: from one clip, and from all clips of a person.
    """

    line: Calibration
    drawn: Float64  # [draws, 2], slope and shift
    residual: Float64  # [2, 2]

    def interval(self, scores: Float64) -> tuple[Float64, Float64]:
        """The 95 % interval [n] of calibrated scores that the drawn lines give."""
        every = self.drawn[:, :1] * scores + self.drawn[:, 1:]
        low, high = np.percentile(every, [2.5, 97.5], axis=0)
        return low, high


def scale_of(
    scores: Float64, target: Target, *, rng: np.random.Generator, alone: Float64 | None = None
) -> Scale:
    """The calibration of held-out scores, and how it varies with the people drawn.

    ``alone`` are the scores of clips without the other clips of their persons, where
    those are others.
    """
    line = calibrate(scores, target)
    drawn: list[list[float]] = []
    for rows in group_draws(target.groups, rng=rng, draws=DRAWS):
        part = target.take(rows)
        if np.ptp(part.y) > 0:
            other = calibrate(scores[rows], part)
            drawn.append([other.slope, other.shift])
    left = [target.y - line(scores if one is None else one) for one in (alone, None)]
    return Scale(
        line=line,
        drawn=np.array(drawn or [[line.slope, line.shift]]),
        residual=np.percentile(left, [2.5, 97.5], axis=1).T,
    )
