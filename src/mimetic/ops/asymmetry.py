"""Left against right: how much each side moves, whether together, and which first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops.timeseries import MAX_GAP_S, resample
from mimetic.types import Bool, Float64, Floats, LocalDynamics

BLOCK_S = 1.0  # movement is alike within a second; the bootstrap draws seconds
DRAWS = 1000
LONGEST_LAG_S = 0.5
_LAG_RATE_HZ = 100.0


@dataclass(frozen=True, kw_only=True)
class Asymmetry:
    """One pair of regions of the person's own left and right.

    ``index`` is (L - R) / (L + R) of the movement above noise, +1 when only the
    left moves; ``low`` and ``high`` hold it with 95 % confidence. NaN where
    neither side left its noise. ``correlation`` is that of the two sides while
    either moves, ``lag_s`` by how much the left comes after the right, NaN where
    the sides do not move alike (correlation below 0.5 at any lag).
    """

    left: str
    right: str
    feature: str
    index: float
    low: float
    high: float
    movement_left: float
    movement_right: float
    correlation: float
    lag_s: float
    moving_s: float


def asymmetry(
    dynamics: LocalDynamics,
    *,
    pairs: tuple[tuple[str, str], ...],
    rng: np.random.Generator,
    feature: str = "displacement_ed",
) -> tuple[Asymmetry, ...]:
    """Left against right for each pair of region names.

    The movement of a side is the root of its mean power above the noise floor,
    over the frames in which either side is above its floor. The interval comes
    from a bootstrap over seconds of the recording.
    """
    floor = dynamics.noise_floor
    if floor is None:
        raise ArgumentError("dynamics: expected a noise floor, got None")
    known = {*dynamics.regions}
    for name in (name for pair in pairs for name in pair):
        if name not in known:
            raise ArgumentError(f"pairs: expected names of {dynamics.regions}, got {name!r}")
    if feature not in dynamics.features:
        raise ArgumentError(f"feature: expected one of {dynamics.features}, got {feature!r}")
    column = dynamics.features.index(feature)
    found = []
    for pair in pairs:
        rows = [dynamics.regions.index(name) for name in pair]
        values = np.abs(np.asarray(dynamics.values[:, rows, column], np.float64))
        limit = np.asarray(floor[rows, column], np.float64)
        found.append(_of_pair(dynamics.times_s, values, limit, pair=(*pair, feature), rng=rng))
    return tuple(found)


def _of_pair(
    times_s: Float64,
    values: Float64,
    floor: Float64,
    *,
    pair: tuple[str, str, str],
    rng: np.random.Generator,
) -> Asymmetry:
    known: Bool = np.isfinite(values.sum(1))
    above = np.where(known[:, None], values, 0) - floor
    moving: Bool = np.asarray(above.max(1) > 0)
    blocks = np.floor(times_s[moving] / BLOCK_S).astype(int)
    power = values[moving] ** 2
    # Five of 100 samples pass the floor at rest: so few are no movement.
    moved = moving.sum() > max(5, 0.15 * known.sum()) or _clear(values[moving], floor)
    left, right = _amounts(power.mean(0), floor) if moved else (0.0, 0.0)
    low, high = _interval(power, floor, blocks, rng) if left + right > 0 else (np.nan, np.nan)
    step_s = float(np.median(np.diff(times_s[known]))) if known.sum() > 1 else 0.0
    correlation, lag_s = (np.nan, np.nan)
    if left > 0 and right > 0:
        correlation, lag_s = _together(times_s, np.where(known[:, None], values, np.nan), moving)
    return Asymmetry(
        left=pair[0],
        right=pair[1],
        feature=pair[2],
        index=(left - right) / (left + right) if left + right > 0 else np.nan,
        low=low,
        high=high,
        movement_left=left,
        movement_right=right,
        correlation=correlation,
        lag_s=lag_s,
        moving_s=float(moving.sum() * step_s) if moved else 0.0,
    )


def _clear(values: Floats, floor: Floats) -> bool:
    """Whether some frames stand so far out that noise cannot explain them."""
    return bool((np.sort((values / floor).max(1, initial=0))[-5:] > 3).sum() >= 5)


def _amounts(power: Floats, floor: Floats) -> tuple[float, float]:
    left, right = np.sqrt(np.maximum(power - floor**2, 0))
    return float(left), float(right)


def _interval(
    power: Float64, floor: Float64, blocks: Floats, rng: np.random.Generator
) -> tuple[float, float]:
    """The 95 % interval of the index over seconds drawn with replacement."""
    _, which = np.unique(blocks, return_inverse=True)
    number = which.max() + 1
    if number < 3:
        return np.nan, np.nan
    counts = np.bincount(which, minlength=number)
    sums = np.stack([np.bincount(which, power[:, side], number) for side in range(2)], axis=1)
    drawn = rng.integers(number, size=(DRAWS, number))
    mean = sums[drawn].sum(1) / counts[drawn].sum(1)[:, None]
    sides = np.sqrt(np.maximum(mean - floor**2, 0))
    total = sides.sum(1)
    index = (sides[:, 0] - sides[:, 1])[total > 0] / total[total > 0]
    if not index.size:
        return np.nan, np.nan
    low, high = np.quantile(index, [0.025, 0.975])
    return float(low), float(high)


def _together(times_s: Float64, values: Float64, moving: Bool) -> tuple[float, float]:
    """Correlation of the two sides while either moves, and the left's delay in seconds."""
    correlation = _correlation(values[moving, 0], values[moving, 1])
    clock_s, regular = resample(times_s, values, rate_hz=_LAG_RATE_HZ, max_gap_s=MAX_GAP_S)
    steps = int(LONGEST_LAG_S * _LAG_RATE_HZ)
    if clock_s.size < 4 * steps:
        return correlation, np.nan
    lags = np.arange(-steps, steps + 1)
    right = regular[steps:-steps, 1]
    shifted = [regular[steps + k : regular.shape[0] - steps + k, 0] for k in lags]
    height = np.array([_correlation(left, right) for left in shifted])
    if not np.nanmax(height, initial=-1) >= 0.5:
        return correlation, np.nan
    best = int(np.nanargmax(height))
    if best in (0, lags.size - 1):
        return correlation, np.nan
    before, top, after = height[best - 1 : best + 2]
    bend = before - 2 * top + after
    peak = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return correlation, float((lags[best] + peak) / _LAG_RATE_HZ)


def _correlation(one: Floats, other: Floats) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < 5 or np.std(one[known]) == 0 or np.std(other[known]) == 0:
        return np.nan
    return float(np.corrcoef(one[known], other[known])[0, 1])
