"""Reading what the manifest of a result folder confirms; needs no lock."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, StoreError
from mimetic.io.chunks import read_rows
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.manifest import Manifest, StageEntry
from mimetic.io.records import ROWS, decode_flow, from_plain, unpack

ARRAYS = "arrays.zarr"
DETAILS = "details"
STATE = "state"
_DETAILS = {"facts": dict, "records": dict, "provenance": dict | None}
_ROW_FIELDS = {kind.__name__: rows for kind, rows in ROWS.items()}


@dataclass(frozen=True)
class Stored:
    """The confirmed content of a folder under one manifest."""

    path: Path
    manifest: Manifest

    def entry(self, stage: str) -> StageEntry:
        """The manifest's entry of a stage; StoreError when it was never begun."""
        if stage not in self.manifest.stages:
            have = ", ".join(self.manifest.stages) or "none"
            raise StoreError(
                f"{self.path}: the stage {stage!r} has not run (there are: {have}); "
                f"run the same command again: mimetic analyze VIDEO -o {self.path}"
            )
        return self.manifest.stages[stage]

    def finished(self, stage: str) -> StageEntry:
        """The same, but StoreError also when the stage has begun and is not done."""
        entry = self.entry(stage)
        if not entry.done:
            raise StoreError(
                f"{self.path}: the stage {stage!r} stopped after {entry.rows} frames; "
                f"run the same command again, it goes on from there: "
                f"mimetic analyze VIDEO -o {self.path}"
            )
        return entry

    def array(
        self, stage: str, name: str, *, start: int = 0, stop: int | None = None
    ) -> npt.NDArray[Any]:
        """Rows of one array of a stage, as far as they are confirmed."""
        entry = self.entry(stage)
        if name not in entry.arrays:
            raise StoreError(
                f"{self.path}: the stage {stage!r} left no array {name!r} "
                f"(it left: {', '.join(entry.arrays) or 'none'})"
            )
        where = self.path / ARRAYS / stage / name
        with disk_errors(where):
            return read_rows(where, entry.arrays[name], entry.rows, start=start, stop=stop)

    def facts(self, stage: str) -> dict[str, Any]:
        """The facts that a finished stage left."""
        facts: dict[str, Any] = from_plain(self.details(stage)["facts"])
        return facts

    def details(self, stage: str) -> dict[str, Any]:
        """Facts, records and provenance of a finished stage, as they lie on the disk."""
        self.finished(stage)
        path = self.path / DETAILS / f"{stage}.json"
        try:
            details: dict[str, Any] = json.loads(path.read_bytes())
            for key, kind in _DETAILS.items():
                if not isinstance(details[key], kind):
                    raise ValueError(f"{key} is {details[key]!r}")
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(
                f"{path}: expected the facts of the stage {stage!r}, got: {error}; "
                "delete that file and run again"
            ) from error
        return details

    def left_out(self, stage: str, record: str) -> tuple[str, ...]:
        """The fields of a record that a finished stage did not store, or that were dropped."""
        kept = self.details(stage)["records"].get(record, {})
        return tuple(kept.get("left_out", ()))

    def record(self, stage: str, name: str, *, start: int = 0, stop: int | None = None) -> Any:
        """A record of a finished stage, whole or a stretch of its rows."""
        records = self.details(stage)["records"]
        if name not in records:
            raise StoreError(
                f"{self.path}: the stage {stage!r} left no {name!r} "
                f"(it left: {', '.join(records) or 'none'})"
            )
        return self.build(f"{stage}/{name}", records[name], start=start, stop=stop)

    def build(
        self, where: str, kept: Mapping[str, Any], *, start: int = 0, stop: int | None = None
    ) -> Any:
        """The record at ``where`` (stage/name) again, from what its stage keeps of it."""
        stage, name = where.split("/", 1)
        if kept["left_out"]:
            raise StoreError(
                f"{self.path}: {', '.join(kept['left_out'])} of {name!r} were not stored "
                "(--no-pixels); run analyze again without that option"
            )
        arrays = {}
        growing = _ROW_FIELDS.get(kept["kind"], ())
        for field in kept["arrays"]:
            first, last = (start, stop) if field in growing else (0, None)
            array = self.array(stage, f"{name}/{field}", start=first, stop=last)
            arrays[field] = decode_flow(array) if field == "flow_px" else array
        return unpack(kept["kind"], arrays, kept["plain"])


def write_details(folder: Path, stage: str, details: Mapping[str, Any]) -> None:
    """Write what ``Stored.details`` reads."""
    (folder / DETAILS).mkdir(exist_ok=True)
    content = json.dumps(details, separators=(",", ":"), allow_nan=False).encode()
    replace_file(folder / DETAILS / f"{stage}.json", content)


def state_path(folder: Path, stage: str, rows: int) -> Path:
    """Where the state after ``rows`` confirmed rows lies."""
    return folder / STATE / f"{stage}-{rows}.npz"


def pack_state(state: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of a state as .npz; no pickle, so object arrays are refused."""
    objects = [name for name, array in state.items() if np.asarray(array).dtype.hasobject]
    if objects:
        raise ArgumentError(f"state: expected arrays of numbers or text, got {', '.join(objects)}")
    buffer = io.BytesIO()
    # Not np.savez, which cannot hold an array named "file".
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in state.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def load_state(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The state that ``pack_state`` wrote."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise StoreError(
            f"{path}: expected the state of a stage, got a damaged file ({error}); "
            "delete that file and run again, the stage then starts anew"
        ) from error
