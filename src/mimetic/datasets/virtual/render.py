"""Draws one frame: inverts the worlds, decides what is in front, samples the photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.datasets.virtual.anatomy import Slit
from mimetic.datasets.virtual.canvas import World, upsample
from mimetic.datasets.virtual.scene import Scene, State
from mimetic.types import Bool, Float32, Float64, Floats, Int64, UInt8

# What is seen at a pixel.
UPPER, JAW, UNDER, RIGHT_EYE, LEFT_EYE, MOUTH = range(1, 7)


@dataclass(frozen=True, kw_only=True)
class View:
    """How the camera frames the photograph: video pixels per pixel, and its first corner."""

    zoom: float
    left_px: float
    top_px: float
    width_px: int
    height_px: int

    def to_photo(self, points: Floats) -> Float64:
        """Places of the moved photograph under video pixels [... 2]."""
        corner = np.array([self.left_px, self.top_px])
        return np.asarray((points + 0.5) / self.zoom - 0.5 + corner)

    def to_video(self, points: Floats) -> Float64:
        """Video pixels of places of the moved photograph [... 2]."""
        corner = np.array([self.left_px, self.top_px])
        return np.asarray((points - corner + 0.5) * self.zoom - 0.5)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle of whole video pixels, its end excluded."""

    left: int
    top: int
    right: int
    bottom: int

    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the box."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, kw_only=True, eq=False)
class Opening:
    """One slit on the screen: where, and the points of the sheets that may show there."""

    box: Box
    slit: Slit
    above: Float32  # [h, w, 2], points of the sheet above the slit
    below: Float32  # [h, w, 2]
    covers_above: Float32  # [h, w], 0 to 1
    covers_below: Float32  # [h, w]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """For every pixel the point of the photograph that it shows."""

    points: Float32  # [H, W, 2] of the upper world
    openings: tuple[Opening, ...]  # mouth, right eye, left eye; those on the screen


class Renderer:
    """Draws a scene through a view; ``exact`` samples the photograph's spline itself."""

    def __init__(self, scene: Scene, view: View, *, exact: bool = False) -> None:
        self.scene, self.view, self.exact = scene, view, exact
        ed_video = scene.anatomy.frame.ed_px * view.zoom
        self._whole = Box(left=0, top=0, right=view.width_px, bottom=view.height_px)
        self._places = self._nodes(np.arange(view.width_px), np.arange(view.height_px))
        self._coarse = int(np.clip(round(ed_video / 15), 1, 16))
        self._fine = int(np.clip(round(ed_video / 30), 1, 8))

    def trace(self, state: State) -> Trace:
        """Which points show where."""
        upper = state.worlds["upper"]
        points = self._solve(upper, self._whole, step=self._coarse)
        face = self._on_screen(upper, self.scene.face_rim, margin=4)
        if face is not None:
            start = self._solve(upper, face, step=self._fine)
            points[face.window()] = upper.refine(start, self.places(face))
        openings = []
        for slit, world in zip(self.scene.slits, ("jaw", "under", "under"), strict=True):
            box = self._on_screen(state.worlds[world], self.scene.rims[slit.name], margin=3)
            if box is not None:
                openings.append(self._opening(state, slit, box=box, above=points[box.window()]))
        return Trace(points=points, openings=tuple(openings))

    def draw(self, state: State) -> UInt8:
        """The frame as the scene shows it, RGB [H W 3]."""
        trace = self.trace(state)
        picture: npt.NDArray[Any] = self._sample(trace.points)
        for opening in trace.openings:
            window = opening.box.window()
            colours = self.scene.behind(state, opening.slit, ground=self.places(opening.box))
            for cover, points in (
                (opening.covers_below, opening.below),
                (opening.covers_above, opening.above),
            ):
                colours += cover[..., None] * (self._sample(points) - colours)
            picture[window] = np.clip(np.rint(colours), 0, 255)
        return np.asarray(np.rint(picture), np.uint8) if self.exact else picture

    def _sample(self, points: Float32) -> npt.NDArray[Any]:
        texture = self.scene.texture
        return texture.exact(points) if self.exact else texture.fast(points)

    def places(self, box: Box) -> Float32:
        """Places [h w 2] of the moved photograph under a box's pixels."""
        return self._places[box.window()]

    def _solve(self, world: World, box: Box, *, step: int) -> Float32:
        ground = self.places(box)
        if step == 1:
            return world.invert(ground)
        # Nodes at every ``step``, one before the box and two after it.
        columns = np.arange(box.left - step, box.right + 2 * step, step)
        rows = np.arange(box.top - step, box.bottom + 2 * step, step)
        nodes = self._nodes(columns, rows)
        # The spline interpolates the displacement, which is small and smooth.
        moved = upsample(world.invert(nodes) - nodes, step)
        return np.asarray(moved[: ground.shape[0], : ground.shape[1]] + ground)

    def _nodes(self, columns: Int64, rows: Int64) -> Float32:
        pixels = np.stack(np.meshgrid(columns, rows), axis=-1).astype(np.float64)
        return np.asarray(self.view.to_photo(pixels), np.float32)

    def _opening(self, state: State, slit: Slit, *, box: Box, above: Float32) -> Opening:
        world = state.worlds["jaw" if slit.name == "mouth" else "under"]
        same = world is state.worlds["upper"]
        below = above
        if not same:
            below = world.refine(self._solve(world, box, step=self._fine), self.places(box))
        scale = self.view.zoom * state.scale
        return Opening(
            box=box,
            slit=slit,
            above=above,
            below=below,
            covers_above=_cover(slit, above, scale=scale, upper=True),
            covers_below=_cover(slit, below, scale=scale, upper=False),
        )

    def _on_screen(self, world: World, outline: Float64, *, margin: int) -> Box | None:
        """The box of the screen that holds a moved outline [n 2]; None where it is outside."""
        seen = self.view.to_video(world(outline))
        low = np.floor(seen.min(0)).astype(int) - margin
        high = np.ceil(seen.max(0)).astype(int) + margin + 1
        limits = (self.view.width_px, self.view.height_px)
        left, top = (max(0, int(v)) for v in low)
        right, bottom = (min(limit, int(v)) for limit, v in zip(limits, high, strict=True))
        if right - left < 2 or bottom - top < 2:
            return None
        return Box(left=left, top=top, right=right, bottom=bottom)


def _cover(slit: Slit, points: Float32, *, scale: float, upper: bool) -> Float32:
    """How much of a pixel the sheet above or below a slit covers, from its edge's distance."""
    along, below = slit.place(points)
    edge = slit.edge(along, upper=upper)
    inward = edge - below if upper else below - edge
    cover = np.clip(0.5 + inward * scale, 0, 1)
    # Beyond the corners there is one skin.
    return np.where(np.abs(along) < 1, cover, 1.0).astype(np.float32)


def labels(trace: Trace, shape: tuple[int, int]) -> UInt8:
    """What is seen at every pixel [H W]: UPPER, JAW, UNDER, RIGHT_EYE, LEFT_EYE or MOUTH."""
    seen = np.full(shape, UPPER, np.uint8)
    kinds = {"mouth": (MOUTH, JAW), "right eye": (RIGHT_EYE, UNDER), "left eye": (LEFT_EYE, UNDER)}
    for opening in trace.openings:
        behind, sheet = kinds[opening.slit.name]
        part = np.where(opening.covers_below >= 0.5, sheet, behind)
        seen[opening.box.window()] = np.where(opening.covers_above >= 0.5, UPPER, part)
    return seen


def on_screen(points: Floats, shape: tuple[int, int]) -> Bool:
    """Whether video pixels [... 2] lie on the picture [H W]."""
    inside = (points[..., 0] >= 0) & (points[..., 0] <= shape[1] - 1)
    return np.asarray(inside & (points[..., 1] >= 0) & (points[..., 1] <= shape[0] - 1))
