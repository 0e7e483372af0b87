"""What somebody said of identities by hand, kept beside the results it changes."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mimetic.errors import ArgumentError, StoreError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.track.identities import Assignment, merge_identities, swap_identities
from mimetic.types import Float64

EDITS = "identities.json"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What somebody said of identities: "swap" two from ``at_s`` on, or "merge" two into one."""

    kind: str
    first: int
    second: int
    at_s: float = 0.0

    def apply(self, persons: dict[int, Assignment], times_s: Float64) -> dict[int, Assignment]:
        """The persons after this edit."""
        if self.kind == "swap":
            return swap_identities(persons, self.first, self.second, at_row=self._row(times_s))
        return merge_identities(persons, self.first, self.second, times_s=times_s)

    def _row(self, times_s: Float64) -> int:
        if not self.at_s <= times_s[-1]:
            raise ArgumentError(
                f"at: expected a time up to {times_s[-1]:.3f} s, the last frame, got {self.at_s:g}"
            )
        return int(np.searchsorted(times_s, self.at_s))


def read_edits(folder: Path) -> tuple[Edit, ...]:
    """The edits stored in a result folder, in the order in which they were made."""
    path = folder / EDITS
    if not path.exists():
        return ()
    try:
        return tuple(Edit(**values) for values in json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"{path}: expected the identities mended by hand, got a fault: {error}; "
            "delete the file to go back to those found automatically"
        ) from error


def write_edits(folder: Path, edits: tuple[Edit, ...]) -> None:
    """Store the edits of a result folder."""
    content = json.dumps([dataclasses.asdict(edit) for edit in edits], indent=1)
    with disk_errors(folder):
        replace_file(folder / EDITS, content.encode())
