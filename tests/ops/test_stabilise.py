import numpy as np
import pytest
from skimage import data

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops import stabilise
from mimetic.ops.align import apply_affine, invert_affine
from mimetic.ops.warp import sample_exact
from tests.ops.surface import texture

V, U = np.mgrid[:128, :128].astype(float)
INSIDE = np.column_stack([U[stabilise.ellipse_mask()], V[stabilise.ellipse_mask()]])
STILL = np.eye(2, 3)


def own_texture():
    return texture(3)[..., 1].astype(float)


def astronaut():
    return data.astronaut()[20:220, 130:330].mean(axis=2)


def seen(picture, affine=STILL, gain=1.0, offset=0.0):
    """A 128 px view in which the template's pixel x lies at affine @ (x, 1), u8."""
    x, y = np.moveaxis(apply_affine(invert_affine(affine), np.stack([U, V], -1)), -1, 0)
    view = sample_exact(picture, x * 1.2 + 22, y * 1.2 + 22)
    return np.clip((gain * view + offset).round(), 0, 255).astype(np.uint8)


def aligner(picture):
    flat = np.full((128, 128), 0.01)
    contrast = stabilise.local_contrast(seen(picture))
    return stabilise.Aligner(contrast, stabilise.pixel_weight(flat))


def sub_pixel_affine(rng):
    """Moves the middle by up to 0.6 px and the rim by up to about 0.5 px more."""
    linear = np.eye(2) + rng.uniform(-0.004, 0.004, (2, 2))
    shift = rng.uniform(-0.6, 0.6, 2) - (linear - np.eye(2)) @ [64, 66]
    return np.column_stack([linear, shift])


def worst_error_px(found, true):
    difference = apply_affine(found, INSIDE) - apply_affine(true, INSIDE)
    return float(np.linalg.norm(difference, axis=1).max())


@pytest.mark.parametrize("picture", [own_texture, astronaut])
def test_a_known_sub_pixel_affine_is_recovered_within_a_twentieth_of_a_pixel(picture):
    rng, target = np.random.default_rng(0), aligner(picture())
    for _ in range(12):
        affine = sub_pixel_affine(rng)
        found = target.align(stabilise.local_contrast(seen(picture(), affine)))
        assert found.converged
        assert worst_error_px(found.affine, affine) < 0.05


def test_gain_and_offset_of_the_light_do_not_move_the_face():
    affine = sub_pixel_affine(np.random.default_rng(5))
    dim = stabilise.local_contrast(seen(own_texture(), affine, gain=0.6, offset=15))
    found = aligner(own_texture()).align(dim)
    assert worst_error_px(found.affine, affine) < 0.05


def test_gain_and_offset_of_the_contrast_are_found():
    contrast = stabilise.local_contrast(seen(own_texture()))
    found = aligner(own_texture()).align(np.float32(0.5) * contrast + np.float32(0.2))
    assert found.gain == pytest.approx(0.5, abs=1e-3)
    assert found.offset == pytest.approx(0.2, abs=1e-3)
    assert found.residual < 1e-3
    assert stabilise.rim_shift_px(found.affine) < 0.01


def test_a_shift_of_three_pixels_is_within_reach():
    affine = np.array([[1, 0, 3.0], [0, 1, -2.0]])
    found = aligner(own_texture()).align(stabilise.local_contrast(seen(own_texture(), affine)))
    assert worst_error_px(found.affine, affine) < 0.1


def test_one_picture_gives_the_same_bits_whatever_was_aligned_before():
    rng, target = np.random.default_rng(2), aligner(own_texture())
    views = [stabilise.local_contrast(seen(own_texture(), sub_pixel_affine(rng))) for _ in range(3)]
    forward = [target.align(view).affine for view in views]
    backward = [aligner(own_texture()).align(view).affine for view in views[::-1]][::-1]
    np.testing.assert_array_equal(forward, backward)


def test_a_mirrored_picture_gives_the_mirrored_movement():
    # The crop's middle lies between pixels 63 and 64, the canonical one at 64: use a wide weight.
    affine = sub_pixel_affine(np.random.default_rng(7))
    template, moved = (
        stabilise.local_contrast(seen(own_texture(), move)) for move in (STILL, affine)
    )
    weight = np.zeros((128, 128), np.float32)
    weight[10:118, 14:114] = 1
    straight = stabilise.Aligner(template, weight).align(moved).affine
    flip = lambda picture: np.ascontiguousarray(picture[:, ::-1])  # noqa: E731
    mirrored = stabilise.Aligner(flip(template), flip(weight)).align(flip(moved)).affine
    turn = np.array([[-1.0, 0, 127], [0, 1, 0]])
    points = np.array([[20.0, 20], [100, 30], [60, 110]])
    back = apply_affine(turn, apply_affine(mirrored, apply_affine(turn, points)))
    np.testing.assert_allclose(back, apply_affine(straight, points), atol=0.02)


def test_pixels_outside_the_video_are_left_out():
    affine = sub_pixel_affine(np.random.default_rng(9))
    contrast = stabilise.local_contrast(seen(own_texture(), affine))
    visible = np.ones((128, 128), bool)
    visible[:, 85:] = False
    spoiled = np.where(visible, contrast, np.float32(0.9))
    target = aligner(own_texture())
    assert worst_error_px(target.align(spoiled, visible=visible).affine, affine) < 0.1
    assert worst_error_px(target.align(spoiled).affine, affine) > 0.1


def test_a_flat_picture_and_another_picture_are_not_aligned():
    flat = aligner(own_texture()).align(np.zeros((128, 128), np.float32))
    assert not flat.converged
    assert np.isnan(flat.residual)
    negative = -stabilise.local_contrast(seen(own_texture()))
    assert not aligner(own_texture()).align(negative).converged


def test_local_contrast_takes_slow_light_out():
    view = seen(own_texture()).astype(float)
    lit = np.clip(view * (0.6 + 0.4 * U / 127), 0, 255).round().astype(np.uint8)
    raw = np.abs(lit - view)[stabilise.ellipse_mask()].mean() / view.std()
    plain, bright = stabilise.local_contrast(view.astype(np.uint8)), stabilise.local_contrast(lit)
    left = np.abs(bright - plain)[stabilise.ellipse_mask()].mean() / plain.std()
    assert left < raw / 4


def test_the_ellipse_has_the_canonical_middle_and_radii():
    mask = stabilise.ellipse_mask()
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert (columns[0], columns[-1], rows[0], rows[-1]) == (18, 110, 6, 126)
    assert stabilise.ellipse_mask(256).mean() == pytest.approx(mask.mean(), abs=0.005)


def test_still_pixels_weigh_more_than_moving_ones():
    variance = np.full((128, 128), 0.01)
    variance[90:110, 44:84] = 1
    weight = stabilise.pixel_weight(variance)
    assert weight[60, 64] > 20 * weight[100, 64] > 0
    assert weight[0, 0] == 0
    assert weight[stabilise.ellipse_mask()].mean() == pytest.approx(1, abs=1e-4)


def test_a_face_that_never_changes_still_gets_finite_weights():
    assert np.isfinite(stabilise.pixel_weight(np.zeros((128, 128)))).all()


@pytest.mark.parametrize(
    "weight",
    [np.zeros((128, 128)), np.full((128, 128), np.nan), np.full((128, 128), -1.0)],
)
def test_weights_that_hold_no_region_are_refused(weight):
    with pytest.raises(ArgumentError, match="weight"):
        stabilise.Aligner(np.zeros((128, 128), np.float32), weight.astype(np.float32))


def test_a_weight_of_another_size_is_refused():
    with pytest.raises(ShapeError):
        stabilise.Aligner(np.zeros((128, 128), np.float32), np.ones((64, 64), np.float32))


def test_the_rim_of_a_shifted_face_moves_by_the_shift():
    assert stabilise.rim_shift_px(np.array([[1, 0, 3.0], [0, 1, 4.0]])) == pytest.approx(5)


def test_a_picture_that_shows_nothing_loses_the_template():
    target, contrast = aligner(own_texture()), stabilise.local_contrast(seen(own_texture()))
    corner = np.zeros((128, 128), bool)
    corner[:5, :5] = True  # outside the face, and gone when its edge is taken off
    for visible in (np.zeros((128, 128), bool), corner):
        found = target.align(contrast, visible=visible)
        assert not found.converged
        assert np.isnan([found.gain, found.offset, found.residual]).all()
        np.testing.assert_array_equal(found.affine, STILL)
