import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimetic.errors import ArgumentError
from mimetic.learn.protocols import block_bootstrap, contiguous_splits

TIMES_S = np.arange(0, 30, 0.1)


def gap_s(split, times_s):
    return np.abs(times_s[split.train][:, None] - times_s[split.test][None]).min()


@given(
    steps=st.lists(st.floats(0.01, 0.5), min_size=60, max_size=200),
    guard_s=st.floats(0, 2),
    folds=st.integers(2, 5),
)
@settings(max_examples=50, deadline=None)
def test_every_row_is_tested_once_and_never_near_what_was_learnt(steps, guard_s, folds):
    times_s = np.cumsum(steps)
    try:
        splits = contiguous_splits(times_s, folds=folds, guard_s=guard_s)
    except ArgumentError:
        return  # too short for this guard, as the refusal test says
    tested = np.concatenate([split.test for split in splits])
    assert np.array_equal(np.sort(tested), np.arange(times_s.size))
    for split in splits:
        assert gap_s(split, times_s) >= guard_s
        assert (np.diff(split.test) == 1).all()


def test_the_guard_costs_no_more_rows_than_it_must():
    splits = contiguous_splits(TIMES_S, folds=3, guard_s=0.95)
    assert [len(split.test) for split in splits] == [100, 100, 100]
    assert [len(split.train) for split in splits] == [200 - 9, 200 - 18, 200 - 9]


def test_a_recording_with_a_pause_needs_no_guard_there():
    times_s = np.r_[np.arange(0, 5, 0.1), np.arange(20, 25, 0.1)]
    first, second = contiguous_splits(times_s, folds=2, guard_s=1.0)
    assert len(first.train) == len(second.train) == 50


@pytest.mark.parametrize(("folds", "guard_s"), [(1, 1.0), (301, 1.0), (5, -1.0)])
def test_folds_and_guards_that_make_no_sense_are_refused(folds, guard_s):
    with pytest.raises(ArgumentError, match="expected"):
        contiguous_splits(TIMES_S, folds=folds, guard_s=guard_s)


def test_times_that_go_back_are_refused():
    with pytest.raises(ArgumentError, match="increasing"):
        contiguous_splits(TIMES_S[::-1])


def test_a_guard_as_long_as_the_recording_is_refused():
    with pytest.raises(ArgumentError, match="nothing to learn from"):
        contiguous_splits(TIMES_S, guard_s=40.0)


def test_blocks_of_no_length_are_refused():
    with pytest.raises(ArgumentError, match="block_s"):
        block_bootstrap(TIMES_S, np.mean, rng=np.random.default_rng(0), block_s=0.0)


def test_one_block_cannot_be_resampled():
    with pytest.raises(ArgumentError, match="two blocks"):
        block_bootstrap(TIMES_S, np.mean, rng=np.random.default_rng(0), block_s=100.0)


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4000, 2))
    times_s = np.arange(4000) * 0.1
    low, high = block_bootstrap(times_s, lambda rows: values[rows].mean(0), rng=rng)
    assert np.allclose(high - low, 2 * 1.96 / np.sqrt(4000), rtol=0.15)
    assert ((low < values.mean(0)) & (values.mean(0) < high)).all()


def test_slow_series_have_wider_intervals_than_single_rows_suggest():
    rng = np.random.default_rng(1)
    slow = np.repeat(rng.normal(size=200), 20)
    times_s = np.arange(4000) * 0.1
    low, high = block_bootstrap(times_s, lambda rows: slow[rows].mean(), rng=rng, block_s=10.0)
    assert high - low > 3 * 2 * 1.96 / np.sqrt(4000)


def test_the_same_generator_gives_the_same_interval():
    draws = [
        block_bootstrap(TIMES_S, lambda rows: TIMES_S[rows].mean(), rng=np.random.default_rng(3))
        for _ in range(2)
    ]
    assert np.array_equal(*draws)
