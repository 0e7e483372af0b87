"""The label column of a list of people: numbers or classes, and what cannot be learnt from.

All is checked before anything is measured, which may take hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mimetic.datasets.base import Label, Recording, number_or_word
from mimetic.errors import ArgumentError, DatasetError
from mimetic.relations.intake import read_target

FIRST = 2  # the row of the first recording: the header is row 1


@dataclass(frozen=True)
class Column:
    """A label column: its name, and the label of each row [n], None where missing."""

    name: str
    labels: tuple[Label, ...]


def labels_of(path: Path, recordings: Sequence[Recording], trait: str, label: str | None) -> Column:
    """The labels of all rows in a column, as words where one class is asked for.

    Raises DatasetError where the column is not there, or mixes numbers and words.
    """
    columns = list(recordings[0].labels)
    if trait not in columns:
        raise DatasetError(
            f"{path}: expected a column {trait!r}, found the label columns: "
            f"{', '.join(columns) or 'none'}"
        )
    labels = [one.labels[trait] for one in recordings]
    if label is not None:
        words = (f"{each:g}" if isinstance(each, float) else each for each in labels)
        return Column(trait, tuple(words))
    _check_numbers(path, trait, labels)
    return Column(trait, tuple(labels))


def refuse_hopeless(
    path: Path, recordings: Sequence[Recording], column: Column, *, label: str | None
) -> None:
    """Raise DatasetError where a list could not be learnt from even if every row were measured."""
    known = [
        (one, each) for one, each in zip(recordings, column.labels, strict=True) if each is not None
    ]
    if not known:
        raise DatasetError(f"{path}: column {column.name}: missing in every row")
    people = [one for one, _ in known]
    try:
        read_target(
            [each for _, each in known],
            [one.subject for one in people],
            [one.family for one in people],
            label=label,
        )
    except ArgumentError as error:
        raise DatasetError(f"{path}: column {column.name}: {error}") from error


def _check_numbers(path: Path, trait: str, labels: Sequence[Label]) -> None:
    """Refuse numbers among which single words stand, and numbers that look like classes."""
    words = {row: each for row, each in enumerate(labels, FIRST) if isinstance(_number(each), str)}
    numbers = sum(each is not None for each in labels) - len(words)
    if words and numbers > len(words):
        told = ", ".join(f"row {row}: {each!r}" for row, each in list(words.items())[:10])
        raise DatasetError(
            f"{path}: column {trait}: expected a number in every row, as in {numbers} of them; "
            f"got {told}. For classes, say with --label which one to tell from the rest"
        )
    values = {each for each in labels if isinstance(each, float)}
    if len(values) == 2:
        low, high = sorted(values)
        raise DatasetError(
            f"{path}: column {trait}: holds only {low:g} and {high:g}; if these are classes, say "
            f"--label {high:g}"
        )


def _number(label: Label) -> Label:
    """A label as a number where it is one."""
    return number_or_word(label) if isinstance(label, str) else label
