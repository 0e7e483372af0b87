"""What a result folder holds and how far each stage has come; the only truth about it.

A file that the manifest does not confirm does not count. It is small (settings,
counts, array types; facts and records of finished stages lie in ``details/``),
because it is written anew after every chunk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NoReturn

from mimetic.errors import SchemaError, StoreError
from mimetic.io.chunks import TYPES, ArraySpec
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.stagefiles import ARRAY_NAME

NAME = "manifest.json"
FORMAT = "mimetic-result"
SCHEMA = 1
STAGE_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Parts without separators of any system, none of them "." or "..": never out of the folder.
FILE_NAME = re.compile(r"(?!\.\.?(/|$))[^/\\:\0]+(/(?!\.\.?(/|$))[^/\\:\0]+)*")


@dataclass(frozen=True)
class Source:
    """The video that a folder belongs to: where it was, and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class StageEntry:
    """One stage: what it was made from, its confirmed rows, its arrays and files.

    ``records`` holds, until the stage is done, the kind and plain fields of
    records that are written chunk by chunk. ``files`` are paths inside the folder.
    """

    hash: str
    config_hash: str
    inputs: tuple[str, ...]
    package: str
    rows: int = 0
    done: bool = False
    has_state: bool = False
    arrays: dict[str, ArraySpec] = field(default_factory=dict)
    records: dict[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The source and the stages, in the order in which they were begun."""

    source: Source
    stages: dict[str, StageEntry]

    def dependents(self, stage_hash: str) -> Iterator[str]:
        """Names of the stages that were made from a stage, directly or through others."""
        for name, entry in self.stages.items():
            if stage_hash in entry.inputs:
                yield name
                yield from self.dependents(entry.hash)

    def save(self, folder: Path) -> None:
        """Write the manifest so that it is the old one or the new one at every moment."""
        values = {"format": FORMAT, "schema": SCHEMA, **asdict(self)}
        with disk_errors(folder):
            replace_file(folder / NAME, json.dumps(values, separators=(",", ":")).encode())


def load_manifest(folder: Path) -> Manifest:
    """The manifest of a folder; SchemaError when newer, StoreError when damaged or absent."""
    path = folder / NAME
    if folder.is_file():
        raise StoreError(
            f"{folder}: expected a result folder, got a file; "
            f"if it is a video, make its result with: mimetic analyze {folder} -o FOLDER"
        )
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StoreError(
            f"{folder}: expected a result folder of mimetic, found no {NAME}; "
            "make one with: mimetic analyze VIDEO -o FOLDER"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        _damaged(path, error)
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        _damaged(path, f"format is not {FORMAT}")
    schema = values.get("schema")
    if not isinstance(schema, int):
        _damaged(path, f"schema is {schema!r}")
    if schema > SCHEMA:
        raise SchemaError(
            f"{folder}: written in schema {schema} by a newer mimetic, this one knows up to "
            f"{SCHEMA}; update it with: pip install -U mimetic"
        )
    try:
        source = Source(**_texts(values["source"]))
        stages = {name: _entry(name, entry) for name, entry in values["stages"].items()}
        _check_order(stages)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        _damaged(path, error)
    return Manifest(source, stages)


def _texts(values: dict[str, Any]) -> dict[str, str]:
    for name, value in values.items():
        _typed(name, value, str)
    return values


def _entry(name: str, values: dict[str, Any]) -> StageEntry:
    """A stage as it was stored; a name may lead nowhere but into this stage's own places."""
    if not STAGE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a stage")
    arrays = {array: _spec(array, spec) for array, spec in values["arrays"].items()}
    lists = {key: tuple(_typed(key, values[key], list)) for key in ("inputs", "files")}
    entry = StageEntry(**{**values, **lists, "arrays": arrays})
    for key in ("hash", "config_hash", "package"):
        _typed(key, values[key], str)
    for key in ("done", "has_state"):
        _typed(key, getattr(entry, key), bool)
    _typed("records", entry.records, dict)
    _whole_number("rows", entry.rows)
    for text in entry.inputs:
        _typed("inputs", text, str)
    for file in entry.files:
        if not FILE_NAME.fullmatch(_typed("files", file, str)):
            raise ValueError(f"{file!r} is no file of a stage")
    return entry


def _spec(name: str, values: dict[str, Any]) -> ArraySpec:
    if not ARRAY_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an array")
    if values["dtype"] not in TYPES:
        raise ValueError(f"{name} is of the type {values['dtype']!r}")
    shape = tuple(_whole_number(f"shape of {name}", size) for size in values["shape"])
    growing = _typed("growing", values["growing"], bool)
    return ArraySpec(dtype=values["dtype"], shape=shape, growing=growing)


def _check_order(stages: dict[str, StageEntry]) -> None:
    """No stage may be made from itself, directly or through others: a CycleError says so."""
    made_from: dict[str, set[str]] = {}
    for entry in stages.values():
        made_from.setdefault(entry.hash, set()).update(entry.inputs)
    TopologicalSorter(made_from).prepare()


def _typed(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {value!r}")
    return value


def _whole_number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} is {value!r}")
    return value


def _damaged(path: Path, fault: object) -> NoReturn:
    raise StoreError(
        f"{path}: expected the manifest of a result folder, got a damaged file ({fault}); "
        f"delete the folder {path.parent} and run again, or bring the file back from a backup"
    ) from (fault if isinstance(fault, BaseException) else None)
