"""A planted population on which all kinds are fitted and tested, made once for all of them."""

from __future__ import annotations

import dataclasses
import time
from functools import cached_property

import numpy as np

from mimetic.bench.relations.scenes import Scene
from mimetic.datasets.planted import PlantedPair, Population
from mimetic.errors import ArgumentError
from mimetic.relations.intake import read_target
from mimetic.relations.kinds import Material, Target
from mimetic.relations.probes import freeze_frame
from mimetic.types import Float64, LocalDynamics

_SHUFFLE, _DONORS, _SWAP = range(3)


class Stage:
    """People to learn from and people to test on, with features computed when first asked for."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.seed = scene, seed
        self.population = Population.draw(scene.settings(), seed)
        self.learnt = self.tested = self.population
        if scene.tested:
            self.learnt, self.tested = self.population.split(scene.subjects)
        self.target = target_of(self.learnt)
        if scene.shuffled:
            self.target = shuffle_people(self.target, self._rng(_SHUFFLE))

    @property
    def task(self) -> str:
        """Classes or a number."""
        return self.target.task

    @cached_property
    def test_target(self) -> Target:
        """What the clips that are tested on are labelled with."""
        return target_of(self.tested)

    @cached_property
    def material(self) -> Material:
        """The clips that are learnt from."""
        return Material(self.learnt.dynamics, people=self.target.subjects)

    @cached_property
    def test_material(self) -> Material:
        """The clips that are tested on."""
        return Material(self.tested.dynamics, people=self.test_target.subjects)

    @cached_property
    def table_s(self) -> float:
        """CPU seconds that the features of the clips learnt from took."""
        began = time.process_time()
        _ = self.material.table
        return time.process_time() - began

    @cached_property
    def swapped(self) -> Material:
        """The tested movements on looks of people of the other class."""
        other = self.tested.swap_appearance(self._rng(_SWAP))
        return Material(other.dynamics, people=self.test_target.subjects)

    @cached_property
    def frozen(self) -> Material:
        """The frame nearest to rest of every tested clip, all the time."""
        still = [freeze_frame(one) for one in self.tested.dynamics]
        return Material(still, people=self.test_target.subjects)

    @cached_property
    def cut(self) -> Material:
        """One region of every planted pair is that of another clip: these relations are gone."""
        return self._operated({pair.other for pair in self.population.pairs})

    @cached_property
    def cut_elsewhere(self) -> Material:
        """The same done to the regions that are in no planted pair."""
        planted = {name for pair in self.population.pairs for name in (pair.region, pair.other)}
        return self._operated(set(self.population.settings.region_names) - planted)

    def places(self, pairs: tuple[PlantedPair, ...]) -> list[list[int]]:
        """Pairs by the places of their regions."""
        names = self.population.settings.region_names
        return [[names.index(pair.region), names.index(pair.other)] for pair in pairs]

    def _operated(self, regions: set[str]) -> Material:
        names = self.population.settings.region_names
        chosen = sorted(names.index(name) for name in regions)
        clips = transplant(
            self.tested.dynamics,
            chosen,
            apart=self.scene.settings().clips_per_subject,
            rng=self._rng(_DONORS),
        )
        return Material(clips, people=self.test_target.subjects)

    def _rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, 7])


def target_of(population: Population) -> Target:
    """What the clips of a population are labelled with."""
    return read_target(population.labels, population.subjects, population.families).target


def shuffle_people(target: Target, rng: np.random.Generator) -> Target:
    """The labels dealt out anew between people."""
    people, place = np.unique(target.subjects, return_inverse=True)
    first = np.unique(target.subjects, return_index=True)[1]
    dealt: Float64 = target.y[first][rng.permutation(people.size)]
    return dataclasses.replace(target, y=dealt[place.reshape(-1)])


def transplant(
    clips: tuple[LocalDynamics, ...], regions: list[int], *, apart: int, rng: np.random.Generator
) -> list[LocalDynamics]:
    """Each clip with some regions of other clips, every region from another donor.

    What a region does alone stays as it is over all clips; how it goes with others does not.
    Donors are at least ``apart`` places away in the list, where another person begins.
    Raises ArgumentError for fewer than two people.
    """
    count = len(clips)
    if count < 2 * apart + 1 and regions:
        raise ArgumentError(f"clips: expected more than {2 * apart}, of two people, got {count}")
    shifts = [int(rng.integers(apart, count - apart + 1)) for _ in regions]
    found = []
    for row, one in enumerate(clips):
        values, valid = one.values.copy(), one.valid.copy()
        for region, shift in zip(regions, shifts, strict=True):
            donor = clips[(row + shift) % count]
            values[:, region], valid[:, region] = donor.values[:, region], donor.valid[:, region]
        found.append(dataclasses.replace(one, values=values, valid=valid))
    return found
