"""Clips as sequences for networks: the signals of all regions, in equal pieces of time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.relations.courses import Courses, read_courses
from mimetic.types import Float32, Float64, Int64, LocalDynamics

STEPS = 48  # of time in each clip, whatever its length
PIECE = 4  # steps that a network reads at once
_TINY = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Sequences:
    """C channels of each region of n clips over time, NaN where nothing was seen.

    Those of movement are the S slow signals, then the S fine ones; those of pictures are
    pixels. A network reads ``piece`` steps at once.
    """

    signals: Float32  # [n, K, R, C]
    duration_s: Float64  # [n]
    piece: int = PIECE

    def __len__(self) -> int:
        return len(self.signals)

    def take(self, rows: Int64) -> Sequences:
        """The clips of these rows."""
        return dataclasses.replace(
            self, signals=self.signals[rows], duration_s=self.duration_s[rows]
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Norm:
    """What is usual in the clips learnt from."""

    middle: Float64  # [R, C]
    spread: Float64  # [R, C]
    duration: Float64  # [2], mean and spread of its logarithm

    def __call__(self, clips: Sequences) -> tuple[Float32, Float32]:
        """Pieces [n, K / piece, R, piece C] and durations [n 1] about 0; 0 where not seen."""
        usual = np.nan_to_num((clips.signals - self.middle) / self.spread)
        count, steps, regions, channels = usual.shape
        pieces = usual.reshape(count, steps // clips.piece, clips.piece, regions, channels)
        pieces = pieces.swapaxes(2, 3).reshape(*pieces.shape[:2], regions, -1)
        length = (np.log(clips.duration_s) - self.duration[0]) / self.duration[1]
        return pieces.astype(np.float32), length[:, None].astype(np.float32)


def fit_norm(clips: Sequences, weights: Float64) -> Norm:
    """Means and spreads over the moments of clips with weights [n], region by region."""
    seen = np.isfinite(clips.signals)
    share = seen * weights[:, None, None, None]
    number = np.maximum(share.sum((0, 1)), _TINY)
    signals = np.where(seen, clips.signals, 0.0).astype(np.float64)
    middle = (share * signals).sum((0, 1)) / number
    spread = np.sqrt((share * (signals - middle) ** 2).sum((0, 1)) / number)
    length = np.log(clips.duration_s)
    about = float(weights @ length / weights.sum())
    wide = float(np.sqrt(weights @ (length - about) ** 2 / weights.sum()))
    return Norm(
        middle=middle,
        spread=np.where(spread > _TINY, spread, np.inf),
        duration=np.array([about, wide if wide > 1e-3 else np.inf]),
    )


def read_sequences(dynamics: Sequence[LocalDynamics]) -> Sequences:
    """The signals of clips with the same regions and features.

    Raises ArgumentError that names the rows of clips in which nothing was seen.
    """
    courses = [read_courses(one) for one in dynamics]
    known = [each for each in courses if each is not None]
    if len(known) < len(courses):
        rows = ", ".join(str(row) for row, each in enumerate(courses) if each is None)
        raise ArgumentError(
            f"dynamics: expected clips with valid frames, rows {rows} have too few; leave them out"
        )
    return Sequences(
        signals=np.stack([_in_steps(each) for each in known]),
        duration_s=np.array([each.duration_s for each in known]),
    )


def _in_steps(courses: Courses) -> Float32:
    """Slow and fine signals [STEPS R 2 S] of one clip, by straight lines between its steps."""
    both = np.concatenate([courses.slow, courses.fast], axis=1)  # [R, 2 S, K]
    there = np.linspace(0, both.shape[2] - 1, STEPS)
    before = np.minimum(there.astype(np.int64), both.shape[2] - 2)
    part = there - before
    found = both[..., before] * (1 - part) + both[..., before + 1] * part
    return np.asarray(np.moveaxis(found, 2, 0), np.float32)
