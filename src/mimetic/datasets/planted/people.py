"""Who is in a planted population: trait, family, looks; and the clips they were filmed in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.datasets.planted.latents import unit_trait
from mimetic.datasets.planted.settings import AGES, PopulationSettings
from mimetic.types import Float64, Int64

FACE_SD = 0.5  # of looks that all regions of a face share, in the looks' standard deviations


@dataclass(frozen=True, kw_only=True, eq=False)
class Cast:
    """Subject, family, trait and looks of every clip."""

    person: Int64  # [n], from 0 on
    family: Int64  # [n]
    trait: Float64  # [n], 0 and 1 for classes, or years
    appearance: Float64  # [n, R], what a still picture tells, the same in every clip

    def take(self, rows: Int64) -> Cast:
        """The clips of these rows."""
        return Cast(
            person=self.person[rows],
            family=self.family[rows],
            trait=self.trait[rows],
            appearance=self.appearance[rows],
        )


def draw_cast(
    settings: PopulationSettings, rng: np.random.Generator, *, looks: np.random.Generator
) -> Cast:
    """As many of one class as of the other, or ages evenly spread; some are siblings."""
    count = settings.subjects
    if settings.trait == "class":
        trait = rng.permutation(np.arange(count) % 2).astype(float)
    else:
        trait = np.round(rng.uniform(*AGES, count), 1)
    person = np.repeat(np.arange(count), settings.clips_per_subject)
    family = _families(settings)
    regions = len(settings.region_names)
    face = looks.standard_normal((count, 1))
    single = looks.standard_normal((count, regions))
    appearance = FACE_SD * face + np.sqrt(1 - FACE_SD**2) * single
    appearance += 0.5 * settings.shortcut * unit_trait(trait, settings)[:, None]
    return Cast(
        person=person, family=family[person], trait=trait[person], appearance=appearance[person]
    )


def draw_own(
    cast: Cast, settings: PopulationSettings, rng: np.random.Generator
) -> tuple[Float64, Float64]:
    """Amplitudes and latencies [n R] that habits and the clip as a whole add."""
    regions = len(settings.region_names)
    half = settings.habit_sd / np.sqrt(2)
    parts = []
    for _ in ("amplitude", "latency"):
        habit = rng.standard_normal((int(cast.person.max()) + 1, regions))
        kin = rng.standard_normal((int(cast.family.max()) + 1, regions))
        common = rng.standard_normal((cast.person.size, 1))
        habits = half * (habit[cast.person] + kin[cast.family])
        parts.append(habits + settings.common_sd * common)
    return parts[0], parts[1]


def _families(settings: PopulationSettings) -> Int64:
    """The family [S] of each subject: the first ones in twos, the others alone."""
    count = settings.subjects
    kin = 2 * round(settings.kin_share * count / 2)
    kin = min(kin, count - count % 2)
    order = np.arange(count)
    return np.where(order < kin, order // 2, order - kin // 2)
