"""What a video codec did to a pair: skin that it copied says nothing of how skin moved.

H.264 and its kin send a block anew only where it changed by more than their quantiser. All
else is the picture before, to the last bit, and its noise with it: the difference of two
such pictures makes them look free of noise, although any movement below the quantiser is
gone. Told by cells without a single changed pixel, next to changed ones that no movement
explains. Two pictures without any noise have the first, but not the second.
"""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.flow.brightness import middle
from mimetic.flow.tensors import CellTensors
from mimetic.types import Float32

MOST = 3.0  # squared grey levels of a quantiser at its usual (constant rate factor 23)
_CELL_PX = 6  # noise of 0.3 grey levels and more changes a pixel in nearly all of these
_COPIED = 0.99
_FEW = 0.02  # share of copied cells that noise or dark borders may leave
_HALF = 0.05  # share at which half of the most is believed
_ROUNDING = 0.025  # squared grey levels that rounding leaves unexplained
_RIDGE = np.float32(0.05)


def copied_share(same: Float32) -> float:
    """Share of cells whose every pixel is the same in both pictures, ``same`` [H W] 0 or 1."""
    size = same.shape[1] // _CELL_PX, same.shape[0] // _CELL_PX
    return float((cv2.resize(same, size, interpolation=cv2.INTER_AREA) > _COPIED).mean())


def quantiser(tensors: CellTensors, same: Float32, share: float) -> float:
    """Squared grey levels that a codec may have hidden; 0 where none was at work.

    ``share`` is ``copied_share(same)``. Between 0 and ``MOST``, by how many cells are
    copied and how much in the others is not explained by any movement of theirs.
    """
    if share < _FEW:
        return 0.0
    height, width = tensors.square.shape
    means = cv2.resize(same, (width, height), interpolation=cv2.INTER_AREA)
    left = _unexplained(tensors)[means <= _COPIED]
    if not left.size:
        return 0.0
    sure = min(max(middle(left) / _ROUNDING - 1, 0.0), 1.0)
    return MOST * sure * share / (share + _HALF)


def _unexplained(tensors: CellTensors) -> Float32:
    """Squared difference [h w] that the best movement of each cell by itself leaves."""
    xx, xy, yy = tensors.shape
    x, y = tensors.slope
    one, other = xx + _RIDGE, yy + _RIDGE
    explained = other * x * x - 2 * xy * x * y + one * y * y
    explained /= one * other - xy * xy
    return np.asarray(np.maximum(tensors.square - explained, 0), np.float32)
