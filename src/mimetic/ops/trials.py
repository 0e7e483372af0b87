"""Movement around the events of an experiment: windows, means and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.timeseries import MAX_GAP_S, segments
from mimetic.types import Float64, Floats, Int64
from mimetic.types.arrays import check_shape, check_times


@dataclass(frozen=True, kw_only=True)
class TrialWindow:
    """The stretch of time around an onset, and the clock on which trials are averaged."""

    before_s: float = 0.5
    after_s: float = 2.0
    rate_hz: float = 50.0
    max_gap_s: float = MAX_GAP_S

    def __post_init__(self) -> None:
        sizes = (self.before_s, self.after_s)
        if min(sizes) < 0 or sum(sizes) <= 0 or self.rate_hz <= 0 or self.max_gap_s <= 0:
            raise ArgumentError(
                "before_s, after_s, rate_hz, max_gap_s: expected a window of positive length, "
                f"got {self.before_s}, {self.after_s}, {self.rate_hz}, {self.max_gap_s}"
            )

    @property
    def lags_s(self) -> Float64:
        """Times [K] from the onset, 0 among them."""
        before = int(np.floor(self.before_s * self.rate_hz + 1e-6))
        after = int(np.floor(self.after_s * self.rate_hz + 1e-6))
        return np.arange(-before, after + 1) / self.rate_hz


@dataclass(frozen=True, kw_only=True, eq=False)
class TrialMean:
    """Mean movement around one kind of event, with its 95 % interval over trials.

    The interval is Student's t over the trials known at that lag, NaN below two.
    """

    trial_type: str
    lags_s: Float64  # [K]
    mean: Float64  # [K, ...]
    low: Float64  # [K, ...]
    high: Float64  # [K, ...]
    trials: Int64  # [K, ...], how many are known


def trial_windows(
    times_s: Float64, values: Floats, *, onsets_s: Floats, window: TrialWindow
) -> Float64:
    """Values [E K ...] of series [T ...] at each onset plus each lag.

    Between two frames the value lies on the line between them; NaN outside the
    recording and in gaps longer than ``window.max_gap_s``.
    """
    check_shape("times_s", times_s, "T")
    check_times("times_s", times_s)
    check_shape("onsets_s", onsets_s, "E")
    if values.shape[:1] != times_s.shape:
        raise ShapeError(f"values: expected [T ...], T = {times_s.size}, got {list(values.shape)}")
    lags = window.lags_s
    wanted = (np.asarray(onsets_s, float)[:, None] + lags).ravel()
    flat = np.asarray(values, np.float64).reshape(times_s.size, int(np.prod(values.shape[1:])))
    out = np.full((wanted.size, flat.shape[1]), np.nan)
    for column in range(flat.shape[1]):
        for rows in segments(times_s, np.isfinite(flat[:, column]), max_gap_s=window.max_gap_s):
            first, last = times_s[rows[0]], times_s[rows[-1]]
            inside = (wanted >= first - 1e-9) & (wanted <= last + 1e-9)
            out[inside, column] = np.interp(wanted[inside], times_s[rows], flat[rows, column])
    return out.reshape(len(onsets_s), lags.size, *values.shape[1:])


def trial_means(
    times_s: Float64,
    values: Floats,
    *,
    onsets_s: Floats,
    trial_types: Sequence[str],
    window: TrialWindow,
) -> tuple[TrialMean, ...]:
    """The mean over trials of each type, types in the order of their first trial."""
    if len(trial_types) != len(onsets_s):
        raise ShapeError(
            f"trial_types: expected one for each of {len(onsets_s)} onsets, got {len(trial_types)}"
        )
    windows = trial_windows(times_s, values, onsets_s=onsets_s, window=window)
    means = []
    for trial_type in dict.fromkeys(trial_types):
        chosen = windows[[name == trial_type for name in trial_types]]
        mean, half, trials = _mean_and_half_width(chosen)
        means.append(
            TrialMean(
                trial_type=trial_type,
                lags_s=window.lags_s,
                mean=mean,
                low=mean - half,
                high=mean + half,
                trials=trials,
            )
        )
    return tuple(means)


def _mean_and_half_width(trials: Float64) -> tuple[Float64, Float64, Int64]:
    known = np.isfinite(trials)
    number = known.sum(0)
    mean = np.where(number > 0, np.where(known, trials, 0).sum(0) / np.maximum(number, 1), np.nan)
    squares = np.where(known, (trials - mean) ** 2, 0).sum(0)
    error = np.sqrt(squares / np.maximum(number - 1, 1) / np.maximum(number, 1))
    quantile = stats.t.ppf(0.975, np.maximum(number - 1, 1))
    return mean, np.where(number > 1, quantile * error, np.nan), number
