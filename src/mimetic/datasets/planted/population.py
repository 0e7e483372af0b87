"""Populations in which the pairs of regions that carry a trait are known."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from mimetic.datasets.planted.filming import APPEARANCE, film_all, subject_name
from mimetic.datasets.planted.graph import PlantedPair, draw_edges
from mimetic.datasets.planted.latents import Latents, draw_latents, draw_signs
from mimetic.datasets.planted.oracle import Oracle
from mimetic.datasets.planted.people import Cast, draw_cast, draw_own
from mimetic.datasets.planted.settings import CLASSES, PopulationSettings
from mimetic.errors import ArgumentError
from mimetic.types import Float64, Int64, LocalDynamics

# Numbers of the generators, so that drawing one thing differently moves nothing else.
_PAIRS, _CAST, _LOOKS, _SIGNS, _LATENTS, _HABITS = range(6)


@dataclass(frozen=True, kw_only=True, eq=False)
class Population:
    """Clips of people whose trait lies in planted pairs, and the truth about them.

    Lists are in the order of the clips, those of a subject beside each other. ``pairs`` carry
    the trait, ``distractors`` are coupled and do not; ``main`` are the regions whose own
    amplitude tells of it. ``oracle_scores`` are the best that the latents of all clips of
    the subject say of the trait: log-odds of the class "second", or years.
    """

    settings: PopulationSettings
    dynamics: tuple[LocalDynamics, ...]
    labels: tuple[str | float, ...]
    subjects: tuple[str, ...]
    families: tuple[str, ...]
    pairs: tuple[PlantedPair, ...]
    distractors: tuple[PlantedPair, ...]
    main: tuple[str, ...]
    oracle_scores: Float64  # [n]
    latents: Latents
    signs: Float64  # [n, pairs, then distractors], those of the couplings
    cast: Cast

    @classmethod
    def draw(cls, settings: PopulationSettings | None = None, seed: int = 0) -> Population:
        """A population; the same seed at another frame rate shows the same movements.

        Raises ArgumentError where the pairs do not fit on the regions.
        """
        settings = settings or PopulationSettings()
        draws = [np.random.default_rng([seed, number, 41]) for number in range(6)]
        names = settings.region_names
        edges = draw_edges(settings, draws[_PAIRS])
        main = np.sort(draws[_PAIRS].permutation(len(names))[: settings.main_effects])
        cast = draw_cast(settings, draws[_CAST], looks=draws[_LOOKS])
        signs = draw_signs(edges, cast.person, cast.trait, draws[_SIGNS])
        drawn = draw_latents(edges, signs, settings, draws[_LATENTS])
        oracle = Oracle(settings=settings, edges=tuple(edges), main=main)
        own_amplitude, own_latency = draw_own(cast, settings, draws[_HABITS])
        latents = dataclasses.replace(
            drawn,
            amplitude=drawn.amplitude + oracle.shift(cast.trait),
            own_amplitude=own_amplitude,
            own_latency=own_latency,
        )
        order = np.argsort([edge.place for edge in edges])
        listed = [edges[place] for place in order]
        return cls(
            settings=settings,
            dynamics=film_all(settings, latents, cast, seed=seed),
            labels=_labels(settings, cast),
            subjects=tuple(subject_name(one) for one in cast.person),
            families=tuple(f"f{one:04d}" for one in cast.family),
            pairs=tuple(edge.pair for edge in listed if _tells(edge.pair)),
            distractors=tuple(edge.pair for edge in listed if not _tells(edge.pair)),
            main=tuple(names[region] for region in main),
            oracle_scores=oracle.scores(latents, cast.person),
            latents=latents,
            signs=signs[order].T,
            cast=cast,
        )

    def __len__(self) -> int:
        return len(self.dynamics)

    def take(self, rows: Int64) -> Population:
        """The clips of these rows, with the same truth."""
        rows = np.asarray(rows)
        return dataclasses.replace(
            self,
            dynamics=tuple(self.dynamics[row] for row in rows),
            labels=tuple(self.labels[row] for row in rows),
            subjects=tuple(self.subjects[row] for row in rows),
            families=tuple(self.families[row] for row in rows),
            oracle_scores=self.oracle_scores[rows],
            latents=self.latents.take(rows),
            signs=self.signs[rows],
            cast=self.cast.take(rows),
        )

    def split(self, subjects: int) -> tuple[Population, Population]:
        """The first so many subjects to learn from, and the rest; no family in both.

        A family on the border goes to the first part. Raises ArgumentError where nobody is left.
        """
        family = self.cast.family
        border = np.unique(self.cast.person)[:subjects]
        first = np.isin(family, family[np.isin(self.cast.person, border)])
        if not first.any() or first.all():
            raise ArgumentError(
                f"subjects: expected 1 to {len(set(self.subjects)) - 1} with their families, "
                f"and somebody left, got {subjects}"
            )
        return self.take(np.flatnonzero(first)), self.take(np.flatnonzero(~first))

    def swap_appearance(self, rng: np.random.Generator) -> Population:
        """The same movements on the looks of people of the other class, or of any other age.

        Raises ArgumentError where there are no looks (``shortcut`` 0).
        """
        if not self.settings.shortcut:
            raise ArgumentError("shortcut: expected a population with looks, got shortcut=0")
        people = np.unique(self.cast.person, return_index=True)[1]
        trait = self.cast.trait
        donors = {
            int(self.cast.person[row]): rng.choice(
                people[trait[people] != trait[row]] if (trait != trait[row]).any() else people
            )
            for row in people
        }
        rows = [donors[int(one)] for one in self.cast.person]
        looks = self.cast.appearance[rows]
        return dataclasses.replace(
            self,
            dynamics=tuple(_with_looks(*each) for each in zip(self.dynamics, looks, strict=True)),
            cast=dataclasses.replace(self.cast, appearance=looks),
        )


def _tells(pair: PlantedPair) -> bool:
    return pair.strength > 0.5


def _labels(settings: PopulationSettings, cast: Cast) -> tuple[str | float, ...]:
    if settings.trait == "age":
        return tuple(float(years) for years in cast.trait)
    return tuple(CLASSES[int(number)] for number in cast.trait)


def _with_looks(dynamics: LocalDynamics, looks: Float64) -> LocalDynamics:
    values = dynamics.values.copy()
    column = dynamics.features.index(APPEARANCE)
    values[..., column] = np.where(dynamics.valid, looks, np.nan)
    return dataclasses.replace(dynamics, values=values)
