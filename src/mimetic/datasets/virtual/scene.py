"""A photograph made movable: its surface, fields, textures, and its state at one time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.datasets.virtual.anatomy import FaceFrame, Slit, slits
from mimetic.datasets.virtual.canvas import World
from mimetic.datasets.virtual.controls import CONTROLS, Quirk
from mimetic.datasets.virtual.fields import APART, LID_REACH_ED, WORLDS, Anatomy, build_fields
from mimetic.datasets.virtual.interior import Behind, MouthInside
from mimetic.datasets.virtual.person import Person
from mimetic.datasets.virtual.surface import Pose, make_surface
from mimetic.datasets.virtual.texture import Texture, repaint, shrunk
from mimetic.ops.landmarks import CHIN, FACE_OVAL
from mimetic.types import Float32, Float64, Floats, UInt8


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """Everything that is where it is at one time."""

    worlds: dict[str, World]
    pose: Pose
    scale: float
    jaw_px: Float64  # [3], how far the jaw has gone


class Scene:
    """The photograph of one person, ready to be moved and drawn."""

    def __init__(
        self, photo: UInt8, landmarks_px: Floats, *, person: Person | None, zoom: float = 1.0
    ) -> None:
        points = np.asarray(landmarks_px, np.float64)
        self.slits = slits(points)
        mouth, right_eye, left_eye = self.slits
        self.anatomy = Anatomy(
            landmarks_px=points,
            frame=FaceFrame.of(points),
            mouth=mouth,
            right_eye=right_eye,
            left_eye=left_eye,
        )
        self.surface = make_surface(self.anatomy, person)
        quirk = person.quirk() if person else Quirk()
        self.fields = build_fields(self.anatomy, quirk, nodes=self.surface.canvas.nodes())
        painted = shrunk(repaint(photo, points, person), zoom)
        ed_px = self.anatomy.frame.ed_px
        self.texture = Texture(painted)
        self._mouth_inside = MouthInside(painted, mouth, ed_px=ed_px)
        self._eyes = {eye.name: Behind(painted, eye, ed_px=ed_px) for eye in (right_eye, left_eye)}
        self.rims = {slit.name: self._rim(slit) for slit in self.slits}
        self.face_rim = self._face_rim()
        self._solid = {slit.name: self._fit_solid(slit) for slit in self.slits}

    def state(self, activations: Float64, pose: Pose) -> State:
        """The face at activations [K] and a pose."""
        worlds: dict[str, World] = {}
        for name in WORLDS:
            if name != "upper" and not any(activations[CONTROLS.index(c)] for c in APART[name]):
                worlds[name] = worlds["upper"]
            else:
                worlds[name] = self.surface.world(
                    self.fields[name], activations=activations, pose=pose
                )
        scale = float(np.cbrt(np.linalg.det(pose.rotation)))
        return State(worlds=worlds, pose=pose, scale=scale, jaw_px=self._jaw_px(activations))

    def behind(self, state: State, slit: Slit, *, ground: Float32) -> Float32:
        """Colours f32 [h w 3] behind a slit, at places [h w 2] of the moved picture."""
        head = self.solid_points(state, slit, ground=ground)
        if slit.name != "mouth":
            return self._eyes[slit.name].texture.fast(head).astype(np.float32)
        jaw = self.solid_points(state, slit, ground=ground, lag_px=state.jaw_px)
        return self._mouth_inside.colours(head, jaw)

    def solid_points(
        self, state: State, slit: Slit, *, ground: Floats, lag_px: Float64 | None = None
    ) -> Float32:
        """Points of the photograph behind a slit, from places [... 2] where they lie now."""
        matrix, shift = self._carry(state, slit, lag_px=lag_px)
        return np.asarray((ground - shift) @ np.linalg.inv(matrix).T, np.float32)

    def carry_solid(self, state: State, slit: Slit, *, points: Floats) -> Float64:
        """Where points [... 2] behind a slit are carried with the head."""
        matrix, shift = self._carry(state, slit)
        return np.asarray(points @ matrix.T + shift)

    def solid_rest(self, slit: Slit, points: Floats) -> Float64:
        """The resting place [n 3] in the head of points [n 2] behind a slit."""
        matrix, offset = self._solid[slit.name]
        return np.asarray(points @ matrix.T + offset)

    def _rim(self, slit: Slit) -> Float64:
        """Points [n 2] around all skin that one sheet of a slit moves otherwise than the other."""
        along = np.linspace(-1.03, 1.03, 9)
        ed_px = self.anatomy.frame.ed_px
        reach = (LID_REACH_ED + 0.02) * ed_px
        over = slit.edge(along, upper=True) - (reach if slit.name != "mouth" else 0.05 * ed_px)
        under = slit.edge(along, upper=False) + reach
        if slit.name == "mouth":
            chin = slit.place(self.anatomy.landmarks_px[CHIN, :2])[1]
            under = np.full_like(along, float(chin) + 0.82 * ed_px)
        rows = [over + share * (under - over) for share in np.linspace(0, 1, 6)]
        return np.concatenate([slit.points(along, row) for row in rows])

    def _face_rim(self) -> Float64:
        """Points [n 2] around all facial movement."""
        oval = self.anatomy.landmarks_px[list(FACE_OVAL), :2]
        middle = oval.mean(0)
        chin = self.anatomy.landmarks_px[CHIN, :2] + self.anatomy.frame.vector_px(0, 0.82)
        return np.concatenate([middle + 1.4 * (oval - middle), chin[None]])

    def _fit_solid(self, slit: Slit) -> tuple[Float64, Float64]:
        """The affine [3 2], [3] that carries what is behind a slit to its place in the head."""
        along = np.linspace(-1, 1, 9)
        rim = np.concatenate(
            [
                slit.points(along, slit.edge(along, upper=True)),
                slit.points(along, slit.edge(along, upper=False)),
            ]
        )
        solid = self.surface.canvas.sample(self.surface.rest_px, rim).T
        if self.surface.flat:
            return np.eye(3)[:, :2], np.array([0.0, 0.0, solid[:, 2].mean()])
        design = np.concatenate([rim, np.ones((len(rim), 1))], axis=1)
        # A nearly closed slit tells nothing across it: keep the photograph's proportions there.
        fit = np.linalg.lstsq(design, solid[:, :2], rcond=1e-4)[0]
        matrix = np.zeros((3, 2))
        matrix[:2] = fit[:2].T
        return matrix, np.array([*fit[2], solid[:, 2].mean()])

    def _carry(
        self, state: State, slit: Slit, *, lag_px: Float64 | None = None
    ) -> tuple[Float64, Float64]:
        project, shift = self.surface.rigid(state.pose)
        matrix, offset = self._solid[slit.name]
        if lag_px is not None:
            offset = offset + lag_px
        return project @ matrix, project @ offset + shift

    def _jaw_px(self, activations: Float64) -> Float64:
        """The way of the lower teeth: that of the middle of the lower lip's edge."""
        mouth = self.anatomy.mouth
        middle = mouth.points(np.zeros(1), mouth.edge(np.zeros(1), upper=False))
        place = (middle[0] - self.surface.canvas.origin_px) / self.surface.canvas.step_px
        column, row = (int(v) for v in np.rint(place))
        jaw = CONTROLS.index("jaw_open")
        total = np.zeros(3)
        for field in self.fields["jaw"]:
            size = activations[field.control]
            inside = field.rows.start <= row < field.rows.stop
            inside = inside and field.columns.start <= column < field.columns.stop
            if size and inside and field.control == jaw:
                at = field.move_px[:, row - field.rows.start, column - field.columns.start]
                total += float(size) * at
        return total
