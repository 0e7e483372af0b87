"""One stage of a result folder being written: append chunks, then finish.

``store.ResultFolder.stage`` hands these out; its module says how they are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError
from mimetic.io.chunks import CHUNK
from mimetic.io.disk import FileBatch, disk_errors
from mimetic.io.manifest import FILE_NAME, StageEntry
from mimetic.io.records import Record, kept_of, pack, stored_form, to_plain
from mimetic.io.stagefiles import StageFiles
from mimetic.io.stored import (
    ARRAYS,
    Stored,
    load_state,
    pack_state,
    state_path,
    write_details,
)
from mimetic.io.tables import write_table
from mimetic.types import Provenance

if TYPE_CHECKING:
    from mimetic.io.store import ResultFolder

Array = npt.NDArray[Any]


class Stage:
    """A stage under the folder's lock; ``done`` ones are only read.

    One that is to start anew reads as empty, while what it replaces (and all that
    was made from that) stays in the folder until its first write: a run that fails
    before it has anything to write has cost nothing.
    """

    def __init__(
        self, folder: ResultFolder, name: str, entry: StageEntry, *, begun: bool = True
    ) -> None:
        self.name = name
        self._folder = folder
        self._entry = entry
        self._begun = begun
        self._tail = 0
        self._files = StageFiles(folder.path / ARRAYS / name)

    @property
    def done(self) -> bool:
        """Whether the manifest says that this stage is complete."""
        return self._entry.done

    @property
    def hash(self) -> str:
        """What the stage is made from (name, settings, inputs), to be an input of later stages."""
        return self._entry.hash

    @property
    def rows(self) -> int:
        """Rows written so far; on opening, the confirmed ones, a multiple of CHUNK until done."""
        return self._entry.rows + self._tail

    def state(self) -> dict[str, Array] | None:
        """What was saved with the last confirmed chunk, or None."""
        if not self._entry.has_state:
            return None
        return load_state(state_path(self._folder.path, self.name, self._entry.rows))

    def begin(self, *, keep: Sequence[str] = ()) -> None:
        """Give up what this stage replaces now and not at the first write.

        For a stage that puts files into the folder by itself; ``keep`` names those
        that are new already.
        """
        self._check_open()
        if not self._begun:
            self._folder.begin(self.name, self._entry, keep=keep)
            self._begun = True

    def append(
        self,
        arrays: Mapping[str, Array],
        *,
        records: Mapping[str, Record] | None = None,
        left_out: Sequence[str] = (),
        state: Mapping[str, Array] | None = None,
    ) -> None:
        """Write the next rows, at most CHUNK, and confirm them with the state.

        ``records`` are stretches of records of the same length: their rows are
        appended under ``<record>/<field>``, their other fields kept from the
        first stretch. ``left_out`` names fields that are not stored (pixels).
        Fewer than CHUNK rows end the stage: they count once ``finish`` is called.
        """
        self._check_open()
        rows = {name: np.asarray(array) for name, array in arrays.items()}
        constants: dict[str, Array] = {}
        kept = dict(self._entry.records)
        for name, record in (records or {}).items():
            taken = stored_form(record, left_out)
            rows |= {f"{name}/{field}": array for field, array in taken.rows.items()}
            if name not in kept:
                constants |= {f"{name}/{field}": a for field, a in taken.constants.items()}
            kept[name] = kept_of(taken, left_out, kept.get(name))
        known = self._entry.arrays
        specs = self._files.specs(rows, known, growing=True)
        specs |= self._files.specs(constants, known, growing=False)
        count = self._files.count(rows, tail=self._tail)
        self.begin()
        with disk_errors(self._folder.path), FileBatch() as batch:
            self._files.write_rows(batch, rows, specs=specs, start=self._entry.rows)
            self._files.write_whole(batch, constants, specs=specs)
            if state is not None and count == CHUNK:
                self._write_state(batch, state)
        entry = replace(self._entry, arrays={**self._entry.arrays, **specs}, records=kept)
        if count < CHUNK:
            self._entry, self._tail = entry, count
        else:
            self._confirm(replace(entry, rows=entry.rows + CHUNK, has_state=state is not None))

    def read(self, name: str, *, start: int = 0, stop: int | None = None) -> Array:
        """Rows of an array of this stage, also while it is being written."""
        return self._stored().array(self.name, name, start=start, stop=stop)

    def read_record(self, name: str, *, start: int = 0, stop: int | None = None) -> Any:
        """A record of this stage, also while it is being written."""
        if self.done:
            return self._stored().record(self.name, name, start=start, stop=stop)
        if name not in self._entry.records:
            raise ArgumentError(f"{self.name}: no record {name!r} was written yet")
        kept = self._entry.records[name]
        return self._stored().build(f"{self.name}/{name}", kept, start=start, stop=stop)

    def write_record(self, name: str, record: Record) -> None:
        """Write a record at once; it counts when the stage is finished."""
        self._check_open()
        taken = stored_form(record, ())
        arrays = {f"{name}/{field}": array for field, array in taken.arrays.items()}
        specs = self._files.specs(arrays, self._entry.arrays, growing=False)
        self.begin()
        with disk_errors(self._folder.path), FileBatch() as batch:
            self._files.write_whole(batch, arrays, specs=specs)
        self._entry = replace(
            self._entry,
            arrays={**self._entry.arrays, **specs},
            records={**self._entry.records, name: kept_of(taken, (), None)},
        )

    def write_table(
        self,
        name: str,
        columns: Mapping[str, Any],
        *,
        csv: bool = False,
        provenance: Provenance | None = None,
    ) -> None:
        """Write ``tables/<name>.parquet`` (and .csv); it counts when the stage is finished."""
        self._check_open()
        self.begin()
        path = self._folder.path / "tables" / f"{name}.parquet"
        with disk_errors(path):
            path.parent.mkdir(exist_ok=True)
            written = write_table(path, columns, csv=csv, provenance=provenance)
        self.add_files(*[f"tables/{file.name}" for file in written])

    def add_files(self, *names: str) -> None:
        """Count files as this stage's: a restart deletes them, their loss is a restart."""
        self._check_open()
        for name in names:
            if not FILE_NAME.fullmatch(name):
                raise ArgumentError(f"{name!r}: expected a file inside the folder, parts with /")
            if not (self._folder.path / name).is_file():
                raise ArgumentError(f"{name}: expected a file in {self._folder.path}, found none")
        self.begin(keep=names)
        files = dict.fromkeys([*self._entry.files, *names])
        self._entry = replace(self._entry, files=tuple(files))

    def finish(
        self,
        arrays: Mapping[str, Array] | None = None,
        *,
        facts: Mapping[str, Any] | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        """Write arrays that are there once, facts (JSON-able) and provenance; the stage is done."""
        self._check_open()
        once = {name: np.asarray(array) for name, array in (arrays or {}).items()}
        details = {
            "facts": to_plain(facts or {}),
            "records": self._entry.records,
            "provenance": None if provenance is None else pack(provenance).plain,
        }
        new = self._files.specs(once, self._entry.arrays, growing=False)
        specs = {**self._entry.arrays, **new}
        self.begin()
        with disk_errors(self._folder.path):
            with FileBatch() as batch:
                self._files.write_whole(batch, once, specs=new)
                self._files.write_tree(batch, specs, rows=self.rows)
            write_details(self._folder.path, self.name, details)
        done = replace(self._entry, arrays=specs, rows=self.rows, done=True)
        self._confirm(replace(done, has_state=False, records={}))

    def _confirm(self, entry: StageEntry) -> None:
        self._folder.confirm(self.name, entry)
        self._entry, self._tail = entry, 0

    def _write_state(self, batch: FileBatch, state: Mapping[str, Array]) -> None:
        path = state_path(self._folder.path, self.name, self._entry.rows + CHUNK)
        path.parent.mkdir(exist_ok=True)
        batch.write(path, pack_state(state))

    def _stored(self) -> Stored:
        """The folder with the rows of this stage that only ``finish`` will confirm."""
        stored = self._folder.stored()
        mine = {self.name: replace(self._entry, rows=self.rows)}
        stages = {**stored.manifest.stages, **mine}
        return Stored(stored.path, replace(stored.manifest, stages=stages))

    def _check_open(self) -> None:
        if self.done:
            raise ArgumentError(
                f"{self.name}: this stage is done and is only read; restart it with "
                f"folder.restart({self.name!r}) first"
            )
