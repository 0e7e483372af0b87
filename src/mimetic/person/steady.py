"""Codes that tremble less: each frame leans on its neighbours in time, where that pays.

The Wiener gain of a three-frame filter, for each component by itself: one that is mostly
movement is left alone, one that is mostly noise becomes the mean of three frames.
"""

from __future__ import annotations

import numpy as np

from mimetic.types import Bool, Float32, Float64, Floats, Int64

NEAR_S = 0.12  # neighbours farther away in time say nothing about noise
MOST = 2 / 3  # the mean of three frames


def leaning(
    codes: Floats, times_s: Float64, recording: Int64 | None = None
) -> tuple[Float64, Float64, Bool]:
    """What the neighbours of each frame say [n D], their weights' power [n], and where they do.

    The straight line between the frame before and the one after, at true times. Frames
    without two neighbours within .12 s, or at the seam of two recordings, have none.
    """
    said = np.asarray(codes, np.float64).copy()
    power, known = np.zeros(len(codes)), np.zeros(len(codes), bool)
    if len(codes) < 3:
        return said, power, known
    before_s, after_s = np.diff(times_s)[:-1], np.diff(times_s)[1:]
    fine = (before_s > 0) & (after_s > 0) & (before_s <= NEAR_S) & (after_s <= NEAR_S)
    if recording is not None:
        fine &= (recording[2:] == recording[:-2]) & (recording[1:-1] == recording[:-2])
    weight = np.where(fine, before_s / np.where(fine, before_s + after_s, 1.0), 0.5)
    middle = (1 - weight)[:, None] * said[:-2] + weight[:, None] * said[2:]
    known[1:-1] = fine
    power[1:-1] = weight**2 + (1 - weight) ** 2
    said[1:-1] = np.where(fine[:, None], middle, said[1:-1])
    return said, power, known


def lean_gain(
    codes: Floats, times_s: Float64, *, noise_sd: Float64, recording: Int64 | None = None
) -> Float64:
    """How far [D] a frame is to lean on its neighbours, 0 to 2/3; 0 where noise is not known.

    The neighbours err by their own noise and by the bend of the movement, both of which the
    mean square of what they miss holds: the best gain is noise over that.
    """
    said, _, known = leaning(codes, times_s, recording)
    missed = (
        ((said - codes)[known] ** 2).mean(0) if known.any() else np.full(codes.shape[1], np.inf)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.nan_to_num(noise_sd**2 / missed, nan=0.0, posinf=0.0)
    return np.asarray(np.clip(gain, 0, MOST))


def lean(codes: Float32, times_s: Float64, gain: Float64) -> Float32:
    """The codes [n D] of frames that follow each other, each leaning on its neighbours."""
    said, _, known = leaning(codes, times_s)
    return np.asarray(codes + known[:, None] * gain * (said - codes), np.float32)


def noise_left(gain: Float64) -> Float64:
    """The part [D] of a frame's noise that is left after leaning, for even steps in time."""
    return np.asarray(np.sqrt((1 - gain) ** 2 + gain**2 / 2))
