"""Where to look for faces, from quick to thorough."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from mimetic.track.detect import Detection, FaceDetector
from mimetic.track.models import Pip
from mimetic.types.arrays import Float64, UInt8

TILED_FROM_PX = 256  # a smaller picture reaches the detector at full sharpness anyway


class Detects(Protocol):
    """Anything that finds upright faces in a picture, or in one turned left by quarters."""

    def detect(self, pixels: UInt8, *, turns: int = 0) -> list[Detection]:
        """The faces in RGB pixels [H W 3], the surest first, in the picture as given."""
        ...


class FaceSearch:
    """Three depths of search: ``quick``, ``fine`` for small faces, ``hard`` for the rest.

    ``near`` is the detector for large faces (1 ms), ``far`` the one for small ones
    (4 ms). Both know upright faces only.
    """

    def __init__(self, *, near: Detects, far: Detects) -> None:
        self._near, self._far = near, far

    @classmethod
    def load(cls, *, pip: Pip | None = None) -> FaceSearch:
        """The search on the installed networks; raises ModelError where they cannot be had."""
        return cls(near=FaceDetector.near(pip=pip), far=FaceDetector.far(pip=pip))

    def quick(self, pixels: UInt8) -> list[Detection]:
        """Large faces: at least a tenth of the picture."""
        return self._near.detect(pixels)

    def fine(self, pixels: UInt8) -> list[Detection]:
        """Faces down to a thirtieth of the picture."""
        return self._far.detect(pixels)

    def hard(self, pixels: UInt8) -> list[Detection]:
        """Lying faces in the turned picture, and tiny ones in tiles of half its size."""
        found = [self._near.detect(pixels, turns=turns) for turns in (1, 3, 2)]
        every = [detection for each in found for detection in each] + self._tiled(pixels)
        return sorted(every, key=lambda detection: -detection.score)

    def _tiled(self, pixels: UInt8) -> list[Detection]:
        height, width = pixels.shape[:2]
        if max(height, width) < TILED_FROM_PX:
            return []
        side = max(height, width) // 2
        found = []
        for top in _starts(height, side):
            for left in _starts(width, side):
                tile = np.ascontiguousarray(pixels[top : top + side, left : left + side])
                corner = np.array([left, top], np.float64)
                found += [_moved(detection, corner) for detection in self._near.detect(tile)]
        return found


def _starts(length: int, side: int) -> list[int]:
    """Starts of tiles of ``side`` that overlap by half or more and cover ``length``."""
    if length <= side:
        return [0]
    count = int(np.ceil(2 * (length - side) / side)) + 1
    return [round(start) for start in np.linspace(0, length - side, count)]


def _moved(detection: Detection, corner: Float64) -> Detection:
    return Detection(
        box_px=detection.box_px + np.tile(corner, 2),
        keypoints_px=detection.keypoints_px + corner,
        score=detection.score,
    )
