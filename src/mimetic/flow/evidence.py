"""What a pair of pictures says about a flow that is nearly right.

The second picture is brought back by the flow; what then still differs from the first is
movement not yet found, noise, or changed light. Lucas-Kanade steps over four windows say
which movement would explain it, blurs of the flow what its neighbours say. All of it
at half resolution and in one unit of length per pair, so that a pair of twice the
movement gives nearly the same numbers: what is learnt from them is amplitude-equivariant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.flow.brightness import apply_light, fit_light
from mimetic.flow.spline import bring_back
from mimetic.types import Float32, Floats, UInt8

VERSION = 1  # of the planes; raise it when they mean something else
STEP = 16  # px: sides are filled up to a multiple, for half resolution and three halvings
LEVELS = 4  # windows of about 2, 4, 8 and 16 px (one standard deviation)
VECTORS = 2 * LEVELS  # Lucas-Kanade steps, what three blurs of the flow change, the flow
PLANES = 38  # inputs of the network

# Spread of each displacement but the last where the closed form was the start.
UNITS = (1.5, 1.0, 0.6, 0.4, 0.4, 1.0, 1.6)
LONGEST_PX = 2.0  # a Lucas-Kanade step says nothing beyond
LARGEST = 8.0  # of an input, in its unit
_RIDGE = (1.0, 0.33, 0.11, 0.037)  # times the noise: what a window of such a size averages out
_FLOOR_PX, _PER_PX, _PER_STEP = 0.03, 0.05, 1.0
_SHORTEST_PX = 0.02

_BINOMIAL = np.array([1, 2, 1], np.float32) / 4
_SMOOTH = np.array([1, 4, 6, 4, 1], np.float32) / 16
_SLOPE = np.array([1, -8, 0, 8, -1], np.float32) / 12
_NOTHING = np.ones(1, np.float32)
_EDGE = cv2.BORDER_REPLICATE


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Inputs of the refiner at half resolution, each of about the same size.

    The first ``VECTORS`` pairs of planes are displacements: the Lucas-Kanade steps and what
    three blurs of the flow would change in ``UNITS`` of ``unit_px``, and the flow itself in
    ``length_px``.
    """

    planes: Float32  # [C, h, w], none beyond LARGEST
    unit_px: float  # by how much such a flow is wrong, about
    length_px: float  # how long it is, about


def gather(first: UInt8, second: UInt8, start_px: Float32) -> Evidence:
    """The evidence of grey pictures [H W] about a flow [2 H W], sides filled up to ``STEP``.

    ``h, w`` are half of the filled sides; the border is repeated.
    """
    one, other, start = fill_up(first), fill_up(second), fill_up(start_px)
    mean, change = _films(one, bring_back(other, start))
    tensors = _halved(_tensors(mean, change))
    noise = float(np.median(_halved(tensors[..., 5]))) + 0.05
    fine = _halved(_merged((start[0], start[1])))
    steps, facts = zip(*(_step(t, noise, k) for k, t in enumerate(_pyramid(tensors))), strict=True)
    size = fine.shape[:2]
    blurs = [_raised(part, size) - fine for part in _pyramid(fine)[1:]]
    length = float(np.sqrt((fine**2).sum(-1).mean())) + _SHORTEST_PX
    reach = float(np.sqrt((steps[-1] ** 2).sum(-1).mean()))
    unit = _FLOOR_PX + _PER_PX * length + _PER_STEP * reach
    moves = (*(_raised(part, size) for part in steps), *blurs)
    planes = [part / (share * unit) for part, share in zip(moves, UNITS, strict=True)]
    planes += [fine / length, *(_raised(part, size) for part in facts)]
    planes += [_pictures(mean, change, start, noise)]
    constants = np.log((20 * unit, noise, length)) / (1, 2, 2)
    planes += [np.full((*size, 3), constants, np.float32)]
    stacked = np.clip(np.concatenate(planes, axis=-1), -LARGEST, LARGEST)
    return Evidence(
        planes=np.ascontiguousarray(stacked.transpose(2, 0, 1)), unit_px=unit, length_px=length
    )


def fill_up(array: UInt8 | Float32) -> Float32:
    """[... H W] as float with sides repeated at their ends up to multiples of ``STEP``."""
    height, width = array.shape[-2:]
    down, right = -height % STEP, -width % STEP
    ends = [(0, 0)] * (array.ndim - 2) + [(0, down), (0, right)]
    return np.pad(array.astype(np.float32), ends, mode="edge")


def _films(first: Float32, back: Float32) -> tuple[Float32, Float32]:
    """Mean and difference of the pictures, smoothed, without smooth changes of light."""
    apply_light(back, fit_light(first, back), spare=np.empty_like(back))
    both = [(first + back) / 2, back - first]
    mean, change = (_filtered(p, _BINOMIAL, _BINOMIAL) for p in both)
    return mean, change


def _tensors(mean: Float32, change: Float32) -> Float32:
    """xx, xy, yy, xt, yt, tt of every pixel [H W 6], grey levels (per pixel) squared."""
    gx = _filtered(mean, _SLOPE, _NOTHING)
    gy = _filtered(mean, _NOTHING, _SLOPE)
    parts = (gx * gx, gx * gy, gy * gy, gx * change, gy * change, change * change)
    return _merged(parts)


def _step(tensor: Float32, noise: float, level: int) -> tuple[Float32, Float32]:
    """The Lucas-Kanade step [h w 2] in px and what is known of it [h w 4].

    Facts: log of the weaker texture over noise, log of what stays unexplained over noise,
    and which way the texture runs (two numbers, a double angle).
    """
    xx, xy, yy, xt, yt, tt = cv2.split(tensor)
    ridge = np.float32(_RIDGE[level] * noise)
    xx, yy = xx + ridge, yy + ridge
    determinant = xx * yy - xy * xy
    u, v = (xy * yt - yy * xt) / determinant, (xy * xt - xx * yt) / determinant
    shorter = np.minimum(1, LONGEST_PX / np.sqrt(u * u + v * v + 1e-12))
    u, v = u * shorter, v * shorter
    trace, along = xx + yy, xx - yy
    spread = np.sqrt(along * along + 4 * xy * xy)
    weaker = np.maximum(trace - spread, 2 * ridge) / (2 * ridge)
    rest = np.maximum(tt + u * xt + v * yt, 0.02 * np.float32(noise)) / np.float32(noise)
    facts = ((np.log(weaker) - 3) / 1.5, np.log(rest), 2 * along / trace, 4 * xy / trace)
    return _merged((u, v)), _merged(facts)


def _pictures(mean: Float32, change: Float32, start: Float32, noise: float) -> Float32:
    """What was seen [h w 3]: local contrast, change over noise, whether the flow stays inside."""
    wide = cv2.resize(
        _halved(_halved(_halved(mean))), mean.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    height, width = mean.shape
    x = np.arange(width, dtype=np.float32) + start[0]
    y = np.arange(height, dtype=np.float32)[:, None] + start[1]
    inside = (np.abs(x - (width - 1) / 2) <= width / 2) & (
        np.abs(y - (height - 1) / 2) <= height / 2
    )
    contrast = (mean - wide) / (0.08 * wide + 4)
    return _halved(
        _merged((contrast, change / np.float32(np.sqrt(noise)), inside.astype(np.float32) - 1))
    )


def _pyramid(fine: Float32) -> list[Float32]:
    """Ever wider means, each at half the resolution of the one before."""
    levels = [_smooth(fine)]
    for _ in range(LEVELS - 1):
        levels.append(_smooth(_halved(levels[-1])))
    return levels


def _filtered(planes: Float32, across: Floats, down: Floats) -> Float32:
    return np.asarray(cv2.sepFilter2D(planes, -1, across, down, borderType=_EDGE), np.float32)


def _merged(planes: Sequence[Floats]) -> Float32:
    """Planes [H W] as [H W C]."""
    return np.asarray(cv2.merge(planes), np.float32)


def _smooth(planes: Float32) -> Float32:
    return _filtered(planes, _SMOOTH, _SMOOTH)


def _halved(planes: Float32) -> Float32:
    """Means of 2 x 2; [H W] or [H W C]."""
    size = (planes.shape[1] // 2, planes.shape[0] // 2)
    return np.asarray(cv2.resize(planes, size, interpolation=cv2.INTER_AREA), np.float32)


def _raised(planes: Float32, size: tuple[int, int]) -> Float32:
    """[h w C] brought to a size, linear between."""
    if planes.shape[:2] == size:
        return planes
    return np.asarray(cv2.resize(planes, size[::-1]), np.float32)  # linear between
