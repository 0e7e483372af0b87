"""The movement of skin over a stretch, with what a flow method could not see filled from around."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops.mesh import CANONICAL_SIZE
from mimetic.ops.stabilise import ellipse_mask
from mimetic.ops.warp import sample_exact
from mimetic.types import Bool, FaceClip, Float32, FlowMethod, UInt8

_TAPER_PX = 5.0  # of a 128 px crop, from the rim of the face to full movement
_SMOOTH_PX = 2.0  # of a 128 px crop
_FILLS = (2.0, 6.0, 18.0)  # standard deviations, in smoothing widths, tried one after the other
_LEAST = 0.05  # of the neighbours' weight
_BLUR_PX = 0.8  # of a 128 px crop, so that gradients are those of the skin
_LIGHT_PX = 10.0  # of a 128 px crop; brightness over this width may change
_WINDOW_PX = 2.5  # of a 128 px crop
_ROUNDS = (2, 3)  # against the reference, against the mean of all frames
_PRIOR_PX, _LONGEST_PX = 0.3, 1.0  # of a correction
_LEVEL = 0.3  # grey levels that rounding alone leaves
_MISFIT = 6.0  # robust standard deviations, and
_GREY_LEVELS = 6.0


def face_weight(mesh_px: Float32, size_px: int) -> Float32:
    """1 in the face, 0 from its rim on, smooth between [H W].

    The face is what the outline of the mesh holds, within the ellipse of the crop.
    """
    outline = cv2.convexHull(np.rint(mesh_px[:, :2]).astype(np.int32))
    face = np.zeros((size_px, size_px), np.uint8)
    cv2.fillConvexPoly(face, outline, 1)
    face &= ellipse_mask(size_px).astype(np.uint8)
    rim = np.pad(face, 1)  # the crop's own rim counts as well
    depth = cv2.distanceTransform(rim, cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = np.clip((depth - 1) / (_TAPER_PX * size_px / CANONICAL_SIZE), 0, 1)
    return np.asarray(share**2 * (3 - 2 * share), np.float32)


def known_movement(clip: FaceClip, flow: FlowMethod, *, reference: UInt8) -> Float32:
    """The movement [T 2 H W] from a reference picture [H W 3] to every frame, known everywhere.

    Methods that favour smooth fields shrink what is small and local. What is left of a movement
    is found by Lucas and Kanade's equations and added, until pictures fit: first to the
    reference, then to the mean of all frames carried back to it, which has next to no noise.
    Where skin has no texture the method's word stands. Raises ArgumentError where a
    method finds nothing at all in a frame.
    """
    unit = clip.pixels.shape[1] / CANONICAL_SIZE
    found = flow.predict(replace(clip, neutral_pixels=reference), against="neutral")
    empty = np.flatnonzero(~found.valid.any((1, 2)))
    if empty.size:
        raise ArgumentError(
            f"flow: expected some movement at {clip.times_s[empty[0]]:.3f} s, {found.method} "
            "found none; take another method or a stretch without that frame"
        )
    greys = [_grey(picture, unit) for picture in clip.pixels]
    moved = np.nan_to_num(found.flow_px)
    fits = found.valid.copy()
    template = _grey(reference, unit)
    for rounds in _ROUNDS:
        for frame, grey in enumerate(greys):
            _improve(moved[frame], fits[frame], (template, grey), rounds=rounds, unit=unit)
        template = _mean_carried_back(greys, moved)
    return moved


def _improve(
    moved: Float32, fits: Bool, pictures: tuple[Float32, Float32], *, rounds: int, unit: float
) -> None:
    """Correct a movement [2 H W] and where it fits [H W], in place."""
    valid, width = fits.copy(), _SMOOTH_PX * unit
    for _ in range(rounds):
        moved[:] = _filled(moved, fits.astype(np.float32), sigma_px=width)
        correction, well = _correction(*pictures, moved, unit=unit)
        # Where nothing fits, the method's own word is the best there is.
        fits[:] = valid & well if (valid & well).any() else valid
        moved += correction
    moved[:] = _filled(moved, fits.astype(np.float32), sigma_px=width)


def _mean_carried_back(greys: list[Float32], moved: Float32) -> Float32:
    y, x = np.indices(greys[0].shape, np.float64)
    total = np.zeros(greys[0].shape)
    for grey, field in zip(greys, moved, strict=True):
        total += sample_exact(grey, x + field[0], y + field[1])
    return (total / len(greys)).astype(np.float32)


def _grey(picture: UInt8, unit: float) -> Float32:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _BLUR_PX * unit), np.float32)


def _correction(
    first: Float32, second: Float32, moved: Float32, *, unit: float
) -> tuple[Float32, Bool]:
    """What a movement lacks [2 H W] for the second picture to fit the first, and where it fits."""
    y, x = np.indices(first.shape, np.float64)
    back = sample_exact(second, x + moved[0], y + moved[1]).astype(np.float32)
    off = back - first
    off -= cv2.GaussianBlur(off, (0, 0), _LIGHT_PX * unit)  # light may change
    level = 1.4826 * float(np.median(np.abs(off)))
    fits = np.abs(cv2.GaussianBlur(off, (0, 0), unit)) <= max(_MISFIT * level, _GREY_LEVELS)
    down, across = np.gradient(first)
    width = _WINDOW_PX * unit
    xx, xy, yy, bx, by = (
        cv2.GaussianBlur(part * fits, (0, 0), width)
        for part in (across**2, across * down, down**2, across * off, down * off)
    )
    # A correction of _PRIOR_PX is as likely as the noise of a window's mean.
    doubt = max(level, _LEVEL) ** 2 / (4 * np.pi * width**2 * _PRIOR_PX**2)
    xx, yy = xx + doubt, yy + doubt
    area = xx * yy - xy**2
    step = np.stack([xy * by - yy * bx, xy * bx - xx * by]) / area
    longest = np.maximum(np.hypot(*step) / _LONGEST_PX, 1)
    return (step / longest).astype(np.float32), fits


def _filled(field: Float32, weight: Float32, *, sigma_px: float) -> Float32:
    """A field [2 H W] smoothed under weights [H W]; places without any get wider averages.

    Twice a Gaussian average less one that is wider by the root of two: parabolas stay what
    they are, and with them the heights of peaks.
    """
    near, near_weight = _average(field, weight, sigma_px)
    wider, _ = _average(field, weight, sigma_px * 2**0.5)
    smooth = 2 * near - wider
    known = near_weight >= _LEAST * weight.max()
    for times in _FILLS:
        if known.all():
            break
        wide, wide_weight = _average(field, weight, times * sigma_px)
        here = ~known & (wide_weight >= _LEAST * weight.max())
        smooth[:, here] = wide[:, here]
        known |= here
    smooth[:, ~known] = 0  # far from all that was measured
    return smooth


def _average(field: Float32, weight: Float32, sigma_px: float) -> tuple[Float32, Float32]:
    def blur(picture: Float32) -> Float32:
        return np.asarray(
            cv2.GaussianBlur(picture, (0, 0), sigma_px, borderType=cv2.BORDER_CONSTANT), np.float32
        )

    total = blur(weight)
    sums = np.stack([blur(part * weight) for part in field])
    return (sums / np.maximum(total, 1e-12)).astype(np.float32), total
