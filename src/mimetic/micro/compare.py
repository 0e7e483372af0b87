"""Displacement of skin between nearly equal pictures, by Lucas and Kanade's equations over cells.

First-order and in closed form: no start, no passes, no smoothness between cells but the smooth
motion of the head, which is taken out.
"""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.micro.patches import Patches
from mimetic.ops.mesh import CANONICAL_SIZE
from mimetic.ops.stabilise import local_contrast
from mimetic.types import Float32, Float64, UInt8

BLUR_PX = 1.0  # of the pictures; less lets the sampling between pixels through
_SLOPE: Float32 = np.array([1, -8, 0, 8, -1], np.float32) / np.float32(12)
_BEND: Float32 = np.array([-1, 16, -30, 16, -1], np.float32) / np.float32(12)
_ONE = np.ones(1, np.float32)
_ROUNDS = 2  # of reweighting for the motion of the head
_FOLLOWS = 4.0  # times the median misfit, beyond which a cell does not follow the head


def blurred_contrast(pixels: UInt8) -> Float32:
    """Local contrast of a crop [H W 3] at 128 px, slightly blurred."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if grey.shape[0] != CANONICAL_SIZE:
        size = (CANONICAL_SIZE, CANONICAL_SIZE)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    contrast = local_contrast(np.asarray(grey, np.uint8))
    return np.asarray(cv2.GaussianBlur(contrast, (0, 0), BLUR_PX), np.float32)


def compare(pictures: Float32, reference: Float32, patches: Patches) -> Float64:
    """How patches moved [n U 2] from a reference [128 128] to pictures [n 128 128], in pixels.

    First-order: right up to about a pixel, too short beyond. Movement of the head is that
    of most cells, quadratic in place, found by three rounds of reweighted least squares.
    """
    return _pooled(*_equations(pictures, reference, patches), patches)


def compare_fields(fields_px: Float32, reference: Float32, patches: Patches) -> Float64:
    """The same from displacements [n 2 128 128] of the reference's points, by any method of flow.

    Texture of the reference weighs cells, and the head's motion is taken out, as in ``compare``.
    """
    slope, _ = _equations(reference[None], reference, patches)
    flat = fields_px.reshape(len(fields_px), 2, -1)[:, :, patches.pixels]
    size = np.asarray(patches.member.sum(1)).reshape(-1, 1)
    cells = np.stack([(patches.member @ flat[:, n].T) / size for n in (0, 1)], axis=-1)
    return _pooled(slope, np.einsum("cij,cnj->nci", slope, cells, optimize=True), patches)


def _pooled(slope: Float64, right: Float64, patches: Patches) -> Float64:
    """Movement [n U 2] of patches from the equations of cells, the head's taken out."""
    left = right - _of_head(slope, right, patches.head)
    pooled = np.einsum("uc,cij->uij", patches.weights, slope)
    pooled += 1e-3 * np.trace(pooled, axis1=1, axis2=2).mean() * np.eye(2)
    return np.asarray(
        np.einsum("uij,uc,ncj->nui", np.linalg.inv(pooled), patches.weights, left, optimize=True)
    )


def _equations(pictures: Float32, reference: Float32, patches: Patches) -> tuple[Float64, Float64]:
    """Structure tensors [C 2 2] and right sides [n C 2]: tensor @ displacement = right side.

    Offset, gain and blur of each cell are left free. Offset and gain are light; blur along each
    axis is focus, or where the pixels of a head that drifts lie between those of the video.
    """
    flat = reference.ravel()[patches.pixels]
    slopes = np.stack(_along(reference, _SLOPE, patches), axis=1)
    free = np.stack([np.ones_like(flat), flat, *_along(reference, _BEND, patches)], axis=1)
    free, member = free.astype(np.float64), patches.member
    terms = range(free.shape[1])
    own = np.stack([member @ (free[:, [n]] * free) for n in terms], axis=1)
    own += 1e-6 * np.trace(own, axis1=1, axis2=2)[:, None, None] * np.eye(free.shape[1])
    mixed = np.stack([member @ (free[:, [n]] * slopes) for n in terms], axis=1)
    share = np.linalg.solve(own, mixed)  # [C, 4, 2]
    slopes = slopes - np.einsum("pq,pqk->pk", free, share[patches.cell])
    slopes = slopes.astype(np.float32)
    tensor = np.stack([member @ (slopes[:, [n]] * slopes) for n in (0, 1)], axis=1)
    change = (pictures.reshape(len(pictures), -1)[:, patches.pixels] - flat).T
    right = [-(member @ (slopes[:, [n]] * change)) for n in (0, 1)]
    return tensor.astype(np.float64), np.stack(right, axis=-1).transpose(1, 0, 2).astype(float)


def _along(picture: Float32, weights: Float32, patches: Patches) -> list[Float32]:
    """A picture [128 128] filtered along x and along y, at the pixels of cells."""
    both = ((weights, _ONE), (_ONE, weights))
    filtered = (cv2.sepFilter2D(picture, -1, *pair) for pair in both)
    return [np.asarray(each, np.float32).ravel()[patches.pixels] for each in filtered]


def _of_head(slope: Float64, right: Float64, basis: Float64) -> Float64:
    """The part of the right sides [n C 2] that a smooth motion of the whole face explains."""
    frames, terms = len(right), basis.shape[1]
    inverse = np.linalg.inv(slope + 1e-2 * np.median(np.trace(slope, axis1=1, axis2=2)) * np.eye(2))
    products = np.einsum("ci,cj,ckl->cikjl", basis, basis, slope).reshape(len(slope), -1)
    weight = np.ones(right.shape[:2])
    found = np.zeros_like(right)
    for _ in range(_ROUNDS + 1):
        normal = (weight @ products).reshape(frames, 2 * terms, 2 * terms)
        normal += 1e-9 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(2 * terms)
        wanted = np.einsum("nc,ci,nck->nik", weight, basis, right, optimize=True)
        motion = np.linalg.solve(normal, wanted.reshape(frames, -1, 1)).reshape(frames, terms, 2)
        found = np.einsum("cij,ck,nkj->nci", slope, basis, motion, optimize=True)
        rest = right - found
        misfit = np.einsum("nci,cij,ncj->nc", rest, inverse, rest, optimize=True)
        usual = np.median(misfit, axis=1, keepdims=True) + 1e-12
        weight = 1 / (1 + misfit / (_FOLLOWS * usual)) ** 2
    return np.asarray(found)
