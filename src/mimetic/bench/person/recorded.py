"""A real recording as the bench reads it: stabilised face, plain crop, labels, on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from mimetic.bench.person.pieces import join, pick
from mimetic.ops.stabilise import ellipse_mask, local_contrast
from mimetic.person.features import appearance
from mimetic.types import FaceClip, Float32, Float64, Int64, UInt8

APPEARANCE_PX = 64
STRETCH = 256
# A label counts where the person uses it, the networks agree with themselves, and it does not
# come in one block of time only: what happens once cannot be learnt from the rest.
LEAST_SD, LEAST_RETEST_R, MOST_IN_BLOCK = 0.05, 0.5, 0.5
BLOCK_S = 2.0
APART_S = 10.0
LONG_S = 34.0


@dataclass(frozen=True, eq=False)
class Recorded:
    """One recording of one person and what is to be decoded from its codes.

    ``rows`` are the frames that count: measured, shown for the first time, labelled.
    ``targets`` [T K] are named by ``names``; pseudo-labels here, true activations for
    virtual people. ``plain`` [T 128 128] is the grey crop that an 18-point similarity
    in the picture gives: neither head turns nor jitter are taken out.
    """

    name: str
    clip: FaceClip
    plain: UInt8
    targets: Float64
    names: tuple[str, ...]
    retest_r: Float64 | None = None  # [K]
    takes: tuple[FaceClip, ...] = ()  # several recordings of one person, joined by ``joined``

    @property
    def take(self) -> Int64:
        """Which of several recordings a frame [T] is of, 0 where there is one."""
        sizes = [clip.times_s.size for clip in self.takes] or [self.clip.times_s.size]
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def rows(self) -> Int64:
        """Frames [n] that are learnt from and tested on."""
        known = self.clip.valid & ~self.clip.repeated & np.isfinite(self.targets).all(1)
        return np.flatnonzero(known)

    @cached_property
    def appearance(self) -> Float32:
        """Local contrast [T A] of the stabilised crop inside the ellipse, as the model sees it."""
        inside = ellipse_mask(APPEARANCE_PX)
        return np.stack([appearance(each, APPEARANCE_PX)[inside] for each in self.clip.pixels])

    @cached_property
    def plain_appearance(self) -> Float32:
        """The same of the plain crop."""
        inside = ellipse_mask(APPEARANCE_PX)
        size = (APPEARANCE_PX, APPEARANCE_PX)
        return np.stack(
            [
                cv2.resize(local_contrast(each), size, interpolation=cv2.INTER_AREA)[inside]
                for each in self.plain
            ]
        )

    @property
    def landmarks(self) -> Float32:
        """Pose-free landmark x and y [T 2L] in eye distances, NaN where not measured."""
        return self.clip.shape_ed[..., :2].reshape(self.clip.times_s.size, -1)

    def parts(self, rows: Int64) -> list[FaceClip]:
        """The clip of some frames, one stretch for each run without a gap, none very long."""
        clips, take = self.takes or (self.clip,), self.take
        first = np.searchsorted(take, np.arange(len(clips)))
        breaks = np.flatnonzero((np.diff(rows) > 2) | (np.diff(take[rows]) > 0)) + 1
        runs = [run for run in np.split(rows, breaks) if run.size]
        return [
            pick(clips[take[run[0]]], run[start : start + STRETCH] - first[take[run[0]]])
            for run in runs
            for start in range(0, run.size, STRETCH)
        ]

    def between(self, start_s: float, end_s: float) -> Recorded:
        """The recording from one second to another."""
        kept = np.flatnonzero((self.clip.times_s >= start_s) & (self.clip.times_s < end_s))
        return Recorded(
            self.name,
            pick(self.clip, kept),
            self.plain[kept],
            self.targets[kept],
            self.names,
            self.retest_r,
        )

    def opening(self) -> Recorded:
        """The first 34 s: so much of a longer recording is split into blocks of time."""
        start_s = float(self.clip.times_s[0])
        return self.between(start_s, start_s + LONG_S)

    def used(self) -> Int64:
        """Columns of the targets that can be judged on this recording."""
        wanted = self.targets[self.rows]
        sd = wanted.std(0)
        counts = sd >= LEAST_SD
        block = (self.clip.times_s[self.rows] // BLOCK_S).astype(np.int64)
        power = (wanted - wanted.mean(0)) ** 2
        sums = np.stack([power[block == each].sum(0) for each in np.unique(block)])
        counts &= sums.max(0) <= MOST_IN_BLOCK * np.maximum(sums.sum(0), 1e-12)
        if self.retest_r is not None:
            counts &= np.nan_to_num(self.retest_r) >= LEAST_RETEST_R
        return np.flatnonzero(counts)


def joined(recordings: Sequence[Recorded]) -> Recorded:
    """Several recordings of one person on one clock, ten seconds apart."""
    clips, start_s = [], 0.0
    for one in recordings:
        times_s = one.clip.times_s - one.clip.times_s[0] + start_s
        start_s = float(times_s[-1]) + APART_S
        clips.append(replace(one.clip, times_s=times_s))
    return Recorded(
        recordings[0].name,
        join(clips),
        np.concatenate([one.plain for one in recordings]),
        np.concatenate([one.targets for one in recordings]),
        recordings[0].names,
        recordings[0].retest_r,
        takes=tuple(one.clip for one in recordings),
    )
