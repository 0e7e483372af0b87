"""How the light changed between two pictures of one thing, fitted where they agree."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from scipy.linalg import lapack

from mimetic.types import Float32, Floats

CELL_PX = 8
SCALE = 64.0  # grey levels; brings the columns of the fit to one size
_ROUNDS = 3
_RIDGE = 1e-2
_WIDTH = 2.0  # robust standard deviations at which a cell counts half


def fit_light(first: Float32, second: Float32) -> Floats:
    """Gain and offset [6] that bring ``second`` to ``first`` [H W], each a plane.

    first ~ (1 + (a0 + a1 x + a2 y) / 64) second + b0 + b1 x + b2 y, with x and y from -1 to 1
    over the picture, on means over 8 x 8 px; cells that fit badly, because they move or
    shine, count less (three rounds of Cauchy's weights, the first about an even offset).
    """
    height, width = first.shape
    size = max(1, width // CELL_PX), max(1, height // CELL_PX)
    goal, given = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA).ravel()
        for picture in (first, second)
    )
    plane = _plane(size[1], size[0])
    columns = np.concatenate([plane * (given / np.float32(SCALE)), plane])
    wanted = goal - given
    left = wanted - np.float32(middle(wanted))
    for _ in range(_ROUNDS):
        spread = 1.48 * middle(np.abs(left)) + 0.1
        weight = 1 / (1 + (left / np.float32(_WIDTH * spread)) ** 2)
        weighted = columns * weight
        normal = weighted @ columns.T
        normal.flat[::7] += _RIDGE
        _, light, _ = lapack.sposv(normal, weighted @ wanted)
        left = wanted - light @ columns
    return np.asarray(light, np.float32)


def apply_light(picture: Float32, light: Floats, *, spare: Float32) -> None:
    """Put a picture [H W] under gain and offset of ``fit_light``, in place.

    ``spare`` is an array of its size whose values are lost.
    """
    height, width = picture.shape
    x, y = _axis(width), _axis(height)[:, None]
    gain, offset = light[:3] / np.float32(SCALE), light[3:]
    np.add(gain[2] * y, 1 + gain[0] + gain[1] * x, out=spare)
    picture *= spare
    np.add(offset[2] * y, offset[0] + offset[1] * x, out=spare)
    picture += spare


def middle(values: Floats) -> float:
    """The upper median; a tenth of the time that ``np.median`` takes for a thousand values."""
    flat = values.ravel()
    return float(np.partition(flat, flat.size // 2)[flat.size // 2])


@lru_cache(maxsize=16)
def _axis(size: int) -> Float32:
    """Middles of pixels or cells, the picture's borders at -1 and 1, so that grids agree."""
    return ((2 * np.arange(size, dtype=np.float32) + 1) / size - 1).astype(np.float32)


@lru_cache(maxsize=16)
def _plane(rows: int, columns: int) -> Float32:
    """1, x and y of every cell [3, rows * columns]."""
    y, x = np.meshgrid(_axis(rows), _axis(columns), indexing="ij")
    return np.stack([np.ones(x.size), x.ravel(), y.ravel()]).astype(np.float32)
