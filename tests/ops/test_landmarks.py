import numpy as np
import pytest

from mimetic.ops import landmarks as lm

SIDED = ["UPPER_LID", "LOWER_LID", "EYE", "BROW", "BROW_UPPER", "BROW_LOWER", "FACE_OVAL"]


@pytest.mark.parametrize("name", SIDED)
def test_the_two_sides_of_a_set_are_mirror_partners(name):
    right, left = getattr(lm, f"{name}_RIGHT"), getattr(lm, f"{name}_LEFT")
    assert [int(lm.MIRROR[point]) for point in right] == list(left)


@pytest.mark.parametrize("name", ["STABLE", "LIPS_OUTER", "LIPS_INNER", "FACE_OVAL", "OUTER_EYES"])
def test_sets_over_both_sides_are_their_own_mirror(name):
    points = getattr(lm, name)
    assert {int(lm.MIRROR[point]) for point in points} == set(points)
    assert len(set(points)) == len(points)


def test_mirroring_twice_changes_nothing():
    np.testing.assert_array_equal(lm.MIRROR[lm.MIRROR], np.arange(lm.POINTS))


def test_points_of_the_middle_are_their_own_partners():
    own = np.flatnonzero(lm.MIRROR[: lm.SKIN_POINTS] == np.arange(lm.SKIN_POINTS))
    assert own.tolist() == sorted(lm.MIDLINE)


def test_the_outer_eye_corners_are_points_33_and_263():
    assert lm.OUTER_EYES == (33, 263)
    assert lm.MIRROR[33] == 263


def test_there_are_eighteen_stable_points():
    assert len(lm.STABLE) == 18


def test_irises_swap_their_left_and_right_rims():
    assert lm.MIRROR[list(lm.IRIS_RIGHT)].tolist() == [473, 476, 475, 474, 477]


def test_the_lip_outlines_share_no_points_and_close_at_both_corners():
    assert set(lm.LIPS_OUTER).isdisjoint(lm.LIPS_INNER)
    assert (lm.LIPS_OUTER[0], lm.LIPS_OUTER[10]) == (lm.MOUTH_CORNER_RIGHT, lm.MOUTH_CORNER_LEFT)
    assert len(lm.LIPS_OUTER) == len(lm.LIPS_INNER) == 20
