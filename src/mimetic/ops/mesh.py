"""A person's own mesh: their median 3-D face, placed in the canonical crop, and its depth.

The recipe is that of the project's trials on real video: pose is taken out by
geometry (a 3-D similarity on points that follow the skull), never by regression.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

from mimetic.errors import ArgumentError
from mimetic.ops.align import fit_scale_shift_2d, fit_similarities_3d
from mimetic.ops.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER, SKIN_POINTS, STABLE
from mimetic.types import Float32, Float64, Floats
from mimetic.types.arrays import check_shape

CANONICAL_SIZE = 128  # the constants below are pixels of a crop of this size
EYES_APART = 56.0
EYES_MIDDLE = (64.0, 46.0)
ELLIPSE_MIDDLE = (64.0, 66.0)
ELLIPSE_RADII = (46.0, 60.0)
DEPTH_BLUR = 1.5
_STABLE = list(STABLE)
_SECANT_STEPS = 3


def person_mesh(landmarks_px: Floats) -> Float64:
    """The median face [L 3] of tracked frames [T L 3], in pixels and pose of a typical frame.

    The reference is the frame nearest the median stable shape; every frame is
    brought to it by a 3-D similarity on the stable points. The person's usual pose is
    kept. Frames must be finite.
    """
    check_shape("landmarks_px", landmarks_px, "T L 3")
    if landmarks_px.shape[0] == 0 or not np.isfinite(landmarks_px).all():
        raise ArgumentError("landmarks_px: expected finite points of one frame or more")
    stable = np.asarray(landmarks_px[:, _STABLE], np.float64)
    unit = stable - stable.mean(1, keepdims=True)
    unit /= np.sqrt((unit**2).sum((1, 2), keepdims=True))
    reference = int(((unit - np.median(unit, axis=0)) ** 2).sum((1, 2)).argmin())
    aligned = undo_similarities(stable[reference], landmarks_px)
    return np.asarray(np.median(aligned, axis=0))


def undo_similarities(stable: Floats, landmarks_px: Floats) -> Float64:
    """Frames [T L 3] brought to a face by their stable points [18 3], as [T L 3]."""
    scale, rotation, shift = fit_similarities_3d(stable, landmarks_px[:, _STABLE])
    moved = (landmarks_px - shift[:, None]) @ rotation
    return np.asarray(moved / scale[:, None, None])


def place_mesh(mesh: Floats, size_px: int = CANONICAL_SIZE) -> Float64:
    """The mesh [L 3] in pixels of the canonical crop.

    The line of the outer eye corners is made level, their distance in 3-D is
    56 px at 128 px and their middle lies at (64, 46); z is scaled alike and is 0
    at that middle. Yaw and pitch stay as they are.
    """
    check_shape("mesh", mesh, "L 3")
    right, left = (np.asarray(mesh[i], np.float64) for i in (RIGHT_EYE_OUTER, LEFT_EYE_OUTER))
    apart = left - right
    level = float(np.hypot(apart[0], apart[1]))
    if not level > 0.1 * float(np.abs(apart[2])):
        raise ArgumentError(
            "mesh: expected eye corners apart in the picture, got a face seen from the side; "
            "use frames that show both eyes"
        )
    cos, sin = apart[0] / level, apart[1] / level
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    unit = size_px / CANONICAL_SIZE
    scale = EYES_APART * unit / float(np.linalg.norm(apart))
    middle = np.array([*EYES_MIDDLE, 0.0]) * unit
    return np.asarray((mesh - (left + right) / 2) @ (scale * turn.T) + middle)


def depth_map(mesh_px: Floats, size_px: int) -> Float32:
    """Depth Z [H W] under every pixel of the canonical crop, in crop pixels.

    Linear between the mesh's points; the corners of the crop lie at the 98th
    percentile of z, as far back as the ears; blurred by 1.5 px at 128 px.
    """
    check_shape("mesh_px", mesh_px, "L 3")
    skin = np.asarray(mesh_px[:SKIN_POINTS], np.float64)  # irises have no depth of their own
    far = np.percentile(skin[:, 2], 98)
    rim = (-1.0, float(size_px))
    corners = np.array([[x, y, far] for x in rim for y in rim])
    points = np.concatenate([skin, corners])
    v, u = np.mgrid[:size_px, :size_px]
    depth = LinearNDInterpolator(points[:, :2], points[:, 2])(u, v)
    blur = DEPTH_BLUR * size_px / CANONICAL_SIZE
    smooth = cv2.GaussianBlur(depth, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)


def fit_crop(mesh_px: Floats, landmarks_px: Floats) -> tuple[Float64, Float64]:
    """How one frame shows the mesh: projection [2 4], and the frame's points as [L 3] on the mesh.

    The rotation comes from the 3-D similarity on the stable points, scale and shift
    are refitted in the picture (the networks' z is noisier than x and y), and
    video = projection @ (u, v, Z, 1). The points come back with the head's pose
    undone, in crop pixels.
    """
    stable = np.asarray(mesh_px[_STABLE], np.float64)
    target = landmarks_px[None, _STABLE]
    scale, rotation, shift = (part[0] for part in fit_similarities_3d(stable, target))
    across, aside = fit_scale_shift_2d(stable @ rotation[:2].T, landmarks_px[_STABLE, :2])
    projection = np.column_stack([across * rotation[:2], aside])
    return projection, (landmarks_px - shift) @ (rotation / scale)


def shapes_ed(mesh_px: Floats, landmarks_px: Floats) -> Float32:
    """Frames [T L 3] in the person's own head frame, in eye distances, as [T L 3].

    The origin is the middle of the mesh's outer eye corners. NaN frames stay NaN.
    """
    check_shape("landmarks_px", landmarks_px, "T L 3", L=mesh_px.shape[0])
    shapes = np.full(landmarks_px.shape, np.nan, np.float32)
    known = np.isfinite(landmarks_px).all((1, 2))
    if known.any():
        aligned = undo_similarities(mesh_px[_STABLE], landmarks_px[known])
        shapes[known] = to_ed(mesh_px, aligned)
    return shapes


def to_ed(mesh_px: Floats, points_px: Floats) -> Float32:
    """Points [... 3] in the mesh's frame in eye distances from the middle of the eyes."""
    right, left = mesh_px[RIGHT_EYE_OUTER], mesh_px[LEFT_EYE_OUTER]
    apart = float(np.linalg.norm(left - right))
    return np.asarray((points_px - (left + right) / 2) / apart, np.float32)


def points_in_video(joined: Floats, depth_px: Float32, crop_px: Floats) -> Float64:
    """Video positions [P 2] of template points [P 2] that lie on the depth map.

    ``joined`` [2 4] is ``join_projection(crop_to_video, alignment)``.
    """
    depth = _depth_at(depth_px, crop_px)
    return np.asarray(crop_px @ joined[:, :2].T + depth[:, None] * joined[:, 2] + joined[:, 3])


def points_in_crop(
    joined: Floats, depth_px: Float32, video_px: Floats, *, near_px: Floats | None = None
) -> Float32:
    """Template points [P 2] that show video positions [P 2]; undoes ``points_in_video``.

    Z depends on the answer and the answer on Z, which a few secant steps settle.
    Where the face hides part of itself one of the possible points is given.
    ``near_px`` [P 2] is a first guess.
    """
    back = np.linalg.inv(joined[:, :2])
    x, y = (back @ (video_px - joined[:, 3]).T).astype(np.float32)
    right, down = (back @ joined[:, 2]).astype(np.float32)

    def look(z: Float32) -> Float32:
        """Depth of the map where a point of depth z would lie."""
        return _depth_near(depth_px, x - z * right, y - z * down)

    if near_px is None:
        tried = np.full_like(x, np.median(depth_px))
    else:
        tried = _depth_near(depth_px, *np.asarray(near_px.T, np.float32))
    depth, slope = look(tried), np.zeros_like(x)
    for _ in range(_SECANT_STEPS):
        step = depth - tried
        reached = look(depth)
        np.divide(reached - depth, step, out=slope, where=np.abs(step) > 1e-3)
        # Beyond this slope the face hides itself, and a longer step would overshoot.
        bounded = np.minimum(np.maximum(slope, -3), 0.8)
        tried, depth = depth, depth + (reached - depth) / (1 - bounded)
    return np.stack([x - depth * right, y - depth * down], axis=-1)


def _depth_near(depth_px: Float32, x: Float32, y: Float32) -> Float32:
    """Depth at points x, y [P], fast: cv2 rounds positions to 1/32 px."""
    rim = cv2.BORDER_REPLICATE
    depth = cv2.remap(depth_px, np.ascontiguousarray(x), y, cv2.INTER_LINEAR, borderMode=rim)
    return np.asarray(depth[:, 0], np.float32)


def _depth_at(depth_px: Float32, crop_px: Floats) -> Float64:
    """Depth at points [P 2], linear between pixels, level beyond the rim."""
    height, width = depth_px.shape
    x = np.clip(crop_px[:, 0], 0, width - 1)
    y = np.clip(crop_px[:, 1], 0, height - 1)
    left, top = np.minimum(x.astype(int), width - 2), np.minimum(y.astype(int), height - 2)
    x, y = x - left, y - top
    first = top * width + left
    flat = depth_px.ravel()
    upper = flat[first] * (1 - x) + flat[first + 1] * x
    lower = flat[first + width] * (1 - x) + flat[first + width + 1] * x
    return np.asarray(upper * (1 - y) + lower * y)
