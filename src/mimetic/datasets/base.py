"""What a data set yields: recordings with their person, labels and licence; and its refusals."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from mimetic.errors import DatasetError
from mimetic.types import ExpressionEvent

Label = str | float | None  # None where the set does not say
SHOWN = 10  # faults told at once; more do not help
Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One clip of one person, as a data set lists it.

    ``source`` is a video, a folder of pictures or a result folder. ``family`` joins
    relatives, who must not be learnt from and tested at once; None means nobody else.
    ``labels`` are words or numbers by name, as recorded in the data set.
    """

    id: str
    subject: str
    source: Path
    licence: str
    family: str | None = None
    events: tuple[ExpressionEvent, ...] = ()
    labels: Mapping[str, Label] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a data set is called, under which terms it may be used, and who gives it out."""

    name: str
    licence: str
    ask: str


class Tree:
    """The folder of a data set: finds its files and gathers what is wrong with it."""

    def __init__(self, root: str | Path, terms: Terms) -> None:
        self.root, self.terms = Path(root), terms
        self._faults: list[str] = []

    def need(self, *names: str) -> None:
        """Raise DatasetError, with whom to ask, unless these files and folders are there."""
        missing = [name for name in names if not (self.root / name).exists()]
        if missing:
            raise DatasetError(
                f"{self.root}: expected the tree of {self.terms.name}, {', '.join(missing)} not "
                f"found. {self.terms.ask} Licence: {self.terms.licence}."
            )

    def fault(self, text: str) -> None:
        """Remember something that is wrong, to be told with the rest."""
        self._faults.append(text)

    def read(self, name: str, parse: Callable[[str], Made], lines: Sequence[str]) -> list[Made]:
        """The parsed lines of a text file; those that do not parse are faults.

        ``parse`` raises ValueError, IndexError or KeyError.
        """
        made = []
        for number, line in enumerate(lines, 1):
            try:
                made.append(parse(line))
            except (ValueError, IndexError, KeyError):
                self.fault(f"{name}: line {number}: does not parse: {line.strip()!r}")
        return made

    def lines(self, name: str) -> list[str]:
        """The lines of a text file, DatasetError where it is none."""
        try:
            return (self.root / name).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(f"{self.root / name}: expected a text file, got: {error}") from error

    def rows(self, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
        """The rows of a CSV file by its header; DatasetError where columns are not there."""
        reader = csv.DictReader(self.lines(name), skipinitialspace=True)
        found = [column.strip() for column in reader.fieldnames or ()]
        lacking = [column for column in columns if column not in found]
        if lacking:
            raise DatasetError(
                f"{self.root / name}: expected the columns {', '.join(columns)} in the first "
                f"line, {', '.join(lacking)} not found"
            )
        reader.fieldnames = found
        return [{key: value or "" for key, value in row.items() if key} for row in reader]

    def done(self, recordings: Iterable[Recording]) -> tuple[Recording, ...]:
        """The recordings in the order of their names; DatasetError for faults, or for none."""
        listed = sorted(recordings, key=lambda one: one.id)
        if not listed and not self._faults:
            self.fault("expected at least one recording, found none")
        if self._faults:
            more = len(self._faults) - SHOWN
            shown = "\n".join(f"{self.root}: {fault}" for fault in self._faults[:SHOWN])
            raise DatasetError(shown + (f"\n... and {more} more" if more > 0 else ""))
        return tuple(listed)


def number_or_word(text: str) -> Label:
    """A cell as a number where it is one, None where it is empty or n/a."""
    text = text.strip()
    if text.lower() in ("", "n/a", "na", "nan"):
        return None
    try:
        return float(text)
    except ValueError:
        return text
