"""Which pairs of regions are coupled, and which latent of the two drives which."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from mimetic.datasets.planted.kinds import KINDS
from mimetic.datasets.planted.settings import AGES, PopulationSettings
from mimetic.errors import ArgumentError

_ATTEMPTS = 200
Node = tuple[str, int]  # a latent and a region


@dataclass(frozen=True, kw_only=True)
class PlantedPair:
    """Two regions whose relation carries the trait, or does not (a distractor).

    ``strength`` is how often, by subject, the sign agrees with the trait; for an age it
    turns at ``turns_at`` years. The names are in the order of the scheme.
    """

    region: str
    other: str
    kind: str
    strength: float = 0.5
    turns_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A pair as a dependence of one latent on another; ``place`` is its number as planted."""

    pair: PlantedPair
    place: int
    driver: Node
    follower: Node
    planted: bool


def draw_edges(settings: PopulationSettings, rng: np.random.Generator) -> list[Edge]:
    """The coupled pairs in an order in which every driver is settled before its followers.

    Raises ArgumentError where the regions do not suffice.
    """
    ages = [float(age) for age in rng.permutation(_turning_ages(len(settings.kinds)))]
    for _ in range(_ATTEMPTS):
        chosen = _choose(settings, rng)
        edges = None if chosen is None else _direct(settings, chosen, ages, rng)
        if edges is not None:
            return edges
    raise ArgumentError(
        f"kinds, distractors: {len(settings.kinds)} pairs and {settings.distractors} distractors "
        f"do not fit on {len(settings.region_names)} regions; let pairs share regions "
        "(overlapping) or plant fewer"
    )


def _turning_ages(count: int) -> list[float]:
    low, high = AGES
    return [low + (high - low) * (n + 1) / (count + 1) for n in range(count)]


def _choose(settings: PopulationSettings, rng: np.random.Generator) -> list[tuple[int, int]] | None:
    """The planted pairs, then the distractors; None where this draw came to an end."""
    names = settings.region_names
    every = list(itertools.combinations(range(len(names)), 2))
    rng.shuffle(every)
    taken = [
        (min(ends), max(ends))
        for pair in settings.pairs or ()
        if (ends := [names.index(name) for name in pair])
    ]
    while len(taken) < len(settings.kinds):
        used = set(itertools.chain(*taken))
        shared = 1 if settings.overlapping and taken else 0
        free = [pair for pair in every if len(used & set(pair)) == shared]
        if not free:
            return None
        taken.append(free[0])
    for _ in range(settings.distractors):
        used = set(itertools.chain(*taken))
        free = sorted(
            (pair for pair in every if pair not in taken), key=lambda pair: len(used & set(pair))
        )
        if not free:
            return None
        taken.append(free[0])
    return taken


def _direct(
    settings: PopulationSettings,
    chosen: list[tuple[int, int]],
    ages: list[float],
    rng: np.random.Generator,
) -> list[Edge] | None:
    """Give every pair a driver and a follower, no latent following two or itself."""
    planted = len(settings.kinds)
    extra = [settings.kinds[n % planted] if planted else "amplitude" for n in range(len(chosen))]
    kinds = (*settings.kinds, *extra[: len(chosen) - planted])
    edges: list[Edge] = []
    leads: dict[Node, Node] = {}
    for place, (ends, name) in enumerate(zip(chosen, kinds, strict=True)):
        kind = KINDS[name]
        ways = [ends, ends[::-1]] if rng.random() < 0.5 else [ends[::-1], ends]
        free = [
            (driver, follower)
            for first, second in ways
            if _is_free(driver := (kind.driver, first), follower := (kind.follower, second), leads)
        ]
        if not free:
            return None
        leads[free[0][1]] = free[0][0]
        real = place < planted
        pair = PlantedPair(
            region=settings.region_names[ends[0]],
            other=settings.region_names[ends[1]],
            kind=name,
            strength=settings.strengths[place] if real else 0.5,
            turns_at=ages[place] if real and settings.trait == "age" else None,
        )
        driver, follower = free[0]
        edges.append(Edge(pair=pair, place=place, driver=driver, follower=follower, planted=real))
    return sorted(edges, key=lambda edge: _depth(edge.follower, leads))


def _is_free(driver: Node, follower: Node, leads: dict[Node, Node]) -> bool:
    """Whether the follower follows nobody yet, and the driver does not follow it."""
    node: Node | None = driver
    while node is not None:
        if node == follower:
            return False
        node = leads.get(node)
    return follower not in leads


def _depth(node: Node, leads: dict[Node, Node]) -> int:
    return 0 if node not in leads else 1 + _depth(leads[node], leads)
