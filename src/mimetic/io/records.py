"""Records of mimetic.types as named arrays plus plain fields, and back with the same bits.

``pack`` takes a record apart: every numpy field becomes an array under its own
name, everything else a JSON-able field (None stays None, tuples become lists,
NaN and infinities a small marker because JSON has none). ``unpack`` builds the
record again, so its own checks run on what was stored. A sequence of
ExpressionEvent is one record of kind "ExpressionEvent[]".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, ShapeError, StoreError
from mimetic.io.chunks import FLOW_MISSING, FLOW_SCALE_PX
from mimetic.types import (
    ExpressionEvent,
    FaceClip,
    FaceTrack,
    Float32,
    FlowField,
    LocalDynamics,
    MovementEmbedding,
    Provenance,
    VideoInfo,
)

Array = npt.NDArray[Any]
Record = (
    VideoInfo
    | FaceTrack
    | FaceClip
    | FlowField
    | LocalDynamics
    | MovementEmbedding
    | ExpressionEvent
    | Provenance
    | Sequence[ExpressionEvent]
)

EVENTS = "ExpressionEvent[]"
# The fields with a row per frame (per pair for flow); the others are the same for a whole video.
ROWS: dict[type, tuple[str, ...]] = {
    VideoInfo: ("times_s", "repeated", "dropped"),
    FaceTrack: (
        *("times_s", "box_px", "landmarks_px", "confidence", "valid", "reason"),
        *("yaw_deg", "pitch_deg", "roll_deg"),
    ),
    FaceClip: (
        *("pixels", "times_s", "crop_to_video", "alignment", "landmarks_px", "shape_ed"),
        *("yaw_deg", "pitch_deg", "roll_deg", "residual", "repeated", "valid"),
    ),
    FlowField: ("flow_px", "valid", "sigma_px", "start_s", "end_s"),
    LocalDynamics: ("values", "times_s", "valid"),
    MovementEmbedding: ("codes", "code_sd", "times_s", "valid"),
    ExpressionEvent: (),
    Provenance: (),
}
_KINDS = {kind.__name__: kind for kind in ROWS}
_MARK = "$float"


@dataclass(frozen=True)
class Packed:
    """A record taken apart: its kind, its rows per frame, its other arrays, its plain fields."""

    kind: str
    rows: dict[str, Array]
    constants: dict[str, Array]
    plain: dict[str, Any]

    @property
    def arrays(self) -> dict[str, Array]:
        """All arrays, rows first."""
        return {**self.rows, **self.constants}


def pack(record: Record) -> Packed:
    """Take a record apart; anything that is no record of mimetic.types is refused."""
    if isinstance(record, list | tuple) and all(isinstance(e, ExpressionEvent) for e in record):
        return Packed(EVENTS, {}, {}, {"events": [pack(event).plain for event in record]})
    if type(record) not in ROWS:
        raise ArgumentError(
            f"expected one of {', '.join(_KINDS)} or a list of ExpressionEvent, "
            f"got {type(record).__name__}"
        )
    rows: dict[str, Array] = {}
    constants: dict[str, Array] = {}
    plain: dict[str, Any] = {}
    for item in fields(record):  # type: ignore[arg-type]
        value = getattr(record, item.name)
        if isinstance(value, np.ndarray):
            (rows if item.name in ROWS[type(record)] else constants)[item.name] = value
        else:
            plain[item.name] = to_plain(value, item.name)
    return Packed(type(record).__name__, rows, constants, plain)


def unpack(kind: str, arrays: Mapping[str, Array], plain: Mapping[str, Any]) -> Any:
    """The record of a kind from its arrays and plain fields; its own checks run."""
    if kind == EVENTS:
        return tuple(unpack("ExpressionEvent", {}, event) for event in plain["events"])
    if kind not in _KINDS:
        raise StoreError(
            f"expected a record of one of {', '.join(_KINDS)}, got {kind!r}; "
            "it was stored by another version of mimetic"
        )
    values = {**{name: from_plain(value) for name, value in plain.items()}, **arrays}
    for name, hint in get_type_hints(_KINDS[kind]).items():
        if get_origin(hint) is tuple and isinstance(values.get(name), list):
            values[name] = tuple(values[name])
    try:
        return _KINDS[kind](**values)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"stored {kind}: expected its own fields, got a fault: {error}; "
            "delete the result folder and run again"
        ) from error


def stored_form(record: Record, left_out: Sequence[str] = ()) -> Packed:
    """A record as the store keeps it: without the fields left out, dense flow as int16."""
    taken = pack(record)
    rows = {name: array for name, array in taken.rows.items() if name not in left_out}
    if taken.kind == "FlowField":
        rows["flow_px"] = encode_flow(rows["flow_px"])
    constants = {name: array for name, array in taken.constants.items() if name not in left_out}
    return replace(taken, rows=rows, constants=constants)


def kept_of(
    taken: Packed, left_out: Sequence[str], before: dict[str, Any] | None
) -> dict[str, Any]:
    """What the details keep of a record; stretches of one record must agree."""
    arrays = list(taken.arrays)
    if before is None:
        return {
            "kind": taken.kind,
            "plain": taken.plain,
            "arrays": arrays,
            "left_out": list(left_out),
        }
    apart = [
        name for name, value in taken.plain.items() if before["plain"].get(name, value) != value
    ]
    if apart or taken.kind != before["kind"]:
        raise ShapeError(
            f"expected stretches of one {before['kind']}, got another in "
            f"{', '.join(apart) or taken.kind}"
        )
    fields = dict.fromkeys([*before["arrays"], *taken.rows])
    return {**before, "arrays": list(fields)}


def encode_flow(flow_px: Float32) -> npt.NDArray[np.int16]:
    """Displacements in pixels as int16 at 1/256 px, NaN as -32768.

    Lossy by at most 1/512 px. Displacements beyond 127.99 px do not fit and are
    refused: a movement larger than the crop is no measurement and belongs to
    ``valid=False``.
    """
    missing = np.isnan(flow_px)
    steps = np.rint(np.where(missing, 0, flow_px) / FLOW_SCALE_PX)
    if steps.size and np.abs(steps).max() > np.iinfo(np.int16).max:
        raise ArgumentError(
            f"flow_px: expected displacements within 127.99 px, got {np.nanmax(np.abs(flow_px))}; "
            "mark such pixels as not valid (NaN) first"
        )
    out: npt.NDArray[np.int16] = steps.astype(np.int16)
    out[missing] = FLOW_MISSING
    return out


def decode_flow(stored: npt.NDArray[np.int16]) -> Float32:
    """The displacements in pixels that ``encode_flow`` stored, missing ones as NaN."""
    out: Float32 = stored.astype(np.float32) * np.float32(FLOW_SCALE_PX)
    out[stored == FLOW_MISSING] = np.nan
    return out


def to_plain(value: Any, where: str = "facts") -> Any:
    """A JSON-able copy of a value; NaN and infinities become markers, tuples lists."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {_MARK: repr(value)}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: to_plain(item, f"{where}: {key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item, where) for item in value]
    raise ArgumentError(
        f"{where}: expected text, numbers, None, lists and dicts with text keys, "
        f"got {type(value).__name__}; arrays are stored as arrays"
    )


def from_plain(value: Any) -> Any:
    """What ``to_plain`` was given, tuples as lists."""
    if isinstance(value, dict):
        if set(value) == {_MARK}:
            return float(value[_MARK])
        return {key: from_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    return value
