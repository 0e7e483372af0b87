import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops import align

angles = st.floats(-80, 80)
lengths = st.floats(-500, 500)
scales = st.floats(0.1, 10)


@st.composite
def similarities(draw):
    return align.Similarity3D(
        scale=draw(scales),
        rotation=align.rotation_from_angles(draw(angles), draw(angles), draw(angles)),
        shift_px=np.array([draw(lengths), draw(lengths), draw(lengths)]),
    )


@st.composite
def affines(draw):
    turn = align.rotation_from_angles(0, 0, draw(angles))[:2, :2]
    stretch = np.diag([draw(scales), draw(scales)])
    return np.column_stack([turn @ stretch, [draw(lengths), draw(lengths)]])


clouds = arrays(np.float64, (7, 3), elements=lengths)
CORNERS = np.array([[0.0, 0, 0], [60, 0, 10], [0, 50, -10], [30, 40, 25], [-20, 10, 5]])


@given(similarities(), clouds)
def test_a_similarity_and_its_inverse_bring_points_back(similarity, points):
    np.testing.assert_allclose(similarity.inverse()(similarity(points)), points, atol=1e-6)


@given(similarities())
def test_a_similarity_is_found_again_from_points(similarity):
    found = align.fit_similarity_3d(CORNERS, similarity(CORNERS))
    np.testing.assert_allclose(found.scale, similarity.scale, rtol=1e-6)
    np.testing.assert_allclose(found.rotation, similarity.rotation, atol=1e-6)
    np.testing.assert_allclose(found.shift_px, similarity.shift_px, atol=1e-4)


@given(st.lists(similarities(), min_size=1, max_size=4))
def test_many_fits_at_once_equal_single_fits(several):
    targets = np.stack([similarity(CORNERS) for similarity in several])
    scale, rotation, shift = align.fit_similarities_3d(CORNERS, targets)
    for i, target in enumerate(targets):
        one = align.fit_similarity_3d(CORNERS, target)
        np.testing.assert_allclose(scale[i], one.scale, rtol=1e-9)
        np.testing.assert_allclose(rotation[i], one.rotation, atol=1e-9)
        np.testing.assert_allclose(shift[i], one.shift_px, atol=1e-6)


def test_angles_of_many_rotations_are_those_of_each():
    turns = [(10.0, -5.0, 3.0), (-40.0, 20.0, 0.0)]
    many = np.stack([align.rotation_from_angles(*turn) for turn in turns])
    np.testing.assert_allclose(align.angles_from_rotation(many), np.transpose(turns), atol=1e-9)


def test_a_mirrored_shape_is_fitted_by_a_rotation_not_by_a_reflection():
    mirrored = CORNERS * [-1, 1, 1]
    one = align.fit_similarity_3d(CORNERS, mirrored)
    _, rotation, _ = align.fit_similarities_3d(CORNERS, mirrored[None])
    assert np.linalg.det(one.rotation) == pytest.approx(1)
    assert np.linalg.det(rotation[0]) == pytest.approx(1)


@pytest.mark.parametrize("line", [np.zeros((4, 3)), np.arange(4.0)[:, None] * [1, 2, 3]])
def test_points_on_a_line_are_refused(line):
    with pytest.raises(ArgumentError, match="not on one line"):
        align.fit_similarity_3d(line, line)
    with pytest.raises(ArgumentError, match="not on one line"):
        align.fit_similarities_3d(line, line[None])


@pytest.mark.parametrize(
    "call",
    [
        lambda: align.fit_similarity_3d(np.zeros((4, 2)), np.zeros((4, 2))),
        lambda: align.fit_similarities_3d(np.zeros((4, 3)), np.zeros((4, 3))),
        lambda: align.fit_scale_shift_2d(np.zeros((4, 3)), np.zeros((4, 3))),
        lambda: align.angles_from_rotation(np.eye(2)),
    ],
)
def test_arrays_of_another_shape_are_refused(call):
    with pytest.raises(ShapeError):
        call()


@given(scales, lengths, lengths)
def test_scale_and_shift_are_found_again(scale, right, down):
    flat = CORNERS[:, :2]
    found, shift = align.fit_scale_shift_2d(flat, scale * flat + [right, down])
    assert found == pytest.approx(scale)
    np.testing.assert_allclose(shift, [right, down], atol=1e-6)


@given(angles, angles, angles)
def test_angles_make_a_rotation_and_come_back(yaw, pitch, roll):
    rotation = align.rotation_from_angles(yaw, pitch, roll)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(align.angles_from_rotation(rotation), (yaw, pitch, roll), atol=1e-6)


NOSE = np.array([0.0, 0, -1])  # the face looks along -z


def test_positive_yaw_turns_the_nose_to_the_persons_left_which_is_right_in_the_picture():
    assert (align.rotation_from_angles(30, 0, 0) @ NOSE)[0] == pytest.approx(0.5)


def test_positive_pitch_turns_the_nose_up():
    assert (align.rotation_from_angles(0, 30, 0) @ NOSE)[1] == pytest.approx(-0.5)


def test_positive_roll_turns_clockwise_in_the_picture():
    crown = np.array([0.0, -1, 0])
    assert (align.rotation_from_angles(0, 0, 30) @ crown)[0] == pytest.approx(0.5)


@given(affines(), clouds)
def test_an_affine_and_its_inverse_bring_points_back(affine, cloud):
    points = cloud[:, :2]
    there = align.apply_affine(affine, points)
    back = align.apply_affine(align.invert_affine(affine), there)
    np.testing.assert_allclose(back, points, atol=1e-6)


@given(affines(), affines(), clouds)
def test_composed_affines_act_one_after_the_other(first, second, cloud):
    points = cloud[:, :2]
    whole = align.apply_affine(align.compose_affine(second, first), points)
    steps = align.apply_affine(second, align.apply_affine(first, points))
    np.testing.assert_allclose(whole, steps, rtol=1e-9, atol=1e-5)


def test_affines_of_many_frames_act_frame_by_frame():
    frames = np.stack([np.eye(2, 3), np.array([[2.0, 0, 1], [0, 2, 0]])])
    points = np.ones((2, 3, 2))
    moved = align.apply_affine(frames, points)
    np.testing.assert_array_equal(moved[0], points[0])
    np.testing.assert_array_equal(moved[1], points[1] * 2 + [1, 0])


@given(similarities(), affines(), clouds)
def test_a_joined_projection_does_the_affine_first(similarity, affine, points):
    projection = np.column_stack(
        [similarity.scale * similarity.rotation[:2], similarity.shift_px[:2]]
    )
    moved = np.column_stack([align.apply_affine(affine, points[:, :2]), points[:, 2]])
    steps = moved @ projection[:, :3].T + projection[:, 3]
    joined = align.apply_projection(projection, affine, points)
    np.testing.assert_allclose(joined, steps, rtol=1e-9, atol=1e-4)
