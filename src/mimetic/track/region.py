"""The rotated square of a picture in which a face is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.ops.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from mimetic.types.arrays import Float64, Floats

MARGIN = 1.5  # side of the square over the longer side of the face, as the networks were trained


@dataclass(frozen=True, kw_only=True)
class Region:
    """A square of ``side_px`` around a centre, turned clockwise by ``angle_rad``."""

    centre_x_px: float
    centre_y_px: float
    side_px: float
    angle_rad: float

    def is_close_to(self, other: Region) -> bool:
        """Whether two squares show a face nearly alike: 5 % of the side, 0.1 rad, 10 % of size."""
        apart = np.hypot(self.centre_x_px - other.centre_x_px, self.centre_y_px - other.centre_y_px)
        turn = np.angle(np.exp(1j * (self.angle_rad - other.angle_rad)))
        growth = abs(np.log(self.side_px / other.side_px))
        return bool(apart < 0.05 * self.side_px and abs(turn) < 0.1 and growth < 0.1)

    def half_way_to(self, other: Region) -> Region:
        """The square between two, turned by half the shorter way."""
        turn = np.angle(np.exp(1j * (other.angle_rad - self.angle_rad)))
        return Region(
            centre_x_px=(self.centre_x_px + other.centre_x_px) / 2,
            centre_y_px=(self.centre_y_px + other.centre_y_px) / 2,
            side_px=(self.side_px + other.side_px) / 2,
            angle_rad=float(self.angle_rad + turn / 2),
        )

    def to_array(self) -> Float64:
        """The four numbers [4] in the order of the fields."""
        return np.array([self.centre_x_px, self.centre_y_px, self.side_px, self.angle_rad])

    @classmethod
    def from_array(cls, numbers: Floats) -> Region:
        """The square of the four numbers that ``to_array`` gave."""
        x, y, side, angle = map(float, numbers)
        return cls(centre_x_px=x, centre_y_px=y, side_px=side, angle_rad=angle)

    def to_image(self, size: int) -> Float64:
        """The affine [2 3] from a square crop of ``size`` to the picture.

        The corners of the square fall on 0 and ``size``, as in the networks' training.
        """
        scale = self.side_px / size
        cos, sin = scale * np.cos(self.angle_rad), scale * np.sin(self.angle_rad)
        half = size / 2
        return np.array(
            [
                [cos, -sin, self.centre_x_px - half * (cos - sin)],
                [sin, cos, self.centre_y_px - half * (sin + cos)],
            ]
        )


def region_of_landmarks(landmarks_px: Floats) -> Region:
    """The square around landmarks [L 2+], level with the outer corners of the eyes.

    Points 33 and 263 rather than 33 and 133: the longer base gives a steadier angle.
    """
    return _around(landmarks_px[:, :2], landmarks_px[RIGHT_EYE_OUTER], landmarks_px[LEFT_EYE_OUTER])


def region_of_detection(box_px: Floats, keypoints_px: Floats) -> Region:
    """The square around a detector's box [4], level with its eyes (keypoints 0 and 1)."""
    return _around(np.asarray(box_px).reshape(2, 2), keypoints_px[0], keypoints_px[1])


def back_project(points: Floats, region: Region, *, size: int) -> Float64:
    """Points [L 3] of a crop of ``size`` in pixels of the picture; z takes the same scale."""
    affine = region.to_image(size)
    moved = np.empty(points.shape, np.float64)
    moved[:, :2] = points[:, :2] @ affine[:, :2].T + affine[:, 2]
    moved[:, 2] = points[:, 2] * (region.side_px / size)
    return moved


def _around(points_px: Floats, right_eye_px: Floats, left_eye_px: Floats) -> Region:
    low, high = points_px.min(0), points_px.max(0)
    along = left_eye_px[:2] - right_eye_px[:2]
    return Region(
        centre_x_px=float(low[0] + high[0]) / 2,
        centre_y_px=float(low[1] + high[1]) / 2,
        side_px=MARGIN * float((high - low).max()),
        angle_rad=float(np.arctan2(along[1], along[0])),
    )
