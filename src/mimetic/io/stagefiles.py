"""The arrays of one stage on the disk: what may be written, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, ShapeError
from mimetic.io.chunks import (
    CHUNK,
    ArraySpec,
    spec_of,
    write_chunk,
    write_group,
    write_metadata,
    write_whole,
)
from mimetic.io.disk import FileBatch

Array = npt.NDArray[Any]
Specs = Mapping[str, ArraySpec]
ARRAY_NAME = re.compile(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*")


class StageFiles:
    """The folder ``home`` of a stage's arrays; nothing here counts until the manifest says so."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._stage = home.name

    def specs(self, arrays: Mapping[str, Array], known: Specs, *, growing: bool) -> dict[str, Any]:
        """The specs of arrays beside the known ones; refuses other types and names that clash."""
        specs = {name: spec_of(name, array, growing=growing) for name, array in arrays.items()}
        for name, spec in specs.items():
            if name not in known:
                _check_name(name, [*known, *specs])
            elif known[name] != spec:
                raise ShapeError(f"{self._stage}: {name}: expected {known[name]}, got {spec}")
        return specs

    def count(self, rows: Mapping[str, Array], *, tail: int) -> int:
        """How many rows all arrays have; ``tail`` rows of a short chunk before end a stage."""
        lengths = {len(array) for array in rows.values()}
        if len(lengths) != 1 or not 1 <= min(lengths) <= CHUNK:
            told = ", ".join(f"{name}: {len(array)}" for name, array in rows.items())
            raise ShapeError(
                f"{self._stage}: expected the same 1 to {CHUNK} rows of every array, "
                f"got {told or 'none'}"
            )
        if tail:
            raise ArgumentError(
                f"{self._stage}: only the last rows may be fewer than {CHUNK}, "
                f"and {tail} came; call finish"
            )
        return lengths.pop()

    def write_rows(
        self, batch: FileBatch, rows: Mapping[str, Array], *, specs: Specs, start: int
    ) -> None:
        """Write the chunk of each array that begins at row ``start``."""
        for name, array in rows.items():
            home = self.home / name
            home.mkdir(parents=True, exist_ok=True)
            write_chunk(batch, home, start // CHUNK, rows=array, spec=specs[name])

    def write_whole(self, batch: FileBatch, arrays: Mapping[str, Array], *, specs: Specs) -> None:
        """Write arrays that are there at once."""
        for name, array in arrays.items():
            write_whole(batch, self.home / name, np.asarray(array), spec=specs[name])

    def write_tree(self, batch: FileBatch, specs: Specs, *, rows: int) -> None:
        """Write the metadata that makes the arrays readable as zarr."""
        groups = {self.home.parent, self.home}
        for name, spec in specs.items():
            groups.update(
                self.home.joinpath(*name.split("/")[:i]) for i in range(name.count("/") + 1)
            )
            if spec.growing:
                write_metadata(batch, self.home / name, spec, rows=rows)
        for group in sorted(groups):
            write_group(batch, group)


def _check_name(name: str, others: Iterable[str]) -> None:
    if not ARRAY_NAME.fullmatch(name):
        raise ArgumentError(f"{name!r}: expected a name of letters, digits, _, - and /")
    for other in others:
        if name.startswith(other + "/") or other.startswith(name + "/"):
            raise ArgumentError(f"{name!r}: {other!r} is there too; an array cannot hold another")
