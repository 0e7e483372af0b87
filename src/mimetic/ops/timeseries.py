"""Series on the video's own clock: stillness, means, stretches, resampling. Missing is NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from mimetic.errors import ArgumentError, ShapeError
from mimetic.types import Bool, Float64, Floats, Int64
from mimetic.types.arrays import check_shape, check_times

STILL_SHARE = 0.2  # neutral is found in the slowest fifth
STILL_WINDOW_S = 0.2  # one frame's jitter must not decide what is still
MAX_GAP_S = 0.2
_LONGEST_STEP_S = 0.5  # farther apart, two frames say nothing of how still the face was
_AT_ONCE = 256  # frames


def still_speed(
    shapes_of: Callable[[int, int], Floats], times_s: Float64, *, known: Bool
) -> Float64:
    """Mean speed [T] of the landmarks in ed/s, for telling how still the face was.

    ``shapes_of(start, stop)`` gives the shapes [stop - start L 3] of these frames; it
    is asked for short stretches, so that an hour of shapes need not fit into memory.
    ``known`` [T] are the valid, distinct frames; others get NaN, and so does a frame
    with no known one within half a second. Taken over STILL_WINDOW_S around each frame,
    its neighbours at least: from one frame to the next the noise of landmarks, divided
    by a short time, is larger than most movements.
    """
    _check_series(times_s, known=known)
    speed = np.full(times_s.size, np.nan)
    for part in segments(times_s, known, max_gap_s=_LONGEST_STEP_S):
        if part.size < 2:
            continue
        first, last = _window_ends(times_s[part])
        for start in range(0, part.size, _AT_ONCE):
            here = slice(start, min(start + _AT_ONCE, part.size))
            before, after = part[first[here]], part[last[here]]
            shapes = shapes_of(int(before[0]), int(after[-1]) + 1)
            change = shapes[after - before[0]] - shapes[before - before[0]]
            moved = np.linalg.norm(change, axis=2).mean(1)
            speed[part[here]] = moved / (times_s[after] - times_s[before])
    return speed


def _window_ends(times_s: Float64) -> tuple[Int64, Int64]:
    """The first and the last frame of the window around each frame."""
    order = np.arange(times_s.size)
    reach_s = STILL_WINDOW_S / 2 + 1e-9
    first = np.minimum(np.searchsorted(times_s, times_s - reach_s), np.maximum(order - 1, 0))
    last = np.searchsorted(times_s, times_s + reach_s) - 1
    return first, np.maximum(last, np.minimum(order + 1, times_s.size - 1))


def still_rows(
    speed: Float64, times_s: Float64, *, valid: Bool, repeated: Bool, share: float = STILL_SHARE
) -> Int64:
    """The rows of the slowest share of valid, distinct frames, in order of time.

    Speeds are first averaged over 0.2 s, at true times. Where no speed is known at
    all (single frames between gaps), every valid, distinct frame counts.
    """
    _check_series(times_s, speed=speed, valid=valid, repeated=repeated)
    if not 0 < share <= 1:
        raise ArgumentError(f"share: expected more than 0 and at most 1, got {share}")
    smooth = moving_mean(speed, times_s, window_s=STILL_WINDOW_S)
    usable = np.flatnonzero(valid & ~repeated)
    known = usable[np.isfinite(smooth[usable])]
    if not known.size:
        return usable
    count = max(1, round(share * known.size))
    slowest = known[np.argsort(smooth[known], kind="stable")[:count]]
    return np.sort(slowest)


def median_shape(shapes_ed: Floats) -> tuple[Float64, int]:
    """The median [L 3] of shapes [K L 3] and the number of the shape nearest to it."""
    check_shape("shapes_ed", shapes_ed, "K L D")
    middle = np.median(np.asarray(shapes_ed, np.float64), axis=0)
    return middle, int(np.argmin(((shapes_ed - middle) ** 2).sum((1, 2))))


def frame_at(moment_s: float, times_s: Float64, *, valid: Bool, within_s: float = 0.5) -> int:
    """The row of the valid frame nearest to a moment, refused where none is near."""
    _check_series(times_s, valid=valid)
    away = np.where(valid, np.abs(times_s - moment_s), np.inf)
    row = int(np.argmin(away)) if away.size else -1
    if row < 0 or not away[row] <= within_s:
        raise ArgumentError(
            f"moment_s: expected a time with a measured face within {within_s} s, "
            f"got {moment_s}; choose a moment at which the face is tracked"
        )
    return row


def moving_mean(values: Float64, times_s: Float64, *, window_s: float) -> Float64:
    """Mean [T] of the known values [T] in a window centred on each frame, NaN where none is."""
    _check_series(times_s, values=values)
    known = np.isfinite(values)
    sums = np.concatenate([[0], np.cumsum(np.where(known, values, 0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    # A nanosecond of slack, so that frames at both edges count or neither does.
    first = np.searchsorted(times_s, times_s - window_s / 2 - 1e-9)
    last = np.searchsorted(times_s, times_s + window_s / 2 + 1e-9)
    number = counts[last] - counts[first]
    total = sums[last] - sums[first]
    return np.where(known & (number > 0), total / np.maximum(number, 1), np.nan)


def valid_time_s(times_s: Float64, valid: Bool, *, max_gap_s: float = MAX_GAP_S) -> float:
    """The time covered by neighbouring valid frames, gaps longer than ``max_gap_s`` left out."""
    _check_series(times_s, valid=valid)
    steps = np.diff(times_s[valid])
    return float(steps[steps <= max_gap_s + 1e-9].sum())


def segments(times_s: Float64, valid: Bool, *, max_gap_s: float = MAX_GAP_S) -> list[Int64]:
    """The rows of each unbroken stretch: valid frames no more than ``max_gap_s`` apart."""
    _check_series(times_s, valid=valid)
    rows = np.flatnonzero(valid)
    if not rows.size:
        return []
    breaks = np.flatnonzero(np.diff(times_s[rows]) > max_gap_s + 1e-9) + 1
    return list(np.split(rows, breaks))


def resample(
    times_s: Float64, values: Floats, *, rate_hz: float, max_gap_s: float = MAX_GAP_S
) -> tuple[Float64, Float64]:
    """Series [T ...] on a regular clock: times [K] from ``times_s[0]`` on, values [K ...].

    Straight lines stay straight. Where the clock is slower than the frames, each
    value is a local straight-line fit under a Gaussian of 0.4 / rate_hz, which
    keeps faster wobble from appearing as slow movement; otherwise values lie on
    the line between the two neighbours. Gaps longer than ``max_gap_s`` stay NaN,
    for each column by itself.
    """
    _check_series(times_s, values=values)
    if not (0 < rate_hz < np.inf and max_gap_s > 0):
        raise ArgumentError(
            f"rate_hz, max_gap_s: expected positive numbers, got {rate_hz}, {max_gap_s}"
        )
    count = int(np.floor((times_s[-1] - times_s[0]) * rate_hz + 1e-6)) + 1 if times_s.size else 0
    clock_s = times_s[:1].sum() + np.arange(count) / rate_hz
    flat = np.asarray(values, np.float64).reshape(times_s.size, int(np.prod(values.shape[1:])))
    out = np.full((count, flat.shape[1]), np.nan)
    missing = np.isnan(flat)
    patterns, which = np.unique(missing, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        columns = np.flatnonzero(which.reshape(-1) == number)
        for rows in segments(times_s, ~patterns[:, number], max_gap_s=max_gap_s):
            inside, weights = _weights(times_s[rows], clock_s, rate_hz)
            out[np.ix_(inside, columns)] = weights @ flat[np.ix_(rows, columns)]
    return clock_s, out.reshape(count, *values.shape[1:])


def _weights(times_s: Float64, clock_s: Float64, rate_hz: float) -> tuple[Int64, Any]:
    """The clock rows inside a segment, and the sparse weights of its frames for each."""
    inside = np.flatnonzero((clock_s >= times_s[0] - 1e-9) & (clock_s <= times_s[-1] + 1e-9))
    wanted = np.clip(clock_s[inside], times_s[0], times_s[-1])
    frames = times_s.size
    if frames == 1:
        return inside, sparse.csr_array(np.ones((inside.size, 1)))
    right = np.clip(np.searchsorted(times_s, wanted), 1, frames - 1)
    lowering = np.median(np.diff(times_s)) < 0.99 / rate_hz
    width = 0.4 / rate_hz if lowering else 0.0
    first = np.minimum(np.searchsorted(times_s, wanted - 3 * width), right - 1)
    last = np.maximum(np.searchsorted(times_s, wanted + 3 * width) - 1, right)
    first, last = (right - 1, right) if not lowering else (first, last)
    steps = np.arange(int((last - first).max(initial=0)) + 1)
    columns = np.minimum(first[:, None] + steps, frames - 1)
    used = first[:, None] + steps <= last[:, None]
    away = np.where(used, times_s[columns] - wanted[:, None], 0)
    weight = np.exp(-0.5 * (away / width) ** 2) if lowering else np.ones(away.shape)
    # Two frames carry the line even where the Gaussian sees neither.
    weight = used * np.maximum(weight, 1e-3 * weight.max(axis=1, keepdims=True, initial=1e-9))
    zeroth, first_moment = weight.sum(1), (weight * away).sum(1)
    second = (weight * away**2).sum(1)
    line = weight * (second[:, None] - first_moment[:, None] * away)
    line /= (zeroth * second - first_moment**2)[:, None]
    rows = np.broadcast_to(np.arange(inside.size)[:, None], columns.shape)
    shape = (inside.size, frames)
    return inside, sparse.csr_array((line.ravel(), (rows.ravel(), columns.ravel())), shape=shape)


def _check_series(times_s: Float64, **series: npt.NDArray[Any]) -> None:
    check_shape("times_s", times_s, "T")
    check_times("times_s", times_s)
    for name, array in series.items():
        if array.shape[:1] != times_s.shape:
            raise ShapeError(
                f"{name}: expected [T ...], T = {times_s.size}, got {list(array.shape)}"
            )
