"""From regional dynamics of any length and rate to signals on one clock, in a slow and a fast band.

The bands are made in seconds, so that a smile reads the same at 25 and at 100 frames
per second: ``SLOW_S`` is the standard deviation of the Gaussian whose result is the
course of the expression, ``FINE_S`` that of those whose rest is fine movement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mimetic.ops.timeseries import resample
from mimetic.types import Bool, Float64, Floats, LocalDynamics

RATE_HZ = 25.0  # finer movement is mostly noise of the tracker
SLOW_S = 0.12
FINE_S = 0.16
MAX_GAP_S = 0.8  # crossed by a straight line; with a longer gap a region says nothing
LEAST_SEEN = 0.5  # share of a clip in which a region must be seen
LEAST_STEPS = 8
_ACROSS = ("displacement_x_ed", "displacement_y_ed")
COURSE = "displacement"


@dataclass(frozen=True, kw_only=True, eq=False)
class Courses:
    """The S signals of each region of one clip on a regular clock.

    The first signal is the displacement along the main direction of the region's
    own movement, positive at its farthest. ``known`` says where a region was seen;
    a region seen too little is NaN throughout.
    """

    step_s: float
    slow: Float64  # [R, S, K]
    fast: Float64  # [R, S, K]
    known: Bool  # [R, K]
    bridged: int  # steps of the clock, over all regions, that no frame saw

    @property
    def duration_s(self) -> float:
        """From the first to the last step."""
        return float(self.step_s * (self.known.shape[1] - 1))


def signal_names(features: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the S signals that features give: one along the movement, then the rest."""
    if set(_ACROSS) <= set(features):
        return (COURSE, *(name for name in features if name not in _ACROSS))
    return features


def read_courses(dynamics: LocalDynamics) -> Courses | None:
    """The signals of one clip; None where fewer than eight steps of time were seen."""
    rows = np.flatnonzero(dynamics.valid.any(1))
    if rows.size < 2:
        return None
    span = slice(rows[0], rows[-1] + 1)
    times_s = dynamics.times_s[span]
    rate_hz = min(RATE_HZ, 1.0 / float(np.median(np.diff(times_s[rows - rows[0]]))))
    values, known = _regular(times_s, dynamics.values[span], rate_hz=rate_hz)
    if len(values) < LEAST_STEPS:
        return None
    signals = np.moveaxis(values, 0, 2)  # [R, F, K]
    slow = gaussian_filter1d(signals, SLOW_S * rate_hz, axis=2, mode="nearest")
    slow, fast = _along(slow, _fine(signals, rate_hz), dynamics.features)
    return Courses(
        step_s=1.0 / rate_hz, slow=slow, fast=fast, known=known, bridged=int((~known).sum())
    )


def _fine(signals: Float64, rate_hz: float) -> Float64:
    """What is faster than about 2 Hz in signals [R F K].

    One Gaussian taken away would leave the corners of the course, and two regions that rise
    at the same time would seem to tremble together; after three, 6 % of a wave of 1 Hz is
    left and 88 % of one of 2.5 Hz.
    """
    fine = signals
    for _ in range(3):
        fine = fine - gaussian_filter1d(fine, FINE_S * rate_hz, axis=2, mode="nearest")
    return np.asarray(fine)


def _regular(times_s: Float64, values: Floats, *, rate_hz: float) -> tuple[Float64, Bool]:
    """Values [K R F] on the regular clock without gaps, and where a region was seen [R K]."""
    even = np.allclose(np.diff(times_s), 1.0 / rate_hz, rtol=0.02)
    if even and not np.isnan(values).any():
        return np.asarray(values, np.float64), np.ones((values.shape[1], len(values)), bool)
    most_s = max(MAX_GAP_S, 1.5 / rate_hz)
    clock_s, regular = resample(times_s, values, rate_hz=rate_hz, max_gap_s=most_s)
    known = np.stack(
        [
            _near(clock_s, times_s[~np.isnan(values[:, region]).any(1)], 0.6 / rate_hz)
            for region in range(values.shape[1])
        ]
    )
    for region, column in np.ndindex(*regular.shape[1:]):
        _bridge(regular[:, region, column], enough=bool(known[region].mean() >= LEAST_SEEN))
    return regular, known


def _near(clock_s: Float64, seen_s: Float64, reach_s: float) -> Bool:
    """Which steps of the clock have a frame within reach."""
    if not seen_s.size:
        return np.zeros(clock_s.size, bool)
    after = np.clip(np.searchsorted(seen_s, clock_s), 1, max(seen_s.size - 1, 1))
    nearest = np.minimum(
        np.abs(seen_s[np.minimum(after, seen_s.size - 1)] - clock_s),
        np.abs(clock_s - seen_s[after - 1]),
    )
    return np.asarray(nearest <= reach_s)


def _bridge(series: Float64, *, enough: bool) -> None:
    """Fill what is missing of a series [K] in place, or make all of it missing.

    Gaps up to MAX_GAP_S are filled already; at the ends the nearest value stands.
    """
    missing = np.isnan(series)
    inside = np.flatnonzero(~missing)
    if not enough or not inside.size or missing[inside[0] : inside[-1]].any():
        series[:] = np.nan
    elif missing.any():
        places = np.arange(series.size)
        series[missing] = np.interp(places[missing], inside, series[inside])


def _along(slow: Float64, fast: Float64, features: tuple[str, ...]) -> tuple[Float64, Float64]:
    """Both bands with the displacement turned along the main direction of each region [R S K]."""
    if not set(_ACROSS) <= set(features):
        return slow, fast
    across = [features.index(name) for name in _ACROSS]
    rest = [n for n in range(len(features)) if n not in across]
    plane = slow[:, across]
    away = plane - np.median(plane, axis=2, keepdims=True)
    spread = np.nan_to_num(np.einsum("rak,rbk->rab", away, away))
    main = np.linalg.eigh(spread)[1][:, :, -1]  # [R, 2]
    course = np.einsum("ra,rak->rk", main, plane)
    # Displacement is from the neutral face, so that the far end is the one away from 0.
    sign = np.where((course * np.abs(course)).sum(1) < 0, -1.0, 1.0)
    main = main * sign[:, None]
    parts = []
    for band in (slow, fast):
        turned = np.einsum("ra,rak->rk", main, band[:, across])[:, None]
        parts.append(np.concatenate([turned, band[:, rest]], axis=1))
    return parts[0], parts[1]
