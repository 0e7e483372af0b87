"""Virtual maps of brief movements: people, three classes of muscle-like flow, and what spoils them.

A stand-in for the maps of MEGC2019 (68 people, 442 samples, 250 negative, 109 positive, 83
surprise, recorded at three places), made straight on the grid of 28 x 28 cells. It shows that
recognition works as it should and what a step of it is worth; its scores say nothing about a face.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops.strain import strain_of
from mimetic.types import Float32, Float64, Int64
from mimetic.types.arrays import check_shape, freeze

SIDE = 28
CLASSES = ("negative", "positive", "surprise")
# Places as shares of the face (x from the midline toward either side, y from the top), the
# direction of movement (x away from the midline, y down), the reach.
_UNITS = {
    "inner brow raiser": (0.07, 0.27, 0.0, -1.0, 0.07),
    "outer brow raiser": (0.20, 0.27, 0.1, -1.0, 0.08),
    "brow lowerer": (0.10, 0.28, -0.5, 0.8, 0.08),
    "upper lid raiser": (0.17, 0.36, 0.0, -0.8, 0.05),
    "cheek raiser": (0.22, 0.50, 0.0, -0.7, 0.09),
    "lid tightener": (0.17, 0.42, 0.0, -0.6, 0.06),
    "nose wrinkler": (0.06, 0.52, 0.0, -0.9, 0.07),
    "upper lip raiser": (0.08, 0.67, 0.0, -0.9, 0.07),
    "lip corner puller": (0.17, 0.73, 0.7, -0.8, 0.09),
    "dimpler": (0.17, 0.75, 0.8, -0.1, 0.07),
    "lip corner depressor": (0.16, 0.78, 0.1, 1.0, 0.08),
    "chin raiser": (0.02, 0.88, 0.0, -1.0, 0.10),
    "jaw drop": (0.03, 0.86, 0.0, 1.0, 0.13),
    "blink": (0.17, 0.37, 0.0, 1.0, 0.05),
}
_PROGRAMS: dict[str, tuple[tuple[float, tuple[str, ...]], ...]] = {
    "negative": (
        (0.35, ("brow lowerer",)),
        (0.20, ("brow lowerer", "lid tightener")),
        (0.12, ("nose wrinkler", "upper lip raiser")),
        (0.13, ("dimpler",)),
        (0.12, ("lip corner depressor", "chin raiser")),
        (0.08, ("lid tightener",)),
    ),
    "positive": (
        (0.55, ("lip corner puller",)),
        (0.35, ("lip corner puller", "cheek raiser")),
        (0.10, ("cheek raiser", "dimpler")),
    ),
    "surprise": (
        (0.50, ("inner brow raiser", "outer brow raiser")),
        (0.25, ("inner brow raiser", "outer brow raiser", "upper lid raiser")),
        (0.15, ("inner brow raiser", "outer brow raiser", "jaw drop")),
        (0.10, ("upper lid raiser", "jaw drop")),
    ),
}


@dataclass(frozen=True, kw_only=True)
class MapPopulation:
    """Who is there and what spoils their maps; sizes in shares of the face or of the movement."""

    people: int = 68
    counts: tuple[int, ...] = (250, 109, 83)
    noise: tuple[float, ...] = (0.25, 0.45, 0.35)  # of the flow, at each place of recording
    shape: float = 0.025  # how far a muscle lies from its usual place in a person
    placing: float = 0.02  # how far the crop of a sample is off
    head: float = 0.5  # left-over movement of the head
    distraction: float = 0.35  # samples with another movement beside their own
    mislabelled: float = 0.08

    def __post_init__(self) -> None:
        if len(self.counts) != len(CLASSES) or min(self.counts) < 1 or not self.noise:
            raise ArgumentError(
                f"counts, noise: expected {len(CLASSES)} counts above 0 and at least one noise, "
                f"got {self.counts}, {self.noise}"
            )
        if not 2 <= self.people <= sum(self.counts):
            raise ArgumentError(
                f"people: expected 2 to {sum(self.counts)} (the samples), got {self.people}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class VirtualMaps:
    """Maps of u, v (x right, y down) and strain with the class and the person of each."""

    maps: Float32  # [n, 28, 28, 3]
    labels: tuple[str, ...]
    subjects: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self, maps="f4")
        check_shape("maps", self.maps, f"n {SIDE} {SIDE} 3", n=len(self.labels))


def virtual_maps(
    population: MapPopulation | None = None, *, rng: np.random.Generator
) -> VirtualMaps:
    """Draw a population and one map of each of its samples, in the order of the people."""
    settings = population or MapPopulation()
    owners = _owners(settings, rng)
    kinds = rng.permutation(np.repeat(np.arange(len(CLASSES)), settings.counts))
    people = [_Person.draw(settings, rng) for _ in range(settings.people)]
    wrong = rng.random(owners.size) < settings.mislabelled
    shown = np.where(wrong, (kinds + rng.integers(1, 3, kinds.size)) % len(CLASSES), kinds)
    maps = []
    for owner, kind in zip(owners.tolist(), shown.tolist(), strict=True):
        noise = settings.noise[owner % len(settings.noise)]
        flow = _sample(people[owner], CLASSES[kind], settings=settings, noise=noise, rng=rng)
        strain = strain_of(flow.astype(np.float32), sigma_px=0.8).magnitude
        maps.append(np.dstack([*flow, strain]))
    return VirtualMaps(
        maps=np.asarray(maps, np.float32),
        labels=tuple(CLASSES[kind] for kind in kinds.tolist()),
        subjects=tuple(f"p{owner:03d}" for owner in owners.tolist()),
    )


def _owners(settings: MapPopulation, rng: np.random.Generator) -> Int64:
    """The person of each sample: at least one each, some with many."""
    share = rng.gamma(1.2, size=settings.people) + 0.1
    extra = sum(settings.counts) - settings.people
    more = rng.choice(settings.people, size=extra, p=share / share.sum())
    return np.sort(np.r_[np.arange(settings.people), more]).astype(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Person:
    """Where the muscles of a person lie, which way they pull, how even the sides are."""

    shift: dict[str, Float64]  # [2], of the place
    turn: dict[str, float]  # radians
    left: float  # strength of the left side over that of the right
    habits: dict[str, Float64]  # how often each program of a class

    @classmethod
    def draw(cls, settings: MapPopulation, rng: np.random.Generator) -> _Person:
        whole = rng.normal(0, settings.shape, 2)
        return cls(
            shift={name: whole + rng.normal(0, settings.shape, 2) for name in _UNITS},
            turn={name: rng.normal(0, 0.25) for name in _UNITS},
            left=float(np.exp(rng.normal(0, 0.4))),
            habits={
                kind: rng.dirichlet([4 * share for share, _ in programs])
                for kind, programs in _PROGRAMS.items()
            },
        )


def _sample(
    person: _Person,
    kind: str,
    *,
    settings: MapPopulation,
    noise: float,
    rng: np.random.Generator,
) -> Float64:
    """The flow [2 28 28] of one sample, in units of a usual movement."""
    programs = _PROGRAMS[kind]
    units = list(programs[rng.choice(len(programs), p=person.habits[kind])][1])
    gains = list(np.exp(rng.normal(0, 0.35, len(units))))
    if rng.random() < settings.distraction:
        units.append(str(rng.choice(list(_UNITS))))
        gains.append(rng.uniform(0.3, 0.9))
    placing = rng.normal(0, settings.placing, 2)
    flow = np.zeros((2, SIDE, SIDE))
    for name, gain in zip(units, gains, strict=True):
        flow += gain * _pull(name, person, placing, rng)
    flow *= np.exp(rng.normal(0, 0.3))
    grid = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    slopes = rng.normal(0, settings.head, (2, 3)) * [0.4, 1, 1]
    flow += slopes[:, :1, None] + slopes[:, 1:2, None] * grid + slopes[:, 2:, None] * grid[:, None]
    return flow + noise * _rough(rng)


def _pull(name: str, person: _Person, placing: Float64, rng: np.random.Generator) -> Float64:
    """What one muscle moves on both sides, each a bump about its place."""
    x, y, across, down, reach = _UNITS[name]
    turn = person.turn[name] + rng.normal(0, 0.15)
    across, down = (
        across * np.cos(turn) - down * np.sin(turn),
        across * np.sin(turn) + down * np.cos(turn),
    )
    grid = (np.arange(SIDE) + 0.5) / SIDE
    flow = np.zeros((2, SIDE, SIDE))
    for side in (-1, 1):  # the person's right is at the left of the picture
        strength = (person.left if side > 0 else 1 / person.left) * np.exp(rng.normal(0, 0.3))
        shift = person.shift[name] * [side, 1] + placing
        bell = np.exp(-((grid - 0.5 - side * x - shift[0]) ** 2) / (2 * reach**2))
        down_bell = np.exp(-((grid - y - shift[1]) ** 2) / (2 * reach**2))
        flow += (
            strength * np.array([side * across, down])[:, None, None] * np.outer(down_bell, bell)
        )
    return flow


def _rough(rng: np.random.Generator) -> Float64:
    """Errors of flow, alike over a few cells and larger in some places, of unit size."""
    raw = rng.normal(size=(2, SIDE, SIDE))
    smooth = np.stack([cv2.GaussianBlur(each, (0, 0), 1.2) for each in raw])
    where = np.exp(0.6 * cv2.GaussianBlur(rng.normal(size=(SIDE, SIDE)), (0, 0), 3.0) * 8)
    rough = smooth * where
    return np.asarray(rough / rough.std())
