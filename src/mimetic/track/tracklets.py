"""From tracklets to people: which stretches show one person, and who is seen most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops.landmarks import OUTER_EYES
from mimetic.track.looks import look_change
from mimetic.track.pose import head_pose
from mimetic.types.arrays import Float32, Float64, Floats, check_shape
from mimetic.types.clip import FaceTrack, Reason

LEAST_CONFIDENCE = 0.25  # below it lie pictures without any face (see ops/confidence.py)
SMALLEST_EYES_PX = 15.0  # eye distance; below it a point's error is a tenth of the eyes' distance


@dataclass(frozen=True, kw_only=True)
class MergeConfig:
    """When two tracklets that never overlap in time are one person.

    The look distances come from 24 tracklets of 20 people, cut in three: 95 % of the 105
    pairs of one person are below ``same_look`` (the others: large head turns, a small
    face) and none of the 2241 pairs of two; below ``near_look`` 98 %, and one.
    """

    same_look: float = 0.085  # over any gap
    near_s: float = 2.0  # a gap this short, at the same place ...
    near_look: float = 0.12  # ... forgives a larger change of look
    near_sizes: float = 1.5  # the same place: within so many face sizes
    near_scale: float = 1.6


@dataclass(frozen=True, kw_only=True, eq=False)
class TrackletSummary:
    """What merging needs to know of one tracklet; ``ends_px`` are its first and last face.

    A face is (middle x, middle y, eye distance). ``look`` is FaceTracker.look.
    """

    track: int
    span_s: tuple[float, float]
    seconds: float
    frames: int
    eyes_px: float  # median eye distance
    confidence: float  # median
    ends_px: Float64  # [2, 3]
    look: Float64  # [205], up to scale


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person of the video; number 1 was seen longest and largest."""

    person: int
    tracks: tuple[int, ...]
    seconds: float
    frames: int
    eyes_px: float
    confidence: float


def summarise_tracklet(
    track: int, times_s: Float64, *, landmarks_px: Floats, confidence: Floats, look: Floats
) -> TrackletSummary:
    """Condense one tracklet: times [N], landmarks [N 478 3], confidence [N], look [205]."""
    check_shape("landmarks_px", landmarks_px, "N L 3", N=times_s.size)
    check_shape("confidence", confidence, "N", N=times_s.size)
    if times_s.size == 0:
        raise ArgumentError(f"tracklet {track}: expected at least one frame, got none")
    eyes = eye_distance(landmarks_px)
    middle = landmarks_px[[0, -1], :, :2].mean(1)
    step = float(np.median(np.diff(times_s))) if times_s.size > 1 else 0.0
    return TrackletSummary(
        track=track,
        span_s=(float(times_s[0]), float(times_s[-1])),
        seconds=step * times_s.size,
        frames=times_s.size,
        eyes_px=float(np.median(eyes)),
        confidence=float(np.median(confidence)),
        ends_px=np.column_stack([middle, eyes[[0, -1]]]).astype(np.float64),
        look=np.asarray(look, np.float64) / max(float(np.linalg.norm(look)), 1e-9),
    )


def merge_tracklets(
    summaries: Sequence[TrackletSummary], config: MergeConfig | None = None
) -> list[Person]:
    """The people that the tracklets belong to, the one seen longest and largest first.

    Joins the most alike pair first, and never two that are seen at the same time.
    """
    config = config or MergeConfig()
    groups = [[entry] for entry in sorted(summaries, key=lambda entry: entry.track)]
    apart = np.full((len(groups), len(groups)), np.inf)
    for number in range(len(groups)):
        _measure_row(apart, number, groups, config)
    while np.isfinite(apart).any():
        first, second = np.unravel_index(apart.argmin(), apart.shape)
        groups[first] = groups[first] + groups[second]
        groups[second] = []
        for number in (int(second), int(first)):
            _measure_row(apart, number, groups, config)
    ranked = sorted(filter(None, groups), key=lambda group: (-_prominence(group), group[0].track))
    return [_person(number, group) for number, group in enumerate(ranked, start=1)]


def assemble_track(
    person: int,
    times_s: Float64,
    *,
    landmarks_px: Floats,
    confidence: Floats,
    shape: Floats | None = None,
) -> FaceTrack:
    """The record of one person over all frames of a video, or over a stretch of them.

    ``landmarks_px`` [T L 3] and ``confidence`` [T] are NaN where this person was not
    seen. Frames below LEAST_CONFIDENCE or SMALLEST_EYES_PX become NaN with their
    reason; a confidence that was measured is kept. Head pose is relative to ``shape``,
    which a stretch must bring; without it NoFaceError is raised where no frame is left.
    """
    check_shape("landmarks_px", landmarks_px, "T L 3", T=times_s.size)
    check_shape("confidence", confidence, "T", T=times_s.size)
    reason = np.full(times_s.size, Reason.NONE, np.uint8)
    reason[eye_distance(landmarks_px) < SMALLEST_EYES_PX] = Reason.TOO_SMALL
    reason[confidence < LEAST_CONFIDENCE] = Reason.LOW_CONFIDENCE
    reason[np.isnan(landmarks_px).any((1, 2)) | np.isnan(confidence)] = Reason.NO_FACE
    valid = reason == Reason.NONE
    pose = head_pose(landmarks_px, valid, shape=shape)
    kept = np.where(valid[:, None, None], landmarks_px, np.nan).astype(np.float32)
    return FaceTrack(
        person=person,
        times_s=times_s,
        box_px=boxes_of(kept),
        landmarks_px=kept,
        confidence=np.asarray(confidence, np.float32),
        valid=valid,
        reason=reason,
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    )


def prominence(seconds: float, eyes_px: float, confidence: float) -> float:
    """How long, how large and how surely a face is seen; people are numbered by its sum."""
    return seconds * eyes_px * confidence


def eye_distance(landmarks_px: Floats) -> Floats:
    """Distance of the outer eye corners in 3-D [T], which head turns do not shorten."""
    right, left = OUTER_EYES
    return np.asarray(np.linalg.norm(landmarks_px[:, right] - landmarks_px[:, left], axis=-1))


def boxes_of(landmarks_px: Floats) -> Float32:
    """Boxes x0 y0 x1 y1 [T 4] around landmarks [T L 3], NaN where these are."""
    points = landmarks_px[..., :2]
    return np.concatenate([points.min(1), points.max(1)], axis=1).astype(np.float32)


def _measure_row(
    apart: Float64, number: int, groups: list[list[TrackletSummary]], config: MergeConfig
) -> None:
    """Bring row and column ``number`` of the distances [N N] up to date."""
    for other, group in enumerate(groups):
        known = other != number and bool(group) and bool(groups[number])
        distance = _join_distance(groups[number], group, config) if known else np.inf
        apart[number, other] = apart[other, number] = distance


def _join_distance(
    first: list[TrackletSummary], second: list[TrackletSummary], config: MergeConfig
) -> float:
    """How unlike two groups look, infinite where they cannot be one person."""
    for one in first:
        for other in second:
            if one.span_s[0] <= other.span_s[1] and other.span_s[0] <= one.span_s[1]:
                return np.inf
    distance = look_change(_look(first), _look(second))
    near = any(_is_continued(one, other, config) for one in first for other in second)
    return distance if distance < (config.near_look if near else config.same_look) else np.inf


def _is_continued(one: TrackletSummary, other: TrackletSummary, config: MergeConfig) -> bool:
    early, late = sorted((one, other), key=lambda entry: entry.span_s)
    last, first = early.ends_px[1], late.ends_px[0]
    # A face is about two eye distances long.
    size = 2 * max(last[2], first[2])
    return bool(
        late.span_s[0] - early.span_s[1] <= config.near_s
        and np.hypot(*(last - first)[:2]) <= config.near_sizes * size
        and max(last[2], first[2]) <= config.near_scale * min(last[2], first[2])
    )


def _look(group: list[TrackletSummary]) -> Float64:
    return np.asarray(sum(entry.frames * entry.look for entry in group))


def _prominence(group: list[TrackletSummary]) -> float:
    return sum(prominence(entry.seconds, entry.eyes_px, entry.confidence) for entry in group)


def _person(number: int, group: list[TrackletSummary]) -> Person:
    frames = np.array([entry.frames for entry in group])
    return Person(
        person=number,
        tracks=tuple(sorted(entry.track for entry in group)),
        seconds=sum(entry.seconds for entry in group),
        frames=int(frames.sum()),
        eyes_px=float(np.average([entry.eyes_px for entry in group], weights=frames)),
        confidence=float(np.average([entry.confidence for entry in group], weights=frames)),
    )
