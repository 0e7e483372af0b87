import numpy as np
import pytest

from mimetic.errors import ShapeError
from mimetic.micro.views import VIEWS, check_maps, features, likeness, mirrored, scaled, still
from tests.micro.population import small

MAPS = small().maps[:6]


def test_scaling_forgets_size_and_offset_of_each_channel_alone():
    changed = MAPS * np.array([3.0, 0.2, 7.0]) + np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(scaled(changed), scaled(MAPS), atol=1e-6)
    assert np.abs(np.median(scaled(MAPS), axis=(1, 2))).max() < 1e-12


def test_a_constant_channel_is_nothing_but_zeros():
    flat = MAPS.copy()
    flat[..., 2] = 4
    assert not scaled(flat)[..., 2].any()
    assert all(np.isfinite(features(flat, view)).all() for view in VIEWS)


def test_mirroring_twice_changes_nothing_and_once_turns_u():
    np.testing.assert_array_equal(mirrored(mirrored(MAPS)), MAPS)
    np.testing.assert_array_equal(mirrored(MAPS)[:, 3, 4, 0], -MAPS[:, 3, 23, 0])
    np.testing.assert_array_equal(mirrored(MAPS)[:, 3, 4, 1], MAPS[:, 3, 23, 1])


def test_the_movement_of_the_head_is_taken_off_and_the_muscle_stays():
    grid = np.linspace(-1, 1, 28)
    muscle = np.zeros((1, 28, 28, 3))
    bump = np.exp(-((grid[:, None] - 0.4) ** 2 + (grid + 0.3) ** 2) / 0.03)
    muscle[0, ..., 1] = bump
    moved = muscle.copy()
    moved[0, ..., 0] += 0.3 - 0.5 * grid + 0.2 * grid[:, None]
    moved[0, ..., 1] += -0.6 + 0.4 * grid + 0.3 * grid[:, None]
    left = still(moved)
    assert np.abs(left[0, ..., 0]).max() < 1e-6
    assert np.abs(left[0, ..., 1] - bump).max() < 0.03


@pytest.mark.parametrize("view", VIEWS)
def test_likeness_is_1_with_itself_and_symmetric_under_the_mirror(view):
    own, turned = likeness(MAPS, MAPS, view=view)
    np.testing.assert_allclose(np.diag(own), 1, atol=1e-9)
    np.testing.assert_allclose(own, own.T, atol=1e-9)
    np.testing.assert_allclose(turned, turned.T, atol=0.02)  # cells of histograms lie off centre
    assert own.max() <= 1 + 1e-9


def test_directions_mind_a_shift_less_than_cells_do():
    shifted = np.roll(MAPS, 2, axis=2)
    alike = {view: np.diag(likeness(MAPS, shifted, view=view)[0]).mean() for view in VIEWS}
    assert 1 - alike["directions"] < 0.7 * (1 - alike["still"])


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 28, 28, 1)), np.zeros((4, 32, 32, 3)), np.zeros((28, 28, 3))]
)
def test_maps_of_another_form_are_refused(wrong):
    with pytest.raises(ShapeError, match=r"expected \[n 28 28 3\] with channels u, v, strain"):
        check_maps(wrong)


def test_missing_numbers_are_refused_by_row():
    broken = MAPS.copy()
    broken[2, 0, 0, 0] = np.nan
    with pytest.raises(ShapeError, match=r"NaN in rows \[2\]"):
        check_maps(broken)
