"""A magnified crop put back where it came from: the frame of the video moved, at its own detail."""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.micro.magnify import Magnified
from mimetic.micro.push import push
from mimetic.ops.align import join_projection
from mimetic.ops.mesh import points_in_crop, points_in_video
from mimetic.types import Float32, UInt8
from mimetic.types.arrays import check_shape

_AT_ONCE = 30_000  # points, of which OpenCV takes less than 2**15 in a column


def paste(frame: UInt8, magnified: Magnified, row: int) -> UInt8:
    """A frame of the video [H W 3] with the skin moved as in row ``row`` of a magnified stretch.

    The frame's own pixels are moved, not those of the crop; what lies outside the face stays
    bit by bit. The frame must be the one of ``magnified.times_s[row]``.
    """
    check_shape("frame", frame, "H W 3")
    if not 0 <= row < magnified.times_s.size:
        raise ArgumentError(f"row: expected 0 to {magnified.times_s.size - 1}, got {row}")
    moved = added_in_video(magnified, row, frame.shape[0], frame.shape[1])
    pasted = frame.copy()
    across, down = (np.flatnonzero((moved != 0).any((0, axis))) for axis in (1, 2))
    if across.size:
        # Only the part that moves, and what it can reach, is worth the work.
        reach = int(np.ceil(np.abs(moved).max())) + 2
        rows = slice(max(down[0] - reach, 0), down[-1] + reach + 1)
        columns = slice(max(across[0] - reach, 0), across[-1] + reach + 1)
        pasted[rows, columns] = push(frame[rows, columns], moved[:, rows, columns])
    return pasted


def added_in_video(magnified: Magnified, row: int, height_px: int, width_px: int) -> Float32:
    """How far each point of the video's frame was moved [2 H W], in pixels of the video."""
    clip, added = magnified.clip, magnified.added_px[row]
    joined = join_projection(clip.crop_to_video[row], clip.alignment[row])
    moved = np.zeros((2, height_px, width_px), np.float32)
    size = added.shape[1]
    corner = np.array([[0, 0], [size - 1, 0], [0, size - 1], [size - 1, size - 1]], np.float64)
    reached = points_in_video(joined, clip.depth_px, corner)
    span = np.ptp(reached, axis=0).max() / 4  # heads that are turned reach past these corners
    limit = (width_px, height_px)
    (left, right), (top, bottom) = (
        (
            int(np.clip(reached[:, axis].min() - span, 0, limit[axis])),
            int(np.clip(reached[:, axis].max() + span, 0, limit[axis])),
        )
        for axis in (0, 1)
    )
    if right <= left or bottom <= top:
        return moved
    y, x = np.mgrid[top:bottom, left:right]
    video = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float64)
    parts = np.array_split(video, 1 + len(video) // _AT_ONCE)
    crop = np.concatenate([points_in_crop(joined, clip.depth_px, part) for part in parts])
    zero = cv2.BORDER_CONSTANT  # beyond the crop nothing moves
    across, down = crop.T.reshape(2, *x.shape).astype(np.float32)
    steps = [
        cv2.remap(part, across, down, cv2.INTER_LINEAR, borderMode=zero).ravel() for part in added
    ]
    step = np.stack(steps, axis=-1)
    whole = points_in_video(joined, clip.depth_px, crop + step)
    start = points_in_video(joined, clip.depth_px, crop.astype(np.float64))
    moving = np.abs(step).max(1, keepdims=True) > 0
    change = np.where(moving, whole - start, 0)
    moved[:, top:bottom, left:right] = change.T.reshape(2, *x.shape)
    return moved
