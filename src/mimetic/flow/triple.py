"""Flow between two pictures, steadied by the one before them.

Skin that moved on its way to the first picture mostly moves on, faster or slower: its earlier
movement is some ratio of the later one. The three pictures then show one piece of skin
three times, and one movement explains all differences between them. Nothing is assumed
about velocity: the ratio is fitted, in every place with a preference for the whole face's,
and where the two movements do not belong together the earlier picture has no say.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mimetic.flow.brightness import middle
from mimetic.flow.records import Estimate
from mimetic.flow.tensors import CellTensors, PairTensors, pool
from mimetic.types import Float32, Floats, UInt8

Measure = Callable[[UInt8, UInt8], Estimate]

_ROUNDS = 4
_POOL_PX = 6.0  # one standard deviation of the neighbourhood in which movements are compared
_SHARED = 0.5  # of either error is noise of the first picture, with opposite signs
_FLOOR_PX = 0.01
_ALIKE_PX = 0.035  # movements apart by less than their own errors are alike
_SUSPICION = np.float32(8.0)  # keeps a wrong movement from costing more than a right one brings
_LEAST, _MOST = -1.0, 2.0  # ratio of the earlier movement to the later one


def three_frames(measure: Measure, before: UInt8, first: UInt8, second: UInt8) -> Estimate:
    """Displacement from ``first`` to ``second``, with what ``before`` adds; pictures [H W].

    A method that can solve for the three at once says so by a method ``jointly``; any
    other is asked for both movements, which are then weighed against each other. Without
    its sigma every pixel counts alike.
    """
    jointly = getattr(measure, "jointly", None)
    if jointly is not None:
        found: Estimate = jointly(before, first, second)
        return found
    return combine(measure(first, second), measure(first, before))


def combine(later: Estimate, back: Estimate) -> Estimate:
    """The later movement, weighed against the way ``back`` from the first picture.

    Generalised least squares of two measurements, u and ratio * u, whose errors are
    correlated by minus one half, because the first picture's noise enters both.
    """
    move, earlier = later.flow_px, -back.flow_px
    one, other = _spread(later), _spread(back)
    ratio = speed_ratio(move, earlier, 1 / (one**2 + other**2))
    gap = ((earlier - ratio * move) ** 2).sum(0) / 2
    shared = -_SHARED * one * other
    expected = other**2 + ratio**2 * one**2 - 2 * ratio * shared
    unlike = np.maximum(_blurred(gap, _POOL_PX) - expected, 0)
    own, earlier_own = one**2, other**2 + unlike
    first_weight = earlier_own - ratio * shared
    other_weight = ratio * own - shared
    total = first_weight + ratio * other_weight
    mixed = (first_weight * move + other_weight * earlier) / total
    if later.sigma_px is None:
        return Estimate(np.asarray(mixed, np.float32))
    left = np.sqrt((own * earlier_own - shared**2) / total / own)
    return Estimate(np.asarray(mixed, np.float32), np.asarray(later.sigma_px * left, np.float32))


def speed_ratio(move: Float32, earlier: Float32, weight: Floats) -> float:
    """What share of a movement [2 H W] the earlier one was; robust, -1 to 2."""
    ratio, base = 0.0, weight
    for _ in range(_ROUNDS):
        size = float((weight * move * move).sum())
        along = float((weight * move * earlier).sum())
        ratio = float(np.clip(along / max(size, 1e-9), _LEAST, _MOST))
        gap = ((earlier - ratio * move) ** 2).sum(0) * base
        weight = base / (1 + gap / max(float(np.median(gap)), 1e-9))
    return ratio


class TripleTensors:
    """Three pictures compared under a flow from the first to the second of a pair.

    ``pairs`` hold the way on and the way back from the first picture; ``later`` and ``back``
    are their flows [2 H W] as two pictures show them.
    """

    def __init__(
        self, pairs: tuple[PairTensors, PairTensors], later: Float32, back: Float32
    ) -> None:
        self._pairs = pairs
        self.same = pairs[0].same
        weight = np.ones(later.shape[1:], np.float32)
        self._ratio = np.float32(speed_ratio(later, -back, weight))
        gap = back + self._ratio * later
        apart = _blurred(gap[0] * gap[0] + gap[1] * gap[1], _POOL_PX)
        apart -= 2 * np.float32(_ALIKE_PX**2) * (1 + self._ratio**2)
        self._unlike = np.maximum(apart, 0)

    def at(self, flow_px: Float32, cell_px: int, *, fit: bool) -> CellTensors:
        """Tensors about a flow [2 H W]; ``fit`` measures the change of light anew.

        Alike skin: the least sum, over one unknown grey level, of the squared differences of
        three pictures from it, which is quadratic in the movement. Unlike skin: the pair's
        own difference. Between the two, shares of either.
        """
        onward, back = self._pairs
        ratio = self._ratio
        second = onward.bring_back(flow_px, fit=fit)
        before = back.bring_back(flow_px * -ratio, fit=fit)
        both = onward.first + second
        x, y = onward.slopes(both)
        second -= onward.first
        before -= back.first
        onward.add_beyond(second, x, y)
        back.add_beyond(before, x, y)
        share = self._share(before, x, y)
        # Information of three pictures over that of two, 4 at an even speed.
        gain = 4 / 3 * (1 + ratio + ratio * ratio)
        total = 1 + share * (gain - 1)
        second *= 1 + share * (2 / 3 * (2 + ratio) - 1)
        before *= share * (2 / 3 * (1 + 2 * ratio))
        second -= before
        root = np.sqrt(total)
        x *= root
        y *= root
        second /= root
        return pool((x, y, second), cell_px, spare=both)

    def _share(self, difference: Float32, x: Float32, y: Float32) -> Float32:
        """What the earlier picture counts [H W]: all, or less where it went another way.

        What the wrong movement would add to the squared difference, against its noise.
        """
        noise = max(middle(difference * difference), 1e-2)
        texture = _blurred(x * x + y * y, _POOL_PX / 2)
        return np.asarray(noise / (noise + _SUSPICION * self._unlike * texture), np.float32)


def _blurred(plane: Float32, sigma_px: float) -> Float32:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), np.float32)


def _spread(estimate: Estimate) -> Float32:
    if estimate.sigma_px is None:
        return np.full(estimate.flow_px.shape[1:], 0.05, np.float32)
    return np.maximum(estimate.sigma_px, np.float32(_FLOOR_PX))
