"""What measurements read when nothing moves: noise of flow, and the floor it sets.

An even movement over three distinct frames lies on a line, whatever the frame
rate; what is left over is noise. The features of that noise, taken where the
face is stillest, say what the same features read at rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.ops.timeseries import moving_mean
from mimetic.types import Bool, Float32, Float64, Floats
from mimetic.types.arrays import check_shape

_LONGEST_STEP_S = 0.25  # beyond, no movement is even
_ENOUGH = 20  # noise readings for a 95 % point


class NoiseReader:
    """The last flows, and the noise that three linked frames reveal.

    The noise is scaled to the size that one flow carries. One reader serves
    either displacements from neutral (``push``) or flow over a short lag
    (``push_pair``).
    """

    def __init__(self, size: tuple[int, ...]) -> None:
        self._flow = np.zeros((0, 2, *size), np.float32)
        self._times_s = np.zeros(0)

    def push(self, flow_px: Float32, time_s: float) -> Float32 | None:
        """The noise [2 H W] of the middle one of the last three frames, if they are near."""
        if self._times_s.size and time_s - self._times_s[-1] > _LONGEST_STEP_S:
            self._flow, self._times_s = self._flow[:0], self._times_s[:0]
        noise = None
        if self._times_s.size == 2:
            first_s, middle_s = self._times_s
            share = (time_s - middle_s) / (time_s - first_s)
            line = share * self._flow[0] + (1 - share) * flow_px
            size = np.sqrt(1 + share**2 + (1 - share) ** 2)
            noise = ((self._flow[1] - line) / size).astype(np.float32)
        self._flow = np.concatenate([self._flow[-1:], flow_px[None]])
        self._times_s = np.append(self._times_s[-1:], time_s)
        return noise

    def push_pair(self, flow_px: Float32, *, start_s: float, end_s: float) -> Float32 | None:
        """The noise [2 H W] of the flow over a lag, if an earlier pair ends where this starts."""
        noise = None
        before = np.flatnonzero(self._times_s[1::2] == start_s)
        if before.size:
            one, two = start_s - self._times_s[2 * before[0]], end_s - start_s
            # Both pairs share the frame between them, its noise with opposite signs: a
            # correlation of -0.5 for pure noise of frames, -0.4 measured for this flow.
            size = np.sqrt(one**2 + two**2 + 0.8 * one * two)
            noise = ((flow_px * one - self._flow[before[0]] * two) / size).astype(np.float32)
        wanted = self._times_s[1::2] > start_s
        self._flow = np.concatenate([self._flow[wanted], flow_px[None]])
        times = self._times_s.reshape(-1, 2)[wanted].ravel()
        self._times_s = np.concatenate([times, [start_s, end_s]])
        return noise

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that the next reading depends on."""
        return {"flow": self._flow, "times_s": self._times_s}

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from a ``state`` taken earlier."""
        self._flow = np.asarray(state["flow"], np.float32)
        self._times_s = np.asarray(state["times_s"], np.float64)


def frame_noise(series: Floats) -> float:
    """One standard deviation of a series' [T] frame noise, from its robust second differences.

    NaN is left out; 0 where fewer than three numbers are known.
    """
    known = series[np.isfinite(series)]
    if known.size < 3:
        return 0.0
    bend = known[:-2] - 2 * known[1:-1] + known[2:]
    return float(1.4826 * np.median(np.abs(bend)) / np.sqrt(6))


def noise_floor(noise: Floats, speed: Floats, *, times_s: Float64, signed: Bool) -> Float32:
    """What 95 of 100 samples of each feature [R F] stay below when nothing moves.

    For ``signed`` [F] features the bound is on their absolute value. The readings of
    ``noise`` [T R F] count where the region, and if that leaves enough also the
    whole face, is about as slow (0.5 s mean, up to a fifth more) as in its slowest
    fifth; inner quantiles stand for the rest, so that a few movements do not
    raise the floor.
    """
    check_shape("noise", noise, "T R F", T=times_s.size, F=signed.size)
    check_shape("speed", speed, "T R", T=times_s.size, R=noise.shape[1])
    floor = np.full(noise.shape[1:], np.nan, np.float32)
    face_slow = _slow(_mean_known(np.asarray(speed, float)), times_s)
    for region in range(noise.shape[1]):
        slow = _slow(np.asarray(speed[:, region], float), times_s)
        # A region may creep along with its neighbours, too slowly to see by itself.
        slow = slow & face_slow if (slow & face_slow).sum() >= _ENOUGH else slow
        for feature, both_ways in enumerate(signed):
            readings = noise[slow, region, feature]
            readings = readings[np.isfinite(readings)]
            if readings.size:
                floor[region, feature] = _bound(readings, signed=bool(both_ways))
    return floor


def _slow(speed: Float64, times_s: Float64) -> Bool:
    smooth = moving_mean(speed, times_s, window_s=0.5)
    known = np.isfinite(smooth)
    if not known.any():
        return known
    return np.asarray(known & (smooth <= 1.2 * np.quantile(smooth[known], 0.2)))


def _mean_known(values: Float64) -> Float64:
    known = np.isfinite(values)
    number = known.sum(1)
    total = np.where(known, values, 0).sum(1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _bound(readings: Floats, *, signed: bool) -> float:
    """The 95 % point of noise readings, from quantiles that few outliers do not move."""
    if signed:
        size = np.abs(readings)
        bound = 2.5 * 1.4826 * np.median(size)
        return float(1.96 * np.sqrt((np.minimum(size, bound) ** 2).mean()))
    middle, upper = np.quantile(readings, [0.5, 0.75])
    return float(middle + (upper - middle) * 1.645 / 0.6745)
