"""Pixels as data addresses inside the page."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from mimetic.types import UInt8

QUALITY = 82  # JPEG; 200 px of a face are then 5 to 10 KB


def data_address(pixels: UInt8) -> str:
    """A picture [H W 3] RGB as a JPEG ``data:`` address."""
    bgr = np.ascontiguousarray(pixels[..., ::-1])
    _, packed = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode()


def shrink(pixels: UInt8, longest_px: int) -> tuple[UInt8, float]:
    """A picture whose longer side is at most ``longest_px``, and the scale that did it."""
    scale = min(longest_px / max(pixels.shape[:2]), 1.0)
    if scale == 1.0:
        return pixels, scale
    height, width = (max(round(side * scale), 1) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), scale
