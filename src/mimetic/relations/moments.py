"""Which moments of a clip said what: the estimate with and without each of them.

A short stretch is hidden as if the tracker had lost the face there; what was hidden is
bridged by straight lines, as all gaps are. What the estimate, and each pair's part of it,
loses by that is what the moment said. The parts of a score add up, so do their changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.relations.courses import MAX_GAP_S, read_courses
from mimetic.relations.kinds import Parts
from mimetic.types import Float64, LocalDynamics

WINDOW_S = 0.4
STEP_S = 0.1
MOST = 120  # moments of a long clip
Judge = Callable[[Sequence[LocalDynamics]], Parts]


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """What each of W moments of a clip said, in the unit of the estimate.

    ``change`` is the estimate with the moment minus that without it, the sum of ``main`` (of
    each region alone) and ``pairs`` (of each pair above the diagonal). ``whole_main`` and
    ``whole_pairs`` are the parts of the whole clip. ``course_ed`` is how far each region
    was from rest.
    """

    regions: tuple[str, ...]
    times_s: Float64  # [W], the middle of each
    window_s: float
    value: float  # of the whole clip
    whole_main: Float64  # [R]
    whole_pairs: Float64  # [P]
    change: Float64  # [W]
    main: Float64  # [W, R]
    pairs: Float64  # [W, P]
    course_s: Float64  # [K]
    course_ed: Float64  # [R, K]


def read_moments(one: LocalDynamics, judge: Judge, *, window_s: float = WINDOW_S) -> Moments:
    """What each moment of a clip said; ``judge`` gives the parts of many clips, each by itself.

    Moments of ``window_s`` lie STEP_S apart, farther in a clip of more than MOST steps. The
    first and the last frame are never hidden: the clock of a clip begins and ends there.
    Raises ArgumentError for windows too long to be bridged, and for clips shorter than two.
    """
    if not 0 < window_s <= MAX_GAP_S:
        raise ArgumentError(
            f"window_s: expected more than 0 and at most {MAX_GAP_S} s, got {window_s}"
        )
    courses = read_courses(one)
    if courses is None or courses.duration_s < 2 * window_s:
        raise ArgumentError(f"dynamics: expected a clip of at least {2 * window_s:g} s")
    seen = np.flatnonzero(one.valid.any(1))
    begin_s, end_s = float(one.times_s[seen[0]]), float(one.times_s[seen[-1]])
    room_s = end_s - begin_s - window_s
    number = int(np.clip(np.floor(room_s / STEP_S) + 1, 2, MOST))
    times_s = np.linspace(begin_s + window_s / 2, end_s - window_s / 2, number)
    ends = seen[[0, -1]]
    hidden = [_without(one, time_s - window_s / 2, window_s, ends.tolist()) for time_s in times_s]
    parts = judge([one, *hidden])
    return Moments(
        regions=one.regions,
        times_s=times_s,
        window_s=window_s,
        value=float(parts.scores[0]),
        whole_main=parts.main[0],
        whole_pairs=parts.pairs[0],
        change=np.asarray(parts.scores[0] - parts.scores[1:]),
        main=np.asarray(parts.main[0] - parts.main[1:]),
        pairs=np.asarray(parts.pairs[0] - parts.pairs[1:]),
        course_s=np.asarray(begin_s + courses.step_s * np.arange(courses.known.shape[1])),
        course_ed=courses.slow[:, 0],
    )


def _without(one: LocalDynamics, start_s: float, length_s: float, ends: list[int]) -> LocalDynamics:
    """The clip with all that was seen within a stretch of time taken out."""
    gone = (one.times_s >= start_s) & (one.times_s < start_s + length_s)
    gone[ends] = False
    values, valid = one.values.copy(), one.valid.copy()
    values[gone], valid[gone] = np.nan, False
    return dataclasses.replace(one, values=values, valid=valid)
