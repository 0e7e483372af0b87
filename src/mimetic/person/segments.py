"""Where one movement ends and the next begins: valleys in the speed of a code."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from mimetic.ops.timeseries import resample
from mimetic.types import Float64, Floats, Int64

CLOCK_HZ = 25.0  # all recordings are put on this clock, whatever their frame rate
SMOOTH_S = 0.04
DEEP = 0.25  # a peak of speed stands out by this part of the usual fast speed
ENDS = 0.15  # a stroke lasts while the speed is above this part of its peak
SHORTEST = 2  # clock steps


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """The scaled codes and head pose of a recording on a regular clock, NaN in its gaps."""

    recording: str
    times_s: Float64  # [T]
    codes: Floats  # [T, D]
    pose_deg: Floats  # [T, 3], yaw, pitch, roll

    @property
    def seconds(self) -> float:
        """How long the face was measured."""
        return float(np.isfinite(self.codes[:, 0]).sum() / CLOCK_HZ)


def make_track(recording: str, times_s: Float64, codes: Floats, pose_deg: Floats) -> Track:
    """The track of codes [T D] and pose [T 3] at irregular times [T], missing frames left out."""
    clock_s, regular = resample(times_s, np.concatenate([codes, pose_deg], 1), rate_hz=CLOCK_HZ)
    regular = regular.astype(np.float32)
    return Track(
        recording=recording, times_s=clock_s, codes=regular[:, :-3], pose_deg=regular[:, -3:]
    )


def stretches_of(series: Floats) -> list[slice]:
    """The unbroken stretches of a series [T K], at least SHORTEST + 1 long."""
    known = np.isfinite(series).all(1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    return [slice(a, b) for a, b in edges.reshape(-1, 2) if b - a > SHORTEST]


def smoothed(series: Floats) -> Float64:
    """A series [T K] under a Gaussian of SMOOTH_S, each unbroken stretch by itself."""
    out = np.full(series.shape, np.nan)
    for part in stretches_of(series):
        out[part] = gaussian_filter1d(
            np.asarray(series[part], np.float64), SMOOTH_S * CLOCK_HZ, axis=0
        )
    return out


def speed_of(series: Floats) -> Float64:
    """How fast a smoothed series [T K] changes, per second [T]; NaN in gaps."""
    out = np.full(len(series), np.nan)
    for part in stretches_of(series):
        out[part] = np.linalg.norm(np.gradient(series[part], axis=0) * CLOCK_HZ, axis=1)
    return out


def strokes(series: Float64) -> Int64:
    """First and last row [n 2] of every stroke of a smoothed series [T K].

    Change points are the valleys of the speed between peaks that stand out; a
    stroke is what lies around a peak down to ENDS of its speed.
    """
    speed = speed_of(series)
    known = speed[np.isfinite(speed)]
    if not known.size:
        return np.zeros((0, 2), np.int64)
    least = DEEP * float(np.percentile(known, 80))
    found = []
    for part in stretches_of(series):
        here = speed[part]
        peaks, _ = find_peaks(here, prominence=max(least, 1e-12))
        valleys = [a + int(np.argmin(here[a:b])) for a, b in pairwise(peaks)]
        cuts = [0, *valleys, len(here) - 1]
        for number, peak in enumerate(peaks):
            slow = here <= ENDS * here[peak]
            before = np.flatnonzero(slow[cuts[number] : peak])
            after = np.flatnonzero(slow[peak : cuts[number + 1]])
            first = cuts[number] + (int(before[-1]) if before.size else 0)
            last = peak + int(after[0]) if after.size else cuts[number + 1]
            if last - first >= SHORTEST:
                found.append((part.start + first, part.start + last))
    return np.array(found, np.int64).reshape(-1, 2)
