"""What the head does as a whole: a quadratic movement, fitted to most of the cells."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.linalg import lapack

from mimetic.flow.brightness import middle
from mimetic.types import Float32, Floats

_ROUNDS = 3
_RIDGE = 1e-6


def fit_head(field: Float32, trust: Float32) -> Floats:
    """Coefficients [6 2] of the quadratic movement nearest to most of a field [2 h w].

    1, x, y, x^2, x y, y^2 with x and y from -1 to 1, for right and down. ``trust`` [h w]
    weighs the cells; those that move otherwise count less (rounds of Cauchy's weights).
    """
    basis = _powers(*field.shape[1:])
    moves = field.reshape(2, -1)
    own = trust.ravel()
    weight = own
    head: Floats = np.zeros((6, 2), np.float32)
    for _ in range(_ROUNDS):
        weighted = basis * weight
        normal = weighted @ basis.T
        normal.flat[::7] += np.float32(_RIDGE) * weight.sum() + np.float32(1e-12)
        _, head, _ = lapack.sposv(normal, weighted @ moves.T)
        left = moves - head.T @ basis
        left *= left
        square = left[0] + left[1]
        spread = 2.25 * middle(square) + 1e-4
        weight = own / (1 + square / np.float32(spread))
    return head


def head_field(head: Floats, height: int, width: int) -> Float32:
    """The movement [2 h w] of coefficients of ``fit_head`` over a grid of cells."""
    return np.asarray(head.T @ _powers(height, width), np.float32).reshape(2, height, width)


@lru_cache(maxsize=32)
def _powers(height: int, width: int) -> Float32:
    # Middles of cells, so that grids of different cells over one picture agree.
    x = np.broadcast_to((2 * np.arange(width) + 1) / width - 1, (height, width)).ravel()
    y = np.broadcast_to(
        ((2 * np.arange(height) + 1) / height - 1)[:, None], (height, width)
    ).ravel()
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).astype(np.float32)
