"""The picture before helps where it belongs, and does no harm where it does not."""

import numpy as np
import pytest

from mimetic.errors import ShapeError
from mimetic.flow.classical import dis_refined, planes
from mimetic.flow.records import Estimate
from mimetic.flow.solver import ClosedForm
from mimetic.flow.triple import combine, speed_ratio, three_frames
from mimetic.ops.warp import sample_exact
from tests.flow.textures import as_bytes, bump, grid, moved, texture

SIZE = 108


def film(earlier, later, *, seed=0, noise=1.0):
    """Before, first, second; flows [2 S S] are those of the points of the first picture."""
    rng = np.random.default_rng(seed)
    picture = texture(SIZE, seed)
    x, y = grid(SIZE)
    first, second = moved(picture, later)
    # Where points of the first come from, found by following the earlier movement back.
    back = earlier.copy()
    for _ in range(20):
        back = np.stack([sample_exact(part, x + back[0], y + back[1]) for part in earlier])
    before = sample_exact(first, x + back[0], y + back[1])
    return [as_bytes(p + noise * rng.standard_normal(p.shape)) for p in (before, first, second)]


def error(found, flow):
    return np.hypot(*(found.flow_px - flow))[8:-8, 8:-8].mean()


@pytest.mark.parametrize("ratio", [1.0, 0.6, 1.25])
def test_a_third_picture_lowers_the_error_at_any_change_of_speed(ratio):
    flow = bump(SIZE, peak_px=0.8)
    errors = []
    for seed in range(3):
        before, first, second = film(ratio * flow, flow, seed=seed)
        solver = ClosedForm()
        errors.append(
            [
                error(solver(first, second), flow),
                error(three_frames(solver, before, first, second), flow),
            ]
        )
    two, three = np.mean(errors, 0)
    assert three < 0.85 * two


def test_an_earlier_movement_of_another_kind_does_no_harm():
    flow = bump(SIZE, peak_px=0.8)
    other = 0.7 * np.roll(bump(SIZE, peak_px=1.0), 20, axis=1)[::-1]
    before, first, second = film(other, flow)
    solver = ClosedForm()
    assert error(solver.jointly(before, first, second), flow) < 1.1 * error(
        solver(first, second), flow
    )


def test_any_method_of_two_pictures_gains_by_the_third():
    def measure(first, second):
        return Estimate(planes(dis_refined()(first, second)))

    flow = bump(SIZE, peak_px=0.8)
    before, first, second = film(flow, flow, noise=2.0)
    assert error(three_frames(measure, before, first, second), flow) < 0.9 * error(
        measure(first, second), flow
    )


def test_two_equal_measurements_are_their_mean_and_half_as_uncertain():
    flow = bump(SIZE, peak_px=1.0).astype(np.float32)
    sigma = np.full((SIZE, SIZE), 0.1, np.float32)
    found = combine(Estimate(flow, sigma), Estimate(-flow, sigma))
    assert found.flow_px == pytest.approx(flow, abs=1e-5)
    assert found.sigma_px == pytest.approx(0.05, abs=1e-3)


def test_the_ratio_of_speeds_is_found_although_a_part_changed_its_way():
    flow = bump(SIZE, peak_px=1.0)
    earlier = 0.4 * flow
    earlier[:, :30, 60:] += 0.5
    assert speed_ratio(flow, earlier, np.ones((SIZE, SIZE))) == pytest.approx(0.4, abs=0.05)


def test_three_pictures_of_different_sizes_are_refused():
    picture = np.zeros((32, 32), np.uint8)
    with pytest.raises(ShapeError, match="one size"):
        ClosedForm().jointly(picture[:, :30], picture, picture)
