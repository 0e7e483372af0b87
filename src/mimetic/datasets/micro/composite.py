"""Three sets and three classes tested as one: the composite protocol of MEGC2019 (See et al.)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mimetic.datasets.base import Recording
from mimetic.datasets.micro.sheets import read_sheets
from mimetic.errors import DatasetError

SETS = ("casme2", "smic", "samm")
NUMBERS = {"0": "negative", "1": "positive", "2": "surprise"}
PUBLISHED = {"casme2": 145, "smic": 164, "samm": 133}
PUBLISHED_SUBJECTS = 68
# The composite takes no fear and sadness from CASME II.
NOT_TAKEN = {"casme2": ("fear", "sadness")}


@dataclass(frozen=True, kw_only=True)
class Composite:
    """The recordings of the composite, their subjects named after the set, label "class" known.

    ``differs`` says in words how the counts differ from the published ones, empty where they
    do not.
    """

    recordings: tuple[Recording, ...]
    counts: Mapping[str, int]
    differs: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The class of each recording."""
        return tuple(str(one.labels["class"]) for one in self.recordings)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subject of each recording; one is left out after the other."""
        return tuple(one.subject for one in self.recordings)


def composite(
    sets: Mapping[str, Sequence[Recording]], listing: str | Path | None = None
) -> Composite:
    """The samples of the composite out of recordings of ``casme2``, ``smic`` and ``samm``.

    ``listing`` is the file of the challenge (``combined_3class_gt.csv``: set, subject, file,
    class 0 to 2), which says exactly which samples count. Without it every sample whose
    emotion belongs to a class is taken, and counts may differ from the published 145, 164
    and 133 of 68 subjects. Raises DatasetError for sets missing, and for samples that are
    listed but not there.
    """
    if sorted(sets) != sorted(SETS):
        raise DatasetError(
            f"sets: expected recordings of {', '.join(SETS)}, got {', '.join(sets) or 'none'}"
        )
    if listing is None:
        chosen = [
            (name, one, str(one.labels["class"]))
            for name in SETS
            for one in sets[name]
            if one.labels.get("class") and one.labels["emotion"] not in NOT_TAKEN.get(name, ())
        ]
    else:
        chosen = _listed(sets, Path(listing))
    recordings = tuple(
        replace(
            one,
            id=f"{name}/{one.id}",
            subject=f"{name}/{one.subject}",
            labels={**one.labels, "class": label},
        )
        for name, one, label in chosen
    )
    counts = {name: sum(each == name for each, *_ in chosen) for name in SETS}
    people = len({one.subject for one in recordings})
    return Composite(recordings=recordings, counts=counts, differs=_differs(counts, people))


def _listed(
    sets: Mapping[str, Sequence[Recording]], listing: Path
) -> list[tuple[str, Recording, str]]:
    known = {
        (name, _number(one.subject), str(one.labels["sample"]).lower()): one
        for name in SETS
        for one in sets[name]
    }
    chosen, faults = [], []
    (rows,) = read_sheets(listing).values()
    for number, row in enumerate((row for row in rows if any(row)), 1):
        if len(row) < 4 or row[3] not in NUMBERS:
            faults.append(f"line {number}: expected set, subject, file and 0, 1 or 2, got {row}")
            continue
        found = known.get((row[0].lower(), _number(row[1]), row[2].lower()))
        if found is None:
            faults.append(f"line {number}: no recording of {row[0]}, {row[1]}, {row[2]}")
        else:
            chosen.append((row[0].lower(), found, NUMBERS[row[3]]))
    if faults:
        more = f"\n... and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise DatasetError("\n".join(f"{listing}: {each}" for each in faults[:10]) + more)
    return chosen


def _number(subject: str) -> int:
    """The number in a subject's name: sub01, s1 and 006 are written in several ways."""
    found = re.search(r"\d+", subject)
    return int(found[0]) if found else -1


def _differs(counts: Mapping[str, int], people: int) -> str:
    parts = [
        f"{name}: {counts[name]} samples, published {count}"
        for name, count in PUBLISHED.items()
        if counts[name] != count
    ]
    if people != PUBLISHED_SUBJECTS:
        parts.append(f"{people} subjects, published {PUBLISHED_SUBJECTS}")
    return "; ".join(parts)
