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
_BEND: Float32 = np.divide([1, -16, 30, -16, 1], 24, dtype=np.float32)  # -1/2 second derivative
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
    """Pictures of one size compared under any flow; sides of whole cells.

    All arrays of the pictures' size are made once and used again: new ones would cost as
    much time in page faults as the arithmetic does. Both pictures are smoothed by
    [1 2 1] / 4 before anything else, which leaves little at the frequencies where
    interpolation errs.
    """

    def __init__(self, height: int, width: int) -> None:
        self._light: Floats | None = None
        self.same = np.empty((height, width), np.float32)  # 1 where both are one grey level
        self._planes = np.empty((height, width, 3), np.float32)
        self._found = np.empty((height, width, 3), np.float32)
        self._place, self._beyond, self._bend = np.empty((3, 2, height, width), np.float32)
        self._raw, self.first, *self._split = np.empty((5, height, width), np.float32)
        self._both, self._x, self._y = np.empty((3, height, width), np.float32)

    def take(self, first: UInt8, second: UInt8) -> None:
        """Make two pictures [H W] ready."""
        self._light = None
        np.equal(first, second, out=self.same)
        np.copyto(self._raw, first)
        _filter(self._raw, BINOMIAL, BINOMIAL, self.first)
        np.copyto(self._raw, second)
        smooth, *bends = self._split
        _filter(self._raw, BINOMIAL, BINOMIAL, smooth)
        _filter(smooth, _BEND, _ONE, bends[0])
        _filter(smooth, _ONE, _BEND, bends[1])
        cv2.merge(self._split, self._planes)

    def at(self, flow_px: Float32, cell_px: int, *, fit: bool) -> CellTensors:
        """Tensors about a flow [2 H W]; ``fit`` measures the change of light anew."""
        second = self.bring_back(flow_px, fit=fit)
        both = self._both
        np.add(self.first, second, out=both)
        x, y = self.slopes(both)
        difference = np.subtract(second, self.first, out=second)
        self.add_beyond(difference, x, y)
        return pool((x, y, difference), cell_px, spare=both)

    def slopes(self, both: Float32) -> tuple[Float32, Float32]:
        """Half of the slopes right and down of the sum of two pictures, till the next call."""
        _filter(both, _SLOPE, _ONE, self._x)
        _filter(both, _ONE, _SLOPE, self._y)
        return self._x, self._y

    def add_beyond(self, difference: Float32, x: Float32, y: Float32) -> None:
        """Add what the picture last brought back would change under the rest of its flow."""
        beyond = self._beyond
        beyond[0] *= x
        beyond[1] *= y
        difference += beyond[0]
        difference += beyond[1]

    def bring_back(self, flow_px: Float32, *, fit: bool) -> Float32:
        """The second picture [H W] where the flow points, in the light of the first.

        An array of this object, the caller's till the next call. It is taken at the flow
        rounded to 1/32 px; ``add_beyond`` adds the rest.
        """
        second = self._bring_back(flow_px)
        if fit:
            self._light = fit_light(self.first, second)
        if self._light is not None:
            apply_light(second, self._light, spare=self._both)
        return second

    def _bring_back(self, flow_px: Float32) -> Float32:
        """The second picture at x + q, q the flow rounded to 1/32 px; flow - q is kept.

        ``cv2.remap`` rounds positions to 1/32 px whatever is asked, so it is asked for
        what it can do and the rest goes into the linear term. Its linear value is
        mended by the second derivatives at the place: the error left is of third order.
        """
        place, bend = self._place, self._bend
        np.multiply(flow_px, _STEPS, out=place)
        np.rint(place, out=place)
        place *= 1 / _STEPS
        np.subtract(flow_px, place, out=self._beyond)
        np.floor(place, out=bend)
        np.subtract(place, bend, out=bend)
        place += _pixels(*flow_px.shape[1:])
        found, edge = self._found, cv2.BORDER_REPLICATE
        cv2.remap(self._planes, place[0], place[1], cv2.INTER_LINEAR, found, edge)
        cv2.split(found, self._split)
        value, *bends = self._split
        np.multiply(bend, bend, out=place)
        bend -= place  # t (1 - t): half of it times the second derivative is what is missing
        for share, second in zip(bend, bends, strict=True):
            share *= second
            value += share
        return value


def pool(planes: tuple[Float32, Float32, Float32], cell_px: int, *, spare: Float32) -> CellTensors:
    """Tensors of slopes right and down and a difference [H W], smoothed over neighbour cells."""
    x, y, difference = planes
    height, width = (side // cell_px for side in x.shape)
    means = np.empty((6, height, width), np.float32)
    pairs = ((x, x), (x, y), (y, y), (x, difference), (y, difference), (difference,) * 2)
    for (one, other), mean in zip(pairs, means, strict=True):
        np.multiply(one, other, out=spare)
        mean[:] = filtered(area_means(spare, cell_px), BINOMIAL, BINOMIAL)
    return CellTensors(means[:3], means[3:5], means[5])


def _filter(picture: Float32, across: Float32, down: Float32, out: Float32) -> None:
    cv2.sepFilter2D(picture, cv2.CV_32F, across, down, out, borderType=cv2.BORDER_REPLICATE)


@lru_cache(maxsize=8)
def _pixels(height: int, width: int) -> Float32:
    """Right and down of every pixel [2 H W]."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x, y]).astype(np.float32)
    pixels.flags.writeable = False
    return pixels
