"""The smoothest field of cells that agrees with their tensors: one linear system.

Solved by conjugate gradients on flat arrays, preconditioned cell by cell and, for what
is wide, in a coarse space of B-splines that is solved exactly (an additive two-level Schwarz
method; Toselli and Widlund 2005): six steps are then as good as forty without.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.interpolate import BSpline
from scipy.linalg import blas, lapack

from mimetic.flow.smoothness import Weights
from mimetic.types import Float32, Int64

_DEGREE = 2
_SPACING = 6  # cells between splines
_MOST = 10  # splines along a side, but for the border's; wider pictures get wider ones


class CellSystem:
    """(A + L) d = r, A two by two in every cell, L the roughness that ``Weights`` measure.

    ``shape`` [3 h w] holds xx, xy and yy of A. Vectors are [2, h * w]. Flat differences run on
    over the ends of rows and from one component into the other; their weights are zero.
    """

    def __init__(self, shape: Float32, weights: Weights) -> None:
        self._grid = shape.shape[1:]
        height, width = self._grid
        self._width, count = width, height * width
        self._own = np.stack([shape[0].ravel(), shape[2].ravel()])
        self._cross = shape[1].ravel()
        self._x = _twice(weights.x)[:-1]
        self._y = _twice(weights.y)[:-width]
        self._xx = _twice(weights.xx)[1:-1]
        self._yy = _twice(weights.yy)[width:-width]
        self._xy = _twice(weights.xy)[: -width - 1]
        full = self._own + self._diagonal(2 * count).reshape(2, count)
        determinant = full[0] * full[1] - self._cross * self._cross
        determinant += np.float32(1e-20)
        self._inverse = full[::-1] / determinant
        self._inverse_cross = self._cross / -determinant
        self._coarse = _CoarseSpace(shape, weights)
        spare = [2 * count - n for n in (1, 2, width, 2 * width, width + 1)]
        self._spare = [np.empty(max(n, 0), np.float32) for n in spare]
        self._one, self._two, self._sum = (np.empty((2, count), np.float32) for _ in range(3))

    def solve(self, right: Float32, start: Float32, *, steps: int) -> Float32:
        """The answer [2 h w] after some steps of conjugate gradients from ``start``."""
        d = start.reshape(2, -1).copy()
        left = right.reshape(2, -1) - self._times(d)
        better = self._precondition(left)
        way = better.copy()
        size = np.dot(left.ravel(), better.ravel())
        for _ in range(steps):
            image = self._times(way)
            along = np.dot(way.ravel(), image.ravel())
            if not along > 1e-20:
                break
            length = size / along
            np.multiply(way, length, out=self._two)
            d += self._two
            image *= length
            left -= image
            better = self._precondition(left)
            before, size = size, np.dot(left.ravel(), better.ravel())
            way *= size / before
            way += better
        return d.reshape(2, *self._grid)

    def roughen(self, field: Float32) -> Float32:
        """L times a field [2 h w]."""
        out = np.zeros((2, field[0].size), np.float32)
        self._add_roughness(np.ascontiguousarray(field).reshape(-1), out.reshape(-1))
        return out.reshape(field.shape)

    def _times(self, d: Float32) -> Float32:
        np.multiply(self._own, d, out=self._one)
        np.multiply(d[::-1], self._cross, out=self._two)
        self._one += self._two
        self._add_roughness(d.reshape(-1), self._one.reshape(-1))
        return self._one

    def _add_roughness(self, p: Float32, out: Float32) -> None:
        width = self._width
        step, bend, drop, sag, twist = self._spare
        np.subtract(p[1:], p[:-1], out=step)
        np.subtract(step[1:], step[:-1], out=bend)
        bend *= self._xx
        step *= self._x
        step[:-1] -= bend
        step[1:] += bend
        out[1:] += step
        out[:-1] -= step
        np.subtract(p[width:], p[:-width], out=drop)
        np.subtract(drop[width:], drop[:-width], out=sag)
        np.subtract(drop[1:], drop[:-1], out=twist)
        sag *= self._yy
        twist *= self._xy
        drop *= self._y
        drop[:-width] -= sag
        drop[width:] += sag
        drop[:-1] -= twist
        drop[1:] += twist
        out[width:] += drop
        out[:-width] -= drop

    def _diagonal(self, count: int) -> Float32:
        width = self._width
        total = np.zeros(count, np.float32)
        total[:-1] += self._x
        total[1:] += self._x
        total[:-width] += self._y
        total[width:] += self._y
        total[2:] += self._xx
        total[:-2] += self._xx
        total[1:-1] += 4 * self._xx
        total[2 * width :] += self._yy
        total[: -2 * width] += self._yy
        total[width:-width] += 4 * self._yy
        for part in (slice(width + 1, None), slice(1, -width), slice(width, -1)):
            total[part] += self._xy
        total[: -width - 1] += self._xy
        return total

    def _precondition(self, left: Float32) -> Float32:
        np.multiply(self._inverse, left, out=self._sum)
        np.multiply(left[::-1], self._inverse_cross, out=self._two)
        self._sum += self._two
        self._sum += self._coarse.solve(left.reshape(2, *self._grid)).reshape(2, -1)
        return self._sum


class _CoarseSpace:
    """The same system among fields of wide B-splines, inverted once (Galerkin's projection).

    Each component by itself: over a wide spline the gradients of skin point every way, and
    leaving xy out costs nothing but a quarter of the time.
    """

    def __init__(self, shape: Float32, weights: Weights) -> None:
        height, width = shape.shape[1:]
        across, down = _splines(width), _splines(height)
        self._across, self._down = across.values, down.values
        (value, step, bend), over = across.pairs, down.pairs
        own = shape[::2] @ value
        own += weights.x @ step + weights.xx @ bend
        sums = over[0].T @ own
        sums += over[1].T @ (weights.y @ value + weights.xy @ step)
        sums += over[2].T @ (weights.yy @ value)
        n = self._down.shape[1] * self._across.shape[1]
        matrices = np.zeros((2, n * n), np.float32)
        matrices[:, _places(height, width)] = sums.reshape(2, -1)
        self._inverse = [_invert(matrix) for matrix in matrices.reshape(2, n, n)]

    def solve(self, left: Float32) -> Float32:
        """The field [2 h w] of the coarse space that answers ``left`` best."""
        wide = self._down.T @ (left @ self._across)
        for inverse, part in zip(self._inverse, wide, strict=True):
            part.flat = blas.ssymv(1.0, inverse, part.ravel(), lower=1)
        return np.asarray(self._down @ wide @ self._across.T, np.float32)


def _invert(matrix: Float32) -> Float32:
    """The lower half of the inverse of a symmetric matrix that rounding may have made worse."""
    step = len(matrix) + 1
    matrix.flat[::step] *= np.float32(1.001)
    matrix.flat[::step] += np.float32(1e-6)
    factor, failed = lapack.spotrf(matrix, lower=1, clean=0)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    return np.zeros_like(matrix) if failed else inverse


class _Splines:
    """B-splines over a row of cells: values [n m], and products of two that overlap.

    ``first`` and ``second`` [p] number the splines of every such pair; ``pairs`` holds the
    products of their values, of their first and of their second differences.
    """

    def __init__(self, cells: int) -> None:
        pieces = max(1, min(_MOST, round(cells / _SPACING)))
        at = (np.arange(cells) + 0.5) / cells * pieces
        knots = np.arange(-_DEGREE, pieces + _DEGREE + 1, dtype=np.float64)
        values = BSpline.design_matrix(at, knots, _DEGREE).toarray()
        step, bend = np.zeros_like(values), np.zeros_like(values)
        step[:-1] = np.diff(values, axis=0)
        bend[1:-1] = np.diff(values, 2, axis=0)
        number = np.arange(values.shape[1])
        self.first, self.second = np.nonzero(np.abs(number[:, None] - number) <= _DEGREE)
        self.values = np.ascontiguousarray(values, np.float32)
        self.pairs = [
            np.ascontiguousarray(part[:, self.first] * part[:, self.second], np.float32)
            for part in (values, step, bend)
        ]


@lru_cache(maxsize=64)
def _splines(cells: int) -> _Splines:
    return _Splines(cells)


@lru_cache(maxsize=64)
def _places(height: int, width: int) -> Int64:
    """Where the product of a pair down and a pair across stands in a flat matrix [p * q]."""
    down, across = _splines(height), _splines(width)
    columns = across.values.shape[1]
    n = down.values.shape[1] * columns
    row = down.first[:, None] * columns + across.first
    column = down.second[:, None] * columns + across.second
    return np.asarray((row * n + column).ravel())


def _twice(weight: Float32) -> Float32:
    return np.concatenate([weight, weight]).reshape(-1)
