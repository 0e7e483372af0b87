"""Cubic B-splines on regular grids: coefficients, values along an axis, finer fields.

Source: Unser, IEEE Signal Processing Magazine 1999. They reproduce cubics exactly,
which shifts of a tenth of a pixel need.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import ndimage

from mimetic.errors import ArgumentError
from mimetic.types import Float32, Float64, Floats, Int64


def spline_coefficients(picture: Floats, rim: int) -> Float32:
    """Coefficients [H + 2 rim, W + 2 rim] of a picture whose border is repeated ``rim`` times.

    The ringing of the repeated border dies away to 1e-7 within twelve pixels.
    """
    values = np.pad(np.asarray(picture, np.float32), rim, mode="edge")
    for axis in (0, 1):
        values = ndimage.spline_filter1d(values, 3, axis=axis, mode="mirror", output=np.float32)
    return np.asarray(values, np.float32)


def sample_along(coefficients: Float32, at: Float64, axis: int) -> Float32:
    """A spline at places [n] along one axis; beyond the coefficients as at their end."""
    at = np.clip(at, 1.0, coefficients.shape[axis] - 2 - 1e-6)
    first = np.floor(at).astype(np.intp)
    t = (at - first).astype(np.float32)
    weights = (
        (1 - t) ** 3 / 6,
        (4 - 6 * t**2 + 3 * t**3) / 6,
        (1 + 3 * t + 3 * t**2 - 3 * t**3) / 6,
        t**3 / 6,
    )
    shape = (-1, 1) if axis == 0 else (1, -1)
    parts = [
        weight.reshape(shape) * coefficients.take(first + k - 1, axis=axis)
        for k, weight in enumerate(weights)
    ]
    return np.asarray(sum(parts[1:], parts[0]), np.float32)


def finer(field: Float32, parts: int) -> Float32:
    """A field [... S S] at the middles of the ``parts`` x ``parts`` pieces of every pixel.

    Cubic (Lagrange) between pixels: exact for fields up to the third degree, the
    border included.
    """
    if parts == 1:
        return field
    matrix = finer_rows(field.shape[-1], parts)
    return np.asarray(matrix @ field @ matrix.T, np.float32)


@lru_cache(maxsize=16)
def finer_rows(size: int, parts: int) -> Float32:
    """The matrix [parts*S S] with which ``finer`` multiplies each axis of at least four pixels."""
    first, weights = finer_weights(size, parts)
    matrix = np.zeros((size * parts, size), np.float32)
    matrix[np.arange(size * parts)[:, None], first[:, None] + np.arange(4)] = weights
    matrix.flags.writeable = False
    return matrix


def finer_weights(size: int, parts: int) -> tuple[Int64, Float32]:
    """The first of four neighbouring pixels [parts*S] for every finer place, and weights [.. 4]."""
    if size < 4 or parts < 1:
        raise ArgumentError(f"size, parts: expected at least 4 and 1, got {size} and {parts}")
    at = (np.arange(size * parts) + 0.5) / parts - 0.5
    # Near the border the four pixels are the outermost ones, and their cubic goes on.
    first = np.clip(np.floor(at).astype(np.int64) - 1, 0, size - 4)
    columns = []
    for k in range(4):
        others = [j for j in range(4) if j != k]
        columns.append(np.prod([(at - first - j) / (k - j) for j in others], axis=0))
    return first, np.stack(columns, axis=1).astype(np.float32)
