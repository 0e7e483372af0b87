"""Labelled pairs drawn one by one: exact, or with the paper's label of known or tracked landmarks.

A pair depends on its seed and the faces alone. Whatever the labels and textures
are, pairs of one seed show the same movement: so recipes that differ in one
thing learn from pairs that differ in it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.flow.data import DataSettings
from mimetic.flow.film import Scene
from mimetic.flow.labels import LabelSettings, neighbours, paper_label, paper_pair, points_of
from mimetic.flow.laws import draw_peak
from mimetic.flow.records import FaceSequence, FlowPair
from mimetic.flow.samples import draw_scene, make_pair, random_texture
from mimetic.ops.triangles import triangulate
from mimetic.ops.warp import sample_exact
from mimetic.types import Float64

_INVERSION_ROUNDS = 30

Made = TypeVar("Made")
People = list[list[FaceSequence]]
Seed = tuple[int, int]


def by_person(faces: Sequence[FaceSequence], *, moving: bool) -> People:
    """The sequences of each person; with ``moving``, only films of two neighbours or more."""
    kept = [face for face in faces if not moving or neighbours(face.times_s).size]
    if not kept:
        raise ArgumentError(
            "faces: expected films for labels of the tracker, got photographs alone; bring clips"
        )
    names = sorted({face.identity for face in kept})
    return [[face for face in kept if face.identity == name] for name in names]


def _choose(people: People, rng: np.random.Generator) -> FaceSequence:
    """Every person as often as any other, however many films there are of them."""
    films = people[int(rng.integers(len(people)))]
    return films[int(rng.integers(len(films)))]


def exact_pair(people: People, settings: DataSettings, seed: Seed) -> FlowPair:
    """The pair of a seed with the field by which it was made."""
    return _cast(people, settings, seed).make(make_pair, settings)


def exact_scene(people: People, settings: DataSettings, seed: Seed) -> Scene:
    """The scene that the exact pair of a seed shows."""
    return _cast(people, settings, seed).make(draw_scene, settings)


def _from_landmarks(people: People, settings: DataSettings, seed: Seed) -> FlowPair:
    """The picture of the exact pair with the paper's label, from landmarks of known jitter."""
    pair, scene = exact_pair(people, settings, seed), exact_scene(people, settings, seed)
    chosen = points_of(settings.points)
    first, second = landmarks_in(scene)
    rng = np.random.default_rng([*seed, 2])
    first, second = (
        points[chosen] + rng.normal(0, 1, (chosen.size, 2)) * settings.jitter_px
        for points in (first, second)
    )
    flow, valid = paper_label(
        first, second, pair.first.shape, triangles=triangulate(scene.crop.points_px[chosen])
    )
    return replace(pair, flow_px=flow, valid=valid & pair.valid)


def _from_tracker(people: People, settings: DataSettings, seed: Seed) -> FlowPair:
    rng = np.random.default_rng(seed)
    face = _choose(people, rng)
    law = LabelSettings(
        size_px=settings.pictures.size_px, points=settings.points, jitter_px=settings.jitter_px
    )
    return paper_pair(face, int(rng.choice(neighbours(face.times_s))), settings=law, rng=rng)


@dataclass(frozen=True, kw_only=True)
class _Cast:
    """Who moves how in the pair of a seed, before anything is drawn."""

    face: FaceSequence  # one frame, with the textures that are asked for
    kind: str
    peak_px: float
    seed: int

    def make(self, maker: Callable[..., Made], settings: DataSettings) -> Made:
        """What ``make_pair`` or ``draw_scene`` makes of it: from one seed, of one scene."""
        rng = np.random.default_rng(self.seed)
        film = settings.pictures
        return maker(self.face, self.kind, settings=film, peak_px=self.peak_px, rng=rng)


def _cast(people: People, settings: DataSettings, seed: Seed) -> _Cast:
    rng = np.random.default_rng(seed)
    face = _choose(people, rng)
    frame = int(rng.integers(face.times_s.size))
    pictures = face.pictures[frame : frame + 1]
    if settings.textures == "random":
        own = np.random.default_rng([*seed, 1])  # so that the movement is that of the face
        side = max(pictures.shape[1:])
        pictures = random_texture(own, side)[None, : pictures.shape[1], : pictures.shape[2]]
    still = replace(
        face, pictures=pictures, landmarks_px=face.landmarks_px[frame : frame + 1],
        times_s=face.times_s[:1],
    )  # fmt: skip
    kind = settings.kinds[int(rng.integers(len(settings.kinds)))]
    peak_px = draw_peak(rng)
    return _Cast(face=still, kind=kind, peak_px=peak_px, seed=int(rng.integers(2**62)))


def landmarks_in(scene: Scene) -> tuple[Float64, Float64]:
    """Where the landmarks [478 2] of a scene are in its first and its second picture."""
    second = scene.crop.points_px - scene.shift_px
    first = second.copy()
    for _ in range(_INVERSION_ROUNDS):  # x + f(x) = second
        first = second - np.stack([sample_exact(part, *first.T) for part in scene.field_px], 1)
    return first, second


DRAWS: dict[str, Callable[[People, DataSettings, Seed], FlowPair]] = {
    "exact": exact_pair,
    "landmarks": _from_landmarks,
    "tracker": _from_tracker,
}
