"""The part of a video that shows one face, fixed so that the head moves in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.types import Float32, UInt8

MARGIN = 0.2  # of the face's longer side, on each side of its box


@dataclass(frozen=True, kw_only=True)
class Window:
    """The square of a video that is kept, and its scale: at most 1, pictures are never enlarged."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int
    scale: float

    @classmethod
    def around(cls, points_px: Float32, *, video_px: tuple[int, int], size_px: int) -> Window:
        """The window around all points [... 2] with a margin, moved and cut to stay inside."""
        flat = points_px.reshape(-1, 2).astype(np.float64)
        low, high = flat.min(0), flat.max(0)
        side = int(np.ceil((1 + 2 * MARGIN) * (high - low).max()))
        corner, sides = [], []
        for middle, length in zip((low + high) / 2, video_px, strict=True):
            kept = min(side, length)
            corner.append(int(np.clip(round(middle - kept / 2), 0, length - kept)))
            sides.append(kept)
        return cls(
            left_px=corner[0],
            top_px=corner[1],
            width_px=sides[0],
            height_px=sides[1],
            scale=min(1.0, size_px / max(sides)),
        )

    def cut(self, pixels: UInt8) -> UInt8:
        """The grey picture [h w] of this window of RGB pixels [H W 3]."""
        part = pixels[self.top_px :, self.left_px :][: self.height_px, : self.width_px]
        grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
        if self.scale < 1:
            grey = cv2.resize(grey, self._size(), interpolation=cv2.INTER_AREA)
        return np.asarray(grey, np.uint8)

    def place(self, points_px: Float32) -> Float32:
        """Video points [... 3] in pixels of the window's pictures; z is scaled alike."""
        across, down = self._size()[0] / self.width_px, self._size()[1] / self.height_px
        placed = np.array(points_px, np.float64)
        # Pixel centres lie at whole numbers: the edge of a picture is at -0.5.
        placed[..., 0] = (placed[..., 0] - self.left_px + 0.5) * across - 0.5
        placed[..., 1] = (placed[..., 1] - self.top_px + 0.5) * down - 0.5
        placed[..., 2] *= self.scale
        return placed.astype(np.float32)

    def _size(self) -> tuple[int, int]:
        width, height = (round(self.scale * side) for side in (self.width_px, self.height_px))
        return max(1, width), max(1, height)
