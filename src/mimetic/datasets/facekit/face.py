"""One virtual person of a 3-D face kit: pictures, and the exact flow between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mimetic.datasets.facekit.kit import EYE_PART, SKIN_PART, FaceKit
from mimetic.datasets.facekit.skin import Skin, front_points
from mimetic.errors import ArgumentError
from mimetic.ops.raster import rasterise
from mimetic.ops.warp import reduce_by
from mimetic.types import Bool, Float32, Float64, Int64, UInt8

SHAPE_SD = 0.7  # of the kit's standard deviations: all people of the kit look plausible
FILL = 1.35  # height of the kit's face, which reaches down the neck, over that of the picture
RAISED = 0.1  # of that height: the middle of the picture lies between eyes and mouth
WALL = 40.0  # grey level behind the head
SECANT_ROUNDS = 4
HIDDEN_CM = 0.05  # a point that lies this much behind what is shown there is hidden
MOTIONS = ("expression", "head", "both")
# The pupil has no skin, and gaze moves the eyeballs alone.
SKIPPED = ("PupilDilate", "eyeLook")


@dataclass(frozen=True, kw_only=True)
class FaceState:
    """What a face does at one moment: weights by name, head angles, place in the picture."""

    expressions: dict[str, float] = field(default_factory=dict)
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    right_px: float = 0.0
    down_px: float = 0.0


class RenderedPair(NamedTuple):
    """Two grey pictures [H W] and the exact flow [2 H W] of the first's points.

    ``valid`` [H W] is True where the first shows the face and the second still shows
    that point: what lids, lips, nose or the turned head hide is no flow.
    """

    first: UInt8
    second: UInt8
    flow_px: Float32
    valid: Bool


class FaceKitFace:
    """A person drawn from the kit's space of shapes, with a skin of their own.

    ``supersampling`` pictures points per pixel and side; ``light`` 0 to 1 is how much the
    grey follows the angle between skin and lamp as the head turns.
    """

    def __init__(
        self, kit: FaceKit, *, seed: int, supersampling: int = 2, light: float = 0.3
    ) -> None:
        if supersampling < 1 or not 0 <= light <= 1:
            raise ArgumentError(
                "supersampling, light: expected 1 or more and 0 to 1, got "
                f"{supersampling} and {light}"
            )
        self.kit, self.supersampling, self.light = kit, supersampling, light
        rng = np.random.default_rng(seed)
        who = rng.normal(size=len(kit.identities_cm)) * SHAPE_SD
        shape = np.tensordot(who, kit.identities_cm, 1) if who.size else 0.0
        self.rest_cm = np.asarray(kit.neutral_cm + shape, np.float64)
        eyes = front_points(self.rest_cm, kit.part == EYE_PART)
        brows, lips = _marks(kit, self.rest_cm)
        self._skin = Skin(seed, self.rest_cm, brows=brows, lips=lips, eyes=eyes)
        centre = self.rest_cm[kit.face]
        self._height_cm = float(np.ptp(centre[:, 1]))
        middle = (centre.min(0) + centre.max(0)) / 2
        self._middle = middle + np.array([0, RAISED * self._height_cm, 0])
        toward = rng.normal(size=3) * (0.5, 0.4, 0) + (0, 0.4, 1.0)
        self._lamp = toward / np.linalg.norm(toward)

    def points_px(self, state: FaceState, size_px: int) -> Float64:
        """All vertices [V 3] in a picture of ``size_px``: x right, y down, z away, in pixels."""
        moved = self.rest_cm + np.tensordot(
            self.kit.weights(state.expressions), self.kit.expressions_cm, 1
        )
        turned = (moved - self._middle) @ _rotation(state).T
        scale = FILL * size_px / self._height_cm
        shift = np.array([state.right_px, state.down_px, 0.0])
        # The person's left (+x of the kit) is at the right of the picture.
        placed = turned * (scale, -scale, -scale) + (size_px - 1) / 2 * np.array([1, 1, 0])
        return np.asarray(placed + shift)

    def picture(self, state: FaceState, size_px: int) -> UInt8:
        """The face as a grey picture [H W] before an even dark wall."""
        fine = size_px * self.supersampling
        points = self.points_px(state, size_px)
        # Centre of pixel x is the mean of its supersamples.
        spread = points * self.supersampling + (self.supersampling - 1) / 2 * np.array([1, 1, 0])
        triangles = self.kit.triangles
        raster = rasterise(spread, triangles, (fine, fine))
        shown = raster.triangle >= 0
        light = self._light(points)
        values = np.column_stack([self.rest_cm, self._skin.tone, light])
        mixed = raster.blend(values, triangles)[shown]
        part = self.kit.part[triangles[raster.triangle[shown], 0]]
        grey = np.full((fine, fine), WALL)
        grey[shown] = self._skin(mixed[:, :3], mixed[:, 3], part) * mixed[:, 4]
        return np.asarray(np.rint(reduce_by(grey, self.supersampling)), np.uint8)

    def pair(self, first: FaceState, second: FaceState, *, size_px: int = 192) -> RenderedPair:
        """Two moments and the exact displacement of every visible point of the first."""
        here, there = (self.points_px(state, size_px) for state in (first, second))
        raster = rasterise(here, self.kit.triangles, (size_px, size_px))
        rows, columns = np.mgrid[:size_px, :size_px]
        target = raster.blend(there, self.kit.triangles)
        flow = np.stack([target[..., 0] - columns, target[..., 1] - rows])
        shown = raster.triangle >= 0
        valid = shown & self._seen(there, target, size_px=size_px)
        return RenderedPair(
            self.picture(first, size_px),
            self.picture(second, size_px),
            np.where(valid, flow, 0).astype(np.float32),
            valid,
        )

    def draw(
        self, rng: np.random.Generator, *, peak_px: float, motion: str = "both", size_px: int = 192
    ) -> tuple[FaceState, FaceState]:
        """Two moments between which the most moved point of the skin moves by ``peak_px``."""
        if motion not in MOTIONS:
            raise ArgumentError(f"motion: expected one of {', '.join(MOTIONS)}, got {motion!r}")
        if not 0 < peak_px < size_px / 4:
            raise ArgumentError(f"peak_px: expected 0 to {size_px / 4}, got {peak_px}")
        names = [n for n in self.kit.expression_names if not n.startswith(SKIPPED)]
        active = rng.choice(names, size=min(len(names), int(rng.integers(1, 4))), replace=False)
        base = {str(name): float(rng.uniform(0, 0.4)) for name in active}
        change = rng.uniform(0.2, 1.0, len(active)) * (motion != "head")
        turn = rng.normal(size=3) * (4.0, 3.0, 2.0) * (motion != "expression")
        start = FaceState(
            expressions=base,
            yaw_deg=float(rng.uniform(-20, 20)),
            pitch_deg=float(rng.uniform(-10, 10)),
            roll_deg=float(rng.uniform(-8, 8)),
        )

        def moved(size: float) -> FaceState:
            return FaceState(
                expressions={
                    name: value + size * float(step)
                    for (name, value), step in zip(base.items(), change, strict=True)
                },
                yaw_deg=start.yaw_deg + size * float(turn[0]),
                pitch_deg=start.pitch_deg + size * float(turn[1]),
                roll_deg=start.roll_deg + size * float(turn[2]),
            )

        here = self.points_px(start, size_px)
        seen = self._facing(here, size_px)
        size = 0.1
        for _ in range(SECANT_ROUNDS):  # nearly proportional: a few steps settle it
            step = self.points_px(moved(size), size_px) - here
            size *= peak_px / max(float(np.hypot(*step[seen, :2].T).max()), 1e-9)
        return start, moved(size)

    def _facing(self, points: Float64, size_px: int) -> Bool:
        """Skin vertices [V] that the picture shows."""
        raster = rasterise(points, self.kit.triangles, (size_px, size_px))
        seen = np.zeros(len(points), bool)
        seen[self.kit.triangles[np.unique(raster.triangle[raster.triangle >= 0])]] = True
        return np.asarray(seen & (self.kit.part == SKIN_PART))

    def _seen(self, points: Float64, target: Float64, *, size_px: int) -> Bool:
        """Whether places [H W 3] of the surface lie in front where the second picture has them."""
        fine = 2  # half a pixel: the rim of what hides is where most is to be decided
        raster = rasterise(
            points * fine + 0.5 * np.array([1, 1, 0]),
            self.kit.triangles,
            (size_px * fine, size_px * fine),
        )
        x, y = (np.nan_to_num(target[..., n], nan=-9.0) * fine + 0.5 for n in (0, 1))
        column, row = np.rint(x).astype(int), np.rint(y).astype(int)
        limit = size_px * fine
        inside = (column >= 0) & (row >= 0) & (column < limit) & (row < limit)
        column, row = np.clip(column, 0, limit - 1), np.clip(row, 0, limit - 1)
        tolerance = fine * HIDDEN_CM * FILL * size_px / self._height_cm
        slack = tolerance + fine * 0.5 * _steepness(raster.depth / fine)[row, column]
        return np.asarray(inside & (target[..., 2] * fine <= raster.depth[row, column] + slack))

    def _light(self, points: Float64) -> Float64:
        """Brightness [V] by the lamp: Lambert's law, softened."""
        toward = _normals(points, self.kit.triangles) @ (self._lamp * (1, -1, -1))
        # The order of a triangle's corners is the kit's own affair: light falls from the front.
        return np.asarray(1 - self.light * (1 - np.clip(np.abs(toward), 0, 1)))


def _marks(kit: FaceKit, rest_cm: Float64) -> tuple[Float64, Float64]:
    """Places of the brows [N 3] and of the lips [M 3]: where their movements have most effect."""
    brows = _moved_most(kit, rest_cm, names=("browDown", "browOuterUp"), share=0.02)
    lips = _moved_most(kit, rest_cm, names=("mouthRoll", "mouthPress"), share=0.03)
    return brows, lips


def _moved_most(kit: FaceKit, rest_cm: Float64, *, names: tuple[str, ...], share: float) -> Float64:
    """The share of skin points [N 3] that the named movements move most."""
    rows = [n for n, name in enumerate(kit.expression_names) if name.startswith(names)]
    skin = np.flatnonzero(kit.part == SKIN_PART)
    if not rows:
        return np.full((1, 3), 1e3)  # a kit without them: nowhere near
    moved = sum(np.linalg.norm(kit.expressions_cm[row][skin], axis=-1) for row in rows)
    chosen = skin[np.asarray(moved) > np.quantile(moved, 1 - share)]
    return np.asarray(rest_cm[chosen])


def _rotation(state: FaceState) -> Float64:
    """Rz(roll) Ry(yaw) Rx(pitch) in the kit's axes (x its left, y up, z forward)."""
    yaw, pitch, roll = np.deg2rad([state.yaw_deg, state.pitch_deg, state.roll_deg])
    turn_yaw = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    # Up is positive pitch, clockwise in the picture positive roll.
    turn_pitch = np.array(
        [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    )
    turn_roll = np.array(
        [[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    return np.asarray(turn_roll @ turn_yaw @ turn_pitch)


def _normals(points: Float64, triangles: Int64) -> Float64:
    """Unit normals [V 3] of the surface, toward the camera (z negative) where it is seen."""
    corners = points[triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(points)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(
                triangles[:, corner], across[:, axis], minlength=len(points)
            )
    length = np.linalg.norm(total, axis=-1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-12))


def _steepness(depth: Float64) -> Float64:
    """How far depth [H W] goes from a pixel to its neighbours: near a rim no test is sharp."""
    known = np.where(np.isfinite(depth), depth, np.nan)
    down, right = np.gradient(known)
    return np.asarray(np.minimum(np.nan_to_num(np.abs(down) + np.abs(right)), 4.0))
