"""The photographed head as a surface: depth, what follows the head, this person's proportions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import gaussian_filter, grey_dilation, grey_erosion, map_coordinates

from mimetic.datasets.virtual.anatomy import FaceFrame
from mimetic.datasets.virtual.canvas import Canvas, World
from mimetic.datasets.virtual.fields import Anatomy, Field, fall, push_field
from mimetic.datasets.virtual.person import Person
from mimetic.ops.align import rotation_from_angles
from mimetic.ops.landmarks import FACE_OVAL
from mimetic.types import Float32, Float64

NODES_PER_ED = 32
DEPTH_EVERY = 3  # nodes between two where the depth is solved; cubic between
# The head, hair included, in eye distances from a point just below the eyes; it
# moves as one. Beyond, movement fades until the background stands still.
HEAD_SIDE_ED, HEAD_UP_ED, HEAD_DOWN_ED = 1.40, 1.60, 1.20
FADE = 0.9  # of the head's radius
# Depth rises by no more than this per length across: a steeper face would fold
# over itself before it has turned by the allowed angle.
STEEPEST = 1.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Pose:
    """Rotation and shift of the head at one time, in photograph pixels."""

    rotation: Float64  # [3, 3], scale included
    shift_px: Float64  # [2]


@dataclass(frozen=True, kw_only=True, eq=False)
class Surface:
    """The resting head: nodes with depth, and how far each follows the head.

    ``follow`` is 1 on the head and 0 on the background; in between the picture
    stretches, which stands in for what a real background would uncover.
    """

    canvas: Canvas
    rest_px: Float32  # [3, h, w], the person's own proportions applied
    follow: Float32  # [h, w]
    pivot_px: Float64  # [3], what the head turns about
    flat: bool  # True where no person changes the photograph

    def world(self, fields: list[Field], *, activations: Float64, pose: Pose) -> World:
        """The forward map of one world at one time."""
        solid = self.rest_px.copy()
        for field in fields:
            size = float(activations[field.control])
            if size:
                solid[:, field.rows, field.columns] += np.float32(size) * field.move_px
        return World(canvas=self.canvas, move_px=self._project(solid, pose))

    def rigid(self, pose: Pose) -> tuple[Float64, Float64]:
        """The projection [2 3] and shift [2] that carry solid points of the head."""
        matrix = pose.rotation[:2]
        return matrix, self.pivot_px[:2] + pose.shift_px - matrix @ self.pivot_px

    def _project(self, solid: Float32, pose: Pose) -> Float32:
        matrix, shift = self.rigid(pose)
        nodes = self._nodes()
        moved = np.tensordot(matrix.astype(np.float32), solid, axes=1)
        moved += shift.astype(np.float32)[:, None, None]
        moved -= nodes
        moved *= self.follow
        return np.asarray(moved, np.float32)

    def _nodes(self) -> Float32:
        canvas = self.canvas
        x = canvas.origin_px[0] + canvas.step_px * np.arange(canvas.columns)
        y = canvas.origin_px[1] + canvas.step_px * np.arange(canvas.rows)
        both = np.broadcast_arrays(x[None, :], y[:, None])
        return np.stack(both).astype(np.float32)


def make_pose(frame: FaceFrame, channels: dict[str, float]) -> Pose:
    """The pose of one time from the channels of a head motion."""
    turn = rotation_from_angles(channels["yaw_deg"], channels["pitch_deg"], channels["roll_deg"])
    shift = frame.vector_px(channels["right_ed"], channels["down_ed"])
    return Pose(rotation=channels["scale"] * turn, shift_px=shift)


def make_surface(anatomy: Anatomy, person: Person | None) -> Surface:
    """The resting surface of a photograph, in a person's proportions."""
    frame = anatomy.frame
    canvas = _make_canvas(frame)
    nodes = canvas.nodes()
    radius = _head_radius(frame, nodes)
    depth = _depth(anatomy, canvas)
    rest = np.stack([nodes[..., 0], nodes[..., 1], depth])
    for push, side in person.shape() if person else ():
        rest += push_field(anatomy, push, nodes=nodes, side=side)
    ears = float(anatomy.landmarks_px[[234, 454], 2].mean())
    level = frame.origin_px + frame.vector_px(0.0, 0.75)
    return Surface(
        canvas=canvas,
        rest_px=rest.astype(np.float32),
        follow=fall(np.maximum(0.0, radius - 1) / FADE).astype(np.float32),
        pivot_px=np.array([*level, ears + 0.1 * frame.ed_px]),
        flat=person is None,
    )


def _make_canvas(frame: FaceFrame) -> Canvas:
    step = frame.ed_px / NODES_PER_ED
    centre = frame.origin_px + frame.vector_px(0.0, 0.1)
    reach = 1.02 * (1 + FADE) * frame.ed_px
    # The head's axes may lean by a few degrees: a margin holds it in all cases.
    side = int(np.ceil(reach * (HEAD_SIDE_ED + 0.35) / step / DEPTH_EVERY)) * DEPTH_EVERY
    up = int(np.ceil(reach * HEAD_UP_ED / step))
    down = int(np.ceil(reach * (HEAD_DOWN_ED + 0.2) / step))
    return Canvas(
        # Centred on the face, so that a mirrored photograph gets mirrored nodes.
        origin_px=centre - step * np.array([side, up]),
        step_px=step,
        rows=up + down + 1,
        columns=2 * side + 1,
    )


def _head_radius(frame: FaceFrame, nodes: Float64) -> Float64:
    off = (nodes - frame.origin_px - frame.vector_px(0.0, 0.1)) / frame.ed_px
    across, down = off @ frame.right, off @ frame.down
    height = np.where(down < 0, HEAD_UP_ED, HEAD_DOWN_ED)
    return np.asarray(np.hypot(across / HEAD_SIDE_ED, down / height))


def _depth(anatomy: Anatomy, canvas: Canvas) -> Float64:
    """Depth at the nodes: a thin plate through the landmarks, level behind the hair line."""
    frame = anatomy.frame
    points = anatomy.landmarks_px[:468]
    rim = float(points[list(FACE_OVAL), 2].mean()) + 0.25 * frame.ed_px
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rings = []
    for size in (1.0, 1.5, 2.0):
        across, down = size * HEAD_SIDE_ED * np.cos(turns), size * HEAD_UP_ED * np.sin(turns)
        down = np.where(down > 0, down * HEAD_DOWN_ED / HEAD_UP_ED, down) + 0.1
        rings.append(
            frame.origin_px
            + frame.ed_px * (across[:, None] * frame.right + down[:, None] * frame.down)
        )
    ring = np.concatenate(rings)
    places = np.concatenate([points[:, :2], ring]) / frame.ed_px
    values = np.concatenate([points[:, 2], np.full(len(ring), rim)]) / frame.ed_px
    plate = RBFInterpolator(places, values, kernel="thin_plate_spline", smoothing=2e-3)
    nodes = canvas.nodes()
    coarse = nodes[::DEPTH_EVERY, ::DEPTH_EVERY]
    heights = plate(coarse.reshape(-1, 2) / frame.ed_px).reshape(coarse.shape[:2])
    heights = _gentle(heights, DEPTH_EVERY / NODES_PER_ED)
    place = (nodes - canvas.origin_px) / (canvas.step_px * DEPTH_EVERY)
    depth = map_coordinates(heights, [place[..., 1], place[..., 0]], order=3, mode="nearest")
    return np.asarray(depth * frame.ed_px)


def _gentle(heights: Float64, step_ed: float) -> Float64:
    """The heights between the nearest surfaces of limited slope from below and above."""
    reach = int(np.ceil(0.8 / step_ed))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    cone = STEEPEST * step_ed * np.hypot(rows, columns)
    low = grey_erosion(heights, structure=-cone, mode="nearest")
    high = grey_dilation(heights, structure=-cone, mode="nearest")
    return np.asarray(gaussian_filter((low + high) / 2, 0.09 / step_ed, mode="nearest"))
