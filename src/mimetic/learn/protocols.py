"""Splits in time that keep what is tested apart from what was learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.learn.groups import group_bootstrap
from mimetic.types import Bool, Float64, Floats, Int64


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Row numbers to learn from and row numbers to test on."""

    train: Int64
    test: Int64


def contiguous_splits(times_s: Float64, *, folds: int = 5, guard_s: float = 1.0) -> list[Split]:
    """Test on one stretch of time after another, learn from the rest.

    The stretches hold equally many rows. Rows closer than ``guard_s`` to the
    tested stretch are in neither part, since neighbours in time are nearly
    copies of each other. Raises ArgumentError where a fold would have nothing to
    learn from.
    """
    _check(times_s, folds, guard_s)
    part = np.arange(times_s.size) * folds // times_s.size
    return _splits(times_s, part, folds, guard_s)


def block_bootstrap(
    times_s: Float64,
    statistic: Callable[[Int64], Floats],
    *,
    rng: np.random.Generator,
    block_s: float = 2.0,
    draws: int = 500,
) -> Float64:
    """The 2.5 and 97.5 % points [2 ...] of a statistic of rows, resampled in blocks of time.

    ``statistic`` takes row numbers with repeats. Blocks of ``block_s`` are drawn
    with replacement (Kuensch 1989), as rows that follow each other are no
    independent witnesses. Raises ArgumentError for fewer than two blocks.
    """
    if not block_s > 0 or draws < 1:
        raise ArgumentError(f"block_s, draws: expected more than 0, got {block_s}, {draws}")
    part = ((times_s - times_s[0]) // block_s).astype(np.int64)
    if np.unique(part).size < 2:
        raise ArgumentError(f"times_s: expected at least two blocks of {block_s} s, got one")
    return group_bootstrap(part, statistic, rng=rng, draws=draws)


def _check(times_s: Float64, folds: int, guard_s: float) -> None:
    faults = []
    if folds < 2 or folds > times_s.size:
        faults.append(f"folds: expected 2 to {times_s.size} (the rows), got {folds}")
    if not guard_s >= 0:
        faults.append(f"guard_s: expected 0 seconds or more, got {guard_s}")
    if times_s.size > 1 and not (np.diff(times_s) > 0).all():
        faults.append("times_s: expected increasing seconds")
    if faults:
        raise ArgumentError("\n".join(faults))


def _splits(times_s: Float64, part: Int64, folds: int, guard_s: float) -> list[Split]:
    splits = []
    for fold in range(folds):
        tested = part == fold
        train = np.flatnonzero(~_near(times_s, tested, guard_s))
        if not train.size:
            raise ArgumentError(
                f"times_s: {times_s[-1] - times_s[0]:.1f} s leave nothing to learn from in {folds} "
                f"folds with a guard of {guard_s} s; bring a longer recording or take fewer folds"
            )
        splits.append(Split(train=train, test=np.flatnonzero(tested)))
    return splits


def _near(times_s: Float64, tested: Bool, guard_s: float) -> Bool:
    """Rows [T] that are tested or closer than the guard to one that is."""
    tested_s = times_s[tested]
    after = np.searchsorted(tested_s, times_s)
    ahead = np.r_[tested_s, np.inf][after] - times_s
    behind = times_s - np.r_[-np.inf, tested_s][after]
    return np.asarray(tested | (np.minimum(ahead, behind) < guard_s))
