import numpy as np
import pytest

from mimetic.datasets.planted.face import REACH, Driven, RegionFace, blend, region_push
from mimetic.datasets.virtual import Camera, Person
from mimetic.errors import ArgumentError
from mimetic.ops.mesh import place_mesh
from mimetic.ops.regions import REGIONS_9, region_masks

CAMERA = Camera(rate_hz=10, size_px=(96, 96))


@pytest.fixture(scope="module")
def face():
    return RegionFace(Person(seed=3), CAMERA)


def driven(course):
    return Driven(duration_s=1.0, course=course)


def one_by_one(times_s):
    """Region n is far at moment n, all rest at the last."""
    wanted = np.zeros((times_s.size, 9))
    wanted[np.arange(9), np.arange(9)] = 1.0
    return wanted


def moved_ed(face):
    """What each moment moves in each region, points of the mesh, along its direction [T R]."""
    truth = face.record(driven(one_by_one)).truth
    points = truth.landmarks_px.astype(float)
    rest = points[9]
    ed_px = np.linalg.norm(rest[33] - rest[263])
    masks = region_masks(place_mesh(rest, 256), 256, "9")
    columns, rows = np.rint(place_mesh(rest, 256)[:468, :2]).astype(int).T.clip(0, 255)
    inside = masks[:, rows, columns]
    moved = (points - rest)[:9, :468, :2] / ed_px
    ways = []
    for region in REGIONS_9:
        push, side = region_push(region)
        outward = -push.move[0] if side == "right" else push.move[0]
        ways.append(np.array([outward, push.move[1]]) / np.hypot(*push.move[:2]))
    means = np.einsum("rp,tpd->trd", inside / inside.sum(1, keepdims=True), moved)
    return np.einsum("trd,rd->tr", means, np.array(ways))


def test_every_region_moves_farthest_when_its_own_muscle_does(face):
    moved = moved_ed(face)
    assert (moved.diagonal() > 0.01).all()
    assert (moved.argmax(0) == np.arange(9)).all()


def test_what_the_muscles_blend_to_is_one_region_at_a_time():
    from mimetic.datasets.planted.face import _PULLS

    np.testing.assert_allclose(blend() @ np.array(_PULLS), REACH * np.eye(9), atol=1e-9)


def test_both_sides_of_the_face_move_alike():
    mirrored = [2, 1, 0, 5, 4, 3, 8, 7, 6]
    assert [REGIONS_9[n] for n in mirrored[:2]] == ["eye_right", "forehead"]
    np.testing.assert_allclose(blend(), blend()[mirrored][:, mirrored], atol=1e-9)


def test_the_skin_is_never_driven_so_far_that_it_folds():
    program = driven(lambda times_s: np.full((times_s.size, 9), 50.0))
    calm = driven(lambda times_s: np.full((times_s.size, 9), 1.6))
    times_s = np.linspace(0, 1, 4)
    np.testing.assert_array_equal(program.activations(times_s), calm.activations(times_s))


def test_frames_are_drawn_and_differ_where_the_face_moves(face):
    recording = face.record(driven(one_by_one))
    rest, brow = recording.frame(9).pixels.astype(int), recording.frame(0).pixels.astype(int)
    changed = np.abs(rest - brow).max(2) > 8
    assert changed.any()
    assert changed[70:].mean() < 0.01  # the chin stays


def test_a_region_that_is_none_is_refused():
    with pytest.raises(ArgumentError, match="region: expected one of eye_left"):
        region_push("ear_left")
