from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from mimetic.flow.pairset import PairSet
from mimetic.flow.refine_samples import (
    Started,
    draw_started,
    find_starts,
    gather_all,
    take_started,
)
from mimetic.types import Float32


def drawn_set(count: int = 3, side: int = 48) -> PairSet:
    rng = default_rng(0)
    flow = rng.normal(0, 0.5, (count, 2, side, side)).astype(np.float16)
    valid = np.ones((count, side, side), bool)
    valid[:, :5] = False
    first, second = rng.integers(0, 255, (2, count, side, side)).astype(np.uint8)
    return PairSet(first=first, second=second, flow_px=flow, valid=valid, names=("local",) * count)


def tell_nobody(stage: str, share: float) -> None:
    pass


def error_of_starts(pairs: Started) -> Float32:
    gathered = gather_all(pairs)
    error = np.sqrt((gathered.missing**2).sum(1))
    return np.asarray((gathered.weight * error).sum((1, 2)))


def test_the_error_of_a_start_counts_little_more_than_one_however_large():
    pairs = drawn_set()
    small, large = (
        take_started(pairs, (pairs.flow_px * np.float16(1 + amount)), slice(None))
        for amount in (0.5, 3.0)
    )
    assert error_of_starts(small) == pytest.approx(1.6, abs=0.08)
    assert error_of_starts(large) == pytest.approx(1.6, abs=0.02)


def test_a_start_that_is_right_costs_nothing_and_unknown_pixels_never_do():
    pairs = drawn_set()
    perfect = take_started(pairs, pairs.flow_px, slice(None))
    assert error_of_starts(perfect) == pytest.approx(0, abs=1e-6)
    assert (gather_all(perfect).weight[:, :5] == 0).all()


def test_sides_that_are_filled_up_do_not_count():
    pairs = drawn_set(side=40)
    weight = gather_all(take_started(pairs, pairs.flow_px * 0, slice(0, 1))).weight
    assert weight.shape == (1, 48, 48)
    assert (weight[:, 40:] == 0).all()
    assert (weight[:, :, 40:] == 0).all()


def test_pixels_move_where_they_go_a_quarter_as_far_as_the_farthest():
    flow = np.zeros((1, 2, 16, 16), np.float32)
    flow[0, 0, 0, :3] = (4, 1, 0.9)
    shape = (1, 16, 16)
    pairs = Started(
        first=np.zeros(shape, np.uint8),
        second=np.zeros(shape, np.uint8),
        flow_px=flow,
        valid=np.ones(shape, bool),
        start_px=flow,
    )
    assert pairs.moving().sum() == 2
    assert pairs.moving()[0, 0, :2].all()


def test_a_cut_and_mirrored_pair_keeps_its_displacements_with_its_pictures():
    side = 48
    y, x = np.indices((side, side))
    pairs = PairSet(
        first=x[None].astype(np.uint8),
        second=y[None].astype(np.uint8),
        flow_px=np.stack([np.gradient(x * 1.0, axis=1), 0 * x])[None].astype(np.float16),
        valid=np.ones((1, side, side), bool),
    )
    for seed in range(12):
        drawn = draw_started(
            pairs, pairs.flow_px, size=1, crop_px=32, rng=default_rng(seed)
        )  # the flow points to where the first picture grows
        rise_y, rise_x = np.gradient(drawn.first[0].astype(np.float32))
        assert drawn.flow_px[0] == pytest.approx(np.stack([rise_x, rise_y]))
        assert np.array_equal(drawn.start_px, drawn.flow_px)


def test_draws_follow_their_generator():
    pairs = drawn_set()
    one, same = (
        draw_started(pairs, pairs.flow_px, size=4, crop_px=16, rng=default_rng(1)) for _ in "ab"
    )
    assert np.array_equal(one.first, same.first)
    assert len(one) == 4


def test_starts_are_kept_for_the_next_run(tmp_path: Path):
    kept = tmp_path / "starts.npy"
    found = find_starts(drawn_set(), "dis", tell=tell_nobody, cache=kept)
    assert found.any()
    again = find_starts(drawn_set(), "none", tell=tell_nobody, cache=kept)
    assert np.array_equal(again, found)


def test_no_start_is_no_movement():
    assert not find_starts(drawn_set(), "none", tell=tell_nobody).any()
