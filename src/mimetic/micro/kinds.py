"""What every kind of recogniser has in common: samples, scores of a fold, how settings are chosen.

A setting is chosen by the people that are learnt from, each left out in turn; the people that are
tested have no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError
from mimetic.learn.classes import class_f1, class_recall, count_pairs
from mimetic.learn.groups import group_numbers
from mimetic.micro.views import check_maps
from mimetic.types import Float32, Float64, Floats, Int64

Words = Sequence[str] | npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Maps with the class and the person of each, as numbers; ``names`` are the classes."""

    maps: Float32  # [n, 28, 28, 3]
    y: Int64  # [n]
    groups: Int64  # [n]
    names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.names)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fold:
    """Scores by setting: of people learnt from while each was left out, and of the tested."""

    inner: Float64  # [S, n, C]
    outer: Float64  # [S, m, C]


class Learnt(Protocol):
    """What a kind learnt: it scores maps, and can be kept as settings and arrays."""

    settings: Any

    def scores(self, maps: Floats) -> Float64:
        """Scores [n C] of maps; the largest is the class that is told."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All numbers that the scores need, by name."""
        ...


class Recogniser(Protocol):
    """A kind on one set of samples: ``kept`` settings are averaged, of those ``names``."""

    @property
    def names(self) -> tuple[str, ...]:
        """The settings in words."""
        ...

    @property
    def kept(self) -> int:
        """How many of the best settings are averaged."""
        ...

    def fold(self, train: Int64, test: Int64) -> Fold:
        """Scores of all settings learnt from rows, on other rows."""
        ...

    def inner(self, train: Int64) -> Float64:
        """Scores [S n C] of rows by all settings, each person left out."""
        ...

    def learn(self, train: Int64, picks: Int64) -> Learnt:
        """The model that averages the picked settings, learnt from rows."""
        ...


def read_samples(maps: Floats, labels: Words, subjects: Words) -> Samples:
    """Check what a user brings; every fault is told at once.

    Raises ShapeError for maps of another form, ArgumentError for labels or subjects that do not
    fit, a label that is missing, fewer than two classes or two people.
    """
    checked = check_maps(maps)
    named, people = [_words(each) for each in (labels, subjects)]
    faults = [
        f"{name}: expected {len(checked)}, one a map, got {len(each)}"
        for name, each in (("labels", named), ("subjects", people))
        if len(each) != len(checked)
    ]
    empty = [row for row, each in enumerate(named) if not each]
    if empty:
        faults.append(f"labels: missing in rows {empty[:10]}")
    names = tuple(sorted(set(named)))
    if len(names) < 2:
        faults.append(f"labels: expected at least two classes, got {list(names)}")
    if len(set(people)) < 2:
        faults.append(
            "subjects: expected at least two people, got one; nothing can be said of others then"
        )
    if faults:
        raise ArgumentError("\n".join(faults))
    y = np.searchsorted(names, named).astype(np.int64)
    return Samples(maps=checked, y=y, groups=group_numbers(people), names=names)


def choose(inner: Float64, y: Int64, *, kept: int) -> Int64:
    """The ``kept`` settings [kept] with the best mean of UF1 and UAR of inner scores, best first.

    Classes that are not among these people do not count.
    """
    scores = [inner_score(each, y) for each in inner]
    return np.argsort(-np.asarray(scores), kind="stable")[:kept].astype(np.int64)


def inner_score(scores: Float64, y: Int64) -> float:
    """The mean of UF1 and UAR of scores [n C], over the classes that are there."""
    table = count_pairs(y, scores.argmax(1), scores.shape[1])
    return float(np.nanmean(class_f1(table)) + np.nanmean(class_recall(table))) / 2


def _words(values: Words) -> list[str]:
    return ["" if each is None else str(each) for each in np.asarray(values).tolist()]
