"""A lab's own trial times: a BIDS-like table of onset, duration and trial_type."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from mimetic.errors import EventsError

COLUMNS = ("onset", "duration", "trial_type")
MISSING = ("n/a", "")
_SHOWN = 10  # faults told at once; more do not help


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial on the video's clock; ``duration_s`` is NaN where the table says n/a.

    A duration of 0 is a moment. ``trial_type`` is "n/a" where the table leaves it open.
    """

    onset_s: float
    duration_s: float
    trial_type: str


def read_events(path: str | Path) -> tuple[Trial, ...]:
    """The trials of a TSV file, by onset; further columns are left alone.

    Follows the events files of BIDS: tabs between columns, dots in numbers, "n/a"
    where nothing is known. All faults are told at once, as EventsError.
    """
    path = Path(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EventsError(f"{path}: expected a text file of trial times, got: {error}") from error
    names = [name.strip() for name in lines[0]] if lines else []
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        hint = "; put tabs, not commas, between the columns" if "," in "".join(names) else ""
        raise EventsError(
            f"{path}: expected the columns {', '.join(COLUMNS)} in the first line, "
            f"{', '.join(lacking)} not found{hint}"
        )
    faults: list[str] = []
    where = [names.index(name) for name in COLUMNS]
    trials = [
        _trial([cells[i] if i < len(cells) else "" for i in where], number, faults)
        for number, cells in enumerate(lines[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    if not trials:
        faults.append("expected at least one trial, found none")
    if faults:
        more = f"\n... and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise EventsError("\n".join(f"{path}: {fault}" for fault in faults[:_SHOWN]) + more)
    return tuple(sorted(trials, key=lambda trial: trial.onset_s))


def _trial(cells: list[str], line: int, faults: list[str]) -> Trial:
    onset, duration, kind = (cell.strip() for cell in cells)
    onset_s = _seconds(onset, f"line {line}: onset", faults)
    duration_s = _seconds(duration, f"line {line}: duration", faults)
    if onset in MISSING:
        faults.append(f"line {line}: onset: expected seconds, got {onset or 'nothing'}")
    if duration_s < 0:
        faults.append(f"line {line}: duration: expected 0 or more seconds, got {duration}")
    trial_type = "n/a" if kind in MISSING else kind
    return Trial(onset_s=onset_s, duration_s=duration_s, trial_type=trial_type)


def _seconds(text: str, where: str, faults: list[str]) -> float:
    if text in MISSING:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        hint = " (write a dot, not a comma)" if "," in text else ""
        faults.append(f"{where}: expected seconds, got {text!r}{hint}")
        return math.nan
    return value
