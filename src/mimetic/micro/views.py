"""What a kernel looks at: maps centred and scaled alike, and features with their mirror images.

Every feature of a map comes from that map alone. Nothing is learnt from others, so none of it
can carry a left-out person into what is learnt.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mimetic.errors import ShapeError
from mimetic.types import Float32, Float64, Floats
from mimetic.types.arrays import check_shape

SIDE = 28  # cells of a map, as in STSTNet
_BINS = 8  # directions of a histogram
_CELLS = 7  # histograms along a side
_LEAST = 1e-9


def check_maps(maps: Floats) -> Float32:
    """The maps as float32; ShapeError for another size, one channel or numbers missing."""
    given = np.asarray(maps)
    if given.ndim != 4 or given.shape[1:] != (SIDE, SIDE, 3) or not len(given):
        raise ShapeError(
            f"maps: expected [n {SIDE} {SIDE} 3] with channels u, v, strain, got "
            f"{list(given.shape)}; make maps with micro_maps, or resize flow before its strain"
        )
    wrong = np.flatnonzero(~np.isfinite(given).all((1, 2, 3)))
    if wrong.size:
        raise ShapeError(f"maps: expected numbers, got NaN in rows {wrong[:10].tolist()}")
    return np.asarray(given, np.float32)


def scaled(maps: Floats) -> Float64:
    """Each channel of each map [n 28 28 3] with its median at 0, over its range.

    So maps that went through 8-bit pictures, scaled one by one, mean the same as those that
    did not.
    """
    values = check_maps(maps).astype(np.float64)
    middle = np.median(values, axis=(1, 2), keepdims=True)
    reach = values.max((1, 2), keepdims=True) - values.min((1, 2), keepdims=True)
    return np.asarray((values - middle) / np.where(reach > 0, reach, 1))


def mirrored(maps: Floats) -> Float64:
    """The maps of the mirrored faces: left and right exchanged, u the other way."""
    return np.asarray(maps[:, :, ::-1] * np.array([-1.0, 1.0, 1.0]))


def still(maps: Float64) -> Float64:
    """The maps without the movement of the whole head: a robust plane taken off u and v.

    Cells that move by other laws weigh little (Cauchy weights about the median residual), so
    that a muscle does not pull the plane.
    """
    n = len(maps)
    across = np.linspace(-1, 1, SIDE)
    x, y = (each.reshape(-1) for each in np.meshgrid(across, across))
    design = np.stack([np.ones_like(x), x, y], axis=1)
    left = maps.copy()
    for channel in (0, 1):
        values = maps[..., channel].reshape(n, -1)
        rest, weight = values, np.ones_like(values)
        for _ in range(5):
            bend = np.einsum("nk,ki,kj->nij", weight, design, design)
            drive = (weight * values) @ design
            rest = values - np.linalg.solve(bend, drive[..., None])[..., 0] @ design.T
            size = 2 * np.median(np.abs(rest), axis=1, keepdims=True) + _LEAST
            weight = 1 / (1 + (rest / size) ** 2)
        left[..., channel] = rest.reshape(n, SIDE, SIDE)
    return left


def cells(maps: Float64) -> Float64:
    """Every cell [n D], the three channels of one length."""
    parts = [_unit(maps[..., channel].reshape(len(maps), -1)) for channel in range(3)]
    return np.asarray(np.concatenate(parts, axis=1) / np.sqrt(3))


def histograms(maps: Float64) -> Float64:
    """How much moves in which direction [n D], in 7 x 7 places that overlap.

    Histograms of flow weighted by its length (Chaudhry et al. 2009), with soft bins, compared by
    their square roots. A muscle that lies a cell away reads nearly the same.
    """
    u, v = maps[..., 0], maps[..., 1]
    turn = np.arctan2(v, u)[..., None] - np.arange(_BINS) * 2 * np.pi / _BINS
    share = np.exp(4 * (np.cos(turn) - 1))
    share *= (np.hypot(u, v) / share.sum(-1))[..., None]
    step = SIDE // _CELLS
    pooled = [cv2.GaussianBlur(each, (0, 0), step / 2)[step // 2 :: step, step // 2 :: step]
              for each in share]  # fmt: skip
    return _unit(np.sqrt(np.asarray(pooled).reshape(len(maps), -1)))


VIEWS: dict[str, Callable[[Float64], Float64]] = {
    "maps": cells,
    "still": lambda maps: cells(still(maps)),
    "directions": lambda maps: histograms(still(maps)),
}


def features(maps: Floats, view: str) -> Float64:
    """The features [n D] of a view, each row of length 1 (or 0 where nothing moves)."""
    return VIEWS[view](scaled(maps))


def likeness(first: Floats, second: Floats, *, view: str) -> tuple[Float64, Float64]:
    """Cosines [n m] of maps with others, and of maps with the mirror images of others."""
    left = features(first, view)
    right, turned = features(second, view), features(mirrored(second), view)
    check_shape("features", right, "M D", D=left.shape[1])
    return left @ right.T, left @ turned.T


def _unit(rows: Float64) -> Float64:
    length = np.sqrt((rows**2).sum(1, keepdims=True))
    return np.asarray(rows / np.maximum(length, _LEAST))
