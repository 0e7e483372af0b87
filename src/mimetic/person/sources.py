"""Independent sources of a code: small movements by themselves, however large others are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.person.segments import CLOCK_HZ, Track, smoothed
from mimetic.types import Bool, Float64, Int64

A_SECOND = 0.5  # directions that a second of video can tell; more would fit single moments
FLOOR = 1e-6  # of the largest variance; directions below are rounding
PASSES = 100  # of the fixed point; in directions without sources it never comes to rest
STILL = 1e-5
BLOCK_S = 1.0  # drawn as one piece
DRAWN = 0.8  # of the blocks, in every repetition
EVERY = 2  # clock steps; neighbours are nearly copies
MOST_ROWS = 4000  # of a repetition; 320 s
SAME = 0.85  # correlation from which sources of two repetitions are one
LEAST_FOUND = 0.5  # of the repetitions


@dataclass(frozen=True, kw_only=True, eq=False)
class Sources:
    """Sources of a code, each as weights of the scaled codes and as what it does to them.

    The amount of a source at a moment is codes @ filters[n] about its median, with a
    standard deviation of one; ``changes`` [S D] is what one unit of it does to the
    codes. Both point where its rare large values lie. ``found`` [S] is the share of
    repetitions that find it.
    """

    filters: Float64  # [S, D]
    changes: Float64  # [S, D]
    found: Float64  # [S]

    def amounts(self, track: Track) -> Float64:
        """How much of every source there is at each moment [T S], NaN in gaps."""
        return amount_of(smoothed(track.codes), self.filters)


def amount_of(codes: Float64, filters: Float64) -> Float64:
    """What filters [S D] see in smoothed codes [T D], about the median of the recording [T S]."""
    raw = codes @ filters.T
    known = np.isfinite(raw).all(1)
    return np.asarray(raw - np.median(raw[known], 0) if known.any() else raw)


def find_sources(tracks: Sequence[Track], rng: np.random.Generator, *, repeats: int) -> Sources:
    """The sources that most of ``repeats`` searches find, each on a random part of the time.

    Codes are whitened: along every direction they vary alike, so that a small movement
    which nothing else disturbs counts as much as a large one. Independent component
    analysis (Hyvarinen 1999) then turns the axes until each is as sparse as it gets, which
    are those along which one movement happens and others do not. Sources of several
    searches that agree are one (Himberg and Hyvarinen 2003).
    """
    codes = np.concatenate([_about_median(track) for track in tracks])
    codes = codes[np.isfinite(codes).all(1)]
    size = codes.shape[1]
    count = min(size, int(A_SECOND * len(codes) / CLOCK_HZ))
    if count < 2:
        return Sources(filters=np.zeros((0, size)), changes=np.zeros((0, size)), found=np.zeros(0))
    white = _whitening(codes, count)
    seen = codes @ white
    runs = [_searched(seen[_some_rows(len(seen), rng)], rng) for _ in range(repeats)]
    turns, found = _agreed(runs)
    amounts = seen @ turns.T
    sign = np.where((amounts**3).mean(0) < 0, -1.0, 1.0)
    return Sources(
        filters=(white @ turns.T * sign).T,
        changes=(codes.T @ amounts / len(codes) * sign).T,
        found=found,
    )


def independent(white: Float64, rng: np.random.Generator) -> Float64:
    """The turn [K K] of whitened data [T K] whose rows give components as sparse as can be.

    The fixed point of FastICA, all components at once, with the robust contrast
    -exp(-u^2 / 2), in which single outliers weigh little.
    """
    size = white.shape[1]
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    for _ in range(PASSES):
        found = white @ turn.T
        weight = np.exp(-(found**2) / 2)
        slope = ((1 - found**2) * weight).mean(0)
        step = (found * weight).T @ white / len(white) - slope[:, None] * turn
        left, _, right = np.linalg.svd(step, full_matrices=False)
        before, turn = turn, left @ right
        if np.abs(np.abs((turn * before).sum(1)) - 1).max() < STILL:
            break
    return np.asarray(turn)


def _about_median(track: Track) -> Float64:
    """Smoothed codes about their median; what differs between recordings is no movement."""
    codes = smoothed(track.codes)
    known = np.isfinite(codes).all(1)
    return np.asarray(codes - np.median(codes[known], 0) if known.any() else codes)


def _whitening(codes: Float64, count: int) -> Float64:
    """The map [D K] to the ``count`` largest directions, each with a variance of one."""
    value, axes = np.linalg.eigh(codes.T @ codes / len(codes))
    kept = np.argsort(-value)[:count]
    kept = kept[value[kept] > FLOOR * value.max()]
    return np.asarray(axes[:, kept] / np.sqrt(value[kept]))


def _some_rows(count: int, rng: np.random.Generator) -> Int64:
    """Rows of randomly drawn blocks, every second clock step."""
    length = round(BLOCK_S * CLOCK_HZ)
    blocks = count // length
    some = min(max(round(DRAWN * blocks), 1), MOST_ROWS * EVERY // length)
    chosen = np.sort(rng.permutation(blocks)[:some])
    rows = (chosen[:, None] * length + np.arange(length)).ravel()
    return np.asarray(rows[int(rng.integers(EVERY)) :: EVERY], np.int64)


def _searched(seen: Float64, rng: np.random.Generator) -> Float64:
    """Sources of a part of the time as unit vectors [K K] of the whole's white space."""
    about = seen - seen.mean(0)
    value, axes = np.linalg.eigh(about.T @ about / len(about))
    again = (axes / np.sqrt(np.maximum(value, FLOOR * value.max()))) @ axes.T
    found = independent(about @ again, rng) @ again
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def _agreed(runs: Sequence[Float64]) -> tuple[Float64, Float64]:
    """Mean directions [S K] that most runs share, those of most runs first, and their shares."""
    pool = np.concatenate(runs)
    run = np.repeat(np.arange(len(runs)), [len(one) for one in runs])
    # Directions of white data are as alike as the sources that they give.
    signed = pool @ pool.T
    near = np.abs(signed) >= SAME
    met = np.stack([near[:, run == number].any(1) for number in range(len(runs))], 1)
    left = np.ones(len(pool), np.bool_)
    means, shares = [], []
    while left.any():
        first = int(np.argmax(np.where(left, met.sum(1), -1)))
        if met[first].mean() < LEAST_FOUND:
            break
        members: Bool = left & near[first]
        mean = (pool[members] * np.sign(signed[first, members])[:, None]).mean(0)
        mean /= np.linalg.norm(mean)
        means.append(mean)
        shares.append(len(set(run[members].tolist())) / len(runs))
        left &= ~members & (np.abs(pool @ mean) < SAME**2)
        met = np.stack([(near & left)[:, run == r].any(1) for r in range(len(runs))], 1)
    return np.array(means).reshape(len(means), pool.shape[1]), np.array(shares)
