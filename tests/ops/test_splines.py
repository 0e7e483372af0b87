"""Splines on grids against polynomials and against scipy."""

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.ops.splines import finer, finer_rows, sample_along, spline_coefficients
from mimetic.ops.warp import sample_exact


def test_finer_fields_are_exact_for_cubics_up_to_the_border():
    def cubic(x, y):
        return np.stack([x**3 - 2 * x * y + y, 1 - x**2 * y + 3 * y**3])

    at = (np.arange(24) + 0.5) / 2 - 0.5
    exact = cubic(*np.meshgrid(at, at))
    coarse = cubic(*np.meshgrid(np.arange(12.0), np.arange(12.0)))
    assert np.abs(finer(coarse.astype(np.float32), 2) - exact).max() < 1e-5 * np.abs(exact).max()


def test_a_field_in_one_piece_stays_as_it_is():
    field = np.ones((2, 5, 5), np.float32)
    assert finer(field, 1) is field


def test_sampling_along_both_axes_is_sampling_by_scipy():
    picture = np.random.default_rng(0).uniform(0, 255, (30, 40)).astype(np.float32)
    rows, columns = np.arange(3, 26) + 0.3, np.arange(2, 37) - 0.45
    values = spline_coefficients(picture, 12)
    values = sample_along(values, rows + 12, 0)
    values = sample_along(values, columns + 12, 1)
    exact = sample_exact(picture, *np.meshgrid(columns, rows))
    assert np.abs(values - exact).max() < 1e-3


def test_the_border_goes_on_beyond_the_picture():
    picture = np.linspace(0, 100, 20, dtype=np.float32)[:, None] * np.ones(20, np.float32)
    values = spline_coefficients(picture, 12)
    far = sample_along(values, np.array([-50.0, 80.0]), 0)
    assert far[:, 20] == pytest.approx([0, 100], abs=1e-3)


@pytest.mark.parametrize(("size", "parts"), [(3, 2), (8, 0)])
def test_a_grid_too_small_for_a_cubic_is_refused(size, parts):
    with pytest.raises(ArgumentError, match="size, parts: expected at least 4 and 1"):
        finer_rows(size, parts)
