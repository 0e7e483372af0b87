import numpy as np
import pytest

from mimetic.bench.flow.score import (
    SIGMA_EDGES,
    calibration,
    geometric_ratio,
    mean_interval,
    ratio_interval,
    score,
)
from mimetic.errors import ShapeError
from mimetic.flow.records import Estimate, FlowPair

GREY = np.zeros((20, 20), np.uint8)


def pair_of(flow, valid=None):
    known = np.ones(GREY.shape, bool) if valid is None else valid
    return FlowPair(first=GREY, second=GREY, flow_px=flow, valid=known)


def constant(right, down):
    flow = np.empty((2, *GREY.shape), np.float32)
    flow[0], flow[1] = right, down
    return flow


def test_the_truth_has_no_error():
    found = score(constant(3, 4), pair_of(constant(3, 4)))
    assert (found.epe_px, found.moving_px, found.relative, found.worse) == (0, 0, 0, 0)
    assert found.angle_deg == pytest.approx(0, abs=1e-4)


def test_no_movement_against_three_four_is_five_pixels_all_wrong_and_a_right_angle_off():
    found = score(constant(0, 0), pair_of(constant(3, 4)))
    assert found.epe_px == found.moving_px == pytest.approx(5)
    assert (found.relative, found.angle_deg, found.worse) == (pytest.approx(1), 90, 1)


def test_only_pixels_with_a_quarter_of_the_peak_move():
    truth = constant(0, 0)
    truth[0, :, :10] = 2.0
    truth[0, :, 10:12] = 0.4
    found = score(constant(0, 0), pair_of(truth))
    assert found.moving_px == pytest.approx(2.0)
    assert found.epe_px == pytest.approx((10 * 2.0 + 2 * 0.4) / 20)


def test_a_turned_flow_is_wrong_by_the_angle():
    assert score(constant(0, 1), pair_of(constant(1, 1))).angle_deg == pytest.approx(45, abs=1e-3)


def test_pixels_are_off_beyond_a_tenth_of_a_pixel_and_a_quarter():
    assert score(constant(0.39, 0), pair_of(constant(0.3, 0))).worse == 0
    assert score(constant(0.41, 0), pair_of(constant(0.3, 0))).worse == 1
    assert score(constant(4.9, 0), pair_of(constant(4.0, 0))).worse == 0
    assert score(constant(5.1, 0), pair_of(constant(4.0, 0))).worse == 1


def test_pixels_without_a_known_truth_do_not_count():
    known = np.ones(GREY.shape, bool)
    known[:, :5] = False
    wrong = constant(1, 0)
    wrong[0, :, :5] = 99
    assert score(wrong, pair_of(constant(1, 0), known)).epe_px == 0


def test_a_pixel_without_an_estimate_is_as_wrong_as_no_movement():
    assert score(constant(np.nan, np.nan), pair_of(constant(1, 0))).epe_px == pytest.approx(1)


def test_a_still_pair_has_no_moving_pixels():
    found = score(constant(0, 0), pair_of(constant(0, 0)))
    assert found.epe_px == found.worse == 0
    assert np.isnan([found.moving_px, found.relative, found.angle_deg]).all()


def test_a_flow_of_another_size_is_refused():
    with pytest.raises(ShapeError, match="like the pair"):
        score(np.zeros((2, 9, 9), np.float32), pair_of(constant(0, 0)))


def test_a_true_standard_deviation_holds_two_thirds_of_the_errors():
    rng = np.random.default_rng(3)
    size = (200, 200)
    sigma = np.where(np.arange(200) < 100, 0.03, 0.3).astype(np.float32) * np.ones(size, np.float32)
    noise = (sigma * rng.standard_normal((2, *size))).astype(np.float32)
    grey = np.zeros(size, np.uint8)
    truth = np.zeros((2, *size), np.float32)
    pair = FlowPair(first=grey, second=grey, flow_px=truth, valid=np.ones(size, bool))
    found = calibration(Estimate(noise, sigma), pair)
    count = np.array(found["count"])
    assert count.sum() == 2 * 200 * 200
    assert np.flatnonzero(count).tolist() == [
        np.digitize(0.03, SIGMA_EDGES) - 1,
        np.digitize(0.3, SIGMA_EDGES) - 1,
    ]
    assert sum(found["within_1"]) / count.sum() == pytest.approx(0.683, abs=0.01)
    assert sum(found["within_2"]) / count.sum() == pytest.approx(0.954, abs=0.01)
    seen = count > 0
    root = np.sqrt(np.array(found["error_square"])[seen] / count[seen])
    assert root == pytest.approx([0.03, 0.3], rel=0.02)


def test_a_method_that_predicts_no_sigma_has_no_calibration():
    assert calibration(Estimate(constant(0, 0)), pair_of(constant(0, 0))) is None


def test_the_ratio_is_the_geometric_mean_over_conditions_of_ratios_of_means():
    ours = np.array([[1.0, 3.0], [1.0, 1.0]])
    theirs = np.array([[2.0, 2.0], [4.0, 4.0]])
    assert geometric_ratio(ours, theirs) == pytest.approx(np.sqrt(1.0 * 0.25))


def test_a_person_without_a_pair_does_not_change_the_ratio():
    ours, theirs = np.array([[1.0, 5.0]]), np.array([[2.0, np.nan]])
    assert geometric_ratio(ours, theirs) == pytest.approx(0.5)
    assert geometric_ratio(
        np.array([[1.0], [np.nan]]), np.array([[2.0], [np.nan]])
    ) == pytest.approx(0.5)


def test_a_method_without_error_has_the_ratio_zero():
    assert geometric_ratio(np.zeros((1, 2)), np.ones((1, 2))) == 0


def test_the_interval_holds_the_ratio_and_is_a_point_where_all_persons_agree():
    rng = np.random.default_rng(5)
    theirs = rng.uniform(1, 2, (4, 12))
    assert ratio_interval(0.5 * theirs, theirs, rng=rng) == pytest.approx((0.5, 0.5))
    ours = theirs * rng.uniform(0.3, 0.9, (4, 12))
    low, high = ratio_interval(ours, theirs, rng=rng)
    assert low < geometric_ratio(ours, theirs) < high
    assert high - low < 0.3


def test_the_interval_of_a_mean_holds_it():
    values = np.array([1.0, 2.0, 3.0, np.nan])
    low, high = mean_interval(values, rng=np.random.default_rng(1))
    assert 1 <= low < 2 < high <= 3
