"""How good the recording is, and what that means for the numbers below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.ops.confidence import judge_confidence
from mimetic.ops.landmarks import OUTER_EYES
from mimetic.report.data import ReportData
from mimetic.report.facts import eye_distance_px, spread, true_rate_hz, variable_rate
from mimetic.report.words import count, number, percent

GOOD, FAIR, POOR, PLAIN = "good", "fair", "poor", "plain"
SURE = {"high": GOOD, "moderate": FAIR}


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One tile of the quality strip: a number, whether it suffices, and what follows."""

    name: str
    value: str
    grade: str  # GOOD, FAIR, POOR, or PLAIN where nothing is judged
    meaning: str


def judge(data: ReportData) -> list[Judgement]:
    """The quality strip, most important first; only what was measured."""
    tiles = [_tracked(data), _rate(data), _frames(data), _size(data), _pose(data)]
    tiles += [_confidence(data), _light(data), _blur(data)]
    return [tile for tile in tiles if tile is not None]


def grade(value: float, *, good: float, fair: float) -> str:
    """GOOD from ``good`` on, FAIR from ``fair`` on; the order of the two says the direction."""
    sign = 1.0 if good > fair else -1.0
    if not np.isfinite(value):
        return POOR
    if sign * value >= sign * good:
        return GOOD
    return FAIR if sign * value >= sign * fair else POOR


def _tracked(data: ReportData) -> Judgement:
    frames = data.video.times_s.size
    found = 0 if data.track is None else int(data.track.valid.sum())
    share = found / frames if frames else 0.0
    level = grade(share, good=0.95, fair=0.8)
    meaning = {
        GOOD: "Nearly every frame was measured.",
        FAIR: "Some stretches are missing; they are hatched below and count as unknown.",
        POOR: "Much is missing: shares of time and counts describe the measured frames only.",
    }[level]
    return Judgement(
        name="Face tracked",
        value=percent(share),
        grade=level,
        meaning=f"{found:,} of {count(frames, 'frame')}. {meaning}",
    )


def _rate(data: ReportData) -> Judgement:
    rate_hz = true_rate_hz(data.video)
    if not np.isfinite(rate_hz):
        return Judgement(
            name="True rate", value="–", grade=POOR, meaning="One picture holds no movement."
        )
    meaning = (
        f"At {number(rate_hz, 3)} frames a second nothing shorter than "
        f"{number(2000 / rate_hz, 2)} ms can be timed."
    )
    if variable_rate(data.video):
        meaning += " The rate varies; every number uses the frames' own times."
    level = grade(rate_hz, good=23, fair=12)
    if level != GOOD:
        meaning += " Blinks and quick movements can be missed."
    return Judgement(
        name="True rate", value=f"{number(rate_hz, 3)} Hz", grade=level, meaning=meaning
    )


def _frames(data: ReportData) -> Judgement:
    video = data.video
    repeated, dropped = int(video.repeated.sum()), int(video.dropped.sum())
    lost = dropped + video.damaged_packets
    parts = [
        count(repeated, "repeated frame"),
        f"{count(dropped, 'place')} where frames are missing",
        count(video.damaged_packets, "damaged packet"),
    ]
    meaning = ", ".join(parts) + "."
    if repeated:
        meaning += " Repeats show nothing new; speeds skip them."
    if video.truncated:
        meaning += " The file is cut off: its end is missing."
    if video.declared_frames is not None and video.declared_frames != video.decoded_frames:
        meaning += f" The file declares {video.declared_frames:,}, {video.decoded_frames:,} came."
    # Repeats cost rate, which has a tile of its own, and nothing else.
    level = (
        POOR if video.truncated else grade(lost / max(video.times_s.size, 1), good=0.01, fair=0.1)
    )
    short = [f"{repeated:,} repeated"] * bool(repeated) + [f"{lost:,} faulty"] * bool(lost)
    value = ", ".join(short) or "none lost"
    return Judgement(name="Frames", value=value, grade=level, meaning=meaning)


def _size(data: ReportData) -> Judgement | None:
    eyes_px = _eyes_px(data)
    if not np.isfinite(eyes_px):
        return None
    level = grade(eyes_px, good=60, fair=30)
    meaning = {
        GOOD: "Enough pixels for small movements.",
        FAIR: "Large movements are safe; small ones drown in noise.",
        POOR: "Too small for anything but large movements.",
    }[level]
    return Judgement(
        name="Face size",
        value=f"{number(eyes_px, 3)} px",
        grade=level,
        meaning=f"Between the outer eye corners: 1 px is {number(1 / eyes_px, 2)} ed. {meaning}",
    )


def _eyes_px(data: ReportData) -> float:
    """1 ed in pixels of the video, NaN without a face."""
    if data.eyes_px is not None:
        return data.eyes_px
    if data.track is None:
        return float("nan")
    # A track may carry the two outer eye corners alone, to save memory.
    outer = OUTER_EYES if data.track.landmarks_px.shape[1] > max(OUTER_EYES) else (0, 1)
    return eye_distance_px(data.track.landmarks_px, outer)


def _pose(data: ReportData) -> Judgement | None:
    if data.track is None or data.track.valid.sum() < 2:
        return None
    angles = {"yaw": data.track.yaw_deg, "pitch": data.track.pitch_deg, "roll": data.track.roll_deg}
    ranges = {name: spread(values) for name, values in angles.items()}
    widest = max(max(abs(low), abs(high)) for low, high in (ranges["yaw"], ranges["pitch"]))
    level = grade(widest, good=15, fair=30)
    turned = ", ".join(
        f"{name} {number(low, 2)}° to {number(high, 2)}°" for name, (low, high) in ranges.items()
    )
    meaning = {
        GOOD: "The head stayed near its usual place.",
        FAIR: "Turns are compensated; small movements far from centre are less certain.",
        POOR: "Far turns hide one side and can pass for expression.",
    }[level]
    return Judgement(
        name="Head turns",
        value=f"±{number(widest, 2)}°",
        grade=level,
        meaning=f"95 % of frames: {turned}. {meaning}",
    )


def _confidence(data: ReportData) -> Judgement | None:
    if data.track is None or not data.track.valid.any():
        return None
    judged = judge_confidence(data.track.confidence[data.track.valid])
    return Judgement(
        name="Confidence",
        value=number(judged.median, 3),
        grade=SURE.get(judged.level, POOR),
        meaning=f"Median, {judged.level}: {judged.words}.",
    )


def _light(data: ReportData) -> Judgement | None:
    light, clipped = data.picture.light, data.picture.clipped
    if light is None:
        return None
    level = FAIR if not 0.2 <= light <= 0.85 else GOOD
    meaning = f"Median grey level of the face, {percent(light)} of full."
    if clipped is not None:
        level = max(level, grade(clipped, good=0.02, fair=0.1), key=(GOOD, FAIR, POOR).index)
        meaning += f" Fully black or white: {percent(clipped)} of its pixels."
    if level != GOOD:
        meaning += " Skin texture is lost there, and movement with it."
    words = "dark" if light < 0.2 else "bright" if light > 0.85 else "even"
    value = words if level == GOOD or words != "even" else "clipped"
    return Judgement(name="Light", value=value, grade=level, meaning=meaning)


def _blur(data: ReportData) -> Judgement | None:
    blur_px, eyes_px = data.picture.blur_px, _eyes_px(data)
    if blur_px is None or not np.isfinite(eyes_px):
        return None
    # What a blur hides depends on the size of the face: 56 px to 1 ed in the crop,
    # where 1.5 px are still sharp.
    level = grade(blur_px / eyes_px, good=0.027, fair=0.054)
    meaning = "sharp enough" if level == GOOD else "fine skin movement is smeared"
    return Judgement(
        name="Blur",
        value=f"{number(blur_px, 2)} px",
        grade=level,
        meaning=f"Edges spread over {number(blur_px / eyes_px)} ed: {meaning}.",
    )
