"""Linear opponents and probes: what still looks, single regions and the tracker's noise can tell.

All are ridges (logistic for classes) on columns that leave out what pairs of regions do
together. What they reach is not to be credited to relations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ConfigError
from mimetic.learn.linear import Line, Scaler, fit_scaler, ridge_lines
from mimetic.learn.protocols import Split
from mimetic.relations import probes
from mimetic.relations.kinds import CLASS, INNER_FOLDS, TRIES, Material, Target
from mimetic.relations.search import search
from mimetic.types import Float64

Describe = Callable[[Material], Float64]


@dataclass(frozen=True, kw_only=True)
class LinearSettings:
    """The penalties that a linear opponent tries, from the strongest down."""

    tries: int = TRIES
    strongest: float = 3.0  # for columns with a total variance of one
    weakest: float = 1e-4
    folds: int = INNER_FOLDS

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= self.tries <= TRIES:
            faults.append(f"tries: expected 1 to {TRIES}, as all kinds have, got {self.tries}")
        if not 0 < self.weakest <= self.strongest:
            faults.append(
                "weakest, strongest: expected increasing numbers above 0, got "
                f"{self.weakest}, {self.strongest}"
            )
        if self.folds < 2:
            faults.append(f"folds: expected 2 or more, got {self.folds}")
        if faults:
            raise ConfigError("\n".join(faults))


class LinearOpponent:
    """A ridge on the columns [n D] by which ``describe`` sees clips."""

    def __init__(self, describe: Describe, settings: LinearSettings | None = None) -> None:
        self.settings = settings or LinearSettings()
        self.held_out: Float64 | None = None
        self.losses: Float64 | None = None
        self._describe = describe
        self._scaler: Scaler
        self._line: Line

    def fit(self, material: Material, target: Target, *, rng: np.random.Generator) -> None:
        """Choose the penalty on inner folds and learn from all clips."""
        columns = self._describe(material)
        held: dict[bytes, list[Float64]] = {}

        def score(place: int, split: Split) -> Float64:
            key = split.test.tobytes()
            if key not in held:
                scaler, lines = self._learn(columns[split.train], target.take(split.train))
                tested = scaler(columns[split.test])
                held[key] = [line(tested) for line in lines]
            return held[key][place]

        tries = range(self.settings.tries)
        found = search(tries, score, target, rng=rng, folds=self.settings.folds)
        self.held_out, self.losses = found.held_out, found.losses
        self._scaler, lines = self._learn(columns, target)
        self._line = lines[found.best]

    def score(self, material: Material) -> Float64:
        """Log-odds of the class, or the number itself [n]."""
        return self._line(self._scaler(self._describe(material)))

    def pair_importance(self) -> None:
        """Nothing is known of pairs here."""
        return

    def _learn(self, columns: Float64, target: Target) -> tuple[Scaler, list[Line]]:
        """How columns are scaled, from these clips alone, and a line for each penalty."""
        scaler, settings = fit_scaler(columns, target.weights), self.settings
        penalties = np.geomspace(settings.strongest, settings.weakest, settings.tries)
        lines = ridge_lines(
            scaler(columns),
            target.y,
            weights=target.weights,
            penalties=penalties.tolist(),
            logistic=target.task == CLASS,
        )
        return scaler, lines


def mean_pool(settings: LinearSettings | None = None) -> LinearOpponent:
    """Time is averaged away: mean and spread of every signal of every region."""
    return LinearOpponent(probes.pooled, settings)


def single_regions(settings: LinearSettings | None = None) -> LinearOpponent:
    """How far, when and how fast each region went, but no two regions together."""
    return LinearOpponent(probes.places, settings)


def neutral_shape(settings: LinearSettings | None = None) -> LinearOpponent:
    """The shape of the neutral face, without any movement; needs crops."""
    return LinearOpponent(probes.neutral_shapes, settings)


def frozen_frame(settings: LinearSettings | None = None) -> LinearOpponent:
    """What the frame nearest to rest says: anything that it tells is no movement."""
    return LinearOpponent(probes.rest_frames, settings)


def tracker_noise(settings: LinearSettings | None = None) -> LinearOpponent:
    """How the tracker trembled and lost regions, and how fast the camera was."""
    return LinearOpponent(probes.noise, settings)
