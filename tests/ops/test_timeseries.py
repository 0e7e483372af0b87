import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.timeseries import (
    frame_at,
    median_shape,
    moving_mean,
    resample,
    segments,
    still_rows,
    still_speed,
    valid_time_s,
)

RNG = np.random.default_rng(0)


def every(times):
    return np.ones(len(times), bool)


def none(times):
    return np.zeros(len(times), bool)


def irregular(count, seed=0):
    steps = np.random.default_rng(seed).uniform(0.01, 0.06, count)
    return np.cumsum(steps)


def moving_points(times_s, speed_ed_s=0.5):
    """Ten landmarks that go along x at a known speed, [T 10 3]."""
    shape = np.zeros((len(times_s), 10, 3))
    shape[..., 0] = speed_ed_s * np.asarray(times_s)[:, None]
    return shape


@pytest.mark.parametrize("rate_hz", [4, 12, 25, 50, 100, 200])
def test_the_speed_of_landmarks_does_not_depend_on_the_frame_rate(rate_hz):
    times = np.arange(0, 2, 1 / rate_hz)
    points = moving_points(times)
    speed = still_speed(lambda a, b: points[a:b], times, known=every(times))
    np.testing.assert_allclose(speed, 0.5)


def test_the_speed_of_landmarks_is_asked_for_in_short_stretches_with_the_same_answer():
    times = irregular(900)
    points, asked = RNG.normal(size=(900, 5, 3)), []

    def read(start, stop):
        asked.append(stop - start)
        return points[start:stop]

    known = RNG.uniform(size=900) > 0.1
    speed = still_speed(read, times, known=known)
    assert max(asked) < 400
    assert (np.isfinite(speed) == known).all()
    for row in np.flatnonzero(known)[100:700:50]:
        inside = np.flatnonzero(known & (np.abs(times - times[row]) <= 0.1 + 1e-9))
        first, last = inside[0], inside[-1]
        moved = np.linalg.norm(points[last] - points[first], axis=1).mean()
        assert speed[row] == pytest.approx(moved / (times[last] - times[first]))


def test_noise_of_one_frame_counts_less_than_slow_movement():
    times = np.arange(100) / 100
    points = moving_points(times, 0.5)
    points[50:] = points[50] + RNG.normal(size=(50, 10, 3)) * 0.004
    speed = still_speed(lambda a, b: points[a:b], times, known=every(times))
    assert speed[65:].max() < 0.2 < speed[:35].min()


def test_lone_frames_and_repeats_have_no_speed():
    times = np.array([0.0, 0.04, 0.08, 2.0, 4.0, 4.04])
    known = np.array([1, 0, 1, 1, 1, 1], bool)
    points = moving_points(times)
    speed = still_speed(lambda a, b: points[a:b], times, known=known)
    np.testing.assert_allclose(speed, [0.5, np.nan, 0.5, np.nan, 0.5, 0.5])


def test_speeds_need_one_flag_for_each_time():
    with pytest.raises(ShapeError, match="known: expected"):
        still_speed(lambda a, b: np.zeros((b - a, 1, 3)), np.arange(4.0), known=np.ones(3, bool))


def test_still_rows_are_the_slowest_fifth():
    times = np.arange(500) / 25
    speed = np.where((times > 8) & (times < 12), 0.01, 1.0) + 0.001 * np.sin(times)
    rows = still_rows(speed, times, valid=every(times), repeated=none(times))
    assert rows.size == 100
    assert times[rows].min() > 7.8
    assert times[rows].max() < 12.2


def test_the_median_shape_names_the_nearest_sample():
    shapes = np.array([[[0.0]], [[1.0]], [[5.0]]])
    middle, nearest = median_shape(shapes)
    assert middle[0, 0] == 1
    assert nearest == 1


def test_a_moving_mean_knows_only_what_is_there():
    times = np.arange(6.0)
    values = np.array([1, 2, np.nan, 4, 5, 6])
    np.testing.assert_allclose(
        moving_mean(values, times, window_s=2), [1.5, 1.5, np.nan, 4.5, 5, 5.5]
    )


def test_segments_end_at_long_gaps_and_valid_time_leaves_them_out():
    times = np.array([0, 0.1, 0.2, 0.9, 1.0])
    found = segments(times, every(times), max_gap_s=0.2)
    assert [rows.tolist() for rows in found] == [[0, 1, 2], [3, 4]]
    assert valid_time_s(times, every(times)) == pytest.approx(0.3)
    assert segments(times, none(times)) == []


times_strategy = st.lists(st.floats(0.002, 0.19), min_size=1, max_size=60).map(
    lambda steps: 3.0 + np.cumsum(steps)
)


@settings(deadline=None, max_examples=60)
@given(times_strategy, st.floats(2, 300), st.floats(-5, 5), st.floats(-50, 50))
def test_resampling_keeps_constants_and_straight_lines(times, rate_hz, offset, slope):
    values = np.stack([np.full(times.size, offset), offset + slope * times], axis=1)
    clock, out = resample(times, values, rate_hz=rate_hz)
    np.testing.assert_allclose(out[:, 0], offset, atol=1e-6)
    np.testing.assert_allclose(out[:, 1], offset + slope * clock, atol=1e-5)


@settings(deadline=None, max_examples=60)
@given(times_strategy, st.floats(2, 300))
def test_the_regular_clock_is_exact_and_covers_the_recording(times, rate_hz):
    clock, out = resample(times, times, rate_hz=rate_hz)
    np.testing.assert_array_equal(clock, times[0] + np.arange(clock.size) / rate_hz)
    assert clock[-1] <= times[-1] + 1e-5 / rate_hz
    assert clock[-1] + 1 / rate_hz > times[-1]
    assert out.shape == clock.shape


def test_resampling_at_the_frames_own_times_gives_the_frames_back():
    times = np.arange(50) / 25
    values = RNG.normal(size=(50, 2))
    _, out = resample(times, values, rate_hz=25)
    np.testing.assert_allclose(out, values, atol=1e-9)


def test_resampling_does_not_cross_gaps_longer_than_stated():
    times = np.concatenate([np.arange(10), np.arange(20, 30)]) / 25
    values = np.arange(20.0)
    clock, out = resample(times, values, rate_hz=50, max_gap_s=0.2)
    hole = (clock > times[9] + 1e-6) & (clock < times[10] - 1e-6)
    assert np.isnan(out[hole]).all()
    assert np.isfinite(out[~hole]).all()
    _, bridged = resample(times, values, rate_hz=50, max_gap_s=0.5)
    assert np.isfinite(bridged).all()


def test_each_column_has_its_own_gaps():
    times = np.arange(100) / 100
    values = np.ones((100, 2))
    values[40:80, 1] = np.nan
    _, out = resample(times, values, rate_hz=20)
    assert np.isfinite(out[:, 0]).all()
    assert np.isnan(out[:, 1]).sum() == 8


def test_lowering_the_rate_removes_what_would_fold_back():
    times = np.arange(2000) / 200
    slow, fast = np.sin(2 * np.pi * 1 * times), np.sin(2 * np.pi * 24 * times)
    clock, out = resample(times, np.stack([slow, fast], 1), rate_hz=25)
    inner = (clock > 0.2) & (clock < 9.8)
    np.testing.assert_allclose(out[inner, 0], np.sin(2 * np.pi * clock[inner]), atol=0.02)
    # 24 Hz sampled at 25 Hz would show as a full-size wave of 1 Hz.
    assert np.abs(out[inner, 1]).max() < 0.08


def test_resampling_a_constant_across_one_frame_or_none():
    clock, out = resample(np.array([2.0]), np.array([7.0]), rate_hz=25)
    assert (clock.tolist(), out.tolist()) == ([2.0], [7.0])
    clock, out = resample(np.zeros(0), np.zeros((0, 3)), rate_hz=25)
    assert out.shape == (0, 3)


def test_impossible_requests_are_refused():
    times = np.arange(5.0)
    with pytest.raises(ArgumentError, match="rate_hz, max_gap_s: expected positive"):
        resample(times, times, rate_hz=0)
    with pytest.raises(ShapeError, match=r"values: expected \[T ...\], T = 5, got \[4\]"):
        resample(times, times[:4], rate_hz=5)
    with pytest.raises(ArgumentError, match="share: expected"):
        still_rows(times, times, valid=every(times), repeated=none(times), share=0)
    with pytest.raises(ArgumentError, match=r"moment_s: expected .* got 9.0; choose"):
        frame_at(9.0, times, valid=every(times))
    with pytest.raises(ArgumentError, match="moment_s"):
        frame_at(2.0, times, valid=none(times))
    with pytest.raises(ShapeError, match="times_s"):
        resample(times[::-1], times, rate_hz=5)
