"""The exact dense flow between two states of a virtual face."""

from __future__ import annotations

import numpy as np

from mimetic.datasets.virtual.render import (
    JAW,
    LEFT_EYE,
    RIGHT_EYE,
    UNDER,
    UPPER,
    Renderer,
    Trace,
    labels,
    on_screen,
)
from mimetic.datasets.virtual.scene import Scene, State
from mimetic.types import Bool, Float32, Float64, UInt8


def flow_between(renderer: Renderer, *, first: State, second: State) -> tuple[Float32, Bool]:
    """Displacement [2 H W] in video pixels from one state to another, and where it is known.

    Known is what belongs to the head in ``first`` (skin, hair, eyeballs; not the
    inside of the mouth, not what fades into the background) and is seen in
    ``second`` as well. Which sheet is in front in ``second`` is judged to a pixel.
    """
    view, scene = renderer.view, renderer.scene
    shape = (view.height_px, view.width_px)
    start, end = renderer.trace(first), renderer.trace(second)
    seen, later = labels(start, shape), labels(end, shape)
    points = shown_points(renderer, start, state=first, seen=seen)
    carried = carried_points(scene, first, points=points, seen=seen)
    arrived = carried_points(scene, second, points=points, seen=seen)
    flow = (arrived - carried) * view.zoom
    landing = view.to_video(arrived)
    inside = on_screen(landing, shape)
    near = np.rint(np.where(inside[..., None], landing, 0)).astype(np.intp)
    follow = scene.surface.canvas.sample(scene.surface.follow[None], points)[0]
    valid = inside & (follow > 1 - 1e-6) & np.isin(seen, (UPPER, JAW, UNDER, RIGHT_EYE, LEFT_EYE))
    valid &= later[near[..., 1], near[..., 0]] == seen
    flow[~valid] = np.nan
    return np.ascontiguousarray(np.moveaxis(flow, -1, 0), np.float32), valid


def shown_points(renderer: Renderer, trace: Trace, *, state: State, seen: UInt8) -> Float32:
    """The photograph's point under every pixel, of the sheet that is in front."""
    points = trace.points.copy()
    for opening in trace.openings:
        window = opening.box.window()
        part, label = points[window], seen[window]
        sheet = JAW if opening.slit.name == "mouth" else UNDER
        part[label == sheet] = opening.below[label == sheet]
        ground = renderer.places(opening.box)
        solid = renderer.scene.solid_points(state, opening.slit, ground=ground)
        own = {"right eye": RIGHT_EYE, "left eye": LEFT_EYE}.get(opening.slit.name)
        if own is not None:
            part[label == own] = solid[label == own]
    return points


def carried_points(scene: Scene, state: State, *, points: Float32, seen: UInt8) -> Float64:
    """Where points [H W 2] that are ``seen`` in some frame lie in a state, photograph pixels."""
    moved = state.worlds["upper"](points)
    for label, world in ((JAW, "jaw"), (UNDER, "under")):
        chosen = seen == label
        moved[chosen] = state.worlds[world](points[chosen])
    for label, eye in ((RIGHT_EYE, scene.slits[1]), (LEFT_EYE, scene.slits[2])):
        chosen = seen == label
        moved[chosen] = scene.carry_solid(state, eye, points=points[chosen])
    return moved
