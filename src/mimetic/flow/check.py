"""There and back: skin that is found again where it came from is skin that was seen twice."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mimetic.types import Bool, Float32
from mimetic.types.arrays import check_shape

# A round trip is good within LEAST_PX + SHARE of the way. Sundaram et al. 2010 allow .7 px and
# a tenth of it, more than most movements of skin between neighbouring frames.
LEAST_PX = 0.2
SHARE = 0.1


def round_trip_px(forward: Float32, backward: Float32) -> Float32:
    """How far [H W] a point lands from where it began, in pixels; NaN where it left the picture.

    ``forward`` [2 H W] leads from the first picture to the second, ``backward`` back.
    """
    check_shape("forward", forward, "2 H W")
    height, width = forward.shape[1:]
    check_shape("backward", backward, "2 H W", H=height, W=width)
    y, x = np.indices((height, width), np.float32)
    x, y = x + forward[0], y + forward[1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    places = [np.where(inside, y, 0), np.where(inside, x, 0)]
    back = [ndimage.map_coordinates(part, places, order=1) for part in backward]
    away = np.hypot(forward[0] + back[0], forward[1] + back[1])
    return np.where(inside, away, np.nan).astype(np.float32)


def found_again(
    forward: Float32, backward: Float32, *, least_px: float = LEAST_PX, share: float = SHARE
) -> Bool:
    """Where [H W] the round trip ends near its start: within ``least_px`` + ``share`` of the way.

    False where the point left the picture.
    """
    way = np.hypot(*forward)
    with np.errstate(invalid="ignore"):
        return np.asarray(round_trip_px(forward, backward) <= least_px + share * way)
