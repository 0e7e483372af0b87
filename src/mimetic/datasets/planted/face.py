"""A virtual face with one muscle to each region, so that planted movement can be filmed.

The muscles of ``datasets.virtual`` pull several regions at once, as real ones do; no coupling
could be planted with them. Here each region has a bump of its own, and directions alternate
down the face: what all regions do together would be taken for movement of the head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mimetic.datasets.virtual import CONTROLS, Camera, Person, Program, VirtualRecording
from mimetic.datasets.virtual.controls import Push
from mimetic.datasets.virtual.face import astronaut_landmarks, astronaut_photo, frame_view
from mimetic.datasets.virtual.fields import APART, WORLDS, Anatomy, Field, push_field
from mimetic.datasets.virtual.scene import Scene
from mimetic.errors import ArgumentError
from mimetic.ops.regions import REGIONS_9
from mimetic.types import Float64

MOST = 1.6  # a bump driven farther would fold the skin
PUSHES = {
    "eye": Push(anchor=(105,), move=(-0.03, 0.12, 0.0), radius=(0.42, 0.32)),
    "forehead": Push(
        anchor=(151,), move=(0.0, -0.16, 0.0), radius=(0.62, 0.34), offset=(0.0, -0.10)
    ),
    "cheek": Push(anchor=(50, 205), move=(0.03, -0.12, -0.03), radius=(0.40, 0.44)),
    "nose": Push(anchor=(5,), move=(0.0, 0.12, 0.0), radius=(0.30, 0.36), offset=(0.0, -0.06)),
    "corner": Push(anchor=(61,), move=(0.15, 0.06, 0.03), radius=(0.34, 0.50), offset=(0.14, 0.06)),
    "mouth": Push(anchor=(0, 17), move=(0.0, -0.12, 0.0), radius=(0.44, 0.44), offset=(0.0, 0.05)),
}
# What the bump of each region (row) moves in each region (column) by the flow of the stabilised
# face, in hundredths of an eye distance along that region's own direction: the mean of four people.
_PULLS = (
    (2.76, -0.90, -0.01, 0.23, -0.24, -0.26, 0.04, 0.18, -0.08),
    (0.46, 2.51, 0.46, -0.36, 0.65, -0.36, 0.05, -0.39, 0.05),
    (-0.01, -0.90, 2.76, -0.26, -0.24, 0.23, -0.08, 0.18, 0.04),
    (0.53, -0.35, 0.00, 2.57, 0.03, 0.14, -0.27, 0.03, 0.00),
    (-0.01, 0.11, -0.01, -0.28, 2.20, -0.28, 0.02, 0.20, 0.02),
    (0.00, -0.35, 0.53, 0.14, 0.03, 2.57, 0.00, 0.03, -0.27),
    (-0.15, 0.12, 0.02, 0.01, 0.15, 0.07, 2.97, -0.20, 0.16),
    (-0.04, 0.05, -0.04, 0.54, 1.17, 0.54, -0.10, 1.83, -0.10),
    (0.02, 0.12, -0.15, 0.07, 0.15, 0.01, 0.16, -0.20, 2.97),
)
REACH = 2.6  # hundredths of an eye distance that a region moves at 1
# Controls whose places the regions take: those that open no lips and no lids.
_OPENING = {name for names in APART.values() for name in names}
_SLOTS = [n for n, name in enumerate(CONTROLS) if name not in _OPENING][: len(REGIONS_9)]

Course = Callable[[Float64], Float64]


@dataclass(frozen=True, kw_only=True)
class Driven(Program):
    """A program in which ``course`` says how far each region is [T 9] at times [T]; 1 is far."""

    course: Course

    def activations(self, times_s: Float64) -> Float64:
        """The controls [T K] that move the regions so, by whose places they stand."""
        wanted = np.minimum(self.course(np.asarray(times_s, np.float64)), MOST)
        total = np.zeros((len(wanted), len(CONTROLS)))
        total[:, _SLOTS] = wanted @ blend()
        return total


class RegionFace:
    """One person whose nine regions move each by itself, for one camera."""

    def __init__(self, person: Person, camera: Camera) -> None:
        photo, landmarks_px = astronaut_photo(), astronaut_landmarks()
        self._camera = camera
        self._view = frame_view(photo, landmarks_px, camera=camera)
        zoom = min(1.0, self._view.zoom)
        self._scene = Scene(photo, landmarks_px, person=person, zoom=zoom)
        fields = _fields(self._scene.anatomy, self._scene.surface.canvas.nodes())
        # Lips and lids stay together: every layer of the face moves alike.
        self._scene.fields = dict.fromkeys(WORLDS, fields)

    def record(self, program: Driven, *, seed: int = 0) -> VirtualRecording:
        """Film a program; ``seed`` moves noise alone."""
        return VirtualRecording(
            self._scene, program, camera=self._camera, view=self._view, seed=seed
        )


def blend() -> Float64:
    """How much of each bump (column) moves one region (row) by REACH and the others not at all.

    True on average over people, as read by flow; what is left differs from person to person.
    """
    return np.asarray(REACH * np.linalg.inv(np.array(_PULLS)))


def region_push(region: str) -> tuple[Push, str]:
    """The bump of a region, and its side; ArgumentError for a region that is none of the nine."""
    if region not in REGIONS_9:
        raise ArgumentError(f"region: expected one of {', '.join(REGIONS_9)}, got {region!r}")
    stem, _, side = region.rpartition("_")
    if not stem:
        return PUSHES[region], "left"  # on the middle line, where the side is all the same
    return PUSHES["corner" if stem == "mouth" else stem], side


def _fields(anatomy: Anatomy, nodes: Float64) -> list[Field]:
    fields = []
    for slot, region in zip(_SLOTS, REGIONS_9, strict=True):
        push, side = region_push(region)
        move = push_field(anatomy, push, nodes=nodes, side=side)
        used = np.abs(move).max(0) > 0
        rows, columns = (np.flatnonzero(used.any(axis)) for axis in (1, 0))
        window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        part = np.ascontiguousarray(move[(slice(None), *window)], np.float32)
        fields.append(Field(control=slot, rows=window[0], columns=window[1], move_px=part))
    return fields
