import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.learn.metrics import DecodeConfig, correlation, decode_ridge, r2_score
from mimetic.learn.protocols import contiguous_splits

TIMES_S = np.arange(0, 60, 0.1)


def smooth(rng, columns, times_s=TIMES_S):
    rates, phases = rng.uniform(0.1, 0.6, (2, columns, 4))
    return np.sin(times_s[:, None, None] * 6.28 * rates + 9 * phases).sum(-1)


def test_a_linear_target_is_decoded_fully():
    rng = np.random.default_rng(0)
    features = smooth(rng, 6)
    found = decode_ridge(features, features @ rng.normal(size=(6, 3)) + 5, times_s=TIMES_S)
    assert found.r2.min() > 0.999
    assert found.correlation.min() > 0.999


def test_noise_of_a_known_share_is_what_cannot_be_decoded():
    rng = np.random.default_rng(1)
    features = smooth(rng, 4)
    target = features @ rng.normal(size=(4, 1))
    noise = rng.normal(size=target.shape) * target.std()
    assert decode_ridge(features, target + noise, times_s=TIMES_S).r2[0] == pytest.approx(
        0.5, abs=0.08
    )


def test_an_unrelated_target_is_not_decoded():
    rng = np.random.default_rng(2)
    found = decode_ridge(smooth(rng, 20), smooth(rng, 2), times_s=TIMES_S)
    assert found.r2.max() < 0.2


def test_slow_series_without_a_guard_would_flatter():
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.normal(size=(TIMES_S.size, 30)), 0)
    target = np.cumsum(rng.normal(size=(TIMES_S.size, 1)), 0)
    mixed = rng.permutation(TIMES_S.size)
    honest = decode_ridge(walk, target, times_s=TIMES_S).r2[0]
    flattered = decode_ridge(walk[mixed], target[mixed], times_s=TIMES_S).r2[0]
    assert flattered > 0.9 > honest + 0.2


def test_the_prediction_is_ridge_regression_with_the_chosen_penalty():
    rng = np.random.default_rng(4)
    features = smooth(rng, 5)
    target = features[:, :1] + 0.5 * rng.normal(size=(TIMES_S.size, 1))
    found = decode_ridge(features, target, times_s=TIMES_S)
    for split, penalty in zip(contiguous_splits(TIMES_S), found.penalty[:, 0], strict=True):
        train, wanted = features[split.train], target[split.train]
        middle = train.mean(0)
        left = train - middle
        scale = np.sqrt(left.var(0).sum())
        gram = left.T @ left / scale**2 + penalty * len(train) * np.eye(5)
        weights = np.linalg.solve(gram, left.T @ (wanted - wanted.mean()) / scale)
        naive = (features[split.test] - middle) / scale @ weights + wanted.mean()
        assert np.allclose(found.predicted[split.test], naive)


def test_weak_noisy_directions_are_held_back_more_than_strong_ones():
    rng = np.random.default_rng(5)
    signal, target = smooth(rng, 3), None
    target = signal @ rng.normal(size=(3, 1)) + rng.normal(size=(TIMES_S.size, 1))
    noise = smooth(rng, 60) * 0.02
    short = slice(0, 200)
    natural = np.hstack([signal, noise])
    whitened = natural / natural.std(0)
    good = decode_ridge(natural[short], target[short], times_s=TIMES_S[short]).r2[0]
    assert good > decode_ridge(whitened[short], target[short], times_s=TIMES_S[short]).r2[0]


def test_a_target_that_never_changes_has_no_score():
    features = smooth(np.random.default_rng(6), 3)
    found = decode_ridge(features, np.c_[features[:, :1], np.ones(TIMES_S.size)], times_s=TIMES_S)
    assert np.isfinite(found.r2[0])
    assert np.isnan(found.r2[1])
    assert np.isnan(found.correlation[1])


def test_features_that_never_change_tell_nothing():
    target = smooth(np.random.default_rng(7), 1)
    assert decode_ridge(np.ones((TIMES_S.size, 2)), target, times_s=TIMES_S).r2[0] < 0.01


def test_own_splits_leave_untested_rows_without_a_prediction():
    features = smooth(np.random.default_rng(8), 3)
    last = contiguous_splits(TIMES_S)[-1:]
    found = decode_ridge(features, features[:, :1], times_s=TIMES_S, splits=last)
    assert np.isnan(found.predicted[: last[0].test[0]]).all()
    assert found.r2[0] > 0.99


def test_a_recording_too_short_to_choose_a_penalty_takes_the_middle_one():
    times_s = np.arange(0, 6, 0.1)
    features = smooth(np.random.default_rng(9), 2, times_s)
    config = DecodeConfig(folds=2, guard_s=1.0, inner_folds=4)
    found = decode_ridge(features, features[:, :1], times_s=times_s, config=config)
    assert np.isin(found.penalty, config.penalties).all()
    shorter = decode_ridge(
        features, features[:, :1], times_s=times_s, config=DecodeConfig(folds=2, guard_s=2.0)
    )
    assert (shorter.penalty == config.penalties[3]).all()


def test_a_gap_in_the_rows_is_refused():
    features = smooth(np.random.default_rng(10), 2)
    features[3, 0] = np.nan
    with pytest.raises(ArgumentError, match="leave those rows out"):
        decode_ridge(features, features, times_s=TIMES_S)


def test_lengths_that_differ_are_refused():
    with pytest.raises(ShapeError, match="targets"):
        decode_ridge(np.ones((TIMES_S.size, 2)), np.ones((3, 1)), times_s=TIMES_S)


def test_r2_of_the_truth_is_one_and_of_its_mean_zero():
    truth = np.arange(10.0)[:, None]
    assert r2_score(truth, truth)[0] == 1
    assert r2_score(truth, np.full_like(truth, 4.5))[0] == 0


def test_correlation_knows_the_sign():
    series = np.arange(10.0)[:, None]
    assert correlation(series, -2 * series)[0] == pytest.approx(-1)
