"""How smooth a field of cells is, as weights that make its roughness a quadratic.

Two terms, each the length of a derivative over all components (total variation and its
second-order kin: Rudin et al. 1992; Bredies et al. 2010), solved by reweighting: the weight of
a difference is one over the roughness about it, so that folds of the skin stay sharp and the
rest gets smooth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mimetic.types import Float32


@dataclass(frozen=True, kw_only=True)
class Smoothness:
    """How much a slope and a bend of the field cost, against noise-normalised data.

    The strength follows the movement about a cell, so that a still cheek gets stiller while
    lips part: ``strength * sqrt(usual_px / (own + least_px))``, where own is the root mean
    square difference between neighbouring cells in a window of ``window`` cells. It follows
    the texture too (``for_texture``): total variation bends to noise that much texture makes
    look like movement.
    """

    slope: float = 0.45
    bend: float = 1.2
    sharpness_px: float = 0.0001  # roughness per cell below which a term is quadratic
    usual_px: float = 0.03
    least_px: float = 0.0005
    window: int = 7
    usual_texture: float = 100.0  # of faces at noise of one grey level
    texture_power: float = 0.1  # 0.2 is 1 % better on exact pairs and 9 % worse over real clips

    def for_texture(self, texture: float) -> Smoothness:
        """The same for a squared slope per squared noise, both in grey levels."""
        share = min(max(texture / self.usual_texture, 0.02), 50.0) ** self.texture_power
        return replace(self, slope=self.slope * share, bend=self.bend * share)


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights [h w] of the differences that start at each cell, 0 where there is none.

    ``x`` and ``y`` weigh first differences to the right and downwards; ``xx``, ``yy`` second
    differences about the cell, ``xy`` the mixed one of the four cells right and below.
    """

    x: Float32
    y: Float32
    xx: Float32
    yy: Float32
    xy: Float32


def weigh(field: Float32, settings: Smoothness) -> Weights:
    """The weights that a field [2 h w] gives its own differences."""
    right, down = np.diff(field, axis=2), np.diff(field, axis=1)
    slope = _at_cells(_squared(right), _squared(down))
    bend = _bends_at_cells(right, down, field.shape[1:])
    own, window, edge = slope, (settings.window,) * 2, cv2.BORDER_REPLICATE
    for _ in range(2):  # twice a box is nearly a Gaussian
        own = np.asarray(cv2.blur(own, window, borderType=edge), np.float32)
    # The running sums of cv2.blur round below zero where one cell outweighs its row.
    strength = np.sqrt(np.maximum(own, 0))
    strength += settings.least_px
    np.divide(settings.usual_px, strength, out=strength)
    np.sqrt(strength, out=strength)
    for square, cost in ((slope, settings.slope), (bend, settings.bend)):
        square += settings.sharpness_px**2
        np.sqrt(square, out=square)
        np.divide(strength, square, out=square)
        square *= cost
    x, y, xy = (np.zeros(field.shape[1:], np.float32) for _ in range(3))
    x[:, :-1] = (slope[:, 1:] + slope[:, :-1]) / 2
    y[:-1] = (slope[1:] + slope[:-1]) / 2
    xy[:-1, :-1] = 2 * bend[:-1, :-1]
    xx, yy = bend, bend.copy()
    xx[:, 0] = xx[:, -1] = 0
    yy[0] = yy[-1] = 0
    return Weights(x, y, xx, yy, xy)


def roughness(field: Float32) -> Float32:
    """Mean squared difference [h w] of each cell of a field [2 h w] to its neighbours."""
    right, down = np.diff(field, axis=2), np.diff(field, axis=1)
    return _at_cells(_squared(right), _squared(down))


def variation(field: Float32) -> float:
    """The total variation of a field [2 h w]."""
    right, down = _squared(np.diff(field, axis=2)), _squared(np.diff(field, axis=1))
    return float(np.sqrt(right).sum() + np.sqrt(down).sum())


def _squared(vectors: Float32) -> Float32:
    return np.asarray(vectors[0] * vectors[0] + vectors[1] * vectors[1], np.float32)


def _at_cells(right: Float32, down: Float32) -> Float32:
    """Mean of the squared differences about each cell, of edges [h w-1] and [h-1 w]."""
    height, width = right.shape[0], down.shape[1]
    mean = np.zeros((height, width), np.float32)
    mean[:, :-1] += right
    mean[:, 1:] += right
    mean[:-1] += down
    mean[1:] += down
    mean[:, [0, -1]] += right[:, [0, -1]]
    mean[[0, -1]] += down[[0, -1]]
    mean /= 4
    return mean


def _bends_at_cells(right: Float32, down: Float32, shape: tuple[int, ...]) -> Float32:
    """Squared second differences about each cell."""
    mean = np.zeros(shape, np.float32)
    mean[:, 1:-1] += _squared(np.diff(right, axis=2))
    mean[1:-1] += _squared(np.diff(down, axis=1))
    mixed = _squared(np.diff(right, axis=1)) / 2
    mean[1:, 1:] += mixed
    mean[:-1, :-1] += mixed
    mean[:-1, 1:] += mixed
    mean[1:, :-1] += mixed
    return mean
