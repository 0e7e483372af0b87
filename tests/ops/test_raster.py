import numpy as np
import pytest

from mimetic.errors import ShapeError
from mimetic.ops.raster import rasterise


def test_a_pixel_centre_in_a_triangle_has_its_barycentric_weights():
    corners = np.array([[0.0, 0, 1], [4, 0, 1], [0, 4, 1]])
    raster = rasterise(corners, np.array([[0, 1, 2]]), (6, 6))
    assert raster.triangle[1, 1] == 0
    assert raster.weights[1, 1] == pytest.approx([0.5, 0.25, 0.25])
    assert raster.triangle[4, 4] == -1
    assert np.isinf(raster.depth[4, 4])


def test_the_nearest_of_two_triangles_is_shown():
    near = np.array([[0.0, 0, 1], [8, 0, 1], [0, 8, 1]])
    points = np.concatenate([near + np.array([0, 0, 5]), near])
    raster = rasterise(points, np.array([[0, 1, 2], [3, 4, 5]]), (5, 5))
    assert (raster.triangle[:4, :4] == 1).all()
    assert raster.depth[1, 1] == pytest.approx(1.0)


def test_values_of_vertices_are_blended_linearly():
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.uniform(0, 30, (40, 2)), rng.uniform(0, 1, 40)])
    triangles = rng.permuted(np.tile(np.arange(40), (25, 1)), axis=1)[:, :3]
    raster = rasterise(points, triangles, (32, 28))
    shown = raster.triangle >= 0
    assert shown.sum() > 100
    rows, columns = np.nonzero(shown)
    places = raster.blend(points[:, :2], triangles)[shown]
    np.testing.assert_allclose(places, np.stack([columns, rows], 1), atol=1e-9)


def test_many_small_triangles_agree_with_one_at_a_time():
    rng = np.random.default_rng(1)
    middle = rng.uniform(-2, 22, (60, 1, 2))
    corners = np.concatenate(
        [middle + rng.uniform(-3, 3, (60, 3, 2)), rng.uniform(0, 9, (60, 3, 1))], 2
    )
    triangles = np.arange(180).reshape(60, 3)
    whole = rasterise(corners.reshape(-1, 3), triangles, (20, 20))
    depth = np.full((20, 20), np.inf)
    for each in corners:
        alone = rasterise(each, np.array([[0, 1, 2]]), (20, 20))
        depth = np.minimum(depth, alone.depth)
    np.testing.assert_allclose(whole.depth, depth)


def test_points_without_depth_are_refused():
    with pytest.raises(ShapeError, match="points_px"):
        rasterise(np.zeros((3, 2)), np.array([[0, 1, 2]]), (4, 4))
