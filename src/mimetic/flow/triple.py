"""Flow between two pictures, steadied by the one before them.

Skin that moved on its way to the first picture mostly moves on, faster or slower. The
earlier movement, scaled to the later one, is a second measurement of it, and its error comes
from the first picture with the opposite sign: together they are better by more than two
independent measurements would be. Nothing is assumed about velocity: its ratio is fitted,
and where the two movements disagree by more than their errors the earlier one has no say.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mimetic.flow.records import Estimate
from mimetic.types import Float32, UInt8

_ROUNDS = 4
_POOL_PX = 6.0  # one standard deviation of the neighbourhood in which movements are compared
_FLOOR_PX = 0.01


def three_frames(
    measure: Callable[[UInt8, UInt8], Estimate], before: UInt8, first: UInt8, second: UInt8
) -> Estimate:
    """Displacement from ``first`` to ``second``, with what ``before`` adds; pictures [H W].

    ``measure`` is any two-frame method; it is asked twice. Without its sigma every
    pixel counts alike.
    """
    later, back = measure(first, second), measure(first, before)
    move, earlier = later.flow_px, -back.flow_px
    spread = _spread(later), _spread(back)
    ratio = speed_ratio(move, earlier, spread)
    share, left = _share(move - ratio * earlier, ratio, spread)
    mixed = move + share * (ratio * earlier - move)
    sigma = None if later.sigma_px is None else np.asarray(later.sigma_px * left, np.float32)
    return Estimate(np.asarray(mixed, np.float32), sigma)


def speed_ratio(move: Float32, earlier: Float32, spread: tuple[Float32, Float32]) -> float:
    """How many times faster a movement [2 H W] is than the earlier one; robust, 0 to 3."""
    weight = 1 / (spread[0] ** 2 + spread[1] ** 2)
    ratio, base = 0.0, weight
    for _ in range(_ROUNDS):
        size = float((weight * earlier * earlier).sum())
        along = float((weight * earlier * move).sum())
        ratio = float(np.clip(along / max(size, 1e-9), 0, 3))
        gap = ((move - ratio * earlier) ** 2).sum(0) * base
        weight = base / (1 + gap / max(float(np.median(gap)), 1e-9))
    return ratio


def _spread(estimate: Estimate) -> Float32:
    if estimate.sigma_px is None:
        return np.full(estimate.flow_px.shape[1:], 0.05, np.float32)
    return np.maximum(estimate.sigma_px, np.float32(_FLOOR_PX))


def _share(gap: Float32, ratio: float, spread: tuple[Float32, Float32]) -> tuple[Float32, Float32]:
    """What the earlier movement counts [H W], and what is left of the later one's error."""
    one, other = spread[0] ** 2, (ratio * spread[1]) ** 2
    # Half of either error is noise of the first picture, with opposite signs in the two.
    shared = -0.5 * spread[0] * ratio * spread[1]
    expected = one + other - 2 * shared
    seen = cv2.GaussianBlur((gap * gap).sum(0) / 2, (0, 0), _POOL_PX)
    unlike = np.maximum(seen - expected, 0)
    share = (one - shared) / (expected + unlike)
    left = (1 - share) ** 2 * one + share**2 * (other + unlike) + 2 * share * (1 - share) * shared
    return np.asarray(share, np.float32), np.sqrt(np.maximum(left / one, 0.05))
