"""Folders of numbered pictures: where a sample lies, and which moment a frame number means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mimetic.datasets.base import Terms, Tree
from mimetic.datasets.micro.sheets import Rows, read_sheets
from mimetic.errors import DatasetError
from mimetic.types import ExpressionEvent

KINDS = (".jpg", ".jpeg", ".png", ".bmp")
POSITIVE, NEGATIVE, SURPRISE = "positive", "negative", "surprise"
CLASSES = {
    "happiness": POSITIVE,
    "happy": POSITIVE,
    POSITIVE: POSITIVE,
    "anger": NEGATIVE,
    "contempt": NEGATIVE,
    "disgust": NEGATIVE,
    "fear": NEGATIVE,
    "repression": NEGATIVE,
    "sad": NEGATIVE,
    "sadness": NEGATIVE,
    NEGATIVE: NEGATIVE,
    SURPRISE: SURPRISE,
}


@dataclass(frozen=True)
class Folder:
    """A folder of pictures, with the number in the name of its first one."""

    path: Path
    first: int


@dataclass(kw_only=True)
class MicroTree:
    """A data set on disk: its spreadsheet, and its folders of pictures by the words of their path.

    ``pictures`` names the part of the tree to look in, where a set holds the same samples twice.
    """

    root: Path
    terms: Terms
    rate_hz: float
    pictures: str = ""
    tree: Tree = field(init=False)
    folders: list[tuple[tuple[str, ...], Folder]] = field(init=False)

    def __post_init__(self) -> None:
        self.tree = Tree(self.root, self.terms)
        self.tree.need(self.pictures or ".")
        self.folders = [
            (tuple(part.lower() for part in path.relative_to(self.root).parts), found)
            for path in sorted((self.root / self.pictures).rglob("*"))
            if path.is_dir() and (found := _folder(path)) is not None
        ]

    def sheets(self, *patterns: str) -> dict[str, Rows]:
        """The sheets of the first file that fits one of some patterns, anywhere in the tree."""
        for pattern in patterns:
            found = sorted(self.root.rglob(pattern))
            if found:
                return read_sheets(found[0])
        raise DatasetError(
            f"{self.root}: expected the spreadsheet of {self.terms.name} ({' or '.join(patterns)}) "
            f"not found. {self.terms.ask} Licence: {self.terms.licence}."
        )

    def folder(self, *words: str) -> Folder | None:
        """The folder whose path holds these words in order, the last as its name; else a fault."""
        wanted = [word.lower() for word in words]
        found = [each for path, each in self.folders if _holds(path, wanted)]
        if len(found) == 1:
            return found[0]
        told = "/".join(words)
        if not found:
            self.tree.fault(f"{told}: listed in the spreadsheet, but no folder of pictures")
        else:
            places = " and ".join(str(each.path.relative_to(self.root)) for each in found[:3])
            self.tree.fault(f"{told}: found in {places}; name one with pictures=")
        return None

    def starting(self, parent: str, start: str) -> Folder | None:
        """The folder in one called ``parent`` whose own name begins so; else a fault."""
        found = [
            each
            for path, each in self.folders
            if path[-1].startswith(start.lower()) and parent.lower() in path[:-1]
        ]
        if len(found) != 1:
            self.tree.fault(f"{parent}/{start}*: expected one folder of pictures, {len(found)}")
            return None
        return found[0]

    def event(
        self, row: Mapping[str, str], folder: Folder, *, kind: str = "micro"
    ) -> ExpressionEvent | None:
        """The event of a row in seconds after the folder's first picture, or a fault.

        An apex that is not marked lies in the middle, an offset that is not at the apex;
        ``scores`` say which were marked.
        """
        onset, apex, offset = (_number(row.get(name, "")) for name in ("onset", "apex", "offset"))
        end = offset or apex
        if onset is None or end is None or end < onset:
            self.tree.fault(f"{row['file']}: expected frame numbers that increase, got {dict(row)}")
            return None
        if apex is not None and not onset <= apex <= end:
            self.tree.fault(f"{row['file']}: expected the apex between, got {onset} {apex} {end}")
            return None
        middle = (onset + end) / 2 if apex is None else apex
        times = [(number - folder.first) / self.rate_hz for number in (onset, middle, end)]
        return ExpressionEvent(
            onset_s=times[0],
            apex_s=times[1],
            offset_s=times[2],
            kind=kind,
            label=row.get("emotion", "").strip().lower() or None,
            scheme=self.terms.name,
            scores={"apex_marked": float(apex is not None), "offset_marked": float(bool(offset))},
        )


def three_classes(emotion: str) -> str | None:
    """Negative, positive or surprise as in MEGC2019; None for what belongs to none of them."""
    return CLASSES.get(emotion.strip().lower())


def _holds(path: tuple[str, ...], words: list[str]) -> bool:
    if path[-1] != words[-1]:
        return False
    rest = iter(path)
    return all(word in rest for word in words)


def _folder(path: Path) -> Folder | None:
    numbers = [
        int(found[-1])
        for one in path.iterdir()
        if one.suffix.lower() in KINDS and (found := re.findall(r"\d+", one.stem))
    ]
    return Folder(path, min(numbers)) if numbers else None


def _number(text: str) -> int | None:
    """A frame number; None for a slash, an empty cell, 0 and below, which mean not marked."""
    try:
        number = int(float(text))
    except ValueError:
        return None
    return number if number > 0 else None
