"""The lists that a user brings, checked in one place: labels, subjects, families."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.learn.groups import group_numbers
from mimetic.relations.kinds import CLASS, NUMBER, Target
from mimetic.types import Int64

LEAST_GROUPS = 8  # fewer people or families, and inner folds hold one or two of a class
LEAST_IN_CLASS = 3
Label = str | float | int | bool | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Intake:
    """Labels as a target; ``label`` is the class that scores speak for, None for numbers."""

    target: Target
    label: str | None
    others: tuple[str, ...] = ()

    def unit(self, trait: str, named: str | None = None) -> str:
        """What scores of a trait are measured in: log-odds, or the unit of its numbers.

        That is the one ``named``; without it years for an age, and for anything else the
        trait's own name. Raises ArgumentError where classes are given a unit.
        """
        if self.label is not None:
            if named is not None:
                raise ArgumentError(
                    f"unit: expected none, classes are told in log-odds; got {named!r}"
                )
            return "log-odds"
        words = trait.casefold().replace("_", " ").split()
        return named or ("years" if "age" in words else trait)


def read_target(
    labels: Sequence[Label],
    subjects: Sequence[str],
    families: Sequence[str | None] | None = None,
    *,
    label: str | None = None,
) -> Intake:
    """Check the lists and turn them into a target; all faults are told at once, with rows.

    Numbers make a number to estimate; words (or True and False) make classes: two, of
    which ``label`` (the last in the alphabet where not given) is the one in question, or
    more, and ``label`` against the rest. A family missing means the subject alone.
    """
    faults = _list_faults(labels, subjects, families)
    if faults:
        raise ArgumentError("\n".join(faults))
    if label is None and all(_is_number(each) for each in labels):
        return _number_target(labels, subjects, families)
    return _class_target([str(each) for each in labels], subjects, families, label=label)


def _number_target(
    labels: Sequence[Label], subjects: Sequence[str], families: Sequence[str | None] | None
) -> Intake:
    faults: list[str] = []
    groups = group_numbers(subjects, families)
    y = np.array([float(each) for each in labels])  # type: ignore[arg-type]
    _refuse_few(groups, faults)
    if np.ptp(y) == 0:
        faults.append(f"labels: expected numbers that differ, got {y[0]:g} in every row")
    if faults:
        raise ArgumentError("\n".join(faults))
    target = Target(y=y, subjects=_numbered(subjects), groups=groups, task=NUMBER)
    return Intake(target=target, label=None)


def _class_target(
    words: list[str],
    subjects: Sequence[str],
    families: Sequence[str | None] | None,
    *,
    label: str | None,
) -> Intake:
    faults: list[str] = []
    groups = group_numbers(subjects, families)
    chosen, others = _classes(words, label)
    y = np.array([float(word == chosen) for word in words])
    _refuse_few(groups, faults)
    for name, part in ((chosen, y == 1), (" or ".join(others), y == 0)):
        people = np.unique(groups[part]).size
        if people < LEAST_IN_CLASS:
            faults.append(
                f"labels: expected {name!r} from at least {LEAST_IN_CLASS} people or families, "
                f"got {people}"
            )
    if faults:
        raise ArgumentError("\n".join(faults))
    target = Target(y=y, subjects=_numbered(subjects), groups=groups, task=CLASS)
    return Intake(target=target, label=chosen, others=others)


def _list_faults(
    labels: Sequence[Label], subjects: Sequence[str], families: Sequence[str | None] | None
) -> list[str]:
    faults = []
    for name, values in (("subjects", subjects), ("families", families)):
        if values is not None and len(values) != len(labels):
            faults.append(f"{name}: expected {len(labels)}, one for each label, got {len(values)}")
    missing = [row for row, each in enumerate(labels) if _is_missing(each)]
    if missing:
        faults.append(f"labels: missing in rows {listed(missing)}; leave these clips out")
    unnamed = [row for row, each in enumerate(subjects) if _is_missing(each)]
    if unnamed:
        faults.append(
            f"subjects: missing in rows {listed(unnamed)}; without them one person could be "
            "learnt from and tested at once"
        )
    if faults or families is None:
        return faults
    homes: dict[str, tuple[int, str]] = {}
    for row, (subject, family) in enumerate(zip(subjects, families, strict=True)):
        first, home = homes.setdefault(str(subject), (row, str(family or "")))
        if home != str(family or ""):
            faults.append(
                f"families: subject {subject!r} is in {home or 'none'!r} in row {first} and in "
                f"{family or 'none'!r} in row {row}; give the two families one name"
            )
    return faults


def listed(rows: Sequence[int], most: int = 10) -> str:
    """Row numbers as text, the first ten of many."""
    text = ", ".join(map(str, rows[:most]))
    return text if len(rows) <= most else f"{text} and {len(rows) - most} more"


def _is_missing(value: Label) -> bool:
    if isinstance(value, float | np.floating):
        return not math.isfinite(value)
    return value is None or value == ""


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _numbered(names: Sequence[str]) -> Int64:
    return np.unique([str(name) for name in names], return_inverse=True)[1].astype(np.int64)


def _classes(words: Sequence[str], label: str | None) -> tuple[str, tuple[str, ...]]:
    names = sorted(set(words))
    if len(names) < 2:
        raise ArgumentError(f"labels: expected at least two classes, got only {names}")
    if label is not None and label not in names:
        raise ArgumentError(f"label: expected one of {names}, got {label!r}")
    if label is None and len(names) > 2:
        raise ArgumentError(
            f"labels: {len(names)} classes ({', '.join(names)}); say with label= which one to "
            "tell from the rest, and fit one model for each"
        )
    chosen = label or names[-1]
    return chosen, tuple(name for name in names if name != chosen)


def _refuse_few(groups: Int64, faults: list[str]) -> None:
    number = np.unique(groups).size
    if number < LEAST_GROUPS:
        faults.append(
            f"subjects: expected at least {LEAST_GROUPS} people or families, got {number}; with "
            "fewer, relations between regions cannot be told from chance"
        )
