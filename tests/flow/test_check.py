import numpy as np
import pytest

from mimetic.errors import ShapeError
from mimetic.flow.check import found_again, round_trip_px
from mimetic.flow.predict import FlowEstimator, FlowSettings
from tests.flow.clips import SIZE, clip_of, displaced, eight_bits, texture

PICTURE = texture(1)


def constant(right, down, size=20):
    return np.stack([np.full((size, size), right), np.full((size, size), down)]).astype(np.float32)


def test_a_shift_there_and_back_ends_where_it_began_and_leaving_points_are_unknown():
    trip = round_trip_px(constant(3, -2), constant(-3, 2))
    assert np.isnan(trip[:2]).all()
    assert np.isnan(trip[:, -3:]).all()
    assert (trip[2:, :-3] == 0).all()


def test_a_round_trip_that_misses_by_a_three_four_shift_misses_by_five_pixels():
    trip = round_trip_px(constant(0, 0), constant(3, 4))
    np.testing.assert_array_equal(trip, 5)
    assert not found_again(constant(0, 0), constant(3, 4)).any()


def test_the_way_back_of_a_linear_field_is_read_between_pixels():
    rows, columns = np.indices((30, 30), np.float32)
    there = np.stack([0.1 * columns, 0.05 * rows])
    back = np.stack([-columns * 0.1 / 1.1, -rows * 0.05 / 1.05])
    trip = round_trip_px(there, back)
    assert np.nanmax(trip) < 1e-4


def test_flows_of_different_sizes_are_refused():
    with pytest.raises(ShapeError, match="backward: expected"):
        round_trip_px(constant(0, 0), constant(0, 0, size=21))


def test_skin_that_a_hand_hides_is_not_found_again():
    flow = np.stack([np.full((SIZE, SIZE), 1.5), np.zeros((SIZE, SIZE))])
    first, second = eight_bits(displaced(PICTURE, flow)), eight_bits(PICTURE)
    second[40:80, 40:80] = eight_bits(texture(9))[40:80, 40:80]
    estimator = FlowEstimator.load("dis-vr", FlowSettings(check=True))
    found = estimator.pair(first, second)
    lost = np.isnan(found).all(0)
    np.testing.assert_array_equal(np.isnan(found).any(0), lost)
    assert lost[48:72, 48:72].mean() > 0.6
    assert lost[8:120, 90:120].mean() < 0.05
    field = estimator.predict(clip_of([first, second], [0.0, 0.04]))
    assert not field.valid[0][lost].any()
    assert field.method == "dis-vr+checked"
