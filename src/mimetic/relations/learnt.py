"""A trained network with all that it needs to score clips, as numbers that can be stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.learn.checkpoint import network_arrays
from mimetic.relations import train
from mimetic.relations.networks.interpreter import Interpreter
from mimetic.relations.sequences import PIECE, Norm, Sequences
from mimetic.types import Bool, Float64


@dataclass(frozen=True, kw_only=True)
class Design:
    """A network by its name, the options of which one is chosen, and what it reads at once.

    ``pictures``: it looks at crops, not at movement.
    """

    network: str
    options: tuple[Mapping[str, Any], Mapping[str, Any]]
    piece: int = PIECE
    pictures: bool = False

    def build(self, place: int, *, regions: int, channels: int, seed: int = 0) -> Any:
        """A fresh network with one of the options, for so many regions and channels each."""
        sizes = {"regions": regions, "channels": self.piece * channels}
        return train.make_network(self.network, {**sizes, **self.options[place]}, seed=seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Learnt:
    """A trained network, and how it sees clips and numbers.

    ``place`` is that of its options; ``middle`` and ``spread`` those of the numbers learnt.
    """

    network: Any
    place: int
    norm: Norm
    middle: float
    spread: float

    def score(self, clips: Sequences) -> Float64:
        """Log-odds, or the number [n]."""
        return self._number(train.score_clips(self.network, *self.norm(clips)))

    def pair_scorer(self, clips: Sequences) -> Callable[[Bool], Float64] | None:
        """The same [n] by the pairs in a choice [P] alone; None for no interpreter."""
        if not isinstance(self.network, Interpreter):
            return None
        score = train.pair_scorer(self.network, *self.norm(clips))
        return lambda keep: self._number(score(keep))

    def read_pairs(self, clips: Sequences) -> tuple[Float64, Float64] | None:
        """Importance [n P] and importance x feature [n P]; None for no interpreter."""
        if not isinstance(self.network, Interpreter):
            return None
        return train.read_pairs(self.network, *self.norm(clips))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All numbers by name."""
        told = {f"norm_{one.name}": getattr(self.norm, one.name) for one in fields(Norm)}
        told |= {name: np.array(getattr(self, name)) for name in ("place", "middle", "spread")}
        weights = network_arrays(self.network)
        return told | {f"network_{name}": each for name, each in weights.items()}

    @classmethod
    def restore(cls, design: Design, arrays: Mapping[str, npt.NDArray[Any]]) -> Learnt:
        """What ``arrays`` were made of; KeyError where one is missing."""
        norm = Norm(**{one.name: arrays[f"norm_{one.name}"] for one in fields(Norm)})
        regions, channels = norm.middle.shape
        place = int(arrays["place"])
        network = design.build(place, regions=regions, channels=channels)
        prefix = "network_"
        weights = {name[len(prefix) :]: each for name, each in arrays.items() if prefix in name}
        return cls(
            network=train.filled(network, weights),
            place=place,
            norm=norm,
            middle=float(arrays["middle"]),
            spread=float(arrays["spread"]),
        )

    def _number(self, found: Float64) -> Float64:
        return np.asarray(self.middle + self.spread * found)
