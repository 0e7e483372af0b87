"""The smooth motion of the whole head that a flow of the crop still holds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mimetic.types import Bool, Float32, Int64

_GRID_PX = 4  # every fourth pixel fixes twelve numbers well enough


def head_motion(flow_px: Float32, valid: Bool) -> Float32:
    """The motion of the head in a flow [2 H W], as twelve numbers [6 2] on ``head_basis``.

    Least squares reweighted five times by how well each point follows (Geman and
    McClure), so that a moving mouth or brow does not pass for a moving head.
    """
    rows, columns = (_symmetric_grid(size) for size in valid.shape)
    down, across = rows[:, None], columns[None, :]
    few = valid[down, across]
    points = head_basis(*valid.shape)[:, down, across][:, few].T.astype(float)
    target = flow_px[:, down, across][:, few].T.astype(float)
    weight = np.ones(len(points))
    motion = np.zeros((6, 2))
    for _ in range(5):
        weighted = points * weight[:, None]
        normal = weighted.T @ points + 1e-6 * len(points) * np.eye(6)
        motion = np.linalg.solve(normal, weighted.T @ target)
        away = ((target - points @ motion) ** 2).sum(1)
        weight = 1 / (1 + away / (np.median(away) + 1e-8)) ** 2
    return motion.astype(np.float32)


@lru_cache(maxsize=4)
def head_basis(height_px: int, width_px: int) -> Float32:
    """1, x, y, xx, xy, yy [6 H W] with x and y from -1 to 1 over the crop."""
    x = np.broadcast_to(np.linspace(-1, 1, width_px, dtype=np.float32), (height_px, width_px))
    y = np.linspace(-1, 1, height_px, dtype=np.float32)[:, None] + 0 * x
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    basis.flags.writeable = False
    return basis


def _symmetric_grid(size_px: int) -> Int64:
    """Every fourth pixel from both ends, so that a mirrored face gives mirrored numbers."""
    half = np.arange(1, size_px // 2, _GRID_PX)
    return np.concatenate([half, size_px - 1 - half[::-1]])
