"""Scenes drawn as pictures: a texture seen through a movement, exact to a hundredth of a pixel.

The first picture is the texture seen through the movement, the second the texture
seen through a small shift, so that the label needs no inversion: with texture T and
shift c, first(x) = T(x + f(x) + c) and second(y) = T(y + c), and the point x of the
first lies at x + f(x) in the second. Pictures are drawn ``supersampling`` times
finer by the cubic B-spline and averaged over every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from mimetic.flow.crops import FaceCrop
from mimetic.ops.splines import finer, sample_along, spline_coefficients
from mimetic.ops.warp import reduce_by
from mimetic.types import Bool, Float32, Float64

_INVERSION_ROUNDS = 30
_EXACT_ROUNDS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """A texture, how it moves, and by how much the second picture is shifted."""

    crop: FaceCrop
    field_px: Float32  # [2, S, S], the label
    shift_px: Float64  # [2], x and y

    def first(self) -> Float32:
        """The picture [S S] in which the skin has yet to move, in grey levels."""
        shift = self.shift_px.astype(np.float32)[:, None, None]
        return self._seen_at(finer(self.field_px, self.crop.supersampling) + shift)

    def second(self) -> Float32:
        """The picture [S S] in which the skin has moved."""
        parts, size = self.crop.supersampling, self.crop.size_px
        values = self._coefficients()
        start = self.crop.margin_px * parts + _RIM
        for axis, shift in ((0, self.shift_px[1]), (1, self.shift_px[0])):
            values = sample_along(values, start + parts * shift + np.arange(size * parts), axis)
        return np.asarray(reduce_by(values, parts), np.float32)

    def before(self, acceleration: float) -> Float32:
        """The picture [S S] one step earlier, the step being (1 - acceleration) times as long.

        Here the movement has to be inverted; the label of the pair does not depend on it.
        """
        parts = self.crop.supersampling
        fine = finer(self.field_px, parts)
        share = np.float32(1 - acceleration)
        y, x = np.indices(fine.shape[1:], dtype=np.float32)
        moved = fine
        for _ in range(_INVERSION_ROUNDS):
            at_x, at_y = x + parts * share * moved[0], y + parts * share * moved[1]
            moved = np.stack(
                [cv2.remap(f, at_x, at_y, cv2.INTER_LINEAR, borderMode=_REPEAT) for f in fine]
            )
        # The rounds above look fields up at 1/32 px; the last ones at the place itself.
        for _ in range(_EXACT_ROUNDS):
            place = (y + parts * share * moved[1], x + parts * share * moved[0])
            moved = np.stack(
                [ndimage.map_coordinates(f, place, order=1, mode="nearest") for f in fine]
            )
        shift = self.shift_px.astype(np.float32)[:, None, None]
        return self._seen_at((1 + share) * moved + shift)

    def valid(self) -> Bool:
        """Where a point of the first is inside the second and in the source picture [S S]."""
        size = self.crop.size_px
        y, x = np.mgrid[:size, :size]
        at = np.stack([x, y]) + self.field_px
        inside = (at >= -0.5) & (at <= size - 0.5)
        left, top, right, bottom = self.crop.extent_px
        seen = at + self.shift_px[:, None, None]
        inside &= (seen >= np.array([left, top])[:, None, None]) & (
            seen <= np.array([right, bottom])[:, None, None]
        )
        return np.asarray(inside.all(0))

    def _seen_at(self, offset_px: Float32) -> Float32:
        """The texture at every fine place plus an offset [2 F F], averaged over pixels."""
        parts = self.crop.supersampling
        start = self.crop.margin_px * parts + _RIM
        y, x = np.indices(offset_px.shape[1:], dtype=np.float64)
        place = (y + start + parts * offset_px[1], x + start + parts * offset_px[0])
        seen = ndimage.map_coordinates(
            self._coefficients(), place, np.float32, order=3, mode="nearest", prefilter=False
        )
        return np.asarray(reduce_by(seen, parts), np.float32)

    def _coefficients(self) -> Float32:
        """B-spline coefficients of the texture, its border repeated ``_RIM`` times."""
        return spline_coefficients(self.crop.texture, _RIM)


_RIM = 12
_REPEAT = cv2.BORDER_REPLICATE
