"""Coordinates: rotations and angles, similarities and affines, and nothing about faces.

Points are (x right, y down) or (x right, y down, z away from the camera), pixel
centres at whole numbers. A 2-D affine is [2 3] and acts on (x, y, 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError, ShapeError
from mimetic.types.arrays import Float64, Floats, check_shape


@dataclass(frozen=True, kw_only=True, eq=False)
class Similarity3D:
    """target = scale * rotation @ source + shift_px."""

    scale: float
    rotation: Float64  # [3, 3]
    shift_px: Float64  # [3]

    def __call__(self, points: Floats) -> Float64:
        """Move points [... 3]."""
        return np.asarray(points @ (self.scale * self.rotation.T) + self.shift_px)

    def inverse(self) -> Similarity3D:
        """The similarity that brings the target back."""
        back = self.rotation.T
        return Similarity3D(
            scale=1 / self.scale, rotation=back, shift_px=-back @ self.shift_px / self.scale
        )


def fit_similarity_3d(source: Floats, target: Floats) -> Similarity3D:
    """The similarity from ``source`` [P 3] to ``target`` [P 3]; see ``fit_similarities_3d``."""
    check_shape("target", target, "P 3")
    scale, rotation, shift = (part[0] for part in fit_similarities_3d(source, target[None]))
    return Similarity3D(scale=float(scale), rotation=rotation, shift_px=shift)


def fit_scale_shift_2d(source: Floats, target: Floats) -> tuple[float, Float64]:
    """Scale and shift [2] with target = scale * source + shift of least squared error."""
    check_shape("source", source, "P 2")
    check_shape("target", target, "P 2", P=source.shape[0])
    mean_source, mean_target = source.mean(0), target.mean(0)
    left = source - mean_source
    scale = float((left * (target - mean_target)).sum() / (left**2).sum())
    return scale, np.asarray(mean_target - scale * mean_source, np.float64)


def rotation_from_angles(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Float64:
    """R = Rz(roll) Ry(yaw) Rx(pitch) [3 3] in (x right, y down, z away) coordinates.

    Yaw is positive when the face turns toward the
    person's left (right in the image), pitch when it looks up, roll clockwise
    in the image. The face looks along -z.
    """
    yaw, pitch, roll = np.radians([-yaw_deg, pitch_deg, roll_deg])
    rz = _turn(roll, 0, 1)
    ry = _turn(yaw, 2, 0)
    rx = _turn(-pitch, 1, 2)
    return np.asarray(rz @ ry @ rx)


def angles_from_rotation(rotation: Floats) -> Float64:
    """Yaw, pitch, roll [3 ...] in degrees of rotations [... 3 3]; yaw within +-90."""
    if rotation.shape[-2:] != (3, 3):
        raise ShapeError(f"rotation: expected [... 3 3], got {list(rotation.shape)}")
    yaw = np.arcsin(np.clip(rotation[..., 2, 0], -1, 1))
    pitch = -np.arctan2(rotation[..., 2, 1], rotation[..., 2, 2])
    roll = np.arctan2(rotation[..., 1, 0], rotation[..., 0, 0])
    return np.asarray(np.degrees(np.stack([yaw, pitch, roll])))


def _turn(angle: float, first: int, second: int) -> Float64:
    """Rotation that carries axis ``first`` toward axis ``second``."""
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[second, first] = np.sin(angle)
    matrix[first, second] = -np.sin(angle)
    return matrix


def apply_affine(affine: Floats, points: Floats) -> Float64:
    """Move points [... 2] by affines [2 3] or [T 2 3] (points then [T P 2])."""
    return np.asarray(points @ np.swapaxes(affine[..., :2], -1, -2) + affine[..., None, :, 2])


def compose_affine(second: Floats, first: Floats) -> Float64:
    """The affine [... 2 3] that does ``first``, then ``second``."""
    return np.asarray((_square(second) @ _square(first))[..., :2, :])


def invert_affine(affine: Floats) -> Float64:
    """The affine [... 2 3] that undoes ``affine``."""
    return np.asarray(np.linalg.inv(_square(affine))[..., :2, :])


def _square(affine: Floats) -> Float64:
    square = np.zeros((*affine.shape[:-2], 3, 3))
    square[..., :2, :] = affine
    square[..., 2, 2] = 1
    return square


def fit_similarities_3d(source: Floats, target: Floats) -> tuple[Float64, Float64, Float64]:
    """Scale [T], rotation [T 3 3] and shift [T 3] from ``source`` [P 3] to every target [T P 3].

    Of least squared error, without reflections: Umeyama 1991, for thousands of frames
    at once. Needs three points that are not on one line.
    """
    check_shape("source", source, "P 3")
    check_shape("target", target, "T P 3", P=source.shape[0])
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    mean_source, mean_target = source.mean(0), target.mean(1)
    left, right = source - mean_source, target - mean_target[:, None]
    spread = (left**2).sum()
    u, sizes, vt = np.linalg.svd(np.swapaxes(right, 1, 2) @ left)
    if spread == 0 or (sizes[:, 1] <= 1e-12 * spread).any():
        raise ArgumentError("source, target: expected three points that are not on one line")
    signs = np.ones_like(sizes)
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * signs[:, None]) @ vt
    scale = (sizes * signs).sum(1) / spread
    shift = mean_target - scale[:, None] * (rotation @ mean_source)
    return scale, rotation, shift


def apply_projection(projection: Floats, affine: Floats, points: Floats) -> Float64:
    """Video positions [... 2] of template points (u, v, Z) [... 3].

    ``affine`` [2 3] acts on (u, v) first, then ``projection`` [2 4] on (u', v', Z, 1).
    """
    joined = join_projection(projection, affine)
    return np.asarray(points @ joined[:, :3].T + joined[:, 3])


def join_projection(projection: Floats, affine: Floats) -> Float64:
    """The projection [2 4] that does ``affine`` on (u, v) first, then ``projection``."""
    joined = np.array(projection, np.float64)
    joined[:, :2] = projection[:, :2] @ affine[:, :2]
    joined[:, 3] += projection[:, :2] @ affine[:, 2]
    return joined
