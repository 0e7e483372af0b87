"""The data sets that are read by name, and a list of their clips as ``relations fit`` takes it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from mimetic.datasets import bp4d, ck, crema, nemo, ravdess
from mimetic.datasets.base import Label, Recording, Terms
from mimetic.datasets.table import OWN
from mimetic.errors import ArgumentError
from mimetic.io.disk import disk_errors, replace_file

Reader = Callable[[str | Path], tuple[Recording, ...]]
SETS: dict[str, tuple[Reader, Terms]] = {
    "nemo": (nemo.read_nemo, nemo.TERMS),
    "crema": (crema.read_crema, crema.TERMS),
    "ck": (ck.read_ck, ck.TERMS),
    "bp4d": (bp4d.read_bp4d, bp4d.TERMS),
    "ravdess": (ravdess.read_ravdess, ravdess.TERMS),
}


def read_set(name: str, root: str | Path) -> tuple[Recording, ...]:
    """The recordings of a data set by its name; DatasetError tells what is wrong with the tree."""
    if name not in SETS:
        raise ArgumentError(f"set: expected one of {', '.join(SETS)}, got {name!r}")
    return SETS[name][0](root)


def write_list(recordings: Sequence[Recording], path: str | Path) -> None:
    """Write path, subject, family and all labels as CSV, as ``read_list`` reads it.

    Paths are relative to the file's folder; what a set does not say is an empty cell. Raises
    ArgumentError where the file is there already: it may hold labels of the user's own.
    """
    path = Path(path)
    if path.exists():
        raise ArgumentError(f"{path}: expected a new file, it is there already; move it away")
    labels = list(dict.fromkeys(name for one in recordings for name in one.labels))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*OWN, *labels])
    home = path.absolute().parent
    for one in recordings:
        place = Path(os.path.relpath(one.source.absolute(), home)).as_posix()
        cells = [_cell(one.labels.get(name)) for name in labels]
        writer.writerow([place, one.subject, one.family or "", *cells])
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.getvalue().encode())


def _cell(label: Label) -> str:
    """A label as it is written: 34, not 34.0, and nothing where it is not known."""
    if label is None:
        return ""
    return f"{label:.12g}" if isinstance(label, float) else label
