"""OpenFace-style CSV, written for labs whose scripts read it, and read into a FaceTrack.

Columns as OpenFace 2 names them, a space after each comma of the header, frames
counted from 1, angles in radians. What mimetic does not measure (gaze, head
position in millimetres, action units) and what is missing stays empty, never 0.

``IBUG68`` takes the 68 points from the 478-point mesh by anatomy: person's right
ear to left ear along the face oval (0-16), upper edge of the brows (17-26), nasal
bridge to tip (27-30), lower edge of the nose with the base of the septum in the
middle (31-35), lid margins from the corners (36-47), outer (48-59) and inner lip
(60-67). They are mesh points near the 68 annotated ones, not the same points: the
oval lies a little inside the annotated jaw in turned heads.

Head rotation: OpenFace turns R = Rx Ry Rz, with Rx positive when the head bows, Ry
when it turns to the person's right, Rz clockwise. mimetic writes pose relative to the
person's own median; a file by OpenFace holds pose relative to the camera, and it is read as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from scipy.spatial.transform import Rotation

from mimetic.errors import ArgumentError, InputError, ShapeError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.types import FaceTrack, Float64, Int64, Reason

POINTS = 68
IBUG68 = (
    *(127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 356),
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
    *(168, 197, 5, 4, 98, 97, 2, 326, 327),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91),
    *(78, 81, 13, 311, 308, 402, 14, 178),
)
_INTENSITY = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
_PRESENCE = tuple(sorted((*_INTENSITY, 28)))
UNITS = (*(f"AU{n:02d}_r" for n in _INTENSITY), *(f"AU{n:02d}_c" for n in _PRESENCE))
GAZE = (
    *(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"),
    *("gaze_angle_x", "gaze_angle_y"),
)
_HEAD = ("frame", "face_id", "timestamp", "confidence", "success")
_TURNS = ("pose_Rx", "pose_Ry", "pose_Rz")
_XY = tuple(f"{axis}_{point}" for axis in "xy" for point in range(POINTS))
COLUMNS = (*_HEAD, *GAZE, "pose_Tx", "pose_Ty", "pose_Tz", *_TURNS, *_XY, *UNITS)


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenFaceTrack:
    """What an OpenFace file says about one face.

    ``track`` has the scheme "ibug68" (z is NaN: the file gives it in millimetres),
    the box around its points, and pose relative to the camera. ``action_units``
    has the columns AUxx_r (0 to 5) and AUxx_c (0 or 1) that the file holds, NaN
    where it reports no success.
    """

    track: FaceTrack
    frame: Int64  # [T], as the file counts them, usually from 1
    action_units: dict[str, Float64]  # each [T]


def write_openface(path: str | Path, track: FaceTrack) -> Path:
    """Write a track of the 478-point mesh as an OpenFace CSV."""
    path = Path(path)
    if track.scheme != "mesh478":
        raise ArgumentError(f"track: expected the scheme mesh478, got {track.scheme}")
    frames = track.times_s.size
    columns: dict[str, pa.Array] = {name: pa.nulls(frames) for name in COLUMNS}
    columns["frame"] = pa.array(np.arange(1, frames + 1))
    columns["face_id"] = pa.array(np.full(frames, track.person))
    columns["timestamp"] = pa.array(track.times_s)
    columns["confidence"] = _known(track.confidence)
    columns["success"] = pa.array(track.valid.astype(np.uint8))
    for name, turn in zip(_TURNS, _to_openface(track).T, strict=True):
        columns[name] = _known(turn)
    points = track.landmarks_px[:, list(IBUG68), :2]
    for name, values in zip(_XY, points.transpose(2, 1, 0).reshape(-1, frames), strict=True):
        columns[name] = _known(values)
    buffer = BytesIO()
    buffer.write((", ".join(COLUMNS) + "\n").encode())
    # No space in the rows: an empty field must be empty for every reader.
    options = pa.csv.WriteOptions(include_header=False, quoting_style="none")
    pa.csv.write_csv(pa.table(columns), buffer, options)
    with disk_errors(path):
        replace_file(path, buffer.getvalue())
    return path


def read_openface(path: str | Path, *, face_id: int | None = None) -> OpenFaceTrack:
    """Read one face of an OpenFace CSV, with or without spaces in its header.

    ``face_id`` chooses where the file holds several faces. Frames without success
    are missing: NaN, ``valid`` False, reason LOW_CONFIDENCE. Raises InputError.
    """
    table = _read_columns(Path(path))
    faces = table.get("face_id", np.zeros(len(table["frame"])))
    known = sorted({int(face) for face in faces})
    chosen = known[0] if face_id is None and len(known) == 1 else face_id
    if chosen not in known:
        raise InputError(
            f"{path}: expected face_id to be one of {known}, got {face_id}; say which face to read"
        )
    here = faces == chosen
    table = {name: column[here] for name, column in table.items()}
    valid = (table["success"] == 1) & np.isfinite(table["x_0"])
    for name in {*table} - {"frame", "timestamp", "confidence", "face_id"}:
        table[name] = np.where(valid, table[name], np.nan)
    try:
        track = _track(table, valid, int(chosen or 0))
    except ShapeError as error:
        raise InputError(f"{path}: expected one row a frame, in order of time; {error}") from error
    units = {name: table[name] for name in UNITS if name in table}
    return OpenFaceTrack(track=track, frame=table["frame"].astype(np.int64), action_units=units)


def _read_columns(path: Path) -> dict[str, Float64]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            names = [name.strip() for name in file.readline().split(",")]
        wanted = [name for name in dict.fromkeys(COLUMNS) if name in names]
        lacking = sorted({"frame", "timestamp", "success", *_XY} - set(names))
        if lacking:
            raise InputError(
                f"{path}: expected an OpenFace CSV of a video with 2-D landmarks, it lacks the "
                f"columns {', '.join(lacking[:5])}{' ...' if len(lacking) > 5 else ''}"
            )
        table = pa.csv.read_csv(
            path,
            read_options=pa.csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            convert_options=pa.csv.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, pa.float64())
            ),
        )
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise InputError(f"{path}: expected an OpenFace CSV, got: {error}") from error
    columns = {name: table[name].to_numpy().copy() for name in wanted}
    for name in ("frame", "face_id"):
        numbers = columns.get(name, np.zeros(0))
        wrong = np.flatnonzero(~np.isfinite(numbers) | (numbers != np.round(numbers)))
        if wrong.size:
            raise InputError(
                f"{path}: expected a whole number in {name} of every row, got "
                f"{numbers[wrong[0]]} in line {wrong[0] + 2}; fill in the cell or delete the row"
            )
    return columns


def _track(table: dict[str, Float64], valid: np.ndarray, person: int) -> FaceTrack:
    frames = valid.size
    xy = np.stack([table[name] for name in _XY], axis=1).reshape(frames, 2, POINTS)
    landmarks = np.full((frames, POINTS, 3), np.nan)
    landmarks[..., :2] = xy.transpose(0, 2, 1)
    yaw_deg, pitch_deg, roll_deg = _from_openface(
        np.stack([table.get(name, np.full(frames, np.nan)) for name in _TURNS], axis=1)
    )
    return FaceTrack(
        person=person,
        times_s=table["timestamp"],
        box_px=np.concatenate([xy.min(axis=2), xy.max(axis=2)], axis=1).astype(np.float32),
        landmarks_px=landmarks.astype(np.float32),
        confidence=table.get("confidence", np.full(frames, np.nan)).astype(np.float32),
        valid=valid,
        reason=np.where(valid, Reason.NONE, Reason.LOW_CONFIDENCE).astype(np.uint8),
        yaw_deg=yaw_deg.astype(np.float32),
        pitch_deg=pitch_deg.astype(np.float32),
        roll_deg=roll_deg.astype(np.float32),
        scheme="ibug68",
    )


def _to_openface(track: FaceTrack) -> Float64:
    """Rx, Ry, Rz in radians [T 3]; ours is Rz Ry Rx with yaw and pitch of the other sign."""
    ours = np.stack([track.roll_deg, -track.yaw_deg, -track.pitch_deg], axis=1).astype(np.float64)
    return _turned(ours, "ZYX", "XYZ", degrees=True)


def _from_openface(turns: Float64) -> tuple[Float64, Float64, Float64]:
    """Yaw, pitch, roll in degrees from Rx, Ry, Rz in radians [T 3]."""
    roll, yaw, pitch = np.degrees(_turned(turns, "XYZ", "ZYX", degrees=False)).T
    return -yaw, -pitch, roll


def _turned(angles: Float64, given: str, wanted: str, *, degrees: bool) -> Float64:
    out = np.full(angles.shape, np.nan)
    known = np.isfinite(angles).all(axis=1)
    if known.any():
        turn = Rotation.from_euler(given, angles[known], degrees=degrees)
        out[known] = turn.as_euler(wanted)
    return out


def _known(values: np.ndarray) -> pa.Array:
    return pa.array(values, from_pandas=True)  # NaN is missing, and missing is empty
