"""Pieces of video frames around a face, small enough to keep hundreds of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops import mesh, warp
from mimetic.ops.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from mimetic.types import Float64, Floats, UInt8
from mimetic.types.arrays import check_shape

MARGIN_PX = 12  # at 128 px, around the crop, for what pose and alignment move
MIN_SIDE = 8  # px of a patch


@dataclass(frozen=True, kw_only=True, eq=False)
class Patch:
    """A piece of one frame around the face, at most about twice as fine as the crop.

    Patch pixel x lies at ``scale * x + origin_px`` of the video. ``cut_patch`` makes grey
    ones, about 30 kB each and never above 100 kB.
    """

    pixels: UInt8  # [h, w] or [h, w, 3]
    origin_px: tuple[float, float]
    scale: float
    frame: int

    def to_patch(self, projection: Floats) -> Float64:
        """A projection [2 4] to the video as one to this patch."""
        moved = np.array(projection, np.float64)
        moved[:, 3] -= self.origin_px
        return np.asarray(moved / self.scale)

    def grey(self) -> Patch:
        """The same piece in grey."""
        if self.pixels.ndim == 2:
            return self
        grey = np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
        return replace(self, pixels=grey)


def cut_box(pixels: UInt8, box_px: Floats, reduction: int, frame: int) -> Patch:
    """The piece of a picture inside x0 y0 x1 y1, reduced by a whole factor.

    The corner is a multiple of the factor, so that the same video pixels are averaged
    in every frame.
    """
    height, width = pixels.shape[:2]
    low = np.floor(np.maximum(box_px[:2], 0) / reduction).astype(int) * reduction
    high = np.ceil((box_px[2:] + 1) / reduction).astype(int) * reduction
    high = np.minimum(high, (width, height))
    if ((high - low) < MIN_SIDE * reduction).any():
        raise ArgumentError(
            f"landmarks_px: expected a face inside the picture of {width} x {height}, got a box "
            f"from {box_px[:2].round(1).tolist()} to {box_px[2:].round(1).tolist()}"
        )
    piece = warp.reduce_by(pixels[low[1] : high[1], low[0] : high[0]], reduction)
    origin = low + (reduction - 1) / 2
    return Patch(
        pixels=piece, origin_px=(origin[0], origin[1]), scale=float(reduction), frame=frame
    )


def cut_patch(pixels: UInt8, landmarks_px: Floats, *, frame: int) -> Patch:
    """The grey piece of a frame [H W 3] that a crop of this face [L 3] can need.

    The canonical crop square at the eyes, 12 px wider, and all landmarks. Needs finite
    landmarks of a face inside the picture.
    """
    check_shape("pixels", pixels, "H W 3")
    check_shape("landmarks_px", landmarks_px, "L 3")
    if not np.isfinite(landmarks_px).all():
        raise ArgumentError("landmarks_px: expected a tracked frame, got NaN")
    right, left = landmarks_px[RIGHT_EYE_OUTER], landmarks_px[LEFT_EYE_OUTER]
    scale = float(np.linalg.norm(left - right)) / mesh.EYES_APART
    along = (left - right)[:2] / max(float(np.hypot(*(left - right)[:2])), 1e-6)
    rim = np.array([-MARGIN_PX, mesh.CANONICAL_SIZE + MARGIN_PX])
    u, v = (rim - mesh.EYES_MIDDLE[axis] for axis in (0, 1))
    across = np.array(
        [[x * along[0] - y * along[1], x * along[1] + y * along[0]] for x in u for y in v]
    )
    corners = (left + right)[:2] / 2 + scale * across
    points = np.concatenate([corners, landmarks_px[:, :2]])
    box = np.concatenate([points.min(0), points.max(0)])
    return cut_box(pixels, box, max(1, int(scale)), frame).grey()
