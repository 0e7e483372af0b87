import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.strain import strain_of

ROWS, COLUMNS = np.indices((40, 50), np.float64)


def affine(a, b, c, d, right=2.0, down=-1.0):
    """The field u = a x + b y + right, v = c x + d y + down."""
    return np.stack([a * COLUMNS + b * ROWS + right, c * COLUMNS + d * ROWS + down])


@pytest.mark.parametrize("sigma_px", [0.7, 2.0, 5.0])
def test_strain_of_an_affine_field_is_exact_up_to_the_edge(sigma_px):
    found = strain_of(affine(0.03, 0.02, -0.01, -0.05), sigma_px=sigma_px)
    np.testing.assert_allclose(found.xx, 0.03, atol=1e-10)
    np.testing.assert_allclose(found.yy, -0.05, atol=1e-10)
    np.testing.assert_allclose(found.xy, 0.005, atol=1e-10)
    np.testing.assert_allclose(found.area, -0.02, atol=1e-10)
    np.testing.assert_allclose(
        found.magnitude, np.sqrt(0.03**2 + 0.05**2 + 2 * 0.005**2), atol=1e-10
    )


def test_strain_of_an_affine_field_is_exact_beside_holes():
    field = affine(0.03, 0.02, -0.01, -0.05).astype(np.float32)
    field[:, 10:20, 12:30] = np.nan
    field[0, 30, 5] = np.nan
    valid = COLUMNS + ROWS < 70
    found = strain_of(field, valid=valid)
    hole = np.isnan(field).any(0) | ~valid
    assert np.isnan(found.xx[hole]).all()
    assert np.isfinite(found.xx[~hole]).mean() > 0.99
    np.testing.assert_allclose(found.xx[np.isfinite(found.xx)], 0.03, atol=1e-5)
    np.testing.assert_allclose(found.xy[np.isfinite(found.xy)], 0.005, atol=1e-5)


def test_a_shift_and_a_small_turn_stretch_nothing():
    found = strain_of(affine(0, -0.02, 0.02, 0))
    assert np.abs([found.xx, found.yy, found.xy]).max() < 1e-12
    assert np.abs(found.magnitude).max() < 1e-12


def test_principal_strains_of_a_shear_are_plus_and_minus_half_of_it():
    largest, smallest = strain_of(affine(0, 0.04, 0, 0)).principal
    np.testing.assert_allclose(largest, 0.02, atol=1e-10)
    np.testing.assert_allclose(smallest, -0.02, atol=1e-10)


def test_strain_does_not_change_when_the_picture_is_turned():
    rng = np.random.default_rng(0)
    field = rng.normal(size=(2, 30, 30))
    turned = np.stack([np.rot90(field[1]), -np.rot90(field[0])])
    one, other = strain_of(field), strain_of(turned)
    np.testing.assert_allclose(np.rot90(one.magnitude), other.magnitude, atol=1e-10)
    np.testing.assert_allclose(np.rot90(one.area), other.area, atol=1e-10)
    np.testing.assert_allclose(np.rot90(one.yy), other.xx, atol=1e-10)


def test_a_quadratic_field_has_the_strain_of_its_slope_inside():
    field = np.stack([0.002 * COLUMNS**2, 0 * ROWS])
    found = strain_of(field, sigma_px=1.5)
    inside = (slice(8, -8), slice(8, -8))
    np.testing.assert_allclose(found.xx[inside], 0.004 * COLUMNS[inside], atol=1e-8)


def test_a_pixel_without_neighbours_in_two_directions_has_no_strain():
    field = np.full((2, 9, 9), np.nan)
    field[:, 4, :] = 1.0
    field[:, 0, 0] = 2.0
    assert np.isnan(strain_of(field, sigma_px=1.0).xx).all()


def test_wrong_shapes_and_widths_are_refused():
    with pytest.raises(ShapeError, match="flow_px: expected"):
        strain_of(np.zeros((3, 4, 4)))
    with pytest.raises(ShapeError, match="valid: expected"):
        strain_of(np.zeros((2, 4, 4)), valid=np.ones((4, 5), bool))
    with pytest.raises(ArgumentError, match="more than 0 px"):
        strain_of(np.zeros((2, 4, 4)), sigma_px=0)
