import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.trials import TrialWindow, trial_means, trial_windows

WINDOW = TrialWindow(before_s=0.2, after_s=0.4, rate_hz=50)
TIMES = np.arange(1000) / 25 + 0.013
ONSETS = np.array([5.0, 12.31, 20.777, 33.0])


def rises(onsets_s, heights):
    """A line that climbs at 1 per second times the height after each onset, for 1 s."""
    after = TIMES[:, None] - np.asarray(onsets_s)
    return (np.where((after > 0) & (after < 1), after, 0) * heights).sum(1)


def test_windows_hold_the_values_at_onset_plus_lag():
    windows = trial_windows(TIMES, 2 * TIMES, onsets_s=ONSETS, window=WINDOW)
    assert WINDOW.lags_s[10] == 0
    np.testing.assert_allclose(windows, 2 * (ONSETS[:, None] + WINDOW.lags_s))


def test_means_and_intervals_are_those_of_the_trials_of_each_type():
    values = rises(ONSETS, [1, 1, 2, 4])
    types = ["go", "stop", "go", "go"]
    go, stop = trial_means(TIMES, values, onsets_s=ONSETS, trial_types=types, window=WINDOW)
    assert (go.trial_type, stop.trial_type) == ("go", "stop")
    late = go.lags_s > 0.1
    heights = np.array([1, 2, 4])
    np.testing.assert_allclose(go.mean[late], heights.mean() * go.lags_s[late], atol=1e-6)
    half = 4.302653 * heights.std(ddof=1) / np.sqrt(3)
    np.testing.assert_allclose((go.high - go.mean)[late], half * go.lags_s[late], rtol=1e-5)
    np.testing.assert_allclose((go.mean - go.low)[late], half * go.lags_s[late], rtol=1e-5)
    assert (go.trials == 3).all()
    assert np.isnan(stop.low).all()
    assert np.isfinite(stop.mean).all()


def test_the_interval_holds_the_truth_in_about_95_of_100_experiments():
    rng, hits = np.random.default_rng(1), []
    times = np.arange(0, 100, 0.5)
    window = TrialWindow(before_s=0, after_s=0.5, rate_hz=2)
    for _ in range(300):
        values = rng.normal(size=times.size)
        (mean,) = trial_means(
            times, values, onsets_s=np.arange(5.0, 95, 5), trial_types=["a"] * 18, window=window
        )
        hits += [mean.low[0] <= 0 <= mean.high[0]]
    assert 0.91 <= np.mean(hits) <= 0.985


def test_gaps_and_the_ends_of_the_recording_stay_missing():
    values = np.stack([TIMES, TIMES], axis=1)
    values[(TIMES > 12) & (TIMES < 13), 0] = np.nan
    onsets = np.array([0.1, 12.5, 39.9])
    windows = trial_windows(TIMES, values, onsets_s=onsets, window=WINDOW)
    assert np.isnan(windows[1, :, 0]).all()
    assert np.isfinite(windows[1, :, 1]).all()
    assert np.isnan(windows[0, 0]).all()
    assert np.isfinite(windows[0, -1]).all()
    assert np.isnan(windows[2, -1]).all()
    (mean,) = trial_means(TIMES, values, onsets_s=onsets, trial_types=["a"] * 3, window=WINDOW)
    assert mean.trials[10].tolist() == [2, 3]


def test_impossible_windows_are_refused():
    for sizes in ({"before_s": -1}, {"before_s": 0, "after_s": 0}, {"rate_hz": 0}):
        with pytest.raises(ArgumentError, match="window of positive length"):
            TrialWindow(**sizes)
    with pytest.raises(ShapeError, match="trial_types: expected one for each of 4"):
        trial_means(TIMES, TIMES, onsets_s=ONSETS, trial_types=["a"], window=WINDOW)
    with pytest.raises(ShapeError, match="values: expected"):
        trial_windows(TIMES, TIMES[1:], onsets_s=ONSETS, window=WINDOW)
