"""Tidy tables as Parquet, and as CSV or TSV beside it: one row an observation, units in names.

Missing is empty (null in Parquet, an empty field in text), never 0. Writing the
same columns twice gives the same bytes, on another day too. The provenance lies in
the Parquet metadata under ``mimetic``, as JSON, without its time, which would make
equal tables differ; the details of the stage hold it whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from mimetic.errors import ArgumentError, ShapeError, StoreError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.types import Provenance

Columns = Mapping[str, Any]
_KEY = b"mimetic"


def make_table(columns: Columns, provenance: Provenance | None = None) -> pa.Table:
    """An Arrow table of 1-D arrays or lists of one length; NaN and None become null."""
    made = {name: _column(name, values) for name, values in columns.items()}
    lengths = {name: len(column) for name, column in made.items()}
    if len(set(lengths.values())) > 1:
        raise ShapeError(f"columns: expected one length, got {lengths}")
    table = pa.table(made)
    if provenance is not None:
        known = {name: value for name, value in asdict(provenance).items() if name != "made_at"}
        text = json.dumps(known, sort_keys=True)
        table = table.replace_schema_metadata({_KEY: text.encode()})
    return table


def write_table(
    path: str | Path, columns: Columns, *, csv: bool = False, provenance: Provenance | None = None
) -> list[Path]:
    """Write a Parquet file whole or not at all, a CSV beside it on request; the files written."""
    path = Path(path)
    table = make_table(columns, provenance)
    buffer = BytesIO()
    pa.parquet.write_table(table, buffer, compression="zstd")
    with disk_errors(path):
        replace_file(path, buffer.getvalue())
    return [path, write_text(path.with_suffix(".csv"), table)] if csv else [path]


def write_text(path: str | Path, table: pa.Table) -> Path:
    """Write a table as .csv or .tsv: UTF-8, dot as decimal, names in the first line, no index."""
    path = Path(path)
    delimiter = {".csv": ",", ".tsv": "\t"}.get(path.suffix.lower())
    if delimiter is None:
        raise ArgumentError(f"{path}: expected a name that ends in .csv or .tsv")
    options = pa.csv.WriteOptions(delimiter=delimiter, quoting_style="none", include_header=False)
    if any(_needs_quotes(column, delimiter) for column in table.columns):
        options.quoting_style = "needed"
    buffer = BytesIO()
    # Arrow quotes every name of a header; the plain dialect quotes only what needs it.
    buffer.write((delimiter.join(map(_quoted, table.column_names)) + "\n").encode())
    pa.csv.write_csv(table, buffer, options)
    with disk_errors(path):
        replace_file(path, buffer.getvalue())
    return path


def read_table(path: str | Path) -> pa.Table:
    """A Parquet table; StoreError when it is none."""
    try:
        return pa.parquet.read_table(path, memory_map=False)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            f"{path}: expected a Parquet table, got: {error}; delete it and run again"
        ) from error


def table_provenance(table: pa.Table) -> Provenance | None:
    """Who made a table (when is left empty), or None where it does not say."""
    stored = (table.schema.metadata or {}).get(_KEY)
    return None if stored is None else Provenance(**{"made_at": "", **json.loads(stored)})


def _column(name: str, values: Sequence[Any] | np.ndarray[Any, Any]) -> pa.Array:
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise ShapeError(f"{name}: expected a column [N], got {list(values.shape)}")
    try:
        column = pa.array(values, from_pandas=True)  # from_pandas: NaN is missing
    except pa.ArrowException as error:
        raise ArgumentError(
            f"{name}: expected one kind of number or text, got a mixture: {error}"
        ) from error
    # A list in which nothing is known would have no type of its own: it is a text.
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _needs_quotes(column: pa.ChunkedArray, delimiter: str) -> bool:
    if not pa.types.is_string(column.type):
        return False
    return any(value and set(value) & {delimiter, '"', "\n", "\r"} for value in column.to_pylist())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',\t"\n\r') else name
