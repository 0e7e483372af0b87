"""Which triangle of a mesh each pixel shows: a z-buffer written for many small triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.types import Float64, Floats, Int64
from mimetic.types.arrays import check_shape

BATCH = 2_000_000  # candidate pixels looked at together, so that memory stays flat


@dataclass(frozen=True, kw_only=True, eq=False)
class Raster:
    """What the pixels of a picture show of a mesh.

    ``triangle`` is -1 where there is no surface; ``weights`` are the barycentric
    coordinates of the pixel's centre, and ``depth`` is z there, infinite without surface.
    """

    triangle: Int64  # [H, W]
    weights: Float64  # [H, W, 3]
    depth: Float64  # [H, W]

    def blend(self, values: Floats, triangles: Int64) -> Float64:
        """Values of the vertices [V C] at the pixels [H W C], NaN without surface."""
        corners = values[triangles[np.maximum(self.triangle, 0)]]
        mixed = (corners * self.weights[..., None]).sum(-2)
        return np.where(self.triangle[..., None] >= 0, mixed, np.nan)


def rasterise(points_px: Floats, triangles: Int64, shape: tuple[int, int]) -> Raster:
    """The nearest triangle (least z) under every pixel centre of a picture [H W].

    ``points_px`` [V 3] are x right, y down, z away from the camera, projected in
    parallel. Triangles that face away are drawn as well: their neighbours hide them.
    """
    check_shape("points_px", points_px, "V 3")
    check_shape("triangles", triangles, "F 3")
    h, w = shape
    corners = np.asarray(points_px, np.float64)[triangles]
    low = np.ceil(corners[..., :2].min(1) - 1e-9).astype(np.int64)
    high = np.floor(corners[..., :2].max(1) + 1e-9).astype(np.int64)
    low, high = np.maximum(low, 0), np.minimum(high, [w - 1, h - 1])
    span = high - low + 1
    area = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    drawn = np.flatnonzero((span > 0).all(1) & (np.abs(area) > 1e-12))
    depth = np.full(h * w, np.inf)
    owner = np.full(h * w, -1, np.int64)
    inner = np.zeros((h * w, 3))
    # Triangles of like size together: one rectangle of candidates fits them all.
    size = 2 ** np.ceil(np.log2(span[drawn])).astype(np.int64)
    for wide, high_ in np.unique(size, axis=0):
        alike = drawn[(size == (wide, high_)).all(1)]
        for part in np.array_split(alike, alike.size * wide * high_ // BATCH + 1):
            spots = _inside(corners[part], low[part], area=area[part], size=(wide, high_))
            which, x, y, weights = spots
            seen = (x <= high[part[which], 0]) & (y <= high[part[which], 1])
            which, x, y, weights = which[seen], x[seen], y[seen], weights[seen]
            z = (weights * corners[part[which], :, 2]).sum(-1)
            _keep_nearest(y * w + x, z, part[which], weights=weights, into=(depth, owner, inner))
    return Raster(
        triangle=owner.reshape(h, w), weights=inner.reshape(h, w, 3), depth=depth.reshape(h, w)
    )


def _inside(
    corners: Float64, low: Int64, *, area: Float64, size: tuple[int, int]
) -> tuple[Int64, Int64, Int64, Float64]:
    """Number of the triangle, x, y and weights of every pixel centre inside."""
    across, down = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    x = low[:, :1] + across.ravel()
    y = low[:, 1:] + down.ravel()
    places = np.stack([x, y], axis=-1)
    first, second, third = (corners[:, None, n, :2] for n in range(3))
    one = _cross(second - places, third - places) / area[:, None]
    two = _cross(third - places, first - places) / area[:, None]
    weights = np.stack([one, two, 1 - one - two], axis=-1)
    # On a shared edge both triangles hold the pixel; the nearer or the first is taken.
    which, spot = np.nonzero((weights >= -1e-9).all(-1))
    return which, x[which, spot], y[which, spot], weights[which, spot]


def _keep_nearest(
    pixel: Int64,
    z: Float64,
    triangle: Int64,
    *,
    weights: Float64,
    into: tuple[Float64, Int64, Float64],
) -> None:
    depth, owner, inner = into
    order = np.lexsort((z, pixel))
    chosen = order[np.r_[True, np.diff(pixel[order]) > 0]] if order.size else order
    chosen = chosen[z[chosen] < depth[pixel[chosen]]]
    depth[pixel[chosen]] = z[chosen]
    owner[pixel[chosen]] = triangle[chosen]
    inner[pixel[chosen]] = weights[chosen]


def _cross(first: Float64, second: Float64) -> Float64:
    return np.asarray(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])
