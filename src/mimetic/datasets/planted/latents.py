"""What stands behind the movement of each clip: how far, how late, how tremulous each region is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.datasets.planted.graph import Edge
from mimetic.datasets.planted.kinds import AMPLITUDE, FINE, KINDS, LATENCY, PHASE, make_law
from mimetic.datasets.planted.settings import AGES, PopulationSettings
from mimetic.types import Float64, Int64
from mimetic.types.arrays import check_shape, freeze

WAVES = 12  # of which fine movement is the sum
FINE_HZ = (2.5, 5.0)  # faster than expressions, slow enough for 12 frames a second


@dataclass(frozen=True, kw_only=True, eq=False)
class Latents:
    """Latents of n clips and R regions, standard normal but for ``phase``, which is 0 to 1.

    ``fine`` are the sines and cosines of WAVES fine movements at ``fine_hz``. Habits and
    what a clip's regions have in common are kept apart in ``own_amplitude`` and
    ``own_latency``: no coupling works on them.
    """

    amplitude: Float64  # [n, R], of the logarithm of amplitude
    latency: Float64  # [n, R]
    fine: Float64  # [n, R, 2 WAVES]
    phase: Float64  # [n, R], of the swelling of fine movement
    fine_hz: Float64  # [n, WAVES]
    own_amplitude: Float64  # [n, R]
    own_latency: Float64  # [n, R]
    course: Float64  # [n, R, 3], of what else a course has: rise, hold, fall

    def __post_init__(self) -> None:
        names = tuple(self.__dataclass_fields__)
        freeze(self, **dict.fromkeys(names, "f8"))
        n, r = self.amplitude.shape
        shapes = {"fine": f"n r {2 * WAVES}", "fine_hz": f"n {WAVES}", "course": "n r 3"}
        for name in names:
            check_shape(name, getattr(self, name), shapes.get(name, "n r"), n=n, r=r)

    def take(self, rows: Int64) -> Latents:
        """The clips of these rows."""
        return Latents(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def of(self, channel: str) -> Float64:
        """The latents of a channel of ``kinds``."""
        return np.asarray(getattr(self, channel))


def unit_trait(trait: Float64, settings: PopulationSettings) -> Float64:
    """The trait on a scale of -1 to 1: the classes, or the ends of age."""
    low, high = (0.0, 1.0) if settings.trait == "class" else AGES
    return np.asarray(2 * (trait - low) / (high - low) - 1)


def draw_signs(
    edges: list[Edge], person: Int64, trait: Float64, rng: np.random.Generator
) -> Float64:
    """The signs [E n] of all couplings, one a subject, in clips of persons with a trait [n]."""
    signs = np.ones((len(edges), person.size))
    for row, edge in enumerate(edges):
        drawn = rng.random(int(person.max()) + 1)[person]
        signs[row] = np.where(drawn < sign_share(edge, trait), 1.0, -1.0)
    return signs


def sign_share(edge: Edge, trait: Float64) -> Float64:
    """How probable the sign 1 is at a trait [...]; a distractor always has it."""
    if not edge.planted:
        return np.ones_like(trait)
    turn = 0.5 if edge.pair.turns_at is None else edge.pair.turns_at
    return np.where(trait > turn, edge.pair.strength, 1 - edge.pair.strength)


def draw_latents(
    edges: list[Edge], signs: Float64, settings: PopulationSettings, rng: np.random.Generator
) -> Latents:
    """Latents of clips with signs [E n], before habits and main effects."""
    n, r = signs.shape[1], len(settings.region_names)
    drawn = {
        AMPLITUDE: rng.standard_normal((n, r)),
        LATENCY: rng.standard_normal((n, r)),
        FINE: rng.standard_normal((n, r, 2 * WAVES)),
        PHASE: rng.random((n, r)),
    }
    for edge, sign in zip(edges, signs, strict=True):
        law = make_law(KINDS[edge.pair.kind], coupling=settings.coupling)
        (source, one), (target, other) = edge.driver, edge.follower
        drawn[target][:, other] = law.draw(drawn[source][:, one], drawn[target][:, other], sign)
    low, high = FINE_HZ
    share = (np.arange(WAVES) + rng.random((n, WAVES))) / WAVES
    return Latents(
        **drawn,
        fine_hz=low + (high - low) * share,
        own_amplitude=np.zeros((n, r)),
        own_latency=np.zeros((n, r)),
        course=rng.standard_normal((n, r, 3)),
    )
