import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.triangles import affine_flow, cover, doubled_area, triangulate

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])


def cloud(seed, count=40, size=50.0):
    """Scattered points with the corners of their square among them."""
    inner = np.random.default_rng(seed).uniform(1, size - 1, (count, 2))
    return np.concatenate([inner, SQUARE * size / 10])


def test_a_square_becomes_two_triangles_that_turn_the_same_way():
    triangles = triangulate(SQUARE)
    assert triangles.shape == (2, 3)
    np.testing.assert_allclose(doubled_area(SQUARE, triangles), [100, 100])
    np.testing.assert_allclose(doubled_area(SQUARE[:, ::-1], triangles), [-100, -100])


def test_every_pixel_of_the_hull_is_covered_once_with_weights_of_sum_one():
    points = cloud(0)
    laid = cover(points, triangulate(points), (51, 51))
    assert (laid.triangle >= 0).all()
    assert not laid.folded.any()
    np.testing.assert_allclose(laid.weights.sum(-1), 1, atol=1e-12)
    corners = points[triangulate(points)][laid.triangle]
    places = (laid.weights[..., None] * corners).sum(2)
    y, x = np.mgrid[:51, :51]
    np.testing.assert_allclose(places, np.stack([x, y], -1), atol=1e-9)


def test_pixels_outside_the_points_have_no_triangle():
    laid = cover(SQUARE + 5, triangulate(SQUARE), (20, 30))
    inside = np.zeros((20, 30), bool)
    inside[5:16, 5:16] = True
    np.testing.assert_array_equal(laid.triangle >= 0, inside)
    assert (laid.weights[~inside] == 0).all()


def test_points_beyond_the_grid_cover_what_lies_on_it():
    laid = cover(SQUARE * 10 - 30, triangulate(SQUARE), (8, 9))
    assert (laid.triangle >= 0).all()


def test_an_affine_movement_of_the_points_is_that_affine_movement_of_every_pixel():
    points = cloud(1)
    matrix, shift = np.array([[1.02, -0.05], [0.04, 0.97]]), np.array([0.3, -1.7])
    flow, known = affine_flow(
        points, points @ matrix.T + shift, triangulate(points), shape=(51, 51)
    )
    y, x = np.mgrid[:51, :51]
    grid = np.stack([x, y], -1)
    wanted = (grid @ matrix.T + shift - grid).transpose(2, 0, 1)
    assert known.all()
    np.testing.assert_allclose(flow, wanted, atol=1e-5)


def test_flow_at_a_point_is_the_way_of_that_point():
    points = np.rint(cloud(2))
    points = np.unique(points, axis=0)
    moved = points + np.random.default_rng(3).normal(0, 0.05, points.shape)
    flow, known = affine_flow(points, moved, triangulate(points), shape=(51, 51))
    x, y = points.astype(int).T
    assert known[y, x].all()
    np.testing.assert_allclose(flow[:, y, x].T, moved - points, atol=1e-6)


def test_a_mesh_that_folds_over_itself_is_not_known_there():
    strip = np.array([[0, 0], [0, 10], [10, 0], [10, 10], [20, 0], [20, 10]], float)
    triangles = np.array([[0, 2, 1], [2, 3, 1], [2, 4, 3], [4, 5, 3]])
    assert (doubled_area(strip, triangles) > 0).all()
    folded = strip.copy()
    folded[4:, 0] = 4.5  # the right half is turned back over the left one
    flow, known = affine_flow(folded, folded + 1, triangles, shape=(12, 24))
    assert known[1:10, 1:4].all()
    assert not known[1:10, 5:10].any()
    assert (flow[:, ~known] == 0).all()


def test_a_triangle_that_the_second_picture_turns_over_is_not_known():
    moved = SQUARE.copy()
    triangles = triangulate(SQUARE)
    corner = next(n for n in range(4) if (triangles == n).any(1).sum() == 1)
    moved[corner] = SQUARE[corner - 2]  # over to the other side
    moved[corner] += (moved[corner] - SQUARE[corner]) / 10
    _, known = affine_flow(SQUARE, moved, triangles, shape=(11, 11))
    assert 0.3 < known.mean() < 0.7


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (np.zeros((2, 2)), "three or more"),
        (np.array([[0.0, 0.0], [1.0, np.nan], [2.0, 0.0]]), "finite"),
        (np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), "span an area"),
    ],
)
def test_points_without_an_area_are_refused(points, told):
    with pytest.raises(ArgumentError, match=told):
        triangulate(points)


def test_points_that_are_not_pairs_are_refused():
    with pytest.raises(ShapeError, match="second"):
        affine_flow(SQUARE, SQUARE[:3], triangulate(SQUARE), shape=(5, 5))
