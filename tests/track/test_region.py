import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimetic.ops.align import apply_affine, invert_affine
from mimetic.track.region import Region, back_project, region_of_detection, region_of_landmarks

approx = pytest.approx

regions = st.builds(
    Region,
    centre_x_px=st.floats(-500, 4000),
    centre_y_px=st.floats(-500, 4000),
    side_px=st.floats(10, 3000),
    angle_rad=st.floats(-3.2, 3.2),
)


def region(**changes):
    fields = {"centre_x_px": 50.0, "centre_y_px": 40.0, "side_px": 20.0, "angle_rad": 0.0}
    return Region(**(fields | changes))


def test_the_corners_of_the_square_fall_on_zero_and_the_size_of_the_crop():
    corners = apply_affine(region().to_image(192), np.array([[0.0, 0.0], [192.0, 192.0]]))
    assert corners == approx(np.array([[40.0, 30.0], [60.0, 50.0]]))


def test_a_quarter_turn_clockwise_carries_the_right_edge_down():
    affine = region(angle_rad=np.pi / 2).to_image(100)
    assert apply_affine(affine, np.array([[100.0, 50.0]])) == approx(np.array([[50.0, 50.0]]))


@given(regions)
def test_back_projection_undoes_the_crop(square):
    points = np.array([[12.0, 30.0, 0.0], [180.0, 96.0, 0.0], [-20.0, 250.0, 0.0]])
    placed = back_project(points, square, size=192)
    returned = apply_affine(invert_affine(square.to_image(192)), placed[:, :2])
    assert returned == approx(points[:, :2], abs=1e-4)


@given(regions)
def test_back_projection_keeps_shape_and_scales_depth_alike(square):
    points = np.array([[0.0, 0.0, 0.0], [30.0, 40.0, 50.0]])
    placed = back_project(points, square, size=192)
    assert np.linalg.norm(placed[1, :2] - placed[0, :2]) == approx(50 * square.side_px / 192)
    assert placed[1, 2] == approx(50 * square.side_px / 192)


def test_a_detection_gives_a_square_half_as_large_again_and_level_with_the_eyes():
    eyes = np.array([[10.0, 20.0], [20.0, 30.0]])
    square = region_of_detection(np.array([0.0, 10.0, 40.0, 30.0]), eyes)
    assert (square.centre_x_px, square.centre_y_px) == (20.0, 20.0)
    assert square.side_px == 60.0
    assert square.angle_rad == approx(np.pi / 4)


@given(st.floats(-3.1, 3.1))
def test_turned_landmarks_turn_the_square(angle):
    points = np.random.default_rng(1).normal(0, 30, (478, 2))
    points[33], points[263] = (-40, 0), (40, 0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert region_of_landmarks(points @ turn.T).angle_rad == approx(angle, abs=1e-9)


def test_squares_are_close_across_the_full_turn_and_not_when_moved_turned_or_grown():
    assert region(angle_rad=3.14).is_close_to(region(angle_rad=-3.14))
    assert not region().is_close_to(region(centre_x_px=52.0))
    assert not region().is_close_to(region(angle_rad=0.2))
    assert not region().is_close_to(region(side_px=23.0))
