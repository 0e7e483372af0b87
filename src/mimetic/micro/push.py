"""Skin moved further in a picture: forward warping in which what moves most covers the rest.

A field says how far every point of a picture goes. Where points of two places arrive at one,
skin has folded over skin; the one that moves more is seen. Where nothing moves, pixels stay
as they are, bit by bit.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from mimetic.ops.warp import sample_exact
from mimetic.types import Bool, Float32, Float64, UInt8
from mimetic.types.arrays import check_shape

_FINER = 2  # source points for each pixel, along each axis
_LEAST_AREA = 0.05  # of a pixel; squeezed further, skin has turned over and shows its back
_SMOOTH_AREA = 0.3
_STEPS = 6  # of Newton's method
_NO_MOVE_PX = 1e-4
_NEAR_PX = 1e-3
_TORN_PX, _CALM_PX = 0.5, 5


def push(picture: UInt8, moved_px: Float32) -> UInt8:
    """The picture [H W 3] with each point x found at x + ``moved_px`` [2 H W] (x right, y down).

    Exact to the interpolation of cubic splines: the field is inverted to a thousandth of a
    pixel. Places from which skin was pulled away show it stretched.
    """
    check_shape("picture", picture, "H W 3")
    check_shape("moved_px", moved_px, "2 H W", H=picture.shape[0], W=picture.shape[1])
    source = sources_of(moved_px)
    y, x = np.indices(picture.shape[:2])
    changed = np.hypot(source[0] - x, source[1] - y) > _NO_MOVE_PX
    pushed = picture.copy()
    if changed.any():
        values = sample_exact(picture, source[0][changed], source[1][changed])
        pushed[changed] = np.clip(np.rint(values), 0, 255)
    return pushed


def sources_of(moved_px: Float32) -> Float64:
    """Where the skin comes from that is seen at each pixel [2 H W] after the movement."""
    h, w = moved_px.shape[1:]
    place = np.indices((h, w))[::-1].astype(np.float64)
    moving = _near_movement(moved_px)
    if not moving.any():
        return place
    wanted = place[:, moving]
    source = _first_guess(moved_px, place)[:, moving]
    slopes = [np.stack(np.gradient(part)[::-1]) for part in moved_px]  # along x, y
    best, least = source.copy(), np.full(source.shape[1], np.inf)
    for _ in range(_STEPS):
        off = source + _at(moved_px, source) - wanted
        error = np.hypot(*off)
        better = error < least
        best[:, better], least[better] = source[:, better], error[better]
        if least.max() < _NEAR_PX:
            break
        source = source - _newton(off, slopes, source)
        source = np.stack([np.clip(source[0], 0, w - 1), np.clip(source[1], 0, h - 1)])
    place[:, moving] = best
    torn = np.zeros((h, w), bool)
    torn[moving] = least > _TORN_PX
    if torn.any():  # folds and tears: what most of the neighbours show
        calm = [cv2.medianBlur(part.astype(np.float32), _CALM_PX) for part in place]
        place[:, torn] = np.stack(calm)[:, torn]
    return place


def _near_movement(moved_px: Float32) -> Bool:
    """The pixels that movement starts from, passes or reaches."""
    length = np.hypot(*moved_px)
    reach = int(np.ceil(length.max(initial=0.0))) + 1
    moving = np.asarray(length > _NO_MOVE_PX, np.uint8)
    return np.asarray(cv2.dilate(moving, np.ones((2 * reach + 1,) * 2, np.uint8)) > 0)


def _first_guess(moved_px: Float32, place: Float64) -> Float64:
    """The source point that lands nearest to each pixel, the farthest moved where several do."""
    h, w = place.shape[1:]
    y, x = np.mgrid[: h - 1 : (_FINER * (h - 1) + 1) * 1j, : w - 1 : (_FINER * (w - 1) + 1) * 1j]
    fine = np.stack([x, y])
    moved = _at(moved_px, fine)
    step = 1 / _FINER
    (xy, xx), (yy, yx) = (np.gradient(part, step) for part in moved)
    front = (1 + xx) * (1 + yy) - xy * yx > _LEAST_AREA
    landing = np.rint(fine + moved).astype(int)
    inside = (landing >= 0).all(0) & (landing[0] < w) & (landing[1] < h)
    kept = np.flatnonzero(front & inside)
    # Later writes win: what moves most is written last.
    kept = kept[np.argsort(np.hypot(*moved).ravel()[kept], kind="stable")]
    guess = np.full((2, h, w), np.nan)
    column, row = landing[0].ravel()[kept], landing[1].ravel()[kept]
    guess[:, row, column] = fine.reshape(2, -1)[:, kept]
    empty = np.isnan(guess[0])
    if empty.any():
        nearest = ndimage.distance_transform_edt(empty, return_distances=False, return_indices=True)
        guess = guess[:, nearest[0], nearest[1]]
    return guess


def _newton(off: Float64, slopes: list[Float32], source: Float64) -> Float64:
    """The step that would bring the landing onto its pixel, a pixel long at most."""
    (xx, xy), (yx, yy) = (_at(part, source) for part in slopes)
    area = (1 + xx) * (1 + yy) - xy * yx
    smooth = area > _SMOOTH_AREA
    step = np.stack([(1 + yy) * off[0] - xy * off[1], (1 + xx) * off[1] - yx * off[0]])
    # Beside a tear the slopes are those across it, and lead astray.
    step = np.where(smooth, step / np.where(smooth, area, 1), off)
    longest = np.maximum(np.hypot(*step), 1.0)
    return np.asarray(step / longest)


def _at(field: Float32, place: Float64) -> Float64:
    """A field [2 H W] at places [2 ...], linear between pixels."""
    return np.stack(
        [
            ndimage.map_coordinates(part, place[::-1], order=1, mode="nearest", prefilter=False)
            for part in field
        ]
    ).astype(np.float64)
