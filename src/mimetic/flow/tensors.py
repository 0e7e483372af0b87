"""Structure tensors of a pair of pictures, averaged over square cells.

What a cell says about movement d: the mean of (I_t + I_x d_x + I_y d_y)^2 over its pixels
is a quadratic in d, kept as its six numbers (Bigun and Granlund 1987; Lucas and Kanade 1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mimetic.flow.brightness import apply_light, fit_light
from mimetic.types import Float32, Floats, UInt8

BINOMIAL: Float32 = np.array([0.25, 0.5, 0.25], np.float32)
# Fourth order; the slope is halved because it is taken of the sum of two pictures.
_SLOPE: Float32 = np.divide([1, -8, 0, 8, -1], 24, dtype=np.float32)
_BEND: Float32 = np.divide([-1, 16, -30, 16, -1], 12, dtype=np.float32)
_ONE: Float32 = np.ones(1, np.float32)
_STEPS = np.float32(32)  # positions that cv2.remap tells apart in a pixel


def filtered(picture: Float32, across: Float32, down: Float32) -> Float32:
    """A picture [H W] or [H W C] under a separable filter, its border repeated."""
    same = cv2.sepFilter2D(picture, cv2.CV_32F, across, down, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(same, np.float32)


def area_means(picture: Float32, cell_px: int) -> Float32:
    """The means of whole cells of a picture whose sides are multiples of ``cell_px``."""
    if cell_px == 1:
        return picture
    height, width = picture.shape
    size = width // cell_px, height // cell_px
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


@dataclass(frozen=True, eq=False)
class CellTensors:
    """Means over cells [h w]: of gradient products, of gradient times difference, of its square.

    The energy of a movement d added to the flow at which they were taken is
    ``square + 2 slope . d + d' shape d``.
    """

    shape: Float32  # [3, h, w]: xx, xy, yy
    slope: Float32  # [2, h, w]
    square: Float32  # [h, w]

    def energy(self, d: Float32) -> Float32:
        """What is left of the squared difference [h w] after movement ``d`` [2 h w]."""
        xx, xy, yy = self.shape
        left: Float32 = (self.slope[0] * 2 + xx * d[0] + 2 * xy * d[1]) * d[0]
        left += (self.slope[1] * 2 + yy * d[1]) * d[1]
        left += self.square
        np.maximum(left, 0, out=left)
        return left


class PairTensors:
    """Two pictures made ready to be compared under any flow; sides of whole cells.

    Both are smoothed by [1 2 1] / 4 before anything else, which leaves nothing at the
    frequencies where interpolation errs.
    """

    def __init__(self, first: UInt8, second: UInt8) -> None:
        self._first = filtered(first.astype(np.float32), BINOMIAL, BINOMIAL)
        other = filtered(second.astype(np.float32), BINOMIAL, BINOMIAL)
        bends = filtered(other, _BEND, _ONE), filtered(other, _ONE, _BEND)
        self._second = np.dstack([other, *bends])
        self._light: Floats | None = None

    def at(self, flow_px: Float32, cell_px: int, *, fit: bool) -> CellTensors:
        """Tensors about a flow [2 H W]; ``fit`` measures the change of light anew."""
        second, beyond = self._bring_back(flow_px)
        if fit:
            self._light = fit_light(self._first, second)
        if self._light is not None:
            second = apply_light(second, self._light)
        both = self._first + second
        difference = np.subtract(second, self._first, out=second)
        x, y = filtered(both, _SLOPE, _ONE), filtered(both, _ONE, _SLOPE)
        beyond[0] *= x
        beyond[1] *= y
        difference += beyond[0]
        difference += beyond[1]
        product = both
        means = []
        for one, other in ((x, x), (x, y), (y, y), (x, difference), (y, difference)):
            np.multiply(one, other, out=product)
            means.append(_smooth_means(product, cell_px))
        np.multiply(difference, difference, out=product)
        square = _smooth_means(product, cell_px)
        return CellTensors(np.stack(means[:3]), np.stack(means[3:]), square)

    def _bring_back(self, flow_px: Float32) -> tuple[Float32, Float32]:
        """The second picture at x + q, and flow - q: q is the flow rounded to 1/32 px.

        ``cv2.remap`` rounds positions to 1/32 px whatever is asked, so it is asked for
        what it can do and the rest goes into the linear term. Its linear value is
        mended by the second derivatives at the place, which makes the error one of the
        third order: within .03 px of the exact spline at .1 px of grey ramps and edges.
        """
        rounded = np.rint(flow_px * _STEPS)
        rounded *= 1 / _STEPS
        beyond = flow_px - rounded
        bend = rounded - np.floor(rounded)
        bend *= bend - 1
        bend *= np.float32(0.5)
        rounded += _pixels(*flow_px.shape[1:])
        planes = cv2.remap(
            self._second, rounded[0], rounded[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        bend[0] *= planes[..., 1]
        bend[1] *= planes[..., 2]
        bend[0] += bend[1]
        bend[0] += planes[..., 0]
        return bend[0], beyond


def _smooth_means(product: Float32, cell_px: int) -> Float32:
    return filtered(area_means(product, cell_px), BINOMIAL, BINOMIAL)


@lru_cache(maxsize=8)
def _pixels(height: int, width: int) -> Float32:
    """Right and down of every pixel [2 H W]."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x, y]).astype(np.float32)
    pixels.flags.writeable = False
    return pixels
