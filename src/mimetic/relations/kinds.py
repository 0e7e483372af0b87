"""One interface for every model that estimates a trait.

A kind is fitted on a ``Material`` (clips) and a ``Target`` (what they are labelled
with), and scores other clips. All choose their settings in the same way, by
``search.search`` on inner folds that keep a family together, among at most ``TRIES``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, ShapeError
from mimetic.types import FaceClip, Float64, Int64, LocalDynamics
from mimetic.types.arrays import check_shape, freeze

if TYPE_CHECKING:
    from mimetic.relations.features import FeatureTable
    from mimetic.relations.sequences import Sequences

TRIES = 12  # settings that a kind may try, the same number for all
INNER_FOLDS = 4
CLASS, NUMBER = "class", "number"


class Material:
    """Clips of any people: their dynamics, and crops where a kind looks at pixels.

    All clips have the same regions and features. ``people`` [n] number the persons; without
    it they go by the clips' ``subject``. ``table`` holds the features of
    regions and pairs, computed when first asked for and kept by ``take``.
    """

    def __init__(
        self,
        dynamics: Sequence[LocalDynamics],
        clips: Sequence[FaceClip] | None = None,
        *,
        people: Int64 | None = None,
    ) -> None:
        self.dynamics = tuple(dynamics)
        self.clips = None if clips is None else tuple(clips)
        if people is not None:
            self.__dict__["people"] = people
        if not self.dynamics:
            raise ArgumentError("dynamics: expected at least one clip, got none")
        first = self.dynamics[0]
        faults = [
            f"row {row}: regions or features differ from those of row 0"
            for row, one in enumerate(self.dynamics)
            if (one.regions, one.features) != (first.regions, first.features)
        ]
        if self.clips is not None and len(self.clips) != len(self.dynamics):
            faults.append(f"clips: expected {len(self.dynamics)}, got {len(self.clips)}")
        if faults:
            raise ShapeError("\n".join(faults))

    def __len__(self) -> int:
        return len(self.dynamics)

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the R regions."""
        return self.dynamics[0].regions

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the F features."""
        return self.dynamics[0].features

    @cached_property
    def table(self) -> FeatureTable:
        """Features of the regions and pairs of every clip."""
        from mimetic.relations.features import feature_table

        return feature_table(self.dynamics)

    @cached_property
    def sequences(self) -> Sequences:
        """The signals of the regions of every clip, as networks read them."""
        from mimetic.relations.sequences import read_sequences

        return read_sequences(self.dynamics)

    @cached_property
    def people(self) -> Int64:
        """The person [n] in each clip by its ``subject``; without one, a clip stands alone."""
        names = [
            f"clip {row}" if one.subject is None else f"subject {one.subject}"
            for row, one in enumerate(self.dynamics)
        ]
        return np.unique(names, return_inverse=True)[1].astype(np.int64)

    def take(self, rows: Int64) -> Material:
        """The clips of these rows."""
        clips = None if self.clips is None else [self.clips[row] for row in rows]
        kept = [self.dynamics[row] for row in rows]
        part = Material(kept, clips, people=self.people[rows])
        if "table" in self.__dict__:
            part.__dict__["table"] = self.table.take(rows)
        if "sequences" in self.__dict__:
            part.__dict__["sequences"] = self.sequences.take(rows)
        return part


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """What the clips are labelled with, and which of them belong together.

    ``y`` is 1 for the class in question and 0 for the rest (task "class"), or a
    number such as an age (task "number"). ``subjects`` and ``groups`` number
    persons and families; no group may be learnt from and tested at once.
    """

    y: Float64  # [n]
    subjects: Int64  # [n]
    groups: Int64  # [n]
    task: str = CLASS

    def __post_init__(self) -> None:
        freeze(self, y="f8", subjects="i8", groups="i8")
        for name in ("subjects", "groups"):
            check_shape(name, getattr(self, name), "N", N=self.y.size)
        if self.task not in (CLASS, NUMBER):
            raise ArgumentError(f"task: expected {CLASS} or {NUMBER}, got {self.task!r}")

    def take(self, rows: Int64) -> Target:
        """The labels of these rows."""
        return Target(
            y=self.y[rows], subjects=self.subjects[rows], groups=self.groups[rows], task=self.task
        )

    @property
    def people(self) -> Int64:
        """The person [n] in each clip, another one for each label that a person's clips have."""
        labels = np.unique(self.y, return_inverse=True)[1].reshape(-1)
        both = np.stack([self.subjects, labels], axis=1)
        return np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)

    @property
    def weights(self) -> Float64:
        """Weight of each clip [n], mean 1: every person weighs the same."""
        _, place, number = np.unique(self.subjects, return_inverse=True, return_counts=True)
        weight = 1.0 / number[place]
        return np.asarray(weight / weight.mean())


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """What adds up to the scores: ``baseline`` + main terms [n R] + pairs [n P].

    The P pairs are those above the diagonal, row by row (``numpy.triu_indices``).
    """

    baseline: float
    main: Float64  # [n, R]
    pairs: Float64  # [n, P]

    def take(self, rows: Int64) -> Parts:
        """The parts of these clips."""
        return Parts(baseline=self.baseline, main=self.main[rows], pairs=self.pairs[rows])

    @property
    def scores(self) -> Float64:
        """The sum of the parts [n]."""
        return np.asarray(self.baseline + self.main.sum(1) + self.pairs.sum(1))


@runtime_checkable
class Opponent(Protocol):
    """A model that learns a trait from clips.

    ``held_out`` [n] are, after ``fit``, the scores of the clips learnt from, each by
    a fit that had not seen anybody of its group (what ``search`` returns).
    """

    held_out: Float64 | None

    def fit(self, material: Material, target: Target, *, rng: np.random.Generator) -> None:
        """Choose the settings on inner folds and learn from all clips."""

    def score(self, material: Material) -> Float64:
        """Log-odds of the class, or the number itself [n].

        A kind may weigh the clips of one person in the material together.
        """

    def pair_importance(self) -> Float64 | None:
        """How much each pair of regions mattered [R R], symmetric; None where it cannot say."""


@runtime_checkable
class Additive(Opponent, Protocol):
    """A model whose calibrated scores are sums over regions and pairs."""

    held_out_parts: Parts | None
    held_out_alone: Float64 | None  # [n], like held_out, of each clip without its person's others

    def parts(self, material: Material) -> Parts:
        """The terms of each score."""

    def spread(self, material: Material) -> tuple[Float64, Float64]:
        """The 2.5 and 97.5 % points [n] of each score over people drawn with replacement."""

    def columns(self, material: Material) -> tuple[Float64, Float64]:
        """What the terms are made of: columns [n R M] of regions and [n P C] of pairs."""

    def drawn_parts(self, material: Material) -> Iterator[Parts]:
        """The terms by each refit on people drawn with replacement."""


@runtime_checkable
class Storable(Opponent, Protocol):
    """A model that can be kept in a folder."""

    settings: Any  # a frozen dataclass, what ``registry.make_kind`` takes

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All numbers that scoring needs, by name."""

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Become the model whose ``arrays`` these are; KeyError where one is missing."""
