"""Planted movement as a tracker would report it: sampled, trembling, with gaps."""

from __future__ import annotations

import numpy as np

from mimetic.datasets.planted.latents import Latents, unit_trait
from mimetic.datasets.planted.motion import fine_course, slow_course
from mimetic.datasets.planted.people import Cast
from mimetic.datasets.planted.places import TYPICAL_ED, ways
from mimetic.datasets.planted.settings import PopulationSettings
from mimetic.types import Bool, Float64, LocalDynamics

FEATURES = ("displacement_x_ed", "displacement_y_ed", "area_change")
APPEARANCE = "appearance"
GAP_S = 0.2  # mean length of a dropout
AREA_JITTER = 2.0  # of the logarithm of area, by that of displacement


def film_all(
    settings: PopulationSettings, latents: Latents, cast: Cast, *, seed: int
) -> tuple[LocalDynamics, ...]:
    """The dynamics of all clips; jitter and gaps are each clip's own draw."""
    way = ways(settings.region_names)
    return tuple(
        _film(settings, course_of(settings, latents, row), way=way, cast=cast, at=(seed, row))
        for row in range(cast.person.size)
    )


def course_of(
    settings: PopulationSettings, latents: Latents, row: int, times_s: Float64 | None = None
) -> Float64:
    """How far each region is from rest [T R] in one clip; 1 is the typical amplitude."""
    times_s = np.arange(settings.steps) / settings.rate_hz if times_s is None else times_s
    swelling = "bursts" in settings.kinds
    return slow_course(latents, row, times_s) + fine_course(
        latents, row, times_s, swelling=swelling
    )


def _film(
    settings: PopulationSettings, course: Float64, *, way: Float64, cast: Cast, at: tuple[int, int]
) -> LocalDynamics:
    rng = np.random.default_rng([*at, 42])
    row = at[1]
    values = TYPICAL_ED * course[:, :, None] * way
    old = (unit_trait(cast.trait[row], settings) + 1) / 2
    jitter = settings.jitter_ed * (1 + settings.jitter_by_trait * old)
    values = values + jitter * np.array([1, 1, AREA_JITTER]) * rng.standard_normal(values.shape)
    features: tuple[str, ...] = FEATURES
    if settings.shortcut:
        still = np.broadcast_to(cast.appearance[row], course.shape)
        values, features = np.dstack([values, still]), (*FEATURES, APPEARANCE)
    valid = _seen(settings, rng)
    return LocalDynamics(
        values=np.where(valid[:, :, None], values, np.nan).astype(np.float32),
        times_s=np.arange(settings.steps) / settings.rate_hz,
        regions=settings.region_names,
        features=features,
        valid=valid,
        subject=subject_name(int(cast.person[row])),
    )


def subject_name(number: int) -> str:
    """What a subject is called."""
    return f"s{number:04d}"


def _seen(settings: PopulationSettings, rng: np.random.Generator) -> Bool:
    """Where regions are seen [T R]: half of the gaps are of the whole face."""
    regions = len(settings.region_names)
    times_s = np.arange(settings.steps) / settings.rate_hz
    seen = np.ones((settings.steps, regions), bool)
    if not settings.dropout_share:
        return seen
    # Gaps that fall on each other would else make the share smaller.
    each = -np.log(1 - settings.dropout_share) / 2
    gaps = each * settings.duration_s / GAP_S
    for columns in (slice(None), *range(regions)):
        for _ in range(rng.poisson(gaps)):
            length_s = rng.exponential(GAP_S)
            # Around its middle, so that clips lose as much at their ends as elsewhere.
            away_s = np.abs(times_s - rng.uniform(0, settings.duration_s))
            seen[away_s < length_s / 2, columns] = False
    return seen
