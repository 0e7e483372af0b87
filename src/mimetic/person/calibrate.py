"""Trying a fitted space on its own video: noise of a code, distance from the space, pose leak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.learn.metrics import decode_ridge
from mimetic.person.features import features_of, fit_rows
from mimetic.types import FaceClip, Float32, Float64, Floats, Int64, UInt8

MOST_ROWS = 16_384  # kept for the trial: 9 minutes at 30 Hz, 5 MB
RECORDING_GAP_S = 10.0  # between recordings set on one clock, wider than any guard
LONGEST_STEP_S = 0.5  # a longer one is a gap, not a step
QUIET = 0.2  # share of frames that count as still, as for the neutral face
AXES = ("yaw", "pitch", "roll")


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """How features [n P] become codes; the arrays of PersonWeights."""

    mean: Float32  # [P]
    scale: Float32  # [P]
    basis: Float32  # [D, P]
    sd: Float64  # [D]

    def __call__(self, features: Float32) -> tuple[Float32, Float64]:
        """Codes [n D] in sd of their component, and distance [n] from the space."""
        rows = (features - self.mean) * self.scale
        along = rows @ self.basis.T
        inside = (along.astype(np.float64) ** 2).sum(1)
        outside = (rows.astype(np.float64) ** 2).sum(1) - inside
        codes = np.asarray(along / self.sd.astype(np.float32), np.float32)
        return codes, np.sqrt(np.maximum(outside, 0))


class Clock:
    """Several recordings on one clock, and the time that their frames cover."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._last_s = -np.inf

    def take(self, times_s: Float64) -> Float64:
        """The times [n] of the next frames; a recording that starts anew is set behind the last."""
        if not times_s.size:
            return times_s
        if times_s[0] <= self._last_s:
            times_s = times_s + (self._last_s + RECORDING_GAP_S - times_s[0])
        self.seconds += _seconds_shown(np.diff(times_s, prepend=self._last_s))
        self._last_s = float(times_s[-1])
        return times_s


class Trial:
    """The codes of a video as they come by, stretch for stretch.

    Beyond MOST_ROWS only every second stretch is kept, then every fourth, so
    that memory does not grow with the video.
    """

    def __init__(self, project: Projection, appearance_px: int) -> None:
        self._project = project
        self._appearance_px = appearance_px
        self._kept: list[tuple[int, Float32, Float64, Float64, Float64]] = []
        self._stretches = 0
        self._every = 1
        self._clock = Clock()
        self._nearest = np.inf
        self.frames = 0
        self.distinct_frames = 0
        self.neutral: tuple[UInt8, Float32] | None = None
        self._given = False

    def take(self, clip: FaceClip, features: Float32) -> None:
        """Take in a stretch and the features of its distinct valid frames."""
        rows = fit_rows(clip)
        self.frames += clip.times_s.size
        self.distinct_frames += int(rows.sum())
        if not rows.any():
            return
        times_s = self._clock.take(clip.times_s[rows])
        codes, residual = self._project(features)
        pose_deg = np.stack([clip.yaw_deg, clip.pitch_deg, clip.roll_deg], 1)[rows]
        self._keep(codes, residual, pose_deg.astype(np.float64), times_s)
        self._seek_neutral(clip, np.flatnonzero(rows), codes)

    @property
    def seconds(self) -> float:
        """Time that the frames taken in cover."""
        return self._clock.seconds

    def series(self) -> tuple[Float32, Float64, Float64, Float64]:
        """Codes [n D], distances [n], pose [n 3] and times [n] of the kept stretches."""
        codes, residual, pose_deg, times_s = zip(*(kept[1:] for kept in self._kept), strict=True)
        return (
            np.concatenate(codes),
            np.concatenate(residual),
            np.concatenate(pose_deg),
            np.concatenate(times_s),
        )

    def _keep(self, codes: Float32, residual: Float64, pose_deg: Float64, times_s: Float64) -> None:
        if self._stretches % self._every == 0:
            self._kept.append((self._stretches, codes, residual, pose_deg, times_s))
        self._stretches += 1
        while sum(len(kept[4]) for kept in self._kept) > MOST_ROWS and len(self._kept) > 1:
            self._every *= 2
            self._kept = [kept for kept in self._kept if kept[0] % self._every == 0]

    def _seek_neutral(self, clip: FaceClip, rows: Int64, codes: Float32) -> None:
        if self._given:
            return
        if clip.neutral_pixels is not None and clip.neutral_shape_ed is not None:
            features = features_of(
                clip.neutral_pixels, clip.neutral_shape_ed, appearance_px=self._appearance_px
            )
            self.neutral = (clip.neutral_pixels, self._project(features[None])[0][0])
            self._given = True
            return
        distance = (codes.astype(np.float64) ** 2).sum(1)
        best = int(distance.argmin())
        if distance[best] < self._nearest:
            self._nearest = float(distance[best])
            self.neutral = (clip.pixels[int(rows[best])].copy(), codes[best])


def _seconds_shown(steps_s: Float64) -> float:
    """Time that frames cover; one after a gap stands for as long as frames usually do."""
    known = steps_s <= LONGEST_STEP_S
    usual_s = float(np.median(steps_s[known])) if known.any() else 0.0
    return float(steps_s[known].sum()) + usual_s * int((~known).sum())


def noise_of(codes: Floats, times_s: Float64, *, share: Float64) -> Float64:
    """Standard deviation [D] of one frame's codes when the face holds still.

    A frame is compared with the straight line between its neighbours in time, at
    true times, where the neighbours themselves differ least (the quietest 20 %,
    components weighted by their ``share`` [D]): movement is nearly gone there and
    independent noise remains. Slow drifts are not noise in this sense. NaN below
    10 usable frames.
    """
    before, here, after = codes[:-2], codes[1:-1], codes[2:]
    step_s, span_s = times_s[1:-1] - times_s[:-2], times_s[2:] - times_s[:-2]
    near = span_s <= 2 * LONGEST_STEP_S
    if near.sum() < 10:
        return np.full(codes.shape[1], np.nan)
    moved = np.where(near, ((after - before) ** 2) @ share, np.inf)
    quiet = np.argsort(moved, kind="stable")[: max(int(QUIET * near.sum()), 5)]
    weight = (step_s / span_s)[quiet, None]
    error = here[quiet] - (1 - weight) * before[quiet] - weight * after[quiet]
    gain = 1 + (1 - weight) ** 2 + weight**2
    return np.asarray(np.sqrt((error**2 / gain).mean(0)))


def pose_leak(
    codes: Floats, pose_deg: Floats, *, times_s: Float64, share: Float64
) -> tuple[dict[str, float], float | None]:
    """R2 of yaw, pitch and roll from the codes, and the part of the movement that they explain.

    Both on held-out stretches; ``share`` [D] weighs the components. Empty and
    None where the video is too short or the head never turns.
    """
    known = np.isfinite(pose_deg).all(1)
    moving = pose_deg[known].std(0) > 0 if known.any() else np.zeros(3, bool)
    codes, pose, times_s = codes[known], pose_deg[known][:, moving], times_s[known]
    try:
        told = decode_ridge(codes * np.sqrt(share), pose, times_s=times_s).r2
        explained = decode_ridge(pose, codes, times_s=times_s).r2
    except ArgumentError:  # too short to hold a stretch out
        return {}, None
    if not moving.any():
        return {}, None
    axes = [axis for axis, moves in zip(AXES, moving, strict=True) if moves]
    part = float((np.maximum(explained, 0) * share).sum() / share.sum())
    return dict(zip(axes, map(float, told), strict=True)), part
