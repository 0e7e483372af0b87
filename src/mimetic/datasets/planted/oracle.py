"""What can be known of the trait at best: by whoever knows the latents, the pairs and the laws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from mimetic.datasets.planted.graph import Edge
from mimetic.datasets.planted.kinds import AMPLITUDE, KINDS, make_law
from mimetic.datasets.planted.latents import Latents, sign_share, unit_trait
from mimetic.datasets.planted.settings import AGES, PopulationSettings
from mimetic.types import Float64, Int64


@dataclass(frozen=True, kw_only=True, eq=False)
class Oracle:
    """The planted truth: coupled pairs, and the regions whose own amplitude tells of the trait."""

    settings: PopulationSettings
    edges: tuple[Edge, ...]
    main: Int64  # of the regions

    def scores(self, latents: Latents, people: Int64) -> Float64:
        """Log-odds of the second class, or the age in years, from all clips of each person [n].

        The age is the posterior median, which has the least mean absolute error.
        """
        grid = self._grid()
        evidence = np.stack([self._evidence(latents, people, trait) for trait in grid], axis=1)
        if self.settings.trait == "class":
            return np.asarray(evidence[people, 1] - evidence[people, 0])
        share = np.exp(evidence - logsumexp(evidence, axis=1, keepdims=True))
        sums = np.cumsum(share, axis=1)
        middle = [np.interp(0.5, row, grid) for row in sums]
        return np.asarray(middle)[people]

    def shift(self, trait: Float64) -> Float64:
        """How much a trait [n] adds to the latent amplitude of every region [n R]."""
        names = self.settings.region_names
        where = np.isin(np.arange(len(names)), self.main)
        return np.asarray(
            0.5 * self.settings.main_size * unit_trait(trait, self.settings)[:, None] * where
        )

    def _grid(self) -> Float64:
        if self.settings.trait == "class":
            return np.array([0.0, 1.0])
        return np.arange(AGES[0] + 0.25, AGES[1], 0.5)

    def _evidence(self, latents: Latents, people: Int64, trait: float) -> Float64:
        """The log likelihood of the clips of each person [S] at one trait, up to a constant."""
        given = np.array([trait])
        shift = self.shift(given)
        count = int(people.max()) + 1
        total = np.zeros(count)
        followers = {edge.follower for edge in self.edges}
        for region in self.main:
            if (AMPLITUDE, int(region)) not in followers:
                seen = latents.amplitude[:, region] - shift[0, region]
                total += np.bincount(people, -0.5 * seen**2, count)
        for edge in self.edges:
            if not (edge.planted or self.main.size):
                continue
            up = float(sign_share(edge, given)[0])
            ways = []
            for sign, share in ((1.0, up), (-1.0, 1 - up)):
                density = self._density(latents, edge, sign, shift)
                with np.errstate(divide="ignore"):
                    ways.append(np.log(share) + np.bincount(people, density, count))
            total += np.logaddexp(*ways)
        return total

    def _density(self, latents: Latents, edge: Edge, sign: float, shift: Float64) -> Float64:
        ends = []
        for channel, region in (edge.follower, edge.driver):
            values = latents.of(channel)[:, region]
            ends.append(values - shift[0, region] if channel == AMPLITUDE else values)
        law = make_law(KINDS[edge.pair.kind], coupling=self.settings.coupling)
        return law.log_density(ends[0], ends[1], np.full(len(values), sign))
