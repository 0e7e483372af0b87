"""Onset, apex and offset between frames: a pulse fitted to the movement along its own direction.

The pulse rises and falls by minimum-jerk curves of their own lengths, on a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mimetic.micro.detect import EvenSeries, Peak, pulse_shape
from mimetic.types import Float64

SHORTEST_FLANK_STEPS = 0.75  # of the clock; a shorter one cannot be told
REACH_S = 0.35  # beyond the pulse of a peak, on both sides
LONGEST_FLANK_S = 1.5
_STARTS = ((0.5, 0.5), (0.3, 0.6), (0.6, 0.3), (0.9, 0.9))  # flanks over the filter's duration
DIRECTED = 0.5  # of the best patch's reading; patches below have no say in the course


@dataclass(frozen=True, kw_only=True, eq=False)
class Pulse:
    """A fitted pulse; ``height_px`` is that of the course, ``left_over`` its misfit's rms."""

    onset_s: float
    apex_s: float
    offset_s: float
    height_px: float
    left_over_px: float
    stays: bool  # a movement that does not come back explains the course better

    @property
    def duration_s(self) -> float:
        """From onset to offset."""
        return self.offset_s - self.onset_s


def course_of(series: EvenSeries, peak: Peak, patches: int) -> Float64:
    """The movement [K] of the patches that take part, along the direction of each, in pixels.

    Weighted so that noise counts least; ``patches`` is how many columns are no pairs.
    """
    size = peak.whitened[:patches]
    weight = np.where(size >= DIRECTED * np.nanmax(size), size, 0.0)
    reading = peak.reading[:patches]
    length = np.linalg.norm(reading, axis=1)
    # Whitened size over length is one over the noise along the way.
    direction = reading / np.maximum(length, 1e-9)[:, None]
    weight = weight * np.square(size / np.maximum(length, 1e-9))
    weight /= weight.sum()
    course = np.einsum("kui,ui,u->k", series.values[:, :patches], direction, weight)
    return np.asarray(course)


def fit_pulse(
    series: EvenSeries, course: Float64, peak: Peak, *, free_s: tuple[float, float]
) -> Pulse:
    """The pulse about a peak; ``free_s`` bounds the time in which nothing else happened.

    The height is free, and so is the straight line under it; the three moments are found
    by Nelder and Mead's simplex from several starts.
    """
    reach_s = peak.duration_s / 2 + max(REACH_S, peak.duration_s / 2)
    first_s = max(peak.time_s - reach_s, free_s[0])
    last_s = min(peak.time_s + reach_s, free_s[1])
    rows = np.flatnonzero(
        (series.times_s >= first_s - 1e-9) & (series.times_s <= last_s + 1e-9) & np.isfinite(course)
    )
    times_s = series.times_s[rows] - peak.time_s
    values = course[rows]
    least_s = SHORTEST_FLANK_STEPS / series.rate_hz
    best, found = np.inf, (0.0, 0.0, 0.0)
    for share in _STARTS:
        start = np.array([0.0, *(np.log(max(s * peak.duration_s, least_s)) for s in share)])
        simplex = start + np.vstack([np.zeros(3), np.diag([0.15 * peak.duration_s, 0.35, 0.35])])
        answer = minimize(
            lambda p: _misfit(p, times_s, values, least_s)[0],
            start,
            method="Nelder-Mead",
            options={"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-12, "maxiter": 200},
        )
        if answer.fun < best:
            best, found = float(answer.fun), tuple(answer.x.tolist())
    apex_s, rise_s, fall_s = _moments(np.array(found), least_s)
    _, height = _misfit(np.array(found), times_s, values, least_s)
    return Pulse(
        onset_s=peak.time_s + apex_s - rise_s,
        apex_s=peak.time_s + apex_s,
        offset_s=peak.time_s + apex_s + fall_s,
        height_px=height,
        left_over_px=float(np.sqrt(best / max(values.size - 6, 1))),
        stays=_step_misfit(times_s, values, apex_s=apex_s, flanks_s=(rise_s, fall_s)) < best,
    )


def _moments(p: Float64, least_s: float) -> tuple[float, float, float]:
    flanks = np.clip(np.exp(np.clip(p[1:], -20, 5)), least_s, LONGEST_FLANK_S)
    return float(p[0]), float(flanks[0]), float(flanks[1])


def _misfit(p: Float64, times_s: Float64, values: Float64, least_s: float) -> tuple[float, float]:
    """Squares left over by a pulse and a straight line, and the pulse's height."""
    apex_s, rise_s, fall_s = _moments(p, least_s)
    flank = np.where(times_s < apex_s, rise_s, fall_s)
    shape = pulse_shape(1 - np.abs(times_s - apex_s) / flank)
    return _linear(shape, times_s, values)


def _step_misfit(
    times_s: Float64, values: Float64, *, apex_s: float, flanks_s: tuple[float, float]
) -> float:
    """Squares left over by a movement that goes and stays, the better of either flank."""
    rise_s, fall_s = flanks_s
    left = []
    for start_s, length_s in ((apex_s - rise_s, rise_s), (apex_s, fall_s)):
        for share in (0.7, 1.0, 1.4):
            shape = pulse_shape((times_s - start_s) / (share * length_s))
            left.append(_linear(shape, times_s, values, sloped=False)[0])
    return min(left)


def _linear(
    shape: Float64, times_s: Float64, values: Float64, *, sloped: bool = True
) -> tuple[float, float]:
    columns = [shape, np.ones_like(times_s)] + ([times_s] if sloped else [])
    design = np.stack(columns, axis=1)
    normal = design.T @ design + 1e-9 * np.eye(design.shape[1])
    found = np.linalg.solve(normal, design.T @ values)
    rest = values - design @ found
    return float(rest @ rest), float(found[0])
