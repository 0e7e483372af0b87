"""A grid over the head on which every field of the face is known, bilinear in between.

The face's movement is *defined* as the bilinear interpolation of its canvas, so
that landmarks, pictures and flow agree without any further approximation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import spline_filter1d

from mimetic.types import Float32, Float64, Floats

TOLERANCE_PX = 0.004  # of the photograph, to which maps are inverted


@dataclass(frozen=True, kw_only=True, eq=False)
class Canvas:
    """Nodes at origin_px + step_px * (column, row), in pixels of the photograph."""

    origin_px: Float64  # [2]
    step_px: float
    rows: int
    columns: int

    def nodes(self) -> Float64:
        """All nodes [h w 2]."""
        x = self.origin_px[0] + self.step_px * np.arange(self.columns)
        y = self.origin_px[1] + self.step_px * np.arange(self.rows)
        return np.stack(np.meshgrid(x, y), axis=-1)

    def sample(self, field: Floats, points: Floats) -> Float64:
        """A field [C h w] at points [... 2], bilinear; beyond the border as on it. [C ...]."""
        place = (np.asarray(points, np.float64) - self.origin_px) / self.step_px
        column = np.clip(place[..., 0], 0, self.columns - 1.000001)
        row = np.clip(place[..., 1], 0, self.rows - 1.000001)
        left, top = column.astype(np.intp), row.astype(np.intp)
        x, y = column - left, row - top
        flat = field.reshape(field.shape[0], -1)
        first = top * self.columns + left
        upper = flat[:, first] * (1 - x) + flat[:, first + 1] * x
        below = first + self.columns
        lower = flat[:, below] * (1 - x) + flat[:, below + 1] * x
        return np.asarray(upper * (1 - y) + lower * y)

    def sample_rows(self, stack: Float32, points: Float32) -> Float32:
        """A field [h w C] at points [n 2], bilinear, in single precision: [n C]."""
        place = (points - self.origin_px.astype(np.float32)) * np.float32(1 / self.step_px)
        np.clip(place, 0, np.array([self.columns - 1.01, self.rows - 1.01], np.float32), out=place)
        corner = place.astype(np.int32)
        share = place - corner
        x, y = share[:, :1], share[:, 1:]
        first = corner[:, 1] * self.columns + corner[:, 0]
        flat = stack.reshape(-1, stack.shape[-1])
        upper = flat.take(first, axis=0)
        upper += x * (flat.take(first + 1, axis=0) - upper)
        first += self.columns
        lower = flat.take(first, axis=0)
        lower += x * (flat.take(first + 1, axis=0) - lower)
        lower -= upper
        lower *= y
        return np.asarray(upper + lower)

    def sample_fast(self, stack: Float32, points: Float32) -> Float32:
        """A field [h w C] at points [h w 2]; places are rounded to 1/32 of a step (OpenCV)."""
        place = (points - self.origin_px.astype(np.float32)) * np.float32(1 / self.step_px)
        return np.asarray(bilinear(stack, place), np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """One smooth forward map: a point p of the photograph is carried to p + move(p)."""

    canvas: Canvas
    move_px: Float32  # [2, h, w]

    def __call__(self, points: Floats) -> Float64:
        """Where points [... 2] are carried."""
        moved = self.canvas.sample(self.move_px, points)
        return np.asarray(points + np.moveaxis(moved, 0, -1))

    def invert(self, targets: Float32, *, rounds: int = 4) -> Float32:
        """Points [h w 2] that are carried to targets [h w 2], by Newton's method.

        The rounds look fields up at 1/32 of a node; ``refine`` is exact.
        """
        points = targets - self.canvas.sample_fast(self._stacked, targets)
        for _ in range(rounds):
            error = points + self.canvas.sample_fast(self._stacked, points) - targets
            points = points - self._step(points, error)
        return self.refine(points, targets)

    def refine(self, points: Float32, targets: Float32, *, rounds: int = 8) -> Float32:
        """Points [h w 2] nearer to those carried to targets, where they are not exact yet."""
        result = points.reshape(-1, 2).copy()
        goals = targets.reshape(-1, 2)
        error = result + self.canvas.sample_rows(self._stacked, result) - goals
        left = np.arange(len(result))
        for _ in range(rounds):
            off = np.abs(error)
            wrong = np.flatnonzero(np.maximum(off[:, 0], off[:, 1]) > TOLERANCE_PX)
            if not wrong.size:
                break
            left, error = left[wrong], error[wrong]
            at = result[left]
            matrix = self.canvas.sample_rows(self._newton, at).reshape(-1, 2, 2)
            at = at - (matrix @ error[:, :, None])[:, :, 0]
            result[left] = at
            error = at + self.canvas.sample_rows(self._stacked, at) - goals[left]
        return result.reshape(points.shape)

    @cached_property
    def _stacked(self) -> Float32:
        return np.ascontiguousarray(np.moveaxis(self.move_px, 0, -1))

    @cached_property
    def _newton(self) -> Float32:
        """The inverse of the forward map's Jacobian at every node [h w 4]."""
        move, twice = self.move_px, np.float32(2 * self.canvas.step_px)
        _, h, w = move.shape
        a, b, c, d = (np.zeros((h, w), np.float32) for _ in range(4))
        for along, down, part in ((a, b, move[0]), (c, d, move[1])):
            np.subtract(part[:, 2:], part[:, :-2], out=along[:, 1:-1])
            np.subtract(part[2:], part[:-2], out=down[1:-1])
            along /= twice
            down /= twice
        a += 1
        d += 1
        # Where the map nearly folds, full Newton steps would overshoot.
        share = 1 / np.maximum(a * d - b * c, np.float32(0.15))
        out = np.empty((h, w, 4), np.float32)
        for k, part in enumerate((d, -b, -c, a)):
            np.multiply(part, share, out=out[..., k])
        return out

    def _step(self, points: Float32, error: Float32) -> Float32:
        m = self.canvas.sample_fast(self._newton, points)
        x, y = error[..., 0], error[..., 1]
        out = np.empty_like(points)
        out[..., 0] = m[..., 0] * x + m[..., 1] * y
        out[..., 1] = m[..., 2] * x + m[..., 3] * y
        return out


def bilinear(picture: npt.NDArray[Any], places: Floats) -> npt.NDArray[Any]:
    """A picture [h w C] at places (column, row) [h w 2], its border repeated (OpenCV).

    Places are rounded to 1/32. The type is the picture's.
    """
    empty: npt.NDArray[Any] = np.empty(0, np.float32)
    return np.asarray(
        cv2.remap(picture, places, empty, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def upsample(grid: Float32, step: int) -> Float32:
    """Cubic B-spline interpolation of [h w 2] to ((h - 3) * step, (w - 3) * step).

    The first output pixel lies on grid node (1, 1): one node of margin on the
    near sides and two on the far ones keep the borders exact to the spline.
    """
    if step == 1:
        return grid[1:-2, 1:-2]
    for axis in (0, 1):
        filtered = spline_filter1d(grid, 3, axis=axis, mode="mirror", output=np.float32)
        grid = _expand(np.moveaxis(filtered, axis, 0), step)
        grid = np.moveaxis(grid, 0, axis)
    return np.ascontiguousarray(grid)


def _expand(coefficients: Float32, step: int) -> Float32:
    count = coefficients.shape[0] - 3
    out = np.empty((count, step, *coefficients.shape[1:]), np.float32)
    for phase in range(step):
        t = phase / step
        weights = (
            (1 - t) ** 3 / 6,
            (4 - 6 * t**2 + 3 * t**3) / 6,
            (1 + 3 * t + 3 * t**2 - 3 * t**3) / 6,
            t**3 / 6,
        )
        total = np.float32(weights[0]) * coefficients[:count]
        for k in (1, 2, 3):
            total += np.float32(weights[k]) * coefficients[k : k + count]
        out[:, phase] = total
    return out.reshape(count * step, *coefficients.shape[1:])
