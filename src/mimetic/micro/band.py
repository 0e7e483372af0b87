"""What of a movement is brief: a band of durations, freed of the head's motion and of noise.

Everything is in seconds on the video's own clock. What is slow is found by running medians,
which a pulse shorter than half their window leaves alone, so that brief movement keeps its size.
"""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.ops.mesh import CANONICAL_SIZE
from mimetic.types import Bool, Float32, Float64, Floats

_KEYS = 4  # moments of the running median within its half window
_MOST = 64  # frames that one median looks at
_SMOOTH = 0.25  # standard deviation of the average over time, of the shortest duration
_RAYLEIGH = 1.1774  # median length of noise in two dimensions, in its standard deviation
_CLOSE = 2.0  # standard deviations
_AROUND_PX = 5.0  # of a 128 px crop
_ENERGY_S = 0.03  # single frames of noise reach far
_STEEP = 4
_NOISIEST = 9.0  # times the face's own median: beyond, it is movement that goes on
_EVERY = 4  # pixels between those that the head's motion is fitted to
_ROUNDS = 8
_TUKEY = 3.0  # standard deviations beyond which a point moves by itself


def brief_part(
    moved_px: Float32, times_s: Float64, *, shortest_s: float, longest_s: float
) -> Float32:
    """The part of a movement [T 2 H W] that lasts from ``shortest_s`` to ``longest_s``.

    Where points rest within ``longest_s`` before and after is taken off, and what is left
    averaged over about half of ``shortest_s`` by straight lines.
    """
    slow = _rest(moved_px, times_s, half_s=longest_s)
    return _smooth(moved_px - slow, times_s, sd_s=_SMOOTH * shortest_s)


def without_head(moved_px: Float32, weight: Float32) -> Float32:
    """The movement [T 2 H W] less the affine motion that the points of a weight [H W] share."""
    y, x = np.indices(weight.shape)
    every = (x % _EVERY == 0) & (y % _EVERY == 0) & (weight > 0)
    design = np.stack([np.ones_like(x), x, y], axis=-1).astype(np.float64)
    at, whole, heavy = design[every], design.reshape(-1, 3), weight[every].astype(np.float64)
    rest = np.empty_like(moved_px)
    for frame, moved in enumerate(moved_px):
        found = _robust(at, moved[:, every].T.astype(np.float64), heavy)
        rest[frame] = moved - (whole @ found).T.reshape(moved.shape)
    return rest


def share_above_noise(
    moved_px: Float32, times_s: Float64, inside: Bool, *, floors: float, within_s: float
) -> Float32:
    """1 where a movement [T 2 H W] has well over ``floors`` of the energy of noise [T H W], else 0.

    Energy is taken around each point, so that the rim of what moves stays with it. The noise of
    a point is its median energy over all frames, which a brief movement does not reach; what
    counts is the most that it comes to ``within_s`` before or after.
    """
    width = _AROUND_PX * inside.shape[0] / CANONICAL_SIZE
    energy = np.stack([cv2.GaussianBlur((each**2).sum(0), (0, 0), width) for each in moved_px])
    energy = np.maximum(_smooth(energy.astype(np.float32), times_s, sd_s=_ENERGY_S), 0)
    noise = np.median(energy, axis=0)
    noise = np.minimum(noise, _NOISIEST * np.median(noise[inside]))
    keys_s, near = _key_moments(times_s, half_s=within_s)
    peaks = np.stack([energy[rows].max(0) for rows in near])
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.nan_to_num(1 / (1 + (floors * noise / peaks) ** _STEEP))
    return _between_keys(kept.astype(np.float32), keys_s, times_s)


def _key_moments(times_s: Float64, *, half_s: float) -> tuple[Float64, list[slice]]:
    """Moments a quarter of the half window apart, and the frames near each."""
    span_s = float(times_s[-1] - times_s[0])
    keys_s = times_s[0] + np.linspace(0, span_s, int(np.ceil(_KEYS * span_s / half_s)) + 1)
    first = np.searchsorted(times_s, keys_s - half_s - 1e-9)
    last = np.searchsorted(times_s, keys_s + half_s + 1e-9)
    found = [(key, slice(a, b)) for key, a, b in zip(keys_s, first, last, strict=True) if b > a]
    return np.array([key for key, _ in found]), [rows for _, rows in found]


def _rest(values: Float32, times_s: Float64, *, half_s: float) -> Float32:
    """Where points lie when they do not move: on lines through what is near the median.

    A median alone leans toward a pulse by a part of the noise, and of any drift.
    """
    keys_s, near = _key_moments(times_s, half_s=half_s)
    places = []
    for key_s, rows in zip(keys_s, near, strict=True):
        every = np.linspace(rows.start, rows.stop - 1, min(rows.stop - rows.start, _MOST))
        taken = np.unique(every.astype(int))
        level = _level(values[taken], times_s[taken] - key_s)
        away = np.abs(level - np.median(level, axis=0))
        close = away <= _CLOSE * 1.4826 * np.median(away, axis=0)  # half of them or more
        places.append((level * close).sum(0) / close.sum(0))
    return _between_keys(np.stack(places), keys_s, times_s)


def _level(values: Float32, away_s: Float64) -> Float32:
    """Values [n ...] carried along their own drift to the moment 0.

    The drift is the median slope between frames half a window apart, of which a pulse raises as
    many as it lowers.
    """
    half = away_s.size // 2
    if not half:
        return values
    shape = (-1, *[1] * (values.ndim - 1))
    steps_s = (away_s[half:] - away_s[: away_s.size - half]).astype(np.float32).reshape(shape)
    slope = np.median((values[half:] - values[: away_s.size - half]) / steps_s, axis=0)
    return np.asarray(values - slope * away_s.astype(np.float32).reshape(shape), np.float32)


def _between_keys(values: Float32, keys_s: Float64, times_s: Float64) -> Float32:
    """Values [K ...] at key moments on straight lines to the frames [T ...]."""
    if keys_s.size == 1:
        return np.repeat(values, times_s.size, axis=0)
    right = np.clip(np.searchsorted(keys_s, times_s), 1, keys_s.size - 1)
    share = np.clip((times_s - keys_s[right - 1]) / (keys_s[right] - keys_s[right - 1]), 0, 1)
    share = share.reshape(-1, *[1] * (values.ndim - 1)).astype(np.float32)
    between = (1 - share) * values[right - 1] + share * values[right]
    return np.asarray(between, np.float32)


def _smooth(values: Float32, times_s: Float64, *, sd_s: float) -> Float32:
    """Straight lines under a Gaussian around each frame, which keep what is straight."""
    smooth = np.empty_like(values)
    for frame, time_s in enumerate(times_s):
        first = int(np.searchsorted(times_s, time_s - 3 * sd_s - 1e-9))
        last = int(np.searchsorted(times_s, time_s + 3 * sd_s + 1e-9))
        away = times_s[first:last] - time_s
        weight = np.exp(-0.5 * (away / sd_s) ** 2)
        zeroth, once, twice = (float((weight * away**n).sum()) for n in range(3))
        spread = zeroth * twice - once**2
        line = weight * (twice - once * away) / spread if spread > 1e-12 else weight / zeroth
        smooth[frame] = np.tensordot(line.astype(np.float32), values[first:last], axes=1)
    return smooth


def _robust(design: Float64, values: Float64, given: Float64) -> Float64:
    """Coefficients [3 2] under Tukey's weights, which movement of its own does not bend."""
    weight: Floats = given
    found: Floats = np.zeros((design.shape[1], values.shape[1]))
    for _ in range(_ROUNDS):
        heavy = design * weight[:, None]
        normal = heavy.T @ design + 1e-6 * np.eye(design.shape[1])
        found = np.linalg.solve(normal, heavy.T @ values)
        off = np.linalg.norm(values - design @ found, axis=1)
        scale = _TUKEY * np.median(off) / _RAYLEIGH
        if scale < 1e-9:
            break
        weight = given * np.clip(1 - (off / scale) ** 2, 0, None) ** 2
    return np.asarray(found, np.float64)
