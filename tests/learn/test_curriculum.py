import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.learn.curriculum import LagSchedule, draw_pairs

ONE = np.zeros(500, np.int64)


def drawn_lags(times_s, lag_s, recording=None, seed=0):
    recording = np.zeros(len(times_s), np.int64) if recording is None else recording
    rng = np.random.default_rng(seed)
    first, second = draw_pairs(np.asarray(times_s), recording, lag_s, count=400, rng=rng)
    return first, second, np.asarray(times_s)[second] - np.asarray(times_s)[first]


def test_the_linear_lag_grows_from_first_to_last_and_stays_there():
    schedule = LagSchedule(first_s=0.1, last_s=2.1)
    assert [schedule.lag_s(share) for share in (0, 0.5, 1, 1.5)] == pytest.approx(
        [0.1, 1.1, 2.1, 2.1]
    )


def test_the_constant_lag_stays_and_random_pairs_have_none():
    assert LagSchedule(kind="constant", first_s=0.3).lag_s(0.9) == 0.3
    assert LagSchedule(kind="random").lag_s(0.9) is None


def test_the_papers_lag_jumps_at_epochs_50_and_100_of_500():
    schedule = LagSchedule(kind="jumps", last_s=100.0)
    # Two frames of 25 Hz per epoch, then four, then five.
    assert schedule.lag_s(10 / 500) == pytest.approx(20 / 25)
    assert schedule.lag_s(49 / 500) == pytest.approx(98 / 25)
    assert schedule.lag_s(50 / 500) == pytest.approx(200 / 25)
    assert schedule.lag_s(100 / 500) == pytest.approx(500 / 25)
    assert schedule.lag_s(1.0) == pytest.approx(100.0)
    assert LagSchedule(kind="jumps", last_s=4.0).lag_s(1.0) == 4.0


@pytest.mark.parametrize("changes", [{"kind": "slow"}, {"first_s": 0.0}, {"first_s": 9.0}])
def test_a_schedule_that_cannot_be_is_refused(changes):
    with pytest.raises(ArgumentError, match="expected"):
        LagSchedule(**changes)


@pytest.mark.parametrize("rate_hz", [25, 100])
def test_pairs_lie_as_far_apart_in_seconds_at_every_frame_rate(rate_hz):
    times_s = np.arange(0, 10, 1 / rate_hz)
    _, _, lags = drawn_lags(times_s, 0.6)
    assert np.abs(np.abs(lags) - 0.6).max() <= 0.5 / rate_hz + 1e-9
    assert 100 < (lags > 0).sum() < 300  # before and after alike


def test_pairs_on_an_irregular_clock_keep_the_lag_and_bridge_no_gap():
    rng = np.random.default_rng(1)
    times_s = np.cumsum(rng.uniform(0.01, 0.2, 400))
    times_s[200:] += 30  # a gap that no pair may bridge
    first, second, lags = drawn_lags(times_s, 0.5)
    assert np.abs(np.abs(lags) - 0.5).max() <= 0.75 * np.median(np.diff(times_s))
    assert ((first < 200) == (second < 200)).all()


def test_partners_come_from_the_same_recording():
    times_s = np.r_[np.arange(0, 10, 0.04), np.arange(0, 10, 0.04)]
    recording = np.repeat([0, 1], 250)
    first, second, _ = drawn_lags(times_s, 1.0, recording)
    assert (recording[first] == recording[second]).all()
    assert {0, 1} == set(recording[first])


def test_a_lag_beyond_half_of_the_video_is_cut_to_that():
    _, _, lags = drawn_lags(np.arange(0, 10, 0.04), 60.0)
    assert np.abs(lags) == pytest.approx(4.98, abs=0.03)


def test_without_a_lag_any_two_different_frames_meet():
    first, second, lags = drawn_lags(np.arange(0, 20, 0.04), None)
    assert (first != second).all()
    assert np.abs(lags).max() > 12


def test_a_lag_below_the_usual_step_is_one_step():
    _, _, lags = drawn_lags(np.arange(50) * 10.0, 0.5)
    assert np.abs(lags) == pytest.approx(10.0)


def test_recordings_of_single_frames_still_give_pairs():
    first, second, _ = drawn_lags(np.zeros(5), 0.5, recording=np.arange(5))
    assert (first != second).all()


def test_one_frame_is_no_pair():
    with pytest.raises(ArgumentError, match="at least two"):
        drawn_lags([0.0], 0.5)
