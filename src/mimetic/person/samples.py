"""What neural person models learn from: features of a face on the clock of its recordings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.learn.curriculum import draw_pairs
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.features import extract, fit_rows, guarded
from mimetic.types import FaceClip, Float32, Float64, Floats, Int64
from mimetic.types.arrays import check_shape

BRIGHTEST = 2.0  # local contrast beyond it is a reflection


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameSet:
    """The features of the distinct valid frames of people, as the linear model has them.

    ``rows`` are centred on their person and scaled as in that person's linear model where
    ``means`` and ``scales`` say so. ``recording`` numbers the recordings over all people.
    """

    rows: Float32  # [n, P]
    times_s: Float64  # [n]
    recording: Int64  # [n]
    person: Int64  # [n]

    def __post_init__(self) -> None:
        check_shape("rows", self.rows, "n P", n=self.times_s.size)
        for name in ("recording", "person"):
            check_shape(name, getattr(self, name), "n", n=self.times_s.size)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that the set holds."""
        digest = hashlib.sha256()
        for values in (self.rows, self.times_s, self.recording, self.person):
            digest.update(f"{values.shape} {values.dtype.str}".encode() + values.tobytes())
        return digest.hexdigest()

    def pairs(
        self, lag_s: float | None, *, count: int, rng: np.random.Generator
    ) -> tuple[Int64, Int64]:
        """Rows of both frames of pairs of one person, who is drawn first: all count the same."""
        rows = np.flatnonzero(self.person == rng.choice(np.unique(self.person)))
        first, second = draw_pairs(
            self.times_s[rows], self.recording[rows], lag_s, count=count, rng=rng
        )
        return rows[first], rows[second]


def gather_frames(people: Mapping[str, Iterable[FaceClip]], *, appearance_px: int) -> FrameSet:
    """The frames of all people; 14 kB each at 64 px.

    A stretch that begins before the one before it ended is another recording. ArgumentError
    where there is no frame, and for stretches that do not belong together.
    """
    parts: list[tuple[Float32, Float64, Int64, Int64]] = []
    recordings = -1
    for number, clips in enumerate(people.values()):
        last_s = np.inf
        for clip in guarded(clips):
            chosen = fit_rows(clip)
            if not chosen.any():
                continue
            times_s = clip.times_s[chosen]
            recordings += int(times_s[0] <= last_s)
            last_s = float(times_s[-1])
            rows = extract(clip, chosen, appearance_px=appearance_px)
            parts.append(
                (rows, times_s, np.full(len(rows), recordings), np.full(len(rows), number))
            )
    if not parts:
        raise ArgumentError("people: expected frames to learn from, got none")
    rows, times, recording, person = (np.concatenate(each) for each in zip(*parts, strict=True))
    return FrameSet(rows=rows, times_s=times, recording=recording, person=person)


def as_pictures(rows: Floats, appearance_px: int) -> Float32:
    """The appearance part of features [n P] as pictures [n 1 S S], 0 outside the face."""
    inside = ellipse_mask(appearance_px)
    pictures = np.zeros((len(rows), 1, appearance_px, appearance_px), np.float32)
    pictures[:, 0, inside] = np.minimum(rows[:, : int(inside.sum())], BRIGHTEST)
    return pictures
