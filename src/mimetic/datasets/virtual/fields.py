"""The displacement that each control makes, on the nodes of the face's canvas.

Three smooth worlds cover the plane and agree away from the openings: "upper"
holds the upper lip and the upper lids, "jaw" the lower lip, "under" the lower
lids. What is seen at a pixel is decided by the edges of the openings (render).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.datasets.virtual.anatomy import FaceFrame, Slit
from mimetic.datasets.virtual.controls import (
    CONTROLS,
    MIDDLE_PUSHES,
    PUSHES,
    SIDED,
    Push,
    Quirk,
)
from mimetic.ops.landmarks import MIRROR
from mimetic.types import Float32, Float64, Floats

WORLDS = ("upper", "jaw", "under")
# The controls in which a world differs from the upper one.
APART = {
    "upper": (),
    "jaw": ("jaw_open", "lip_press"),
    "under": ("lid_close_left", "lid_close_right"),
}
# The jaw at 1 opens the lips this far; the corners go half of the way.
JAW_OPEN_ED = 0.30
JAW_BACK_ED = 0.06
LID_REACH_ED = 0.22  # skin this far from a lid's edge stays
LID_UPPER_SHARE = 0.85  # of the opening, closed by the upper lid
LIP_REACH_ED = 0.30
LIP_ROLL_ED = 0.03


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """One control's displacement [3 h w] in photograph pixels, on a window of the canvas."""

    control: int
    rows: slice
    columns: slice
    move_px: Float32


@dataclass(frozen=True, kw_only=True, eq=False)
class Anatomy:
    """What fields are built from: landmarks, axes and openings of one photograph."""

    landmarks_px: Float64  # [478, 3]
    frame: FaceFrame
    mouth: Slit
    right_eye: Slit
    left_eye: Slit


def build_fields(anatomy: Anatomy, quirk: Quirk, *, nodes: Float64) -> dict[str, list[Field]]:
    """The fields of every world on canvas nodes [h w 2] (photograph pixels)."""
    worlds: dict[str, list[Field]] = {}
    shared = {name: _pushed(anatomy, name, nodes=nodes, quirk=quirk) for name in CONTROLS}
    for world in WORLDS:
        moves = dict(shared)
        moves["jaw_open"] = _jaw(anatomy, nodes, lower=world == "jaw")
        moves["lip_press"] = _press(anatomy, nodes, lower=world == "jaw")
        for side, eye in (("left", anatomy.left_eye), ("right", anatomy.right_eye)):
            closing = _lid(eye, anatomy.frame, nodes=nodes, lower=world == "under")
            moves[f"lid_close_{side}"] = closing
        worlds[world] = [_cut(k, moves[name]) for k, name in enumerate(CONTROLS)]
    return worlds


def push_field(anatomy: Anatomy, push: Push, *, nodes: Float64, side: str) -> Float64:
    """The displacement [3 h w] of one push on a side ("left", "right")."""
    mirrored = side == "left"
    indices = list(MIRROR[list(push.anchor)] if mirrored else push.anchor)
    outward = 1.0 if mirrored else -1.0
    frame = anatomy.frame
    anchor = anatomy.landmarks_px[indices, :2].mean(0)
    anchor = anchor + frame.vector_px(outward * push.offset[0], push.offset[1])
    off = (nodes - anchor) / frame.ed_px
    across, down = off @ frame.right / push.radius[0], off @ frame.down / push.radius[1]
    weight = np.maximum(0.0, 1 - across**2 - down**2) ** 3
    flat = frame.vector_px(outward * push.move[0], push.move[1])
    return np.stack([weight * flat[0], weight * flat[1], weight * frame.ed_px * push.move[2]])


def fall(distance: Floats) -> Float64:
    """1 at 0, falling smoothly to 0 at 1 and beyond."""
    inside = np.clip(np.abs(distance), 0, 1)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * inside), np.float64)


def _pushed(anatomy: Anatomy, control: str, *, nodes: Float64, quirk: Quirk) -> Float64:
    total = np.zeros((3, *nodes.shape[:2]))
    name, _, side = control.rpartition("_")
    if name in SIDED:
        for push in PUSHES.get(name, ()):
            total += push_field(anatomy, push, nodes=nodes, side=side)
        return total
    if control == "quirk":
        return push_field(anatomy, quirk.push(), nodes=nodes, side=quirk.side)
    for push in PUSHES.get(control, ()):
        total += push_field(anatomy, push, nodes=nodes, side="left")
        total += push_field(anatomy, push, nodes=nodes, side="right")
    for push in MIDDLE_PUSHES.get(control, ()):
        total += push_field(anatomy, push, nodes=nodes, side="left")
    return total


def _jaw(anatomy: Anatomy, nodes: Float64, *, lower: bool) -> Float64:
    frame, mouth = anatomy.frame, anatomy.mouth
    along, _ = mouth.place(nodes)
    off = (nodes - mouth.middle_px) / frame.ed_px
    rows, across = off @ frame.down, np.abs(off @ frame.right)
    chin = float((anatomy.landmarks_px[152, :2] - mouth.middle_px) @ frame.down) / frame.ed_px
    # Half at the corners of the mouth, all of it from the middle of the chin on.
    drop = 1 - fall(np.maximum(0.0, rows + 0.36) / 0.72)
    lens = np.maximum(0.0, 1 - along**2) ** 1.25
    drop = drop + lens * (1 - drop) if lower else drop * (1 - lens)
    drop = drop * fall(np.maximum(0.0, rows - chin) / 0.80)
    drop = drop * fall(np.maximum(0.0, across - 0.30) / 0.62)
    down = frame.vector_px(0.0, JAW_OPEN_ED)
    return np.stack([drop * down[0], drop * down[1], drop * JAW_BACK_ED * frame.ed_px])


def _press(anatomy: Anatomy, nodes: Float64, *, lower: bool) -> Float64:
    mouth, ed_px = anatomy.mouth, anatomy.frame.ed_px
    along, below = mouth.place(nodes)
    away = (below - mouth.edge(along, upper=not lower)) / ed_px
    close = mouth.gap(along) / 2 * fall(away / LIP_REACH_ED)
    # The red of the lips rolls inward; the line where they meet stays.
    lens = np.maximum(0.0, 1 - along**2)
    roll = LIP_ROLL_ED * ed_px * lens * fall((np.abs(away) - 0.12) / 0.12)
    size = (close + roll) * (-1.0 if lower else 1.0)
    down = np.array([-mouth.axis[1], mouth.axis[0]])
    return np.stack([size * down[0], size * down[1], np.zeros_like(size)])


def _lid(eye: Slit, frame: FaceFrame, *, nodes: Float64, lower: bool) -> Float64:
    along, below = eye.place(nodes)
    away = (below - eye.edge(along, upper=not lower)) / frame.ed_px
    share = LID_UPPER_SHARE - 1 if lower else LID_UPPER_SHARE
    size = share * eye.gap(along) * fall(away / LID_REACH_ED)
    down = np.array([-eye.axis[1], eye.axis[0]])
    return np.stack([size * down[0], size * down[1], np.zeros_like(size)])


def _cut(control: int, move: Float64) -> Field:
    """Keep the smallest window outside of which the control does nothing."""
    used = np.abs(move).max(0) > 0
    rows, columns = np.flatnonzero(used.any(1)), np.flatnonzero(used.any(0))
    window = (
        slice(int(rows[0]), int(rows[-1]) + 1) if rows.size else slice(0, 0),
        slice(int(columns[0]), int(columns[-1]) + 1) if columns.size else slice(0, 0),
    )
    return Field(
        control=control,
        rows=window[0],
        columns=window[1],
        move_px=np.ascontiguousarray(move[(slice(None), *window)], np.float32),
    )
