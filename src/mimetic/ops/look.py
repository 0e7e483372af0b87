"""How a crop of a face looks: light, clipping and blur, as marks of a recording's quality."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from mimetic.ops.stabilise import ellipse_mask
from mimetic.types import Int64, UInt8

BLACK, WHITE = 2, 253  # grey levels at which a camera has stopped telling tones apart
EDGES = 0.98  # the gradient that only a fiftieth of the face exceeds is an edge
AGAIN_PX = 1.0
# A central difference of pixels blurs by itself: boxes of two and of one pixel.
OWN_BLUR_PX2 = 4 / 12 + 1 / 12
LEAST_SHARP = 0.99  # beyond, a picture is too soft for its blur to be told


def light_of(grey: UInt8) -> tuple[float, float]:
    """Median light 0 to 1 of the face in a crop [S S], and the share of it that is clipped."""
    counts = np.bincount(grey.ravel()[_inside(grey.shape[0])], minlength=256)
    total = counts.sum()
    median = int(np.searchsorted(counts.cumsum(), total / 2))
    clipped = counts[: BLACK + 1].sum() + counts[WHITE:].sum()
    return median / 255, float(clipped / total)


def blur_of(grey: UInt8) -> float:
    """One standard deviation in px of the Gaussian blur that the edges of a crop [S S] show.

    Blurring once more by s lowers the slope of an edge that is blurred by b already
    to b / sqrt(b^2 + s^2) of what it was (Zhuo and Sim 2011); the steepest 2 % of
    the middle of the face stand for its edges. At most 7 px; below 1 px it reads up to
    0.5 px too much.
    """
    size = grey.shape[0]
    rim = size // 7
    once = np.asarray(grey[rim : size - rim, rim : size - rim], np.float32)
    twice = cv2.GaussianBlur(once, (0, 0), AGAIN_PX)
    sharp, soft = (_steepest(picture) for picture in (once, twice))
    ratio = min(soft / sharp, LEAST_SHARP) if sharp > 0 else LEAST_SHARP
    seen_px2 = AGAIN_PX**2 * ratio**2 / (1 - ratio**2)
    return float(np.sqrt(max(seen_px2 - OWN_BLUR_PX2, 0.0)))


def _steepest(picture: object) -> float:
    slope = np.abs(cv2.Sobel(np.asarray(picture), cv2.CV_32F, 1, 0)).ravel()
    place = int(EDGES * slope.size)
    return float(np.partition(slope, place)[place])


@lru_cache(maxsize=4)
def _inside(size: int) -> Int64:
    return np.flatnonzero(ellipse_mask(size))
