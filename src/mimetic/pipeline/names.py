"""Who is in which file of a folder, as a manifest says."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from mimetic.errors import VideoError

MANIFEST = "MANIFEST.csv"
NOBODY = "-"  # what a manifest writes where it does not know the person


class Names:
    """The persons of the nearest manifest, in a folder or above it; without one, file names."""

    def __init__(self, folder: Path) -> None:
        place = folder.resolve()
        homes = [home for home in (place, *place.parents) if (home / MANIFEST).is_file()]
        self._home = homes[0] if homes else None
        self._person = {} if self._home is None else _persons(self._home / MANIFEST)

    def of(self, file: Path) -> str:
        """The identity that a file shows."""
        if self._home is None:
            return file.stem
        place = Path(os.path.relpath(file.resolve(), self._home)).as_posix()
        told = self._person.get(place, NOBODY)
        return file.stem if told in (NOBODY, "") else told


def _persons(manifest: Path) -> dict[str, str]:
    """Who is in each file that a manifest lists."""
    try:
        with manifest.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise VideoError(f"{manifest}: expected a readable CSV table, got {error}") from error
    if rows and not {"file", "person"} <= set(rows[0]):
        raise VideoError(f"{manifest}: expected the columns file and person, got {list(rows[0])}")
    return {row["file"]: (row["person"] or NOBODY).strip() for row in rows}
