"""What two regions of a clip did together, moment by moment."""

from __future__ import annotations

import numpy as np
from scipy.signal import hilbert

from mimetic.relations.courses import Courses
from mimetic.types import Bool, Float64, Floats

LAGS_S = (0.12, 0.24, 0.48)
LONGEST_LAG_S = 0.6
FINE_LAG_S = 0.08
PAIR_FEATURES = (
    "velocity_correlation",
    *(f"velocity_correlation_{side}_{lag}_s" for lag in LAGS_S for side in ("after", "before")),
    "strongest_correlation",
    "strongest_lag_s",
    "course_correlation",
    "together",
    "overlap",
    "fine_correlation",
    "fine_correlation_lagged",
    "fine_correlation_size",
    "fine_phase_locking",
    "fine_phase_agreement",
    "fine_power_correlation",
)
SHORT = ("velocity_correlation", "fine_correlation")


def pair_features(courses: Courses) -> Float64:
    """Features [P, Q] of the pairs above the diagonal: all of the first signal, few of others.

    "after" means that the second region follows the first.
    """
    regions = len(courses.slow)
    blind: Bool = np.asarray(np.isnan(courses.slow).any((1, 2)))
    slow = np.nan_to_num(courses.slow)
    first = [
        *_slow(slow[:, 0], courses.step_s),
        *_fine(_masked(courses, 0), courses.step_s),
    ]
    for signal in range(1, slow.shape[1]):
        velocity = np.gradient(slow[:, signal], axis=1)
        first += [_alike(velocity), _alike(_masked(courses, signal))]
    upper = np.triu_indices(regions, 1)
    found = np.stack([each[upper] for each in first], axis=1)
    found[blind[upper[0]] | blind[upper[1]]] = np.nan
    return found


def _masked(courses: Courses, signal: int) -> Float64:
    """The fine movement [R K], 0 where a region was not seen: a bridge does not tremble."""
    return np.nan_to_num(np.where(courses.known, courses.fast[:, signal], 0.0))


def _unit(series: Floats) -> Floats:
    """Series [R K] without their mean, of length 1; a constant one is 0."""
    away = series - series.mean(1, keepdims=True)
    size = np.sqrt((np.abs(away) ** 2).sum(1, keepdims=True))
    return np.asarray(away / np.where(size > 1e-12, size, np.inf))


def _alike(series: Floats) -> Float64:
    """Correlations [R R] of series [R K], by Fisher's transform."""
    unit = _unit(series)
    return _fisher(unit @ unit.T)


def _fisher(correlation: Floats) -> Float64:
    return np.asarray(np.arctanh(np.clip(correlation, -0.98, 0.98)))


def _lagged(unit: Floats, lag: int) -> Float64:
    """[R R]: the second region ``lag`` steps after the first (before it, where negative)."""
    steps = unit.shape[1]
    if abs(lag) >= steps:
        return np.zeros((len(unit), len(unit)))
    early, late = unit[:, : steps - abs(lag)], unit[:, abs(lag) :]
    together = early @ late.T
    return np.asarray(together if lag >= 0 else together.T)


def _slow(slow: Float64, step_s: float) -> list[Float64]:
    velocity = _unit(np.gradient(slow, axis=1))
    reach = max(1, round(LONGEST_LAG_S / step_s))
    every = np.stack([_lagged(velocity, lag) for lag in range(-reach, reach + 1)])
    strongest = np.abs(every).argmax(0)
    lags = [round(side * lag / step_s) for lag in LAGS_S for side in (1, -1)]
    course = slow - np.percentile(slow, 5, axis=1, keepdims=True)
    course = course / np.maximum(course.max(1, keepdims=True), 1e-9)
    moving = (course > 0.5).astype(float)
    both = moving @ moving.T
    either = moving.sum(1)[:, None] + moving.sum(1) - both
    return [
        _fisher(_lagged(velocity, 0)),
        *(_fisher(_lagged(velocity, lag)) for lag in lags),
        _fisher(np.take_along_axis(every, strongest[None], 0)[0]),
        (strongest - reach) * step_s,
        _alike(slow),
        course @ course.T / slow.shape[1],
        both / np.maximum(either, 1.0),
    ]


def _fine(fast: Float64, step_s: float) -> list[Float64]:
    unit = _unit(fast)
    lag = max(1, round(FINE_LAG_S / step_s))
    zero = unit @ unit.T
    beside = 0.5 * (_lagged(unit, lag) + _lagged(unit, -lag))
    wave = hilbert(fast, axis=1)
    phase = wave / np.maximum(np.abs(wave), 1e-12)
    locked = phase @ phase.conj().T / fast.shape[1]
    return [
        _fisher(zero),
        _fisher(beside),
        np.abs(_fisher(zero)),
        np.abs(locked),
        locked.real,
        _alike(np.abs(wave)),
    ]
