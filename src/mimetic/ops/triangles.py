"""Triangles over scattered points, and the motion that is affine in each of them.

Points are (x right, y down), pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import Delaunay, QhullError

from mimetic.errors import ArgumentError
from mimetic.types import Bool, Float32, Float64, Floats, Int64
from mimetic.types.arrays import check_shape

_EDGE = 1e-9  # a pixel this near to an edge, as a share of the triangle, lies on it


@dataclass(frozen=True, kw_only=True, eq=False)
class Cover:
    """Which triangle lies on each pixel, and with which weights of its corners.

    ``folded`` marks pixels inside several triangles, or inside one that is turned over:
    there a surface hides part of itself.
    """

    triangle: Int64  # [H, W], -1 where there is none
    weights: Float64  # [H, W, 3], sum 1, 0 where there is no triangle
    folded: Bool  # [H, W]


def triangulate(points: Floats) -> Int64:
    """The Delaunay triangles [K 3] of points [L 2], all turning the same way.

    Raises ArgumentError where the points span no area or are not finite.
    """
    check_shape("points", points, "L 2")
    places = np.asarray(points, np.float64)
    if len(places) < 3 or not np.isfinite(places).all():
        raise ArgumentError(f"points: expected three or more finite points, got {len(places)}")
    try:
        found = Delaunay(places).simplices.astype(np.int64)
    except QhullError as error:
        raise ArgumentError("points: expected points that span an area, got a line") from error
    turned = doubled_area(places, found) < 0
    found[turned] = found[turned][:, ::-1]
    return np.asarray(found)


def doubled_area(points: Floats, triangles: Int64) -> Float64:
    """Twice the area [K] of triangles [K 3]; below 0 where one is turned over."""
    first, second, third = (np.asarray(points[triangles[:, n]], np.float64) for n in range(3))
    one, other = second - first, third - first
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])


def cover(points: Floats, triangles: Int64, shape: tuple[int, int]) -> Cover:
    """The triangles [K 3] of points [L 2] laid over a grid of H x W pixels."""
    check_shape("points", points, "L 2")
    area = doubled_area(points, triangles)
    usable = np.flatnonzero(area != 0)
    which, x, y = _candidates(np.asarray(points[triangles[usable]], np.float64), shape)
    which = usable[which]
    weights = _weights(points, triangles[which], x, y) / area[which, None]
    touched = (weights >= -_EDGE).all(1)
    which, x, y, weights = which[touched], x[touched], y[touched], weights[touched]
    inside = (weights > _EDGE).all(1)
    times = np.zeros(shape, np.int64)
    np.add.at(times, (y[inside], x[inside]), 1)
    turned = inside & (area[which] < 0)
    folded = times > 1
    folded[y[turned], x[turned]] = True
    triangle = np.full(shape, -1, np.int64)
    triangle[y, x] = which
    chosen = np.zeros((*shape, 3))
    chosen[y, x] = weights
    return Cover(triangle=triangle, weights=chosen, folded=folded)


def affine_flow(
    first: Floats, second: Floats, triangles: Int64, *, shape: tuple[int, int]
) -> tuple[Float32, Bool]:
    """Displacement [2 H W] that carries points [L 2] from first to second, affine in each triangle.

    Known, in the second answer [H W], where one triangle lies, turned over in neither
    picture; 0 elsewhere.
    """
    check_shape("first", first, "L 2")
    check_shape("second", second, "L 2", L=len(first))
    laid = cover(first, triangles, shape)
    step = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    at = np.maximum(laid.triangle, 0)
    flow = np.einsum("hwc,hwcx->xhw", laid.weights, step[triangles[at]])
    turned = doubled_area(second, triangles) <= 0
    known = (laid.triangle >= 0) & ~laid.folded & ~turned[at]
    return np.where(known, flow, 0).astype(np.float32), known


def _candidates(corners: Float64, shape: tuple[int, int]) -> tuple[Int64, Int64, Int64]:
    """Every pixel in the box of every triangle [K 3 2]: number of the triangle, x and y [P]."""
    most = np.array([shape[1], shape[0]]) - 1
    low = np.maximum(np.ceil(corners.min(1) - _EDGE), 0).astype(np.int64)
    high = np.minimum(np.floor(corners.max(1) + _EDGE), most).astype(np.int64)
    wide, high_px = np.maximum(high - low + 1, 0).T
    count = wide * high_px
    which = np.repeat(np.arange(len(corners)), count)
    place = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count)
    x = low[which, 0] + place % wide[which]
    y = low[which, 1] + place // wide[which]
    return which, x, y


def _weights(points: Floats, triangles: Int64, x: Int64, y: Int64) -> Float64:
    """Doubled areas [P 3] that the pixels cut off against each corner of their triangles [P 3]."""
    across = np.asarray(points[:, 0], np.float64)[triangles] - x[:, None]
    down = np.asarray(points[:, 1], np.float64)[triangles] - y[:, None]
    following, last = (1, 2, 0), (2, 0, 1)
    return np.asarray(across[:, following] * down[:, last] - across[:, last] * down[:, following])
