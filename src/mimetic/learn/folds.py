"""Folds of clips that share no person and no family, made here or read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mimetic.errors import ArgumentError, DatasetError
from mimetic.learn.groups import group_numbers
from mimetic.learn.protocols import Split
from mimetic.types import Float64, Int64

Folds = dict[str, str]  # the fold in which a recording or subject is tested


def group_folds(
    subjects: Sequence[str | None],
    families: Sequence[str | None] | None,
    labels: Sequence[str | float],
    *,
    folds: int,
    rng: np.random.Generator,
) -> list[Split]:
    """Splits of the clips, disjoint by subject and family, with labels balanced over folds.

    Raises ArgumentError without the names of subjects, and for more folds than there
    are people or families. Kinship: see ``group_numbers`` and ``deal_folds``.
    """
    if len(labels) != len(subjects):
        raise ArgumentError(f"labels: expected {len(subjects)}, one a clip, got {len(labels)}")
    groups = group_numbers(subjects, families)
    number = np.unique(groups).size
    if not 2 <= folds <= number:
        raise ArgumentError(f"folds: expected 2 to {number} (people or families), got {folds}")
    return deal_folds(groups, _as_numbers(labels), folds=folds, rng=rng)


def deal_folds(groups: Int64, y: Float64, *, folds: int, rng: np.random.Generator) -> list[Split]:
    """Splits of the clips that keep each group [n] together and the labels [n] balanced.

    Groups are dealt out in the order of their mean label, in random order where it
    is the same. Fewer groups than ``folds`` make fewer splits; a single one raises
    ArgumentError.
    """
    names, place = np.unique(groups, return_inverse=True)
    if names.size < 2:
        raise ArgumentError("groups: expected at least two people or families to learn from")
    mean = np.bincount(place, y) / np.bincount(place)
    order = np.lexsort((rng.random(names.size), mean))
    number = min(folds, names.size)
    # Each round of dealing begins at another fold, or the last one would always get the highest.
    dealt = np.empty(names.size, np.int64)
    for first in range(0, names.size, number):
        part = order[first : first + number]
        dealt[part] = rng.permutation(number)[: part.size]
    return _splits(dealt[place])


def read_folds(path: str | Path) -> Folds:
    """Published folds, such as those of UvA-NEMO: which recordings or subjects are tested when.

    A folder holds one text file for each fold, a name a line. A file holds lines of a
    name and its fold, with tabs, commas or blanks between. Empty lines and those after
    "#" count for nothing, endings of videos neither. DatasetError names the lines
    that do not parse, and names in two folds.
    """
    path = Path(path)
    folds: Folds = {}
    faults: list[str] = []
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    for file in files:
        for line, cells in _lines(file):
            if len(cells) != (1 if path.is_dir() else 2):
                faults.append(f"{file}: line {line}: expected a name and its fold, got {cells}")
                continue
            name, fold = _stem(cells[0]), file.stem if path.is_dir() else cells[1]
            if folds.setdefault(name, fold) != fold:
                faults.append(f"{file}: line {line}: {name} is in fold {folds[name]} too")
    if len(set(folds.values())) < 2 and not faults:
        faults.append(f"{path}: expected at least two folds, got {len(set(folds.values()))}")
    if faults:
        raise DatasetError("\n".join(faults[:10]))
    return folds


def named_folds(
    names: Sequence[str], subjects: Sequence[str], groups: Int64, *, folds: Folds
) -> list[Split]:
    """The splits that read ``folds`` make of recordings by their names, or by their subjects.

    Raises ArgumentError that names recordings in no fold, and groups in several: folds that
    are disjoint by subject need not be so by family. Give groups of subjects alone to
    allow it.
    """
    found = [
        folds.get(_stem(name), folds.get(subject))
        for name, subject in zip(names, subjects, strict=True)
    ]
    absent = [name for name, fold in zip(names, found, strict=True) if fold is None]
    faults = [f"folds: {name} is in none" for name in absent]
    homes: dict[int, str] = {}
    for name, group, fold in zip(names, groups.tolist(), found, strict=True):
        first = homes.setdefault(group, fold or "")
        if fold is not None and first != fold:
            faults.append(f"folds: {name} is in {fold}, people of its group are in {first}")
    if faults:
        more = f"\n... and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise ArgumentError("\n".join(faults[:10]) + more)
    return _splits(np.unique([str(fold) for fold in found], return_inverse=True)[1])


def _splits(fold: Int64) -> list[Split]:
    return [
        Split(train=np.flatnonzero(fold != each), test=np.flatnonzero(fold == each))
        for each in range(int(fold.max()) + 1)
    ]


def _as_numbers(labels: Sequence[str | float]) -> Float64:
    """Labels as numbers; classes by their place in the alphabet."""
    if any(isinstance(label, str) for label in labels):
        return np.unique([str(label) for label in labels], return_inverse=True)[1].astype(float)
    return np.array([float(label) for label in labels])


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: expected a text file of folds, got: {error}") from error
    lines = enumerate(text.splitlines(), 1)
    cells = [(line, row.partition("#")[0].replace(",", " ").split()) for line, row in lines]
    return [(line, row) for line, row in cells if row]


def _stem(name: str) -> str:
    """The name of a recording without folder and ending."""
    return name.replace("\\", "/").rpartition("/")[2].partition(".")[0]
