"""Points of the portrait carried through a program: landmarks, and the edges of the lids."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mimetic.datasets.virtual.anatomy import (
    LEFT_LOWER_LID,
    LEFT_UPPER_LID,
    LOWER_LIP,
    RIGHT_LOWER_LID,
    RIGHT_UPPER_LID,
    UPPER_LIP,
    Slit,
)
from mimetic.datasets.virtual.controls import CONTROLS
from mimetic.datasets.virtual.scene import Scene
from mimetic.datasets.virtual.surface import make_pose
from mimetic.ops.landmarks import IRIS_LEFT, IRIS_RIGHT
from mimetic.types import Bool, Float32, Float64, Floats

EDGE_POINTS = 65
EDGES = (
    (UPPER_LIP, LOWER_LIP, "jaw"),
    (RIGHT_UPPER_LID, RIGHT_LOWER_LID, "under"),
    (LEFT_UPPER_LID, LEFT_LOWER_LID, "under"),
)


class Carrier:
    """Carries fixed points of the photograph; each belongs to one world.

    The fields are read at the points once, so that a time costs one product of
    activations and displacements. Nothing is approximated: what is read are the
    same bilinear fields that pictures are drawn from.
    """

    def __init__(self, scene: Scene, points: Float64, *, worlds: npt.NDArray[np.str_]) -> None:
        canvas, surface = scene.surface.canvas, scene.surface
        self._frame, self._pivot, self._points = scene.anatomy.frame, surface.pivot_px, points
        self.rest = canvas.sample(surface.rest_px, points).T  # [P, 3]
        self.moves = np.zeros((len(CONTROLS), *self.rest.shape))  # [K, P, 3]
        self._follow = canvas.sample(surface.follow[None], points)[0][:, None]
        for world, fields in scene.fields.items():
            chosen = worlds == world
            for field in fields:
                full = np.zeros((3, canvas.rows, canvas.columns), np.float32)
                full[:, field.rows, field.columns] = field.move_px
                self.moves[field.control, chosen] = canvas.sample(full, points[chosen]).T

    def __call__(self, activations: Float64, channels: dict[str, Float64]) -> Float32:
        """Places [T P 3] in photograph pixels at activations [T K] and head channels [T]."""
        moved = np.empty((len(activations), *self.rest.shape), np.float32)
        moves = self.moves.reshape(len(CONTROLS), -1)
        for t, sizes in enumerate(activations):
            at = {name: float(values[t]) for name, values in channels.items()}
            pose = make_pose(self._frame, at)
            solid = self.rest + (sizes @ moves).reshape(self.rest.shape)
            turned = (solid - self._pivot) @ pose.rotation.T + self._pivot
            flat = turned[:, :2] + pose.shift_px
            turned[:, :2] = self._points + self._follow * (flat - self._points)
            moved[t] = turned
        return moved


def landmark_carrier(scene: Scene) -> Carrier:
    """Carries the 478 landmarks; those of the irises lie on the eyeballs, behind the lids."""
    points = scene.anatomy.landmarks_px[:, :2]
    carrier = Carrier(scene, points, worlds=_worlds(scene, points))
    for eye, iris in _eyes(scene):
        chosen = list(iris)
        carrier.rest[chosen] = scene.solid_rest(eye, points[chosen])
        carrier.moves[:, chosen] = 0
    return carrier


def hidden_irises(
    scene: Scene, landmarks_px: Float32, *, activations: Float64, channels: dict[str, Float64]
) -> Bool:
    """Which of the landmarks [T 478 3] are points of an iris behind a lid."""
    hidden = np.zeros(landmarks_px.shape[:2], np.bool_)
    along = np.linspace(-1, 1, EDGE_POINTS)
    for eye, iris in _eyes(scene):
        chosen = list(iris)
        down = np.array([-eye.axis[1], eye.axis[0]])
        edges = []
        for world, upper in (("upper", True), ("under", False)):
            edge = eye.points(along, eye.edge(along, upper=upper))
            carrier = Carrier(scene, edge, worlds=np.full(EDGE_POINTS, world))
            edges.append(carrier(activations, channels)[..., :2])
        for t, iris_px in enumerate(landmarks_px[:, chosen, :2]):
            place, height = iris_px @ eye.axis, iris_px @ down
            top, bottom = (np.interp(place, edge[t] @ eye.axis, edge[t] @ down) for edge in edges)
            hidden[t, chosen] = (height <= top) | (height >= bottom)
    return hidden


def _eyes(scene: Scene) -> tuple[tuple[Slit, tuple[int, ...]], ...]:
    return ((scene.slits[1], IRIS_RIGHT), (scene.slits[2], IRIS_LEFT))


def _worlds(scene: Scene, points: Floats) -> npt.NDArray[np.str_]:
    """The world that each landmark of the resting face belongs to."""
    world = np.full(len(points), "upper", dtype="<U5")
    reach = 0.3 * scene.anatomy.frame.ed_px
    for slit, below_it in zip(scene.slits, ("jaw", "under", "under"), strict=True):
        along, below = slit.place(points)
        middle = (slit.edge(along, upper=True) + slit.edge(along, upper=False)) / 2
        lower = (np.abs(along) < 1) & (below > middle)
        if below_it == "under":
            lower &= below - middle < reach
        world[lower] = below_it
    # The edges of closed lips may cross by a hair where a tracker put them.
    for above, below_them, name in EDGES:
        world[list(above[1:-1])], world[list(below_them[1:-1])] = "upper", name
    return world
