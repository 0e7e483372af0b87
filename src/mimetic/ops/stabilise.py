"""Holding a face still to a twentieth of a pixel: local contrast and Lucas-Kanade.

Inverse composition (Baker and Matthews 2004) with gain and offset: everything
that depends on the template alone is one matrix, made once; an iteration is a warp
and a product. All sizes here are those of the 128 px crop.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops.mesh import CANONICAL_SIZE, ELLIPSE_MIDDLE, ELLIPSE_RADII
from mimetic.types import Bool, Float32, Float64, Floats, UInt8
from mimetic.types.arrays import check_shape

CONTRAST_SIGMA = 14.0  # px at 128 px: light and shade, not features
CONTRAST_FLOOR = 12.0  # grey levels, so that dark skin's noise is not blown up
VARIANCE_BLUR = 1.5
ITERATIONS = 20  # three to six are usual
CLOSE_PX = 0.02  # an update below this moves nothing that can be seen
REST_PX = 0.15  # updates this small that no longer shrink are cv2's rounding to 1/32 px
SMOOTHING = 0.85  # px; halves the bias that linear sampling between pixels brings
_SMALL = 32


def local_contrast(grey: UInt8) -> Float32:
    """I / (wide blur + 12) - 1 of a grey picture [H W] of 0 to 255: light and shade taken out.

    The blur (sigma 14 px at 128 px) is made on a 32 px copy, where it costs nothing.
    """
    area = cv2.resize(grey, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    small = np.asarray(area, np.float32)
    sigma = CONTRAST_SIGMA * _SMALL / CANONICAL_SIZE
    blurred = cv2.GaussianBlur(small, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    wide = cv2.resize(
        1 / (blurred + CONTRAST_FLOOR), grey.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(grey * wide - 1, np.float32)


def ellipse_mask(size_px: int = CANONICAL_SIZE) -> Bool:
    """The face in the canonical crop: centre (64, 66), radii 46 and 60 at 128 px."""
    unit = size_px / CANONICAL_SIZE
    v, u = np.mgrid[:size_px, :size_px] / unit
    across = (u - ELLIPSE_MIDDLE[0]) / ELLIPSE_RADII[0]
    down = (v - ELLIPSE_MIDDLE[1]) / ELLIPSE_RADII[1]
    return np.asarray(across**2 + down**2 <= 1)


def pixel_weight(variance: Floats) -> Float32:
    """1 / (V + its 30 % quantile inside the ellipse)^2, 0 outside, 1 on average inside.

    ``variance`` [H W] is over time, per pixel; still pixels hold the face, a talking
    mouth does not. The square departs from a plain 1 / (V + q): it lets expression move the
    whole crop less, at a little more jitter of the code on some recordings.
    """
    inside = ellipse_mask(variance.shape[0])
    smooth = cv2.GaussianBlur(np.asarray(variance, np.float32), (0, 0), VARIANCE_BLUR)
    floor = float(np.quantile(smooth[inside], 0.3))
    weight = np.where(inside, 1 / (smooth + max(floor, 1e-6)) ** 2, 0)
    return np.asarray(weight / weight[inside].mean(), np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """Where the template lies in a picture: picture(affine @ (x, 1)) = gain * template + offset.

    ``residual`` is the rms of the difference left inside the weighted region.
    ``converged`` is False when the updates did not come to rest.
    """

    affine: Float64  # [2, 3]
    gain: float
    offset: float
    residual: float
    converged: bool


class Aligner:
    """Lucas-Kanade against one template, ready for any number of pictures.

    ``template`` and ``weight`` are [H W] local contrast and weights >= 0.
    """

    def __init__(self, template: Float32, weight: Float32) -> None:
        check_shape("template", template, "H W")
        check_shape("weight", weight, "H W", H=template.shape[0], W=template.shape[1])
        rows, columns = np.flatnonzero(weight.any(1)), np.flatnonzero(weight.any(0))
        if rows.size < 8 or columns.size < 8 or not np.isfinite(weight).all() or weight.min() < 0:
            raise ArgumentError("weight: expected finite weights >= 0 over 8 x 8 pixels or more")
        self._left, self._top = int(columns[0]), int(rows[0])
        self._size = (int(columns[-1]) + 1 - self._left, int(rows[-1]) + 1 - self._top)
        self._box = np.ix_(np.arange(rows[0], rows[-1] + 1), np.arange(columns[0], columns[-1] + 1))
        template = _smooth(template)
        self._template = np.ascontiguousarray(template[self._box], np.float32).ravel()
        self._weight = np.ascontiguousarray(weight[self._box], np.float64).ravel()
        # The affine acts about the region's middle, in its half sizes, so that its six
        # numbers are of one kind: px at the rim.
        self._middle = (
            self._left + (self._size[0] - 1) / 2,
            self._top + (self._size[1] - 1) / 2,
        )
        self._columns = self._steepest(np.asarray(template, np.float64))
        self._solution = self._solve(self._weight)

    def _steepest(self, template: Float64) -> Float64:
        """Change of the template per parameter, [8 P]: six of the affine, gain, offset."""
        slope = np.array([1, -8, 0, 8, -1]) / 12.0
        across = cv2.filter2D(template, -1, slope[None], borderType=cv2.BORDER_REPLICATE)
        down = cv2.filter2D(template, -1, slope[:, None], borderType=cv2.BORDER_REPLICATE)
        gx, gy = across[self._box].ravel(), down[self._box].ravel()
        y, x = np.mgrid[-1 : 1 : self._size[1] * 1j, -1 : 1 : self._size[0] * 1j].reshape(2, -1)
        one = np.ones_like(gx)
        columns = (gx, gx * x, gx * y, gy, gy * x, gy * y, self._template, one)
        return np.stack(columns)

    def _solve(self, weight: Float64) -> Float32:
        """The matrix [8 P] that turns a picture into the eight parameters."""
        weighted = self._columns * weight
        normal = weighted @ self._columns.T
        # A ridge far below any real texture: a flat template gives no movement, not noise.
        normal[np.diag_indices(8)] += 1e-9 * np.trace(normal)
        return np.asarray(np.linalg.inv(normal) @ weighted, np.float32)

    def align(self, contrast: Float32, *, visible: Bool | None = None) -> Alignment:
        """Find the template in a picture [H W] of local contrast, starting from no movement.

        ``visible`` [H W] leaves out pixels that show nothing (outside the video); the
        solution is then made anew, which costs ten times as much. Where nothing at all
        is visible the template is lost: not converged, gain and offset NaN.
        """
        solution, weight = self._solution, self._weight
        affine: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
        if visible is not None:
            # The smoothing and the movement would bring hidden pixels in from the edge.
            sure = cv2.erode(visible.astype(np.uint8), np.ones((9, 9), np.uint8))
            weight = weight * sure[self._box].ravel()
            if not weight.any():
                return _lost(affine, float("nan"), float("nan"))
            solution = self._solve(weight)
        smooth = _smooth(contrast)
        gain = offset = step = np.inf
        seen = self._template
        for _ in range(ITERATIONS):
            seen = self._look(smooth, affine)
            *move, gain, offset = (solution @ seen).tolist()
            before, step = step, sum(abs(part) for part in move) / max(abs(gain), 1e-3)
            if not step < 100 or gain < 0.05:
                return _lost(affine, gain, offset)
            affine = self._compose(affine, [part / gain for part in move])
            if step < CLOSE_PX or 0.7 * before < step < REST_PX:
                break
        difference = seen - (gain * self._template + offset)
        counted = weight > 0
        residual = float(np.sqrt((difference[counted] ** 2).mean()))
        return Alignment(
            affine=np.array(affine).reshape(2, 3),
            gain=gain,
            offset=offset,
            residual=residual,
            converged=step < REST_PX,
        )

    def _look(self, contrast: Float32, affine: tuple[float, ...]) -> Float32:
        """The region of the picture under an affine, [P]."""
        a, b, c, d, e, f = affine
        x, y = self._left, self._top
        to_region = np.array([[a, b, a * x + b * y + c], [d, e, d * x + e * y + f]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(
            contrast, to_region, self._size, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(seen.ravel())

    def _compose(self, affine: tuple[float, ...], move: list[float]) -> tuple[float, ...]:
        """Affine after the inverse of a small movement in rim pixels, all in plain numbers."""
        (mx, my), half_x, half_y = self._middle, (self._size[0] - 1) / 2, (self._size[1] - 1) / 2
        p, q = 1 + move[1] / half_x, move[2] / half_y
        r, s = move[4] / half_x, 1 + move[5] / half_y
        shift_x = move[0] + mx - p * mx - q * my
        shift_y = move[3] + my - r * mx - s * my
        size = p * s - q * r
        ip, iq, ir, is_ = s / size, -q / size, -r / size, p / size
        ix, iy = -(ip * shift_x + iq * shift_y), -(ir * shift_x + is_ * shift_y)
        a, b, c, d, e, f = affine
        first = (a * ip + b * ir, a * iq + b * is_, a * ix + b * iy + c)
        return (*first, d * ip + e * ir, d * iq + e * is_, d * ix + e * iy + f)


def _smooth(picture: Float32) -> Float32:
    blurred = cv2.GaussianBlur(picture, (5, 5), SMOOTHING, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)


def _lost(affine: tuple[float, ...], gain: float, offset: float) -> Alignment:
    return Alignment(
        affine=np.array(affine).reshape(2, 3),
        gain=gain,
        offset=offset,
        residual=float("nan"),
        converged=False,
    )


def rim_shift_px(affine: Floats, size_px: int = CANONICAL_SIZE) -> float:
    """The farthest that an affine [2 3] moves any point of the face ellipse's box, in px."""
    unit = size_px / CANONICAL_SIZE
    corners = [
        (unit * (ELLIPSE_MIDDLE[0] + i * ELLIPSE_RADII[0]), unit * (ELLIPSE_MIDDLE[1] + j * r), 1.0)
        for i in (-1, 1)
        for j, r in ((-1, ELLIPSE_RADII[1]), (1, ELLIPSE_RADII[1]))
    ]
    points = np.array(corners)
    return float(np.linalg.norm(points @ affine.T - points[:, :2], axis=1).max())
