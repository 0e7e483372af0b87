"""People and families: who belongs together, means over a person's clips, draws of people.

Clips of one person, and of relatives, resemble each other. They are learnt from or
tested on together, and drawn together where an interval is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Float64, Floats, Int64
from mimetic.types.arrays import check_shape


def group_numbers(
    subjects: Sequence[str | None],
    families: Sequence[str | None] | None = None,
    *,
    kin: Iterable[tuple[str, str]] = (),
) -> Int64:
    """The group [n] of each clip: people who share a family, or are kin, over any steps.

    ``kin`` are pairs of subjects, who need not be in the list themselves. A family that is
    missing means the subject alone. Raises ArgumentError that names the rows without a
    subject: one person could else be learnt from and tested at once.
    """
    unnamed = [row for row, each in enumerate(subjects) if each is None or each == ""]
    if unnamed:
        rows = ", ".join(map(str, unnamed[:10])) + ("" if len(unnamed) <= 10 else ", ...")
        raise ArgumentError(
            f"subjects: missing in rows {rows}; without them one person could be learnt from "
            "and tested at once"
        )
    given = [None] * len(subjects) if families is None else families
    if len(given) != len(subjects):
        raise ArgumentError(f"families: expected {len(subjects)}, one a clip, got {len(given)}")
    parent: dict[str, str] = {}
    for subject, family in zip(subjects, given, strict=True):
        # The letter keeps a subject and a family of one name apart.
        _join(parent, f"s{subject}", f"f{family}" if family else f"s{subject}")
    for one, other in kin:
        _join(parent, f"s{one}", f"s{other}")
    names = [_root(parent, f"s{subject}") for subject in subjects]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _root(parent: dict[str, str], name: str) -> str:
    while parent.setdefault(name, name) != name:
        parent[name] = parent[parent[name]]
        name = parent[name]
    return name


def _join(parent: dict[str, str], one: str, other: str) -> None:
    """Make two one group, under the first of their names."""
    first, second = sorted((_root(parent, one), _root(parent, other)))
    parent[second] = first


@dataclass(frozen=True, kw_only=True, eq=False)
class PerSubject:
    """One row a person, or one for each label where a person's clips have several."""

    values: Float64  # [m]
    y: Float64  # [m]
    groups: Int64  # [m]


def per_subject(values: Float64, *, y: Float64, subjects: Int64, groups: Int64) -> PerSubject:
    """Means of values [n] over the clips of each person and label."""
    for name, each in (("y", y), ("subjects", subjects), ("groups", groups)):
        check_shape(name, each, "N", N=values.size)
    labels = np.unique(y, return_inverse=True)[1]
    keys = np.stack([subjects, labels.reshape(-1)], axis=1)
    _, first, place = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    place = place.reshape(-1)
    mean = np.bincount(place, values) / np.bincount(place)
    return PerSubject(values=mean, y=y[first], groups=groups[first])


def group_draws(groups: Int64, *, rng: np.random.Generator, draws: int) -> Iterator[Int64]:
    """Row numbers with repeats: as many groups as there are, drawn with replacement."""
    if draws < 1:
        raise ArgumentError(f"draws: expected 1 or more, got {draws}")
    members = [np.flatnonzero(groups == each) for each in np.unique(groups)]
    for _ in range(draws):
        picks = rng.integers(len(members), size=len(members))
        yield np.concatenate([members[pick] for pick in picks])


def group_bootstrap(
    groups: Int64,
    statistic: Callable[[Int64], Floats | float],
    *,
    rng: np.random.Generator,
    draws: int = 500,
) -> Float64:
    """The 2.5 and 97.5 % points [2 ...] of a statistic of rows over groups drawn anew.

    Draws in which the statistic is NaN (a class missing) are left out; NaN where all are.
    """
    every = np.asarray([statistic(rows) for rows in group_draws(groups, rng=rng, draws=draws)])
    unknown = np.isnan(every).all(0)
    bounds = np.nanpercentile(np.where(unknown, 0.0, every), [2.5, 97.5], axis=0)
    return np.asarray(np.where(unknown, np.nan, bounds))
