"""How well events are found in time: MEGC's interval F1, recall against false alarms, apex error.

Intervals are [n 2], onset and offset in seconds on the clock of one video. What several videos
say is added up, not averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from mimetic.errors import ArgumentError
from mimetic.types import Float64, Floats, Int64
from mimetic.types.arrays import check_shape


@dataclass(frozen=True, kw_only=True)
class IntervalScore:
    """How many events were found, how many were told, how many there are; they can be added."""

    hits: int
    told: int
    wanted: int

    def __add__(self, other: IntervalScore) -> IntervalScore:
        return IntervalScore(
            hits=self.hits + other.hits,
            told=self.told + other.told,
            wanted=self.wanted + other.wanted,
        )

    @property
    def precision(self) -> float:
        """The share of told events that are right; NaN where none was told."""
        return self.hits / self.told if self.told else np.nan

    @property
    def recall(self) -> float:
        """The share of events that were found; NaN where there is none."""
        return self.hits / self.wanted if self.wanted else np.nan

    @property
    def f1(self) -> float:
        """2 hits / (told + wanted), the score of MEGC; NaN where there is neither."""
        total = self.told + self.wanted
        return 2 * self.hits / total if total else np.nan


def interval_overlap(told: Floats, truth: Floats) -> Float64:
    """Intersection over union [m n] of intervals [m 2] and [n 2] in seconds."""
    for name, each in (("told", told), ("truth", truth)):
        check_shape(name, each, "N 2")
        if not (each[:, 1] >= each[:, 0]).all():
            raise ArgumentError(f"{name}: expected an onset before its offset in every row")
    start = np.maximum(told[:, None, 0], truth[None, :, 0])
    end = np.minimum(told[:, None, 1], truth[None, :, 1])
    shared = np.maximum(end - start, 0)
    length = np.diff(told, axis=1) + np.diff(truth, axis=1).T
    return np.asarray(shared / np.maximum(length - shared, 1e-12), np.float64)


def match_intervals(told: Floats, truth: Floats, *, least: float = 0.5) -> Int64:
    """The true interval [m] that each told one found, -1 for none; a true one is found once.

    Found means an intersection over union of ``least`` or more, as in MEGC; where several
    ways to pair them are possible, the one with most pairs, then most overlap, counts.
    """
    if not 0 < least <= 1:
        raise ArgumentError(f"least: expected above 0 and up to 1, got {least}")
    overlap = interval_overlap(told, truth)
    # One more pair must outweigh any gain in overlap, at most 1 for each.
    worth = np.where(overlap >= least, overlap + min(overlap.shape) + 1.0, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    found = np.full(len(told), -1, np.int64)
    real = worth[rows, columns] > 0
    found[rows[real]] = columns[real]
    return found


def interval_score(told: Floats, truth: Floats, *, least: float = 0.5) -> IntervalScore:
    """The counts of one video; add those of several, then take ``f1``."""
    hits = int((match_intervals(told, truth, least=least) >= 0).sum())
    return IntervalScore(hits=hits, told=len(told), wanted=len(truth))


@dataclass(frozen=True, kw_only=True, eq=False)
class SpottingCurve:
    """What each threshold finds: candidates with at least that score count as told."""

    threshold: Float64  # [K], falling
    recall: Float64  # [K]
    false_per_min: Float64  # [K]

    def recall_at(self, false_per_min: float) -> float:
        """The best recall with at most so many false alarms a minute; 0 where none is that low."""
        allowed = self.false_per_min <= false_per_min
        return float(self.recall[allowed].max(initial=0.0))


def spotting_curve(scores: Floats, found: Int64, *, wanted: int, minutes: float) -> SpottingCurve:
    """Recall against false alarms a minute over the scores of candidates [m] of all videos.

    ``found`` holds the number of the true event that a candidate found, unique over all videos,
    or -1. ``wanted`` events are there in ``minutes`` of video.
    """
    check_shape("found", found, "N", N=scores.size)
    if wanted < 1 or not minutes > 0:
        raise ArgumentError(f"wanted, minutes: expected more than 0, got {wanted}, {minutes}")
    threshold = np.unique(scores)[::-1].astype(np.float64)
    hits = [np.unique(found[(scores >= each) & (found >= 0)]).size for each in threshold]
    false = [int(((scores >= each) & (found < 0)).sum()) for each in threshold]
    return SpottingCurve(
        threshold=threshold,
        recall=np.asarray(hits, np.float64) / wanted,
        false_per_min=np.asarray(false, np.float64) / minutes,
    )


def apex_errors_ms(told_s: Sequence[float], truth_s: Sequence[float], found: Int64) -> Float64:
    """How far the apex of each candidate that found an event lies from its truth, unsigned."""
    told, truth = np.asarray(told_s, np.float64), np.asarray(truth_s, np.float64)
    check_shape("found", found, "N", N=told.size)
    right = found >= 0
    return np.asarray(np.abs(told[right] - truth[found[right]]) * 1000)
