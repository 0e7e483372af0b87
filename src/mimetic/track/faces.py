"""One face at one moment, and which faces and detections are the same one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.track.detect import Detection, overlap
from mimetic.track.region import MARGIN, Region, region_of_landmarks
from mimetic.types.arrays import Float32

DUPLICATE_GAP, DUPLICATE_OVERLAP = 0.3, 0.5  # two measurements of one face
PLACE_GAP, PLACE_SCALE = 1.0, 2.0  # a face that was lost and came back at the same place


@dataclass(frozen=True, kw_only=True, eq=False)
class Face:
    """A measured face; ``track`` is the number of its tracklet, -1 while it has none."""

    track: int
    landmarks_px: Float32  # [478, 3]
    confidence: float
    seen_s: float
    look: Float32  # [205], see looks.py
    region: Region  # the square in which it was measured

    @property
    def next_region(self) -> Region:
        """The square in which to measure this face in the next frame.

        Half way from its last square to that of its landmarks: what the network
        answers depends a little on the square, and the landmarks of a perfectly still
        face alternate between two places where the whole way is gone.
        """
        own = region_of_landmarks(self.landmarks_px)
        return self.region.half_way_to(own) if own.is_close_to(self.region) else own

    @property
    def box_px(self) -> Float32:
        """The box x0 y0 x1 y1 around all landmarks."""
        points = self.landmarks_px[:, :2]
        return np.concatenate([points.min(0), points.max(0)])

    @property
    def size_px(self) -> float:
        """The longer side of the box."""
        return region_of_landmarks(self.landmarks_px).side_px / MARGIN


def gap(first: Face, second: Face) -> float:
    """Distance between the middles of two faces, in sizes of the larger."""
    apart = first.landmarks_px[:, :2].mean(0) - second.landmarks_px[:, :2].mean(0)
    return float(np.hypot(*apart)) / max(first.size_px, second.size_px)


def scale_change(first: Face, second: Face) -> float:
    """Size of the larger over that of the smaller."""
    small, large = sorted((first.size_px, second.size_px))
    return large / max(small, 1e-6)


def is_duplicate(first: Face, second: Face) -> bool:
    """Whether two measurements of one frame lie on one face."""
    shared = overlap(first.box_px.astype(np.float64), second.box_px.astype(np.float64)[None])
    return gap(first, second) < DUPLICATE_GAP or bool(shared[0] > DUPLICATE_OVERLAP)


def is_same_place(first: Face, second: Face) -> bool:
    """Whether a face may have moved from one to the other while it was out of sight."""
    return gap(first, second) < PLACE_GAP and scale_change(first, second) < PLACE_SCALE


def covers(face: Face, detection: Detection) -> bool:
    """Whether the middle of a detection lies on a face."""
    centre = detection.box_px.reshape(2, 2).mean(0)
    low, high = face.box_px.reshape(2, 2)
    return bool((centre >= low).all() and (centre <= high).all())
