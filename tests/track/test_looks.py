import numpy as np
import pytest

from mimetic.ops.landmarks import LIPS, MIRROR
from mimetic.track.looks import POINTS, look_change, look_of

approx = pytest.approx


def mesh_points():
    return np.random.default_rng(2).uniform(20, 170, (478, 3))


def picture():
    rough = np.random.default_rng(3).uniform(40, 200, (12, 12, 3))
    return np.kron(rough, np.ones((16, 16, 1))).astype(np.uint8)


def test_looks_leave_out_the_mouth_and_treat_both_sides_alike():
    assert not set(POINTS) & set(LIPS)
    assert set(MIRROR[POINTS]) == set(POINTS)


def test_a_look_does_not_depend_on_the_light():
    bright = picture()
    dark = (bright * 0.6).astype(np.uint8)
    assert look_change(look_of(bright, mesh_points()), look_of(dark, mesh_points())) < 0.01


def test_a_look_has_mean_zero_and_variance_one():
    look = look_of(picture(), mesh_points())
    assert look.shape == (205,)
    assert look.mean() == approx(0, abs=1e-5)
    assert look.std() == approx(1, abs=1e-4)


def test_a_black_picture_has_a_look_of_zeros():
    assert not look_of(np.zeros((192, 192, 3), np.uint8), mesh_points()).any()


def test_the_same_look_changes_by_nothing_and_its_opposite_by_two():
    look = look_of(picture(), mesh_points())
    assert look_change(look, 3 * look) == approx(0, abs=1e-6)
    assert look_change(look, -look) == approx(2, abs=1e-6)
