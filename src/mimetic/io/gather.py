"""What an export holds: the finished pieces of a result as named groups of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mimetic.errors import StoreError
from mimetic.io.layout import CODES, EVENTS, FACE, HOME, REGIONS, TABLES, VIDEO
from mimetic.io.result import Result
from mimetic.types import ExpressionEvent

Groups = dict[str, dict[str, Any]]

# The ends of names that carry a unit, the longest first.
UNITS = {
    "_px_s": "px/s",
    "_ed_s": "ed/s",
    "_deg_s": "deg/s",
    "_deg": "deg",
    "_px": "px",
    "_ed": "ed",
    "_hz": "Hz",
    "_s": "s",
}
NUMBERS = ("onset_s", "apex_s", "offset_s", "amplitude_px", "amplitude_ed", "snr")
TEXTS = ("kind", "label", "scheme", "side", "rejected")


def unit_of(name: str) -> str:
    """The unit that a name ends in, "1" where it names none."""
    return next((unit for end, unit in UNITS.items() if name.endswith(end)), "1")


def gather(result: Result) -> Groups:
    """Groups of arrays [T ...], texts and numbers; what has not run is left out.

    ``video``, ``track``, ``regions``, ``codes`` hold the fields of their records (no
    pixels), ``events`` a column per field, ``table_<name>`` the columns of a table.
    A result in which no person was followed is refused with StoreError.
    """
    if not result.stages.get(HOME[FACE]):
        raise StoreError(
            f"{result.path}: expected a followed person to export, the stage {HOME[FACE]!r} is "
            f"not done; run: mimetic analyze VIDEO -o {result.path}"
        )
    groups: Groups = {VIDEO: _fields(result.video), FACE: _fields(result.track)}
    if result.has(REGIONS):
        groups[REGIONS] = _fields(result.regions)
    if result.has(CODES):
        groups[CODES] = _fields(result.codes)
    if result.has(EVENTS):
        groups[EVENTS] = event_columns(result.events)
    for name in result.tables if result.stages.get(TABLES) else ():
        table = result.table(name)
        groups[f"table_{name}"] = {
            column: column_values(table[column]) for column in table.column_names
        }
    for stage, provenance in result.provenances.items():
        groups[f"provenance_{stage}"] = asdict(provenance)
    return groups


def event_columns(events: Sequence[ExpressionEvent]) -> dict[str, Any]:
    """Events as columns: numbers with NaN and texts with "" where nothing is known.

    Each score that any event has becomes a column ``score_<name>``.
    """
    columns: dict[str, Any] = {
        name: np.array([getattr(event, name) for event in events], dtype=np.float64)
        for name in NUMBERS
    }
    for name in TEXTS:
        columns[name] = [getattr(event, name) or "" for event in events]
    for name in dict.fromkeys(name for event in events for name in event.scores):
        columns[f"score_{name}"] = np.array([event.scores.get(name, np.nan) for event in events])
    columns["regions"] = [" ".join(event.regions) for event in events]
    return columns


def column_values(column: pa.ChunkedArray) -> npt.NDArray[Any] | list[str]:
    """A table's column as numbers (NaN where missing) or texts ("" where missing)."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return [text or "" for text in column.to_pylist()]
    if column.null_count:
        numbers = [np.nan if value is None else value for value in column.to_pylist()]
        return np.array(numbers, dtype=np.float64)
    values: npt.NDArray[Any] = column.to_numpy()
    return values


def _fields(record: Any) -> dict[str, Any]:
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value is not None
    }
