import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.ops import warp
from tests.ops.surface import texture


def ramp(height=20, width=30):
    v, u = np.mgrid[:height, :width].astype(float)
    return 3 * u + 2 * v


def test_exact_sampling_reproduces_a_ramp_at_a_tenth_of_a_pixel():
    v, u = np.mgrid[8:12, 12:18].astype(float)
    values = warp.sample_exact(ramp(), u + 0.1, v)
    np.testing.assert_allclose(values, 3 * (u + 0.1) + 2 * v, atol=1e-3)


def test_exact_sampling_at_whole_pixels_gives_the_pixels():
    picture = texture(size=24)
    v, u = np.mgrid[:24, :24].astype(float)
    np.testing.assert_allclose(warp.sample_exact(picture, u, v), picture, atol=1e-9)


def test_exact_sampling_outside_the_picture_gives_the_rim():
    assert warp.sample_exact(ramp(), np.array([-5.0]), np.array([3.0]), order=1) == 6


def test_fast_sampling_agrees_with_exact_sampling_on_smooth_pictures():
    picture = ramp().astype(np.float32)
    maps = (np.mgrid[4:12, 4:12][::-1] + 0.25).astype(np.float32)
    exact = warp.sample_exact(picture, *maps.astype(float))
    np.testing.assert_allclose(warp.sample_fast(picture, maps), exact, atol=0.02)


def test_fast_sampling_keeps_the_type_and_repeats_the_rim():
    picture = texture(size=24)
    seen = warp.sample_fast(picture, np.full((2, 3, 3), -50, np.float32))
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(seen, np.broadcast_to(picture[0, 0], (3, 3, 3)))


def test_projection_maps_put_every_pixel_where_its_depth_leads():
    depth = np.arange(12.0).reshape(3, 4)
    projection = np.array([[2, 0, 0.5, 10], [0, 3, -1, 20.0]])
    maps = warp.projection_maps(projection, warp.depth_basis(depth), depth.shape)
    u, v = 3, 1
    np.testing.assert_allclose(
        maps[:, v, u], [2 * u + 0.5 * depth[v, u] + 10, 3 * v - depth[v, u] + 20]
    )


def test_reducing_takes_the_mean_of_whole_squares():
    picture = ramp(7, 9).astype(np.float32)
    small = warp.reduce_by(picture, 3)
    assert small.shape == (2, 3)
    np.testing.assert_allclose(small[1, 2], picture[3:6, 6:9].mean())
    # Reduced pixel x lies at 3 x + 1 of the given picture.
    np.testing.assert_allclose(small[1, 2], picture[4, 7])


def test_reducing_by_one_changes_nothing():
    picture = ramp()
    assert warp.reduce_by(picture, 1) is picture


@pytest.mark.parametrize("factor", [0, -2, 21])
def test_reducing_by_what_the_picture_does_not_hold_is_refused(factor):
    with pytest.raises(ArgumentError, match="factor"):
        warp.reduce_by(ramp(), factor)


def test_a_picture_that_does_not_shrink_is_not_blurred():
    picture = texture(size=24)
    assert warp.blur_for_shrinking(picture, 1.0) is picture


def test_blur_grows_with_the_scale_and_keeps_the_mean():
    picture = texture(size=64)[..., 0].astype(np.float32)
    soft, softer = (warp.blur_for_shrinking(picture, scale) for scale in (1.5, 2.0))
    assert picture.std() > soft.std() > softer.std()
    assert softer.mean() == pytest.approx(picture.mean(), abs=1)


def test_the_picture_reaches_half_a_pixel_beyond_its_outer_centres():
    maps = np.array([[[-0.6, -0.4, 9.4, 9.6]], [[0, 0, 4.4, 4.4]]], np.float32)
    assert warp.inside_picture(maps, width_px=10, height_px=5).tolist() == [
        [False, True, True, False]
    ]
