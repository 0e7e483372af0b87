"""Where things are on a face of the 478-point scheme: axes, anchors, lips and lids.

Lengths are in eye distances (1 ed = points 33 to 263). Sides are the person's
own: right is the left of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ShapeError
from mimetic.ops.landmarks import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LOWER_LID_LEFT,
    LOWER_LID_RIGHT,
    OUTER_EYES,
    POINTS,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    UPPER_LID_LEFT,
    UPPER_LID_RIGHT,
)
from mimetic.types import Float64, Floats

# The edges of the openings, from one corner to the other in the order of the picture.
UPPER_LIP, LOWER_LIP = LIPS_INNER_UPPER, LIPS_INNER_LOWER
RIGHT_UPPER_LID = (RIGHT_EYE_OUTER, *UPPER_LID_RIGHT, RIGHT_EYE_INNER)
RIGHT_LOWER_LID = (RIGHT_EYE_OUTER, *LOWER_LID_RIGHT, RIGHT_EYE_INNER)
LEFT_UPPER_LID = (LEFT_EYE_INNER, *UPPER_LID_LEFT[::-1], LEFT_EYE_OUTER)
LEFT_LOWER_LID = (LEFT_EYE_INNER, *LOWER_LID_LEFT[::-1], LEFT_EYE_OUTER)


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceFrame:
    """The face's own axes in the photograph: a point lies at origin + ed (a right + b down)."""

    origin_px: Float64  # [2], between the outer eye corners
    right: Float64  # [2], along the eyes, toward the person's left
    down: Float64  # [2]
    ed_px: float

    @classmethod
    def of(cls, landmarks_px: Floats) -> FaceFrame:
        """The axes of landmarks [478 3], from the outer eye corners."""
        outer = np.asarray(landmarks_px[list(OUTER_EYES), :2], np.float64)
        along = outer[1] - outer[0]
        ed_px = float(np.linalg.norm(landmarks_px[LEFT_EYE_OUTER] - landmarks_px[RIGHT_EYE_OUTER]))
        right = along / np.linalg.norm(along)
        return cls(
            origin_px=outer.mean(0), right=right, down=np.array([-right[1], right[0]]), ed_px=ed_px
        )

    def vector_px(self, right_ed: float, down_ed: float) -> Float64:
        """A displacement [2] in pixels of the photograph."""
        return np.asarray(self.ed_px * (right_ed * self.right + down_ed * self.down))


@dataclass(frozen=True, kw_only=True, eq=False)
class Slit:
    """An opening of the face, lips or lids: two curves between two corners.

    A point has ``along`` (-1 and 1 at the corners) and ``below`` (pixels below the
    line through the corners). The edges are (1 - along^2) times a cubic, and
    meet in the corners; beyond them there is one skin.
    """

    name: str
    middle_px: Float64  # [2]
    axis: Float64  # [2], unit, toward the person's left
    half_px: float
    upper: Float64  # polynomial coefficients
    lower: Float64
    depth_px: float

    @classmethod
    def of(
        cls, name: str, landmarks_px: Floats, *, upper: tuple[int, ...], lower: tuple[int, ...]
    ) -> Slit:
        """The opening between two chains of landmarks that share their corners."""
        corners = np.asarray(landmarks_px[[upper[0], upper[-1]], :2], np.float64)
        along = corners[1] - corners[0]
        length = float(np.linalg.norm(along))
        blank = np.zeros(4)
        chain = list(set(upper) | set(lower))
        slit = cls(
            name=name,
            middle_px=corners.mean(0),
            axis=along / length,
            half_px=length / 2,
            upper=blank,
            lower=blank,
            depth_px=float(landmarks_px[chain, 2].mean()),
        )
        top = slit._fit(landmarks_px[list(upper), :2])
        bottom = slit._fit(landmarks_px[list(lower), :2])
        # Landmarks of a closed mouth may cross by a fraction of a pixel.
        knots = np.linspace(-1, 1, 41)
        gap = np.polyval(bottom, knots) - np.polyval(top, knots)
        shared = (top + bottom) / 2
        if gap.min() < 0:
            half_gap = max(float(gap.mean()), 0.0) / 2
            constant = np.array([0, 0, 0, half_gap])
            top, bottom = shared - constant, shared + constant
        return cls(**{**slit.__dict__, "upper": top, "lower": bottom})

    def place(self, points: Floats) -> tuple[Float64, Float64]:
        """``along`` and ``below`` of points [... 2]."""
        off = np.asarray(points, np.float64) - self.middle_px
        down = np.array([-self.axis[1], self.axis[0]])
        return off @ self.axis / self.half_px, off @ down

    def edge(self, along: Floats, *, upper: bool) -> Float64:
        """How far below the corner line an edge lies, zero beyond the corners."""
        lens = np.maximum(0.0, 1 - np.asarray(along, np.float64) ** 2)
        return np.asarray(lens * np.polyval(self.upper if upper else self.lower, along))

    def gap(self, along: Floats) -> Float64:
        """Pixels between the edges."""
        return self.edge(along, upper=False) - self.edge(along, upper=True)

    def points(self, along: Floats, below: Floats) -> Float64:
        """The points [... 2] of places; undoes ``place``."""
        down = np.array([-self.axis[1], self.axis[0]])
        span = np.asarray(along, np.float64)[..., None] * self.half_px * self.axis
        return np.asarray(self.middle_px + span + np.asarray(below)[..., None] * down)

    def _fit(self, chain_px: Floats) -> Float64:
        along, below = self.place(chain_px[1:-1])
        lens = 1 - along**2
        powers = np.stack([along**3, along**2, along, np.ones_like(along)], axis=1)
        return np.asarray(np.linalg.lstsq(powers * lens[:, None], below, rcond=None)[0])


def slits(landmarks_px: Floats) -> tuple[Slit, Slit, Slit]:
    """The mouth, the right eye and the left eye of landmarks [478 3]."""
    return (
        Slit.of("mouth", landmarks_px, upper=UPPER_LIP, lower=LOWER_LIP),
        Slit.of("right eye", landmarks_px, upper=RIGHT_UPPER_LID, lower=RIGHT_LOWER_LID),
        Slit.of("left eye", landmarks_px, upper=LEFT_UPPER_LID, lower=LEFT_LOWER_LID),
    )


def check_landmarks(landmarks_px: Floats) -> None:
    """Refuse anything but 478 finite points of a face that is wider than ten pixels."""
    if landmarks_px.shape != (POINTS, 3):
        raise ShapeError(
            f"landmarks_px: expected [{POINTS} 3] (x, y, z), got {list(landmarks_px.shape)}; "
            "track the photograph first"
        )
    if not np.isfinite(landmarks_px).all():
        raise ShapeError("landmarks_px: expected finite numbers, got NaN or infinity")
    ed_px = float(landmarks_px[LEFT_EYE_OUTER, 0] - landmarks_px[RIGHT_EYE_OUTER, 0])
    if ed_px < 10:
        raise ShapeError(
            "landmarks_px: expected point 263 at least 10 px to the right of point 33, "
            f"got {ed_px:.1f} px; use a larger, upright portrait"
        )
