"""How patches of skin move from frame to frame, to a hundredth of a pixel, in closed form.

Around moments half a second apart the mean picture is a reference, and every frame near it is
compared with it by Lucas and Kanade's equations over cells of skin; what a smooth motion of
the head explains is taken out of the cells, and patches are pooled from the rest by how much
texture each cell has. The two references around a frame are blended, so that the series
runs on; it says how skin moves within about a second, and drifts over longer times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.micro.compare import blurred_contrast, compare
from mimetic.micro.patches import Patches, make_patches
from mimetic.ops.landmarks import (
    IRIS_MIDDLE_LEFT,
    IRIS_MIDDLE_RIGHT,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
)
from mimetic.ops.mesh import CANONICAL_SIZE
from mimetic.types import FaceClip, Float32, Float64, Int64
from mimetic.types.arrays import check_shape

REFERENCE_S = 0.5  # from one reference to the next
_FEWEST = 2  # frames of a reference
Compare = Callable[[Float32, Float32, Patches], Float64]
SIGNS = ("lip_gap_ed", "gaze_x_ed", "gaze_y_ed", "yaw_deg", "pitch_deg", "roll_deg")
_CORNERS = (RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER)


@dataclass(frozen=True, kw_only=True, eq=False)
class FineMotion:
    """How patches of skin moved, the head's own motion taken out.

    ``moved_px`` [T U 2] (x right, y down, pixels of a 128 px crop) is NaN in frames that show
    nothing or nothing new. It runs on within a ``part`` [T], counted from 0, -1 where missing.
    """

    patches: Patches
    times_s: Float64  # [T]
    moved_px: Float32  # [T, U, 2]
    part: Int64  # [T]
    signs: Float64  # [T, 6], see SIGNS
    points_px: Float32  # [T, U, 2], where the tracker's points about each patch lie; NaN if missing
    ed_px: float  # of a 128 px crop
    unit: float  # pixels of the clip's own crop in one of these

    def __post_init__(self) -> None:
        check_shape("times_s", self.times_s, "T")
        check_shape("moved_px", self.moved_px, "T U 2", T=self.times_s.size)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Near:
    """What one reference says about the frames around it."""

    key: int
    frames: list[int]
    moved_px: Float64  # [n, U, 2]


@dataclass
class _Waiting:
    """A frame that references still need."""

    number: int
    time_s: float
    contrast: Float32


@dataclass
class _Series:
    """The joined series so far; sums and weights of each frame."""

    total: list[Float64] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    part: list[int] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    signs: list[Float64] = field(default_factory=list)
    points_px: list[Float32] = field(default_factory=list)


class FineMotionMeter:
    """Takes a recording in stretches, holds a second of it, and gives the series at the end."""

    def __init__(self, compare: Compare = compare) -> None:
        self._compare = compare
        self._patches: Patches | None = None
        self._waiting: list[_Waiting] = []
        self._series = _Series()
        self._key = 0
        self._start_s, self._ed_px, self._unit = 0.0, 0.0, 1.0
        self._part = -1
        self._last: _Near | None = None
        self._offset: Float64 = np.zeros(())

    def push(self, clip: FaceClip) -> None:
        """The next stretch of a recording."""
        if self._patches is None:
            self._unit = clip.pixels.shape[1] / CANONICAL_SIZE
            self._patches = make_patches(np.asarray(clip.mesh_px / self._unit, np.float32))
            self._start_s = float(clip.times_s[0])
            self._offset = np.zeros((self._patches.mirror.size, 2))
            self._ed_px = clip.ed_px / self._unit
        shown = clip.valid & ~clip.repeated
        self._series.signs.append(signs_of(clip))
        self._series.points_px.append(_points_of(clip, self._patches))
        for row, time_s in enumerate(clip.times_s.tolist()):
            number = len(self._series.times_s)
            self._series.times_s.append(time_s)
            self._series.total.append(np.zeros_like(self._offset))
            self._series.weight.append(0.0)
            self._series.part.append(-1)
            if shown[row]:
                contrast = blurred_contrast(clip.pixels[row])
                self._waiting.append(_Waiting(number, time_s, contrast))
            while time_s > self._key_s + REFERENCE_S:
                self._settle(self._patches)

    def finish(self) -> FineMotion:
        """The series of the whole recording; ArgumentError where there was no frame."""
        if self._patches is None:
            raise ArgumentError("clips: expected at least one stretch of frames, got none")
        while self._waiting:
            self._settle(self._patches)
        series = self._series
        weight = np.array(series.weight)[:, None, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = np.where(weight > 0, np.array(series.total) / weight, np.nan)
        return FineMotion(
            patches=self._patches,
            times_s=np.array(series.times_s),
            moved_px=moved.astype(np.float32),
            part=np.array(series.part, np.int64),
            signs=np.concatenate(series.signs),
            points_px=np.concatenate(series.points_px),
            ed_px=self._ed_px,
            unit=self._unit,
        )

    @property
    def _key_s(self) -> float:
        return self._start_s + self._key * REFERENCE_S

    def _settle(self, patches: Patches) -> None:
        """Measure the frames around the present reference and go on to the next."""
        key_s = self._key_s
        away = np.array([each.time_s - key_s for each in self._waiting])
        near = np.flatnonzero(np.abs(away) < REFERENCE_S)
        own = np.flatnonzero(np.abs(away) <= REFERENCE_S / 2)
        if own.size >= _FEWEST:
            reference = np.mean([self._waiting[n].contrast for n in own], axis=0)
            pictures = np.stack([self._waiting[n].contrast for n in near])
            moved = self._compare(pictures, reference, patches)
            numbers = [self._waiting[n].number for n in near]
            self._join(_Near(key=self._key, frames=numbers, moved_px=moved), away[near])
        self._key += 1
        self._waiting = [each for each in self._waiting if each.time_s > key_s]

    def _join(self, near: _Near, away_s: Float64) -> None:
        """Blend what a reference says into the series, at the level of the one before."""
        last, shared = self._last, []
        if last is not None and last.key == near.key - 1:
            rows = {frame: n for n, frame in enumerate(last.frames)}
            shared = [(rows[f], n) for n, f in enumerate(near.frames) if f in rows]
        if last is not None and shared:
            before, after = (list(part) for part in zip(*shared, strict=True))
            step = last.moved_px[before] - near.moved_px[after]
            self._offset = self._offset + np.median(step, axis=0)
        else:
            self._part += 1
            self._offset = np.zeros_like(self._offset)
        for n, frame in enumerate(near.frames):
            weight = 1 - abs(float(away_s[n])) / REFERENCE_S
            self._series.total[frame] += weight * (near.moved_px[n] + self._offset)
            self._series.weight[frame] += weight
            self._series.part[frame] = self._part
        self._last = near


def fine_motion(clips: Iterable[FaceClip], *, compare: Compare = compare) -> FineMotion:
    """The movement of a recording given as stretches in order of time.

    ``compare`` finds how patches moved from a reference to pictures, see ``micro.compare``.
    """
    meter = FineMotionMeter(compare)
    for clip in clips:
        meter.push(clip)
    return meter.finish()


def _points_of(clip: FaceClip, patches: Patches) -> Float32:
    """The mean of the tracked points about each patch [T U 2], pixels of a 128 px crop."""
    count = patches.landmarks.shape[1]
    points = clip.landmarks_px[:, :count] * (CANONICAL_SIZE / clip.pixels.shape[1])
    pooled = np.einsum("ul,tlk->tuk", patches.landmarks, points, optimize=True)
    return np.asarray(pooled, np.float32)


def signs_of(clip: FaceClip) -> Float64:
    """How far the lips are apart, where the eyes look, how the head is turned [T 6]; see SIGNS."""
    shape = np.asarray(clip.shape_ed[..., :2], np.float64)
    gap = shape[:, LIPS_INNER_LOWER[5], 1] - shape[:, LIPS_INNER_UPPER[5], 1]
    gaze = np.full((gap.size, 2), np.nan)
    if shape.shape[1] > IRIS_MIDDLE_LEFT:
        irises = shape[:, [IRIS_MIDDLE_RIGHT, IRIS_MIDDLE_LEFT]].mean(1)
        gaze = irises - shape[:, list(_CORNERS)].mean(1)
    turned = np.stack([clip.yaw_deg, clip.pitch_deg, clip.roll_deg], axis=1)
    return np.column_stack([gap, gaze, turned]).astype(np.float64)
