import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimetic.errors import NoFaceError, ShapeError
from mimetic.ops.align import rotation_from_angles
from mimetic.ops.landmarks import LIPS, STABLE
from mimetic.track.pose import head_pose, median_shape
from tests.track.faceworld import TEMPLATE

approx = pytest.approx

SHAPE = TEMPLATE * 100


def turned(angles, scale=1.0, shift=(0.0, 0.0, 0.0)):
    """The face in each of these poses (yaw, pitch, roll), [T 478 3]."""
    return np.stack([scale * SHAPE @ rotation_from_angles(*each).T + shift for each in angles])


def around(*angles):
    """These poses, then so many frames at rest that the median is at rest."""
    return list(angles) + [(0.0, 0.0, 0.0)] * (2 * len(angles) + 1)


def posed(landmarks, valid=None):
    valid = np.ones(len(landmarks), bool) if valid is None else valid
    found = head_pose(landmarks, valid)
    return np.stack([found.yaw_deg, found.pitch_deg, found.roll_deg], axis=1)


def test_known_turns_are_measured():
    angles = around((30, 0, 0), (0, -20, 0), (0, 0, 15), (25, 10, -12))
    assert posed(turned(angles)) == approx(np.array(angles), abs=0.01)


@given(st.floats(-60, 60), st.floats(-50, 50), st.floats(-150, 150))
def test_any_turn_is_measured(yaw, pitch, roll):
    angles = around((yaw, pitch, roll))
    assert posed(turned(angles)) == approx(np.array(angles), abs=0.02)


def test_a_face_that_turns_to_the_persons_left_moves_its_nose_right_in_the_picture():
    nose = np.array([0.0, 0.0, -50.0])
    assert (rotation_from_angles(20, 0, 0) @ nose)[0] > 0
    assert posed(turned(around((20, 0, 0))))[0, 0] == approx(20, abs=0.01)


def test_pose_does_not_depend_on_place_and_size():
    angles = around((30, -10, 5), (-15, 0, 0))
    moved = turned(angles, scale=2.5, shift=(300, -40, 7))
    assert posed(moved) == approx(posed(turned(angles)), abs=1e-3)


def test_pose_counts_from_the_persons_own_usual_direction():
    tilted = rotation_from_angles(10, 5, 3)
    landmarks = turned([(0, 0, 0)] * 9) @ tilted.T
    assert posed(landmarks) == approx(np.zeros((9, 3)), abs=1e-3)


def test_a_moving_mouth_does_not_turn_the_head():
    landmarks = turned(around((12, 0, 0)))
    landmarks[::2, list(LIPS), 1] += 15
    assert not set(LIPS) & set(STABLE)
    assert posed(landmarks)[0] == approx([12, 0, 0], abs=0.01)


def test_missing_frames_have_no_pose_and_pull_nothing():
    landmarks = turned(around((12, 0, 0)))
    landmarks[1] = np.nan
    valid = ~np.isnan(landmarks).any((1, 2))
    found = posed(landmarks, valid)
    assert np.isnan(found[1]).all()
    assert found[0] == approx([12, 0, 0], abs=0.01)


def test_the_median_shape_is_the_face_itself_whatever_the_poses():
    rng = np.random.default_rng(0)
    angles = list(rng.uniform(-20, 20, (40, 3))) + [(0.0, 0.0, 0.0)] * 60
    found = median_shape(turned(angles, shift=(9, 9, 9)), np.ones(100, bool))
    centred = SHAPE - SHAPE[list(STABLE)].mean(0)
    assert found == approx(centred, abs=0.05)


def test_a_few_grimaces_leave_the_median_shape_alone():
    landmarks = turned([(0, 0, 0)] * 21)
    landmarks[:5, list(LIPS), 1] += 30
    found = median_shape(landmarks, np.ones(21, bool))
    assert found == approx(SHAPE - SHAPE[list(STABLE)].mean(0), abs=1e-6)


def test_a_shape_from_thousands_of_frames_equals_that_of_a_thousand():
    landmarks = np.repeat(turned([(0, 0, 0)]), 3000, axis=0)
    found = median_shape(landmarks, np.ones(3000, bool))
    assert found == approx(SHAPE - SHAPE[list(STABLE)].mean(0), abs=1e-6)


def test_ten_minutes_of_video_take_under_a_second():
    rng = np.random.default_rng(1)
    landmarks = np.zeros((18_000, 478, 3), np.float32)
    landmarks[:, list(STABLE)] = SHAPE[list(STABLE)] + rng.normal(0, 1, (18_000, len(STABLE), 3))
    start = time.process_time()
    head_pose(landmarks, np.ones(18_000, bool))
    assert time.process_time() - start < 1


def test_pose_of_nobody_is_refused():
    with pytest.raises(NoFaceError, match="expected at least one frame with a face, got none"):
        head_pose(np.full((3, 478, 3), np.nan), np.zeros(3, bool))


def test_pose_of_a_flat_list_is_refused():
    with pytest.raises(ShapeError, match="landmarks_px"):
        head_pose(SHAPE, np.ones(478, bool))


def test_a_stretch_is_measured_against_the_shape_of_the_whole():
    angles = around((25, 0, 0), (-10, 5, 0), (0, 0, 8))
    landmarks = turned(angles)
    usual = median_shape(landmarks, np.ones(len(angles), bool))
    found = head_pose(landmarks[:2], np.ones(2, bool), shape=usual)
    assert found.yaw_deg == approx([25, -10], abs=0.01)
    assert found.pitch_deg == approx([0, 5], abs=0.01)


def test_a_stretch_without_any_face_has_no_pose():
    found = head_pose(np.full((4, 478, 3), np.nan), np.zeros(4, bool), shape=SHAPE)
    assert np.isnan(found.yaw_deg).all()
