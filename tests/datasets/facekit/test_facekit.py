"""A made-up kit: a bent sheet with a lip of a second sheet before it."""

import numpy as np
import pytest

from mimetic.datasets.facekit import FaceKit, FaceKitFace, FaceState
from mimetic.errors import ArgumentError, DatasetError
from mimetic.ops.warp import sample_exact

SIDE = 21


def sheet(*, left, right, bottom, top, depth_cm):
    x, y = np.meshgrid(np.linspace(left, right, SIDE), np.linspace(top, bottom, SIDE))
    points = np.stack([x, y, depth_cm - 0.01 * (x**2 + y**2)], -1).reshape(-1, 3)
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    quads = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], -1)
    return points, quads.reshape(-1, 4)


def kit(*, flat=False):
    face, quads = sheet(left=-8, right=8, bottom=-10, top=10, depth_cm=0.0)
    flap, more = sheet(left=-3, right=3, bottom=-4, top=-1, depth_cm=1.5)
    if flat:
        face[:, 2] = 0
    points = np.concatenate([face, flap])
    quads = np.concatenate([quads, more + len(face)])
    lift = np.zeros((2, len(points), 3))
    lift[0, len(face) :, 1] = 1.0  # the flap rises by a centimetre
    lift[1, :, 0] = 0.3 * np.exp(-((points[:, 0] - 3) ** 2 + (points[:, 1] - 3) ** 2) / 8)
    return FaceKit(
        neutral_cm=points,
        expressions_cm=lift,
        expression_names=("flapUp", "mouthRoll_L"),
        identities_cm=np.zeros((0, len(points), 3)),
        triangles=np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]),
        part=np.zeros(len(points), int),
        face=np.ones(len(points), bool),
    )


@pytest.fixture(scope="module")
def face():
    return FaceKitFace(kit(), seed=3, supersampling=3, light=0.0)


def test_a_shift_of_the_head_is_the_flow_everywhere(face):
    pair = face.pair(FaceState(), FaceState(right_px=1.5, down_px=-0.25), size_px=64)
    assert pair.valid.mean() > 0.5
    np.testing.assert_allclose(pair.flow_px[0][pair.valid], 1.5, atol=1e-5)
    np.testing.assert_allclose(pair.flow_px[1][pair.valid], -0.25, atol=1e-5)


def test_a_roll_turns_every_point_clockwise_about_the_middle(face):
    pair = face.pair(FaceState(), FaceState(roll_deg=4.0), size_px=64)
    y, x = np.mgrid[:64, :64] - 31.5
    turn = np.deg2rad(4.0)
    wanted = np.stack(
        [np.cos(turn) * x - np.sin(turn) * y - x, np.sin(turn) * x + np.cos(turn) * y - y]
    )
    np.testing.assert_allclose(pair.flow_px[:, pair.valid], wanted[:, pair.valid], atol=0.01)


def test_a_yaw_to_the_left_moves_what_is_near_to_the_right():
    near = FaceKitFace(kit(), seed=0)
    pair = near.pair(FaceState(), FaceState(yaw_deg=2.0), size_px=64)
    row = near.points_px(FaceState(), 64)[SIDE * SIDE :].mean(0)
    at = (round(float(row[1])), round(float(row[0])))
    rim = near.points_px(FaceState(), 64)[0]
    moved = pair.flow_px[0]
    assert moved[at] > moved[round(float(rim[1])) + 1, round(float(rim[0])) + 1]


def test_what_the_flap_covers_is_no_flow_and_the_flap_itself_is(face):
    size = 96
    pair = face.pair(FaceState(), FaceState(expressions={"flapUp": 1.0}), size_px=size)
    points = face.points_px(FaceState(), size)[SIDE * SIDE :]
    unit = float(np.ptp(points[:, 1])) / 3  # pixels a centimetre
    top, middle = points[:, 1].min(), round(float(points[:, 0].mean()))
    covered = slice(round(top - 0.7 * unit), round(top - 0.3 * unit))
    assert not pair.valid[covered, middle].any()
    inside = round(float(points[:, 1].mean()))
    assert pair.flow_px[1, inside, middle] == pytest.approx(-unit, abs=0.01)


def test_the_second_picture_taken_back_along_the_flow_is_the_first(face):
    start, end = face.draw(np.random.default_rng(5), peak_px=2.0, motion="expression", size_px=96)
    pair = face.pair(start, end, size_px=96)
    y, x = np.mgrid[:96, :96]
    back = sample_exact(pair.second, x + pair.flow_px[0], y + pair.flow_px[1])
    shown = pair.valid & (np.abs(pair.flow_px).max(0) > 0)
    error = np.abs(back - pair.first)[shown]
    still = np.abs(pair.second.astype(float) - pair.first)[shown]
    assert np.median(error) < 1.0
    assert error.mean() < 0.35 * still.mean()


def test_the_largest_movement_is_as_asked(face):
    for motion in ("expression", "head", "both"):
        states = face.draw(np.random.default_rng(1), peak_px=0.5, motion=motion, size_px=96)
        pair = face.pair(*states, size_px=96)
        assert np.hypot(*pair.flow_px)[pair.valid].max() == pytest.approx(0.5, rel=0.1)


def test_another_seed_is_another_skin_and_the_same_seed_the_same():
    first, again, other = (FaceKitFace(kit(), seed=n).picture(FaceState(), 48) for n in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(float) - other).mean() > 3


def test_the_lamp_follows_the_head_only_where_asked():
    turned = FaceState(yaw_deg=25.0)
    dull, lit = (FaceKitFace(kit(), seed=1, light=light) for light in (0.0, 1.0))
    assert lit.picture(turned, 48).mean() < dull.picture(turned, 48).mean()


def stored(path, **changes):
    whole = kit()
    quads = np.column_stack([whole.triangles, np.full(len(whole.triangles), -1)])
    arrays = {
        "neutral_cm": whole.neutral_cm,
        "expression_delta_cm": whole.expressions_cm.astype(np.float16),
        "expression_names": np.array(whole.expression_names),
        "identity_delta_cm": whole.identities_cm.astype(np.float16),
        "quads": quads,
    }
    np.savez(
        path, **{name: value for name, value in (arrays | changes).items() if value is not None}
    )
    return path


def test_a_stored_kit_is_read(tmp_path):
    read = FaceKit.open(stored(tmp_path / "kit.npz"))
    assert read.expression_names == ("flapUp", "mouthRoll_L")
    np.testing.assert_array_equal(read.triangles, kit().triangles)


def test_a_file_without_the_arrays_is_refused_by_their_names(tmp_path):
    with pytest.raises(DatasetError, match="without quads"):
        FaceKit.open(stored(tmp_path / "kit.npz", quads=None))
    (tmp_path / "other.npz").write_bytes(b"no archive")
    with pytest.raises(DatasetError, match=r"expected ict_facekit\.npz"):
        FaceKit.open(tmp_path / "other.npz")


def test_triangles_of_vertices_that_are_not_there_are_refused():
    whole = kit()
    fields = {name: getattr(whole, name) for name in whole.__dataclass_fields__}
    with pytest.raises(ArgumentError, match="triangles: expected vertex numbers"):
        FaceKit(**fields | {"triangles": np.array([[0, 1, 9999]])})


def test_movements_and_settings_that_do_not_exist_are_refused(face):
    with pytest.raises(ArgumentError, match="got wink"):
        face.picture(FaceState(expressions={"wink": 1.0}), 32)
    rng = np.random.default_rng(0)
    with pytest.raises(ArgumentError, match="motion"):
        face.draw(rng, peak_px=1.0, motion="dance")
    with pytest.raises(ArgumentError, match="peak_px"):
        face.draw(rng, peak_px=0.0)
    with pytest.raises(ArgumentError, match="supersampling"):
        FaceKitFace(kit(), seed=0, supersampling=0)
