import csv

import numpy as np
import pandas
import pytest

from mimetic.errors import ArgumentError, DiskError, InputError
from mimetic.io import openface
from mimetic.io.openface import COLUMNS, IBUG68, read_openface, write_openface
from mimetic.ops.align import rotation_from_angles
from mimetic.types import Reason
from tests.io import folders

same = np.testing.assert_array_equal
close = np.testing.assert_allclose

# Mirrored pairs of the 68 points: left of the picture, right of the picture.
MIRROR68 = {
    **{i: 16 - i for i in range(8)},
    **{17 + i: 26 - i for i in range(5)},
    31: 35,
    32: 34,
    36: 45,
    37: 44,
    38: 43,
    39: 42,
    40: 47,
    41: 46,
    48: 54,
    49: 53,
    50: 52,
    59: 55,
    58: 56,
    60: 64,
    61: 63,
    67: 65,
}
# The same points in the mesh, from its own symmetry.
MIRROR478 = {
    127: 356,
    234: 454,
    93: 323,
    58: 288,
    172: 397,
    136: 365,
    149: 378,
    148: 377,
    70: 300,
    63: 293,
    105: 334,
    66: 296,
    107: 336,
    98: 327,
    97: 326,
    33: 263,
    160: 387,
    158: 385,
    133: 362,
    153: 380,
    144: 373,
    61: 291,
    40: 270,
    37: 267,
    91: 321,
    84: 314,
    78: 308,
    81: 311,
    178: 402,
}


def test_written_files_read_back_with_the_same_numbers(tmp_path):
    track = folders.track(9)
    read = read_openface(write_openface(tmp_path / "a.csv", track))
    same(read.track.landmarks_px[..., :2], track.landmarks_px[:, list(IBUG68), :2])
    same(read.track.times_s, track.times_s)
    same(read.track.valid, track.valid)
    same(read.track.confidence, track.confidence)
    same(read.frame, np.arange(1, 10))
    for name in ("yaw_deg", "pitch_deg", "roll_deg"):
        close(getattr(read.track, name), getattr(track, name), atol=1e-5)
    assert read.track.scheme == "ibug68"


def test_the_header_is_that_of_openface_and_nothing_missing_is_zero(tmp_path):
    path = write_openface(tmp_path / "a.csv", folders.track(3))
    with open(path) as file:
        header = file.readline().rstrip("\n")
        rows = list(csv.reader(file))
    assert header.startswith("frame, face_id, timestamp, confidence, success, gaze_0_x, ")
    assert ", pose_Tx, pose_Ty, pose_Tz, pose_Rx, pose_Ry, pose_Rz, x_0, x_1, " in header
    assert header.endswith(", AU45_r, " + ", ".join(c for c in COLUMNS if c.endswith("_c")))
    assert len(header.split(", ")) == len(COLUMNS) == len(rows[0])
    for row in rows:
        cells = dict(zip(COLUMNS, row, strict=True))
        assert all(cells[n] == "" for n in COLUMNS if n.startswith(("gaze", "AU", "pose_T")))
    missing = dict(zip(COLUMNS, rows[1], strict=True))
    assert missing["success"] == "0"
    assert {missing[n] for n in ("confidence", "pose_Rx", "x_0", "y_67")} == {""}


def test_pandas_reads_every_column_as_numbers(tmp_path):
    path = write_openface(tmp_path / "a.csv", folders.track(3))
    read = pandas.read_csv(path, skipinitialspace=True)
    assert list(read.columns) == list(COLUMNS)
    assert set(read.dtypes.astype(str)) <= {"float64", "int64"}


@pytest.mark.parametrize(
    ("pose", "column", "sign"),
    [
        ({"pitch_deg": 20}, "pose_Rx", -1),  # looks up
        ({"yaw_deg": 20}, "pose_Ry", -1),  # turns to the person's left
        ({"roll_deg": 20}, "pose_Rz", 1),  # clockwise
    ],
)
def test_signs_of_single_turns_are_those_of_openface(tmp_path, pose, column, sign):
    path = write_openface(tmp_path / "a.csv", turned(**pose))
    read = pandas.read_csv(path, skipinitialspace=True)
    close(read[column][0], sign * np.radians(20), rtol=1e-6)
    others = {"pose_Rx", "pose_Ry", "pose_Rz"} - {column}
    close(read[list(others)].iloc[0], 0, atol=1e-9)


def turned(yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0):
    import dataclasses

    angles = {"yaw_deg": yaw_deg, "pitch_deg": pitch_deg, "roll_deg": roll_deg}
    track = folders.track(1)
    return dataclasses.replace(
        track, **{name: np.array([value], np.float32) for name, value in angles.items()}
    )


def test_a_turn_about_all_axes_is_the_same_rotation_in_openfaces_order(tmp_path):
    path = write_openface(tmp_path / "a.csv", turned(yaw_deg=25, pitch_deg=-15, roll_deg=40))
    rx, ry, rz = pandas.read_csv(path, skipinitialspace=True)[
        ["pose_Rx", "pose_Ry", "pose_Rz"]
    ].iloc[0]
    close(about(0, rx) @ about(1, ry) @ about(2, rz), rotation_from_angles(25, -15, 40), atol=1e-6)


def about(axis, angle):
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[first, first] = turn[second, second] = np.cos(angle)
    turn[second, first] = np.sin(angle)
    turn[first, second] = -np.sin(angle)
    return turn


def test_the_68_points_are_distinct_and_mirror_as_the_mesh_does():
    assert len(IBUG68) == len(set(IBUG68)) == 68
    for right, left in MIRROR68.items():
        assert MIRROR478[IBUG68[right]] == IBUG68[left]
    middle = set(range(68)) - set(MIRROR68) - set(MIRROR68.values())
    assert middle == {8, 27, 28, 29, 30, 33, 51, 57, 62, 66}
    assert (IBUG68[36], IBUG68[45]) == (33, 263)


def openface_file(path, rows, space=" ", extra=()):
    """A file as OpenFace writes it, with columns that we do not read."""
    names = [
        *("frame", "face_id", "timestamp", "confidence", "success", "gaze_0_x", "eye_lmk_x_0"),
        *("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"),
        *(f"x_{i}" for i in range(68)),
        *(f"y_{i}" for i in range(68)),
        *("X_0", "p_scale", "AU01_r", "AU12_r", "AU12_c", *extra),
    ]
    lines = [("," + space).join(names)]
    for row in rows:
        values = {"confidence": 0.98, "AU01_r": 0.5, "AU12_c": 1, "AU12_r": 2, **row}
        values |= {f"x_{i}": 100 + i for i in range(68)} | {f"y_{i}": 200 - i for i in range(68)}
        lines.append(("," + space).join(str(values.get(name, 0)) for name in names))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("space", [" ", ""])
def test_a_file_of_openface_is_read_with_and_without_spaces(tmp_path, space):
    rows = [
        {"frame": 1, "timestamp": 0.0, "success": 1, "pose_Ry": 0.5},
        {"frame": 2, "timestamp": 0.033, "success": 0},
        {"frame": 3, "timestamp": 0.067, "success": 1},
    ]
    read = read_openface(openface_file(tmp_path / "a.csv", rows, space))
    track = read.track
    same(track.valid, [True, False, True])
    same(track.reason, [Reason.NONE, Reason.LOW_CONFIDENCE, Reason.NONE])
    same(track.landmarks_px[0, :2, :2], [[100, 200], [101, 199]])
    assert np.isnan(track.landmarks_px[1]).all()
    assert np.isnan(track.landmarks_px[0, :, 2]).all()
    same(track.box_px[0], [100, 133, 167, 200])
    close(track.yaw_deg[0], -np.degrees(0.5), rtol=1e-6)
    assert np.isnan(track.yaw_deg[1])
    same(read.frame, [1, 2, 3])
    same(read.action_units["AU12_r"], [2, np.nan, 2])
    assert set(read.action_units) == {"AU01_r", "AU12_r", "AU12_c"}


def test_one_of_several_faces_is_read_by_its_number(tmp_path):
    rows = [
        {"frame": f, "face_id": i, "timestamp": f / 25, "success": 1}
        for f in (1, 2)
        for i in (0, 4)
    ]
    path = openface_file(tmp_path / "a.csv", rows)
    read = read_openface(path, face_id=4)
    assert read.track.person == 4
    assert read.track.times_s.size == 2
    for wrong in (None, 7):
        with pytest.raises(InputError, match=r"one of \[0, 4\].*say which face"):
            read_openface(path, face_id=wrong)


def test_times_that_do_not_increase_are_told(tmp_path):
    rows = [{"frame": f, "timestamp": 0.5, "success": 1} for f in (1, 2)]
    with pytest.raises(InputError, match="in order of time"):
        read_openface(openface_file(tmp_path / "a.csv", rows))


def test_a_file_without_landmarks_names_the_columns_that_lack(tmp_path):
    (tmp_path / "a.csv").write_text("frame, timestamp, success, AU01_r\n1, 0, 1, 2\n")
    with pytest.raises(InputError, match=r"lacks the columns x_0, x_1, .*\.\.\."):
        read_openface(tmp_path / "a.csv")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", None])
def test_what_is_no_openface_file_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match="expected an OpenFace CSV"):
        read_openface(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["frame", "face_id"])
@pytest.mark.parametrize("value", ["", "1.5", "inf"])
def test_a_row_without_a_whole_number_is_told_with_its_line(tmp_path, name, value):
    rows = [
        {"frame": 1, "timestamp": 0.0, "success": 1},
        {"frame": 2, "timestamp": 0.1, "success": 1, name: value},
    ]
    with pytest.raises(InputError, match=rf"whole number in {name} .* in line 3; fill in"):
        read_openface(openface_file(tmp_path / "a.csv", rows, space=""))


def test_text_where_numbers_belong_is_refused(tmp_path):
    path = openface_file(tmp_path / "a.csv", [{"frame": "one", "timestamp": 0, "success": 1}])
    with pytest.raises(InputError, match="expected an OpenFace CSV"):
        read_openface(path)


def test_a_track_of_another_scheme_is_refused(tmp_path):
    track = read_openface(write_openface(tmp_path / "a.csv", folders.track(2))).track
    with pytest.raises(ArgumentError, match="expected the scheme mesh478, got ibug68"):
        write_openface(tmp_path / "b.csv", track)


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(openface, "replace_file", fail)
    with pytest.raises(DiskError, match="full"):
        write_openface(tmp_path / "a.csv", folders.track(2))
