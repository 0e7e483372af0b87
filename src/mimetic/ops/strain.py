"""How skin stretches: the small-strain tensor of a displacement field, in closed form.

Around every pixel a plane is fitted to the displacement of its known neighbours under
Gaussian weights; the slopes of the planes are the gradient. On an affine field that is
exact, up to the edge of what is known, where plain differences would not be.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Bool, Float32, Float64
from mimetic.types.arrays import check_shape

REACH = 3.0  # of the weights, in sigmas
# A plane needs neighbours in two directions: the smaller principal variance of their places
# under the weights, in sigma^2. It is 1 inside, about .36 at a straight edge.
LEAST_SPREAD = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Strain:
    """Symmetric part of the displacement gradient [H W], without unit; NaN where not known.

    ``xx`` and ``yy`` are stretches along x and y (0.01 is 1 % longer), ``xy`` half the
    change of the angle between them in radians.
    """

    xx: Float64
    yy: Float64
    xy: Float64

    @property
    def area(self) -> Float64:
        """Relative change of area, to first order: positive where skin is stretched."""
        return np.asarray(self.xx + self.yy)

    @property
    def magnitude(self) -> Float64:
        """Frobenius norm of the tensor, the optical strain magnitude of Shreve et al. 2011."""
        return np.asarray(np.sqrt(self.xx**2 + self.yy**2 + 2 * self.xy**2))

    @property
    def principal(self) -> tuple[Float64, Float64]:
        """The largest and the smallest stretch of any direction."""
        middle = (self.xx + self.yy) / 2
        radius = np.hypot((self.xx - self.yy) / 2, self.xy)
        return np.asarray(middle + radius), np.asarray(middle - radius)


def strain_of(flow_px: Float32, *, valid: Bool | None = None, sigma_px: float = 2.0) -> Strain:
    """The strain of a displacement field [2 H W] in pixels, NaN (or not ``valid``) left out.

    ``sigma_px`` is the width of the Gaussian weights; detail finer than it is blurred.
    """
    check_shape("flow_px", flow_px, "2 H W")
    if not sigma_px > 0:
        raise ArgumentError(f"sigma_px: expected more than 0 px, got {sigma_px}")
    known = np.isfinite(flow_px).all(0)
    if valid is not None:
        check_shape("valid", valid, "H W", H=flow_px.shape[1], W=flow_px.shape[2])
        known &= valid
    weight = np.asarray(known, np.float64)
    moments = _moments(weight, sigma_px)
    seen = known & _spread_enough(moments, sigma_px)
    (xx, xy), (yx, yy) = (
        [np.where(seen, slope, np.nan) for slope in _slopes(part, moments, sigma_px)]
        for part in np.where(known, flow_px, 0).astype(np.float64)
    )
    return Strain(xx=xx, yy=yy, xy=(xy + yx) / 2)


def _kernels(sigma: float) -> tuple[Float64, Float64, Float64]:
    """Gaussian weights of the offsets, times the offset, times its square."""
    reach = max(1, int(np.ceil(REACH * sigma)))
    offset = np.arange(-reach, reach + 1, dtype=np.float64)
    bell = np.exp(-(offset**2) / (2 * sigma**2))
    bell /= bell.sum()
    return bell, bell * offset, bell * offset**2


def _filter(picture: Float64, across: Float64, down: Float64) -> Float64:
    border = cv2.BORDER_CONSTANT  # beyond the picture nothing is known
    return np.asarray(cv2.sepFilter2D(picture, cv2.CV_64F, across, down, borderType=border))


def _moments(weight: Float64, sigma: float) -> tuple[Float64, ...]:
    """Weighted sums over the neighbours of 1, dx, dy, dx dx, dx dy, dy dy."""
    one, first, second = _kernels(sigma)
    pairs = ((one, one), (first, one), (one, first), (second, one), (first, first), (one, second))
    return tuple(_filter(weight, across, down) for across, down in pairs)


def _slopes(values: Float64, moments: tuple[Float64, ...], sigma: float) -> tuple[Float64, Float64]:
    """Slopes along x and y of the plane through the neighbours; values are 0 where not known."""
    one, first, _ = _kernels(sigma)
    total, x, y, xx, xy, yy = moments
    sums = [_filter(values, *pair) for pair in ((one, one), (first, one), (one, first))]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Covariances of the neighbours' places and values, then two equations in two unknowns.
        cxx, cxy, cyy = xx - x * x / total, xy - x * y / total, yy - y * y / total
        bx, by = sums[1] - x * sums[0] / total, sums[2] - y * sums[0] / total
        det = cxx * cyy - cxy**2
        return (cyy * bx - cxy * by) / det, (cxx * by - cxy * bx) / det


def _spread_enough(moments: tuple[Float64, ...], sigma: float) -> Bool:
    total, x, y, xx, xy, yy = moments
    with np.errstate(divide="ignore", invalid="ignore"):
        mx, my = x / total, y / total
        a, b, c = xx / total - mx * mx, xy / total - mx * my, yy / total - my * my
        smaller = (a + c) / 2 - np.hypot((a - c) / 2, b)
        return np.asarray(smaller > LEAST_SPREAD * sigma**2)
