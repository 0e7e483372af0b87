import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops import landmarks as lm
from mimetic.ops import mesh
from mimetic.ops.align import fit_similarity_3d, join_projection, rotation_from_angles
from tests.ops.surface import relief, surface_points

POINTS = surface_points()
MESH = mesh.place_mesh(POINTS)
DEPTH = mesh.depth_map(MESH, 128)


def posed(points, yaw=0.0, pitch=0.0, roll=0.0, scale=1.0, shift=(0.0, 0.0, 0.0)):
    return scale * points @ rotation_from_angles(yaw, pitch, roll).T + shift


def nodding(count=9):
    """The face under turns that are zero in the middle and large at both ends."""
    turns = np.linspace(-15, 15, count)
    return np.stack([posed(POINTS, turn, turn / 2, -turn, 1 + turn / 99) for turn in turns])


def test_the_mesh_of_a_turning_face_is_the_face_itself():
    found = mesh.person_mesh(nodding())
    fit = fit_similarity_3d(POINTS, found)
    np.testing.assert_allclose(fit(POINTS), found, atol=1e-9)


def test_the_mesh_keeps_the_pose_of_the_middle_frame():
    fit = fit_similarity_3d(POINTS, mesh.person_mesh(nodding()))
    np.testing.assert_allclose(fit.rotation, np.eye(3), atol=1e-9)


def test_one_wild_frame_of_nine_does_not_move_the_mesh():
    frames = nodding()
    frames[7, 200] += 500
    found = mesh.person_mesh(frames)
    np.testing.assert_allclose(fit_similarity_3d(POINTS, found)(POINTS), found, atol=1e-6)


@pytest.mark.parametrize("size", [128, 192, 256])
def test_the_placed_mesh_has_its_eyes_56_px_apart_around_64_46(size):
    turned = posed(POINTS, 10, 5, 20, 3.0, (400, 300, 50))
    placed = mesh.place_mesh(turned, size) * 128 / size
    apart = placed[lm.LEFT_EYE_OUTER] - placed[lm.RIGHT_EYE_OUTER]
    assert np.linalg.norm(apart) == pytest.approx(56)
    assert apart[1] == pytest.approx(0)
    middle = (placed[33] + placed[263]) / 2
    np.testing.assert_allclose(middle, [64, 46, 0], atol=1e-9)


def test_placing_undoes_roll_and_keeps_yaw():
    level, rolled = (mesh.place_mesh(posed(POINTS, 12, 0, roll)) for roll in (0, 25))
    frontal = mesh.place_mesh(POINTS)
    level_apart = level[263, 0] - level[33, 0]
    assert level_apart == pytest.approx(56 * np.cos(np.radians(12)))
    assert rolled[263, 0] - rolled[33, 0] == pytest.approx(level_apart, rel=0.02)
    assert frontal[263, 0] - frontal[33, 0] == pytest.approx(56)


def test_a_face_seen_exactly_from_the_side_is_refused():
    with pytest.raises(ArgumentError, match="both eyes"):
        mesh.place_mesh(posed(POINTS, 90))


@pytest.mark.parametrize("frames", [np.zeros((0, 478, 3)), np.full((2, 478, 3), np.nan)])
def test_no_frames_and_missing_frames_make_no_mesh(frames):
    with pytest.raises(ArgumentError, match="finite points"):
        mesh.person_mesh(frames)


@pytest.mark.parametrize("call", [mesh.person_mesh, mesh.place_mesh])
def test_points_without_depth_are_refused(call):
    with pytest.raises(ShapeError):
        call(np.zeros((478, 2)))


def test_the_depth_map_follows_the_surface_inside_the_face():
    v, u = np.mgrid[30:100:7, 40:90:7]
    unit = 56 / np.linalg.norm(POINTS[263] - POINTS[33])
    x, y = (u - 64) / unit + 100, (v - 46) / unit + 80
    wanted = unit * (relief(x, y) - POINTS[33, 2])
    # 468 scattered points and a blur of 1.5 px cannot follow the nose's tip exactly.
    assert np.median(np.abs(DEPTH[v, u] - wanted)) < 0.5
    assert np.abs(DEPTH[v, u] - wanted).max() < 3


def test_the_corners_of_the_depth_map_lie_as_far_back_as_the_ears():
    far = np.percentile(MESH[: lm.SKIN_POINTS, 2], 98)
    np.testing.assert_allclose(DEPTH[[0, 0, -1, -1], [0, -1, 0, -1]], far, atol=0.5)


def test_irises_have_no_say_in_the_depth():
    other = MESH.copy()
    other[lm.SKIN_POINTS :] -= 100
    np.testing.assert_array_equal(mesh.depth_map(other, 128), DEPTH)


def test_a_frame_of_the_mesh_itself_is_fitted_exactly():
    video = posed(MESH, 10, -6, 15, 1.7, (300, 200, 0))
    projection, points = mesh.fit_crop(MESH, video)
    seen = MESH @ projection[:, :3].T + projection[:, 3]
    np.testing.assert_allclose(seen, video[:, :2], atol=1e-8)
    np.testing.assert_allclose(points, MESH, atol=1e-8)


def test_expression_does_not_move_the_crop():
    video = posed(MESH, 8, 3, 4, 1.4, (100, 90, 5))
    moving = np.setdiff1d(np.arange(478), lm.STABLE)
    smiling = video.copy()
    smiling[moving] += 4
    np.testing.assert_array_equal(mesh.fit_crop(MESH, smiling)[0], mesh.fit_crop(MESH, video)[0])


def test_shapes_are_in_eye_distances_from_the_middle_of_the_eyes_whatever_the_pose():
    frames = np.stack([posed(MESH, turn, -turn, turn, 1 + turn / 40) for turn in (-10, 0, 10)])
    shapes = mesh.shapes_ed(MESH, frames)
    np.testing.assert_allclose(shapes, shapes[[1, 1, 1]], atol=1e-5)
    assert np.linalg.norm(shapes[0, 263] - shapes[0, 33]) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(shapes[0, 33] + shapes[0, 263], 0, atol=1e-5)


def test_missing_frames_have_missing_shapes():
    frames = np.stack([MESH, np.full_like(MESH, np.nan)])
    shapes = mesh.shapes_ed(MESH, frames)
    assert np.isfinite(shapes[0]).all()
    assert np.isnan(shapes[1]).all()
    assert np.isnan(mesh.shapes_ed(MESH, frames[1:])).all()


def test_a_mirrored_face_has_the_mirrored_mesh_and_depth():
    mirrored = (nodding() * [-1, 1, 1])[:, lm.MIRROR]
    placed = mesh.place_mesh(mesh.person_mesh(mirrored))
    straight = mesh.place_mesh(mesh.person_mesh(nodding()))
    np.testing.assert_allclose(placed[lm.MIRROR] * [-1, 1, 1] + [128, 0, 0], straight, atol=1e-6)


turns = st.floats(-18, 18)


@given(turns, turns, turns, st.floats(0.3, 4), st.floats(-3, 3))
def test_points_go_from_the_crop_to_the_video_and_back(yaw, pitch, roll, scale, slide):
    video = posed(MESH, yaw, pitch, roll, scale, (200, 150, 0))
    projection, _ = mesh.fit_crop(MESH, video)
    joined = join_projection(projection, np.array([[1.01, 0.01, slide], [0, 0.99, -slide]]))
    v, u = np.mgrid[20:110:9, 25:105:9]
    crop = np.column_stack([u.ravel(), v.ravel()]).astype(float)
    back = mesh.points_in_crop(joined, DEPTH, mesh.points_in_video(joined, DEPTH, crop))
    # Where the nose hides its own flank, several template points show one video point.
    assert np.median(np.abs(back - crop)) < 0.01
    again = mesh.points_in_video(joined, DEPTH, back.astype(float))
    there = mesh.points_in_video(joined, DEPTH, crop)
    assert np.quantile(np.abs(again - there), 0.9) < 0.02 * scale + 0.01
