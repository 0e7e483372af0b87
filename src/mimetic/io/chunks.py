"""Arrays as zarr 3 folders whose chunks are written once, flushed, and never changed.

The layout is plain zarr 3: chunks of 256 rows along the first axis, whole along
the others, little endian, zstd level 1, file names ``c.<i>.0...``; ``zarr.open``
reads it. It is written here and not through zarr because a chunk of some twenty
arrays must cost a few milliseconds, be flushed before the manifest confirms it,
and be the same bytes every time (one thread, no clock).

A chunk that was never written reads as missing: NaN for floats, False, 0 for
whole numbers, and -32768 for int16, which is stored flow (``records.encode_flow``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numcodecs import Zstd  # type: ignore[import-untyped]

from mimetic.errors import ArgumentError, StoreError
from mimetic.io.disk import FileBatch

CHUNK = 256  # rows of a chunk
FLOW_MISSING = -32768
FLOW_SCALE_PX = 1 / 256
TYPES = (
    *("bool", "uint8", "uint16", "uint32", "uint64"),
    *("int8", "int16", "int32", "int64", "float32", "float64"),
)
_CODEC = Zstd(level=1)


@dataclass(frozen=True, kw_only=True)
class ArraySpec:
    """Type and shape of a stored array; ``growing`` ones get a row per frame.

    ``shape`` leaves out the rows of a growing array (the stage knows them).
    """

    dtype: str
    shape: tuple[int, ...]
    growing: bool

    def whole(self, rows: int) -> tuple[int, ...]:
        """The full shape, with ``rows`` frames where the array grows."""
        return (rows, *self.shape) if self.growing else self.shape

    def chunk(self) -> tuple[int, ...]:
        """The shape of one chunk; zarr wants at least 1 along every axis."""
        if self.growing:
            first: tuple[int, ...] = (CHUNK,)
            rest = self.shape
        else:
            first = tuple(min(CHUNK, size) for size in self.shape[:1])
            rest = self.shape[1:]
        return tuple(max(1, size) for size in first + rest)

    def fill(self) -> float | int | bool:
        """What a missing row reads as."""
        kind = np.dtype(self.dtype)
        if kind == np.int16:
            return FLOW_MISSING
        return {"f": float("nan"), "b": False}.get(kind.kind, 0)


def spec_of(name: str, array: npt.NDArray[Any], *, growing: bool) -> ArraySpec:
    """The spec of an array as it comes; types that zarr cannot hold are refused."""
    dtype = array.dtype.name
    if dtype not in TYPES:
        raise ArgumentError(
            f"{name}: expected an array of one of {', '.join(TYPES)}, got {array.dtype}; "
            "text belongs into facts"
        )
    if growing and array.ndim == 0:
        raise ArgumentError(f"{name}: expected a row per frame, got a single number")
    return ArraySpec(
        dtype=dtype, shape=array.shape[1:] if growing else array.shape, growing=growing
    )


def write_chunk(
    batch: FileBatch, folder: Path, index: int, *, rows: npt.NDArray[Any], spec: ArraySpec
) -> None:
    """Write one chunk; a short one is filled up with missing rows."""
    shape = spec.chunk()
    little = np.dtype(spec.dtype).newbyteorder("<")
    if rows.shape == shape:
        block = np.ascontiguousarray(rows, little)
    else:
        block = np.full(shape, spec.fill(), little)
        block[: len(rows)] = rows
    batch.write(folder / _key(index, len(shape)), _CODEC.encode(block.reshape(-1).view("u1")))


def write_whole(
    batch: FileBatch, folder: Path, array: npt.NDArray[Any], *, spec: ArraySpec
) -> None:
    """Write an array that is there at once, with its zarr metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    if array.ndim == 0:
        write_chunk(batch, folder, 0, rows=array, spec=spec)
    elif array.size:
        for index, first in enumerate(range(0, len(array), CHUNK)):
            rows = array[first : first + CHUNK]
            write_chunk(batch, folder, index, rows=rows, spec=spec)
    write_metadata(batch, folder, spec, rows=0)


def write_metadata(batch: FileBatch, folder: Path, spec: ArraySpec, *, rows: int) -> None:
    """Write the zarr.json of an array with its final number of rows."""
    fill = spec.fill()
    attributes: dict[str, Any] = {}
    if spec.dtype == "int16":
        attributes = {"scale_px": FLOW_SCALE_PX, "missing": FLOW_MISSING}
    _write_json(
        batch,
        folder,
        {
            "zarr_format": 3,
            "node_type": "array",
            "shape": spec.whole(rows),
            "data_type": spec.dtype,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": spec.chunk()}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
            "fill_value": "NaN" if fill != fill else fill,
            "codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "zstd", "configuration": {"level": 1, "checksum": False}},
            ],
            "attributes": attributes,
            "storage_transformers": [],
        },
    )


def write_group(batch: FileBatch, folder: Path) -> None:
    """Write the zarr.json of a group."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(batch, folder, {"zarr_format": 3, "node_type": "group", "attributes": {}})


def read_rows(
    folder: Path, spec: ArraySpec, total: int, *, start: int = 0, stop: int | None = None
) -> npt.NDArray[Any]:
    """Rows ``start`` to ``stop`` of an array that has ``total`` confirmed rows if it grows."""
    shape = spec.whole(total)
    if not shape:
        return _read_chunk(folder, 0, spec)
    start, stop, _ = slice(start, stop).indices(shape[0])
    out = np.empty((max(stop - start, 0), *shape[1:]), spec.dtype)
    if not out.size:
        return out
    for index in range(start // CHUNK, (stop - 1) // CHUNK + 1):
        first, last = max(start, index * CHUNK), min(stop, (index + 1) * CHUNK)
        block = _read_chunk(folder, index, spec)
        out[first - start : last - start] = block[first - index * CHUNK : last - index * CHUNK]
    return out


def forget_rows(folder: Path, known: Mapping[str, ArraySpec], rows: int) -> None:
    """Delete every chunk file under ``folder`` that ``rows`` confirmed rows do not cover."""
    kept = {folder / name: -(-rows // CHUNK) for name, spec in known.items() if spec.growing}
    once = {folder / name for name, spec in known.items() if not spec.growing}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent not in once:
            chunk = path.name.split(".")[1] if path.name.startswith("c.") else ""
            if not chunk.isdigit() or int(chunk) >= kept.get(path.parent, 0):
                path.unlink()


def _read_chunk(folder: Path, index: int, spec: ArraySpec) -> npt.NDArray[Any]:
    shape = spec.chunk() if spec.whole(1) else ()
    path = folder / _key(index, len(shape))
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return np.full(shape, spec.fill(), spec.dtype)
    try:
        raw = _CODEC.decode(content)
        block = np.frombuffer(raw, np.dtype(spec.dtype).newbyteorder("<")).reshape(shape)
    except (RuntimeError, ValueError) as error:
        raise StoreError(
            f"{path}: expected a zstd chunk of shape {list(shape)}, got a damaged file ({error}); "
            "delete the result folder and run again"
        ) from error
    return block.astype(spec.dtype, copy=False)


def _key(index: int, axes: int) -> str:
    return ".".join(["c", *[str(index if axis == 0 else 0) for axis in range(axes)]])


def _write_json(batch: FileBatch, folder: Path, values: dict[str, Any]) -> None:
    path, content = folder / "zarr.json", json.dumps(values, indent=1).encode()
    # Groups are shared with finished stages, whose readers must never see them cut short.
    if not path.exists() or path.read_bytes() != content:
        batch.write(path, content)
