"""The second picture of a pair brought back by a flow, without the rounding of ``cv2.remap``."""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.types import Float32, Floats

_POLE = np.sqrt(3.0) - 2.0
_REACH = 10  # the pole to the tenth is 2e-6
_PREFILTER = (np.sqrt(3.0) * _POLE ** np.abs(np.arange(-_REACH, _REACH + 1))).astype(np.float32)


def bring_back(picture: Float32, flow_px: Float32) -> Float32:
    """``picture`` [H W] at x + flow(x), by the cubic B-spline through its pixels.

    Equal to ``ops.warp.sample_exact`` to a thousandth of a grey level, at half of its time.
    Outside the picture its nearest border pixel is taken.
    """
    height, width = picture.shape
    rim = 2
    padded = cv2.copyMakeBorder(picture, rim, rim + 1, rim, rim + 1, cv2.BORDER_REPLICATE)
    spline = cv2.sepFilter2D(
        padded, cv2.CV_32F, _PREFILTER, _PREFILTER, borderType=cv2.BORDER_REPLICATE
    )
    x = np.arange(width, dtype=np.float32) + flow_px[0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow_px[1]
    np.clip(x, 0, width - 1, out=x)
    np.clip(y, 0, height - 1, out=y)
    column, row = np.floor(x), np.floor(y)
    across, down = _weights(x - column), _weights(y - row)
    at = (row.astype(np.int64) + (rim - 1)) * spline.shape[1] + (column.astype(np.int64) + rim - 1)
    flat = spline.ravel()
    total = np.zeros_like(x)
    for k in range(4):
        line = across[0] * flat.take(at)
        for part in across[1:]:
            at += 1
            line += part * flat.take(at)
        total += down[k] * line
        at += spline.shape[1] - 3
    return np.asarray(total, np.float32)


def _weights(t: Floats) -> list[Floats]:
    """Cubic B-spline weights of the four nodes around a place, ``t`` beyond the second."""
    square = t * t
    cube = square * t
    rest = 1 - t
    return [
        rest * rest * rest / 6,
        np.float32(2 / 3) - square + cube / 2,
        np.float32(1 / 6) + (t + square - cube) / 2,
        cube / 6,
    ]
