"""Results in the formats of other tools: CSV, OpenFace, MATLAB, HDF5, NWB.

Every export holds the same groups (``gather``), without pixels. Missing stays
NaN or empty. The first axis is the frame. MATLAB and R read the axes of HDF5 in
reverse order, those of .mat as they are written. Frame numbers count from 0.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy.io import savemat

from mimetic.errors import ArgumentError, MissingExtra, ShapeError, TooLargeError
from mimetic.io.disk import disk_errors
from mimetic.io.gather import gather, unit_of
from mimetic.io.nwb import write_nwb
from mimetic.io.openface import write_openface
from mimetic.io.result import Result
from mimetic.io.tables import write_text

NOTE = (
    "mimetic: times in seconds on the video's own clock; x right, y down; missing is NaN; "
    "frame numbers count from 0; left and right are the person's own"
)
MAT_BYTES = 2**31 - 1  # of one variable in a MATLAB 5 file
_MAT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def export(result: Result, format: str, out: str | Path) -> list[Path]:
    """Write a result as csv (a folder, a file per table), openface, mat, h5 or nwb (a file).

    Returns the files written; a file is complete or absent. MissingExtra names what
    to install; StoreError what has not run.
    """
    if format not in FORMATS:
        raise ArgumentError(f"format: expected one of {', '.join(FORMATS)}, got {format!r}")
    out = Path(out)
    with disk_errors(out):
        (out if format == "csv" else out.parent).mkdir(parents=True, exist_ok=True)
    return FORMATS[format](result, out)


def _export_csv(result: Result, out: Path) -> list[Path]:
    return [write_text(out / f"{name}.csv", result.table(name)) for name in result.tables]


def _export_openface(result: Result, out: Path) -> list[Path]:
    return [write_openface(out, result.track)]


def _export_mat(result: Result, out: Path) -> list[Path]:
    groups = {name: _matlab(name, values) for name, values in gather(result).items()}
    with _whole(out) as passing, open(passing, "wb") as file:
        savemat(
            file,
            {**groups, "note": NOTE},
            oned_as="column",
            long_field_names=True,  # 63 characters, as MATLAB reads them
            do_compression=True,
        )
    return [out]


def _export_h5(result: Result, out: Path) -> list[Path]:
    h5py = _extra("h5py")
    groups = gather(result)
    with _whole(out) as passing, h5py.File(passing, "w") as file:
        file.attrs["note"] = NOTE
        file.attrs["axes"] = (
            "row-major, the first axis is the frame; MATLAB and R show the axes in reverse order"
        )
        for name, values in groups.items():
            _fill_group(file.create_group(name), values)
    return [out]


def _export_nwb(result: Result, out: Path) -> list[Path]:
    _extra("pynwb")
    groups = gather(result)
    with _whole(out) as passing:
        write_nwb(passing, groups, provenance=result.provenance, note=NOTE)
    return [out]


FORMATS: Mapping[str, Callable[[Result, Path], list[Path]]] = {
    "csv": _export_csv,
    "openface": _export_openface,
    "mat": _export_mat,
    "h5": _export_h5,
    "nwb": _export_nwb,
}


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """A passing file beside ``out`` that takes its name when all went well."""
    # With the same ending, because NWB insists on its own.
    passing = out.with_name(f".{out.stem}.part{out.suffix}")
    with disk_errors(out):
        try:
            yield passing
            os.replace(passing, out)
        finally:
            passing.unlink(missing_ok=True)


def _matlab(group: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """One struct: text lists as cells, columns for rows per frame, names that MATLAB takes."""
    bad = [name for name in (group, *values) if not _MAT_NAME.fullmatch(name)]
    if bad:
        raise ShapeError(
            f"{', '.join(bad)}: expected names of letters, digits and _, at most 63, as MATLAB "
            "has them; export as h5 instead"
        )
    for name, value in values.items():
        if getattr(value, "nbytes", 0) > MAT_BYTES:
            raise TooLargeError(
                f"{group}.{name}: expected at most 2 GiB, which a MATLAB file holds in one "
                f"variable, got {value.nbytes / 2**30:.1f} GiB; export as h5, MATLAB reads it too"
            )
    return {name: _cells(value) for name, value in values.items()}


def _cells(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    cells = np.empty((len(value), 1), dtype=object)
    cells[:, 0] = value
    return cells


def _fill_group(group: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, np.ndarray) and value.size:
            item = group.create_dataset(
                name, data=value, chunks=True, compression="gzip", shuffle=True, track_times=False
            )
            item.attrs["unit"] = unit_of(name)
        elif isinstance(value, np.ndarray):
            group.create_dataset(name, data=value).attrs["unit"] = unit_of(name)
        elif isinstance(value, list):
            texts = np.array([text.encode() for text in value], dtype=object)
            group.create_dataset(name, data=texts, dtype=_extra("h5py").string_dtype())
        else:
            group.attrs[name] = value


def _extra(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra(
            f'this export needs {name}; install it with: pip install "mimetic[export]"'
        ) from error
