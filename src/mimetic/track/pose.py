"""Head pose: how far the head is turned from this person's own usual position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import NoFaceError
from mimetic.ops.align import angles_from_rotation
from mimetic.ops.landmarks import STABLE
from mimetic.types.arrays import Bool, Float32, Float64, Floats, check_shape

ROUNDS = 4
MOST_FRAMES = 1024  # evenly chosen; more do not change a median, and cost memory


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadPose:
    """Angles in degrees relative to this person's median [T], NaN where not valid."""

    yaw_deg: Float32
    pitch_deg: Float32
    roll_deg: Float32


def head_pose(
    landmarks_px: Floats,
    valid: Bool,
    *,
    points: Sequence[int] = STABLE,
    shape: Floats | None = None,
) -> HeadPose:
    """Yaw, pitch and roll of every frame, from landmarks [T L 3].

    The rotation is Umeyama's (1991) between each frame's ``points``, which expression
    does not move, and their median shape: that of these frames, or ``shape`` [L 3] as
    ``median_shape`` gave it for the whole of which these are a stretch. Signs as in
    ops/align. Without ``shape``, raises NoFaceError where no frame is valid.
    """
    check_shape("landmarks_px", landmarks_px, "T L 3")
    check_shape("valid", valid, "T", T=landmarks_px.shape[0])
    steady = landmarks_px[:, list(points)]
    if shape is None:
        usual = median_shape(steady, valid, points=range(len(points)))
    else:
        usual = _centred(np.asarray(shape, np.float64)[list(points)])
    rotation = _rotations(_centred(steady[valid].astype(np.float64)), usual)
    angles = np.full((3, valid.size), np.nan, np.float32)
    angles[:, valid] = angles_from_rotation(rotation)
    yaw, pitch, roll = angles
    return HeadPose(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)


def median_shape(landmarks_px: Floats, valid: Bool, *, points: Sequence[int] = STABLE) -> Float64:
    """The person's median 3-D shape [L 3]: centred, its median frame looking as usual.

    Every valid frame of landmarks [T L 3] (1024 of them at most) is brought to the
    shape by the similarity of its ``points``, then the median is taken, a few times
    over (a median form of generalised Procrustes analysis, Gower 1975). The head
    direction is the median of all frames, the scale that of the median frame; no
    neutral frame is asked for.
    """
    if not valid.any():
        raise NoFaceError("head pose: expected at least one frame with a face, got none")
    steady = list(points)
    frames = np.flatnonzero(valid)
    if frames.size > MOST_FRAMES:
        frames = frames[np.linspace(0, frames.size - 1, MOST_FRAMES).round().astype(np.int64)]
    faces = landmarks_px[frames].astype(np.float64)
    faces -= faces[:, steady].mean(1, keepdims=True)
    size = np.sqrt((faces[:, steady] ** 2).sum((1, 2)))
    faces /= size[:, None, None]
    shape = np.median(faces, axis=0)
    for _ in range(ROUNDS):
        rotation = _rotations(faces[:, steady], _centred(shape[steady]))
        shape = np.median(np.einsum("tlk,tkj->tlj", faces, rotation), axis=0)
    # The rounds settle the shape; turn it so that the median frame has no rotation.
    rotation = _rotations(faces[:, steady], _centred(shape[steady]))
    shape = shape @ _mean_rotation(rotation).T
    return np.asarray(shape * np.median(size))


def _centred(points: Float64) -> Float64:
    return np.asarray(points - points.mean(-2, keepdims=True))


def _rotations(faces: Float64, shape: Float64) -> Float64:
    """For centred faces [T P 3]: R [T 3 3] with face = R @ shape of least squared error."""
    u, _, vt = np.linalg.svd(np.einsum("tpi,pj->tij", faces, shape))
    signs = np.ones((len(faces), 1, 3))
    signs[:, 0, 2] = np.sign(np.linalg.det(u @ vt))
    return np.asarray((u * signs) @ vt)


def _mean_rotation(rotation: Float64) -> Float64:
    """The rotation nearest to the element-wise median, which a few odd frames do not pull."""
    u, _, vt = np.linalg.svd(np.median(rotation, axis=0))
    return np.asarray(u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt)
