"""Frames that show nothing new, and places where frames are missing."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from scipy import ndimage, signal

from mimetic.types import Bool, Float64, Floats, UInt8
from mimetic.types.arrays import check_shape, check_times

WIDTH_PX = 320
NEIGHBOURS = 4  # on each side
REPEAT_SHARE = 0.35  # of the neighbours' median; found on clips whose repeats are known
WIDE = 7
HEAVY_SHARE = 0.1  # re-encoded repeats reach 0.05, native frames of the clips 0.12
NEW_SHARE = 0.35
STEPS = 16  # on each side
FEWEST_STEPS = 4
GAP_SHARE = 1.5
_BLOCK = 4096  # frames judged at once; all neighbours of an hour would take 100 MB
_CLOCK_FRAMES = 12  # the even clock is sought over as many frames before and after


class ChangeMeter:
    """How much each frame differs from the one before it.

    Call it with frames in order. Memory does not grow: one grey picture, 320
    pixels wide, is kept; ``previous`` gives it for storing, and handing it to
    the constructor goes on with the same numbers.
    """

    def __init__(self, previous: UInt8 | None = None) -> None:
        self.previous = previous

    def __call__(self, pixels: UInt8) -> float:
        """Mean absolute difference (grey levels, 0 to 255) of RGB pixels [H W 3]; NaN at first."""
        grey = _small_grey(pixels)
        change = math.nan
        if self.previous is not None and self.previous.shape == grey.shape:
            change = float(cv2.norm(grey, self.previous, cv2.NORM_L1)) / grey.size
        self.previous = grey
        return change


def find_repeated(change: Floats) -> Bool:
    """Frames [T] that show nothing new, from the change [T] of each to the one before.

    Two rules. A frame repeats the one before when its change is under 0.35 of
    the median of its 8 neighbours (4 on each side, fewer at the ends). Where
    most frames are repeats (8 Hz raised to 24), that median is one of repeats;
    there a frame is one when its change is under 0.1 of the third largest
    within 7 frames, and frames with something new lie within 4 on both sides.
    The third largest, so that a cut or a flash does not make its neighbours
    repeats. A face that is still through all neighbours repeats nothing: its
    speed is 0, and known. The first frame (NaN) is never a repeat.
    """
    check_shape("change", change, "T")
    return _in_blocks(_repeated, np.asarray(change, np.float64), reach=WIDE)


def _repeated(values: Float64) -> Bool:
    near = _around(values, NEIGHBOURS)
    repeated = values < REPEAT_SHARE * _median_of_known(near)
    known = np.where(np.isfinite(near), near, -np.inf)
    level = np.sort(np.nan_to_num(_around(values, WIDE), nan=-np.inf), axis=0)[-3]
    new = NEW_SHARE * level
    between = (known[:NEIGHBOURS].max(0) > new) & (known[NEIGHBOURS:].max(0) > new)
    return np.asarray(repeated | (between & (values < HEAVY_SHARE * level)))


def find_dropped(times_s: Float64) -> Bool:
    """Frames [T] before which at least one frame is missing.

    A step is a gap when it is more than 1.5 times as long as all but the
    longest fifth of the 32 steps around it. So a missing frame of a constant
    rate is found, and so is a long pause of an unsteady camera, but a rate that
    changes or alternates between two steps drops nothing. Fewer than 4 other
    steps decide nothing.
    """
    check_shape("times_s", times_s, "T")
    check_times("times_s", times_s)
    dropped = np.zeros(times_s.size, bool)
    if times_s.size > FEWEST_STEPS + 1:
        dropped[1:] = _in_blocks(_too_long, np.diff(times_s), reach=STEPS)
    return dropped


def _too_long(step: Float64) -> Bool:
    around = _around(step, STEPS)
    ordered = np.sort(np.where(np.isfinite(around), around, np.inf), axis=0)
    count = np.isfinite(around).sum(0)
    usual = np.take_along_axis(ordered, (0.8 * (count - 1)).astype(np.int64)[None], axis=0)[0]
    return np.asarray(step > GAP_SHARE * usual)


def _in_blocks(judge: Callable[[Float64], Bool], values: Float64, *, reach: int) -> Bool:
    """What ``judge`` says of each value [T] and its ``reach`` neighbours, in little memory."""
    said = np.zeros(values.size, bool)
    for start in range(0, values.size, _BLOCK):
        first, stop = max(start - reach, 0), min(start + _BLOCK, values.size)
        said[start:stop] = judge(values[first : stop + reach])[start - first : stop - first]
    return said


def capture_times(times_s: Float64, repeated: Bool) -> Float64:
    """When each distinct frame was filmed [T], where frames repeat in even turns.

    A video raised from 25 to 30 frames a second shows its frames for one tick,
    one tick, ..., two ticks, while the camera's clock was even. Where the spaces
    between repeats differ by one row at most and the frames lie within 0.6
    ticks of an even clock, that clock is given; elsewhere, as where a single lost
    frame was filled by a repeat, the times stay as they are.
    """
    check_shape("times_s", times_s, "T")
    check_shape("repeated", repeated, "T", T=times_s.size)
    check_times("times_s", times_s)
    distinct = np.flatnonzero(~repeated)
    if distinct.size < 2 * _CLOCK_FRAMES + 1:
        return times_s.copy()
    shown = times_s[distinct]
    even = signal.savgol_filter(shown, 2 * _CLOCK_FRAMES + 1, 1, mode="interp")
    close = np.abs(shown - even) <= 0.6 * np.median(np.diff(times_s))
    window = np.ones(2 * _CLOCK_FRAMES + 1, bool)
    near = ndimage.binary_erosion(close & _even_turns(repeated)[distinct], window, border_value=1)
    captured = times_s.copy()
    captured[distinct] = np.where(ndimage.binary_dilation(near, window), even, shown)
    return captured if (np.diff(captured[distinct]) > 0).all() else times_s.copy()


def _even_turns(repeated: Bool) -> Bool:
    """Rows around which repeats come in spaces that differ by one at most."""
    rows = np.flatnonzero(repeated)
    even = np.zeros(repeated.size, bool)
    for first in range(rows.size - 3):
        spaces = np.diff(rows[first : first + 4])
        if spaces.max() - spaces.min() <= 1:
            # As far out as the next repeat could be, so that the ends belong too.
            even[max(0, rows[first] - spaces.max()) : rows[first + 3] + spaces.max() + 1] = True
    return even


def _around(values: Float64, reach: int) -> Float64:
    """The neighbours [2 * reach, T] of each value, those before first; NaN beyond the ends."""
    padded = np.pad(values, reach, constant_values=np.nan)
    places = [place for place in range(2 * reach + 1) if place != reach]
    return np.array([padded[place : place + values.size] for place in places])


def _median_of_known(values: Float64) -> Float64:
    """Median over the first axis of what is not NaN; NaN where nothing is known."""
    known = np.isfinite(values)
    ordered = np.sort(np.where(known, values, np.inf), axis=0)
    count = known.sum(0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, values.shape[0] - 1)
    middle = np.take_along_axis(ordered, np.stack([low, high]), axis=0).mean(0)
    return np.where(count > 0, middle, np.nan)


def _small_grey(pixels: UInt8) -> UInt8:
    """Grey values [h w], halved until the width is as near to 320 as halving brings it.

    Halving is 10 times as fast as scaling to 320 exactly (0.06 against 0.9 ms at
    700 x 700), and only shares of changes are compared.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    while grey.shape[1] > WIDTH_PX * math.sqrt(2):
        high, wide = grey.shape[0] // 2, grey.shape[1] // 2
        if not high:
            break
        even = grey[: 2 * high, : 2 * wide]
        grey = cv2.resize(even, (wide, high), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
