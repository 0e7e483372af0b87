"""Large pictures in overlapping tiles, so that memory does not grow with the picture.

A tile sees nothing beyond its edges, so the flow near them is worse; the outer
quarter of an overlap is thrown away and the middle half blends from tile to tile.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.flow.records import Estimate
from mimetic.types import Float32, UInt8


def spans(length: int, *, tile: int, overlap: int) -> list[tuple[int, int]]:
    """First and last + 1 of the tiles along one side: all of one size, at least so far overlapping.

    One span where the side fits into a tile. ArgumentError where the overlap is less
    than four pixels or more than half of a tile.
    """
    if not 4 <= overlap <= tile // 2:
        raise ArgumentError(
            f"overlap: expected 4 to {tile // 2} px (half of a tile of {tile} px), got {overlap}"
        )
    if length <= tile:
        return [(0, length)]
    count = -(-(length - overlap) // (tile - overlap))
    starts = np.linspace(0, length - tile, count).round().astype(int).tolist()
    return [(start, start + tile) for start in starts]


def in_tiles(
    measure: Callable[..., Estimate], pictures: tuple[UInt8, ...], *, tile: int, overlap: int
) -> Estimate:
    """What ``measure`` finds between pictures [H W], tile by tile, blended where tiles overlap.

    Pictures that fit into one tile go through untouched. The standard deviation is
    blended like the flow: neighbouring tiles err alike, so nothing is gained by two.
    """
    height, width = pictures[0].shape
    rows = spans(height, tile=tile, overlap=overlap)
    columns = spans(width, tile=tile, overlap=overlap)
    if len(rows) == len(columns) == 1:
        return measure(*pictures)
    blend = _Blend(height, width)
    for top, bottom in rows:
        down = _weight(top, bottom, length=height, overlap=overlap)
        for left, right in columns:
            across = _weight(left, right, length=width, overlap=overlap)
            parts = [np.ascontiguousarray(one[top:bottom, left:right]) for one in pictures]
            blend.add(measure(*parts), down[:, None] * across, top=top, left=left)
    return blend.whole()


class _Blend:
    """Weighted sums of flow and standard deviation over tiles."""

    def __init__(self, height: int, width: int) -> None:
        self._flow = np.zeros((2, height, width), np.float32)
        self._sigma = np.zeros((height, width), np.float32)
        self._weight = np.zeros((height, width), np.float32)
        self._has_sigma = True

    def add(self, part: Estimate, weight: Float32, *, top: int, left: int) -> None:
        height, width = weight.shape
        place = (slice(top, top + height), slice(left, left + width))
        self._flow[:, *place] += weight * part.flow_px
        self._weight[place] += weight
        if part.sigma_px is None:
            self._has_sigma = False
        else:
            self._sigma[place] += weight * part.sigma_px

    def whole(self) -> Estimate:
        flow = self._flow / self._weight
        return Estimate(flow, self._sigma / self._weight if self._has_sigma else None)


def _weight(start: int, stop: int, *, length: int, overlap: int) -> Float32:
    """Weight along one side of a tile: 0 near its edges, 1 inside; edges of the picture count."""
    far = float(length)
    place = np.arange(stop - start, dtype=np.float32)
    before = far if start == 0 else place + 0.5
    after = far if stop == length else place[::-1] + 0.5
    quarter = overlap / 4
    ramp = np.clip((np.minimum(before, after) - quarter) / (2 * quarter), 0, 1)
    return np.asarray(np.broadcast_to(ramp, place.shape), np.float32)
