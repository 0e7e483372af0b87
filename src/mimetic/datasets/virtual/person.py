"""Several people from one portrait: other proportions, other skin, other habits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.datasets.virtual.controls import QUIRK_ANCHORS, Push, Quirk
from mimetic.datasets.virtual.program import MOVEMENTS, Habits
from mimetic.errors import ArgumentError

_SHAPE_PLACES: tuple[tuple[tuple[int, ...], tuple[float, float]], ...] = (
    ((152,), (0.75, 0.60)),  # chin
    ((172,), (0.60, 0.70)),  # jaw
    ((205,), (0.55, 0.60)),  # cheek
    ((468,), (0.55, 0.50)),  # eye
    ((1,), (0.50, 0.55)),  # nose
    ((98,), (0.36, 0.36)),  # nostril
    ((61,), (0.50, 0.45)),  # corner of the mouth
    ((13, 14), (0.55, 0.45)),  # lips
    ((105,), (0.50, 0.42)),  # brow
    ((10,), (0.95, 0.75)),  # forehead
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One member of the family of faces that a portrait can show; all follows from ``seed``.

    ``shape_ed`` is one standard deviation of the change of proportions,
    ``texture`` scales the change of skin (0 keeps the photograph's).
    """

    seed: int = 0
    shape_ed: float = 0.032
    texture: float = 1.0

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ArgumentError(f"seed: expected 0 or more, got {self.seed}")
        if not 0 <= self.shape_ed <= 0.08 or not 0 <= self.texture <= 2:
            raise ArgumentError(
                "shape_ed, texture: expected 0 to 0.08 and 0 to 2, got "
                f"{self.shape_ed}, {self.texture}"
            )

    def shape(self) -> tuple[tuple[Push, str], ...]:
        """Pushes with their sides whose sum deforms the photograph into this person."""
        rng = np.random.default_rng([self.seed, 1])
        pushes = []
        for anchor, radius in _SHAPE_PLACES:
            common = rng.normal(0, self.shape_ed, 3)
            middle = anchor[0] in (152, 1, 13, 10)
            for side in ("left",) if middle else ("left", "right"):
                move = common + rng.normal(0, 0.2 * self.shape_ed, 3)
                if middle:
                    move[0] *= 0.2  # no crooked faces
                outward, down, away = (float(m) for m in move)
                pushes.append(
                    (Push(anchor=anchor, move=(outward, down, away), radius=radius), side)
                )
        return tuple(pushes)

    def quirk(self) -> Quirk:
        """The movement that only this person makes."""
        rng = np.random.default_rng([self.seed, 2])
        turn, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.07, 0.11)
        radius = float(rng.uniform(0.22, 0.30))
        return Quirk(
            anchor=int(rng.choice(QUIRK_ANCHORS)),
            side=str(rng.choice(["left", "right"])),
            move=(float(size * np.cos(turn)), float(size * np.sin(turn)), 0.0),
            radius=(radius, radius),
        )

    def habits(self) -> Habits:
        """Rates, sizes and preferences of this person's movements."""
        rng = np.random.default_rng([self.seed, 3])
        weights = rng.gamma(1.2, size=len(MOVEMENTS))
        return Habits(
            weights=tuple(float(w) for w in weights / weights.sum()),
            pulses_hz=float(rng.uniform(0.5, 1.1)),
            blinks_hz=float(rng.uniform(0.15, 0.45)),
            tempo=float(rng.uniform(0.75, 1.35)),
            size=float(rng.uniform(0.6, 1.0)),
            asymmetry=float(np.clip(rng.normal(0, 0.15), -0.5, 0.5)),
        )


def people(count: int, *, seed: int = 0) -> tuple[Person, ...]:
    """Several different people, the same for the same seed."""
    if count < 1:
        raise ArgumentError(f"count: expected 1 or more people, got {count}")
    return tuple(Person(seed=1000 * seed + k + 1) for k in range(count))
