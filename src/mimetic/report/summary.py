"""The first paragraph: what happened, in words, with the numbers that matter."""

from __future__ import annotations

import numpy as np

from mimetic.ops.confidence import judge_confidence
from mimetic.ops.lids import lid_summary
from mimetic.report.clock import clock_of
from mimetic.report.data import AsymmetryRow, ReportData
from mimetic.report.facts import duration_s, end_of, main_feature, region_facts
from mimetic.report.words import PARTS, SIDES, count, listed, number, percent, seconds, unit_of
from mimetic.types import FaceTrack

SMALL = 0.05  # index below which one side moved less than a tenth further
FAR_DEG = 15.0  # turned further than this, one side is seen at a slant


def summary(data: ReportData) -> list[str]:
    """Sentences in the order of the first ten seconds: face, movement, sides, blinks."""
    sentences = [tracked_sentence(data), *doubt_sentences(data)]
    if data.other_people:
        faces = count(data.other_people, "other face")
        sentences.append(f"{faces.capitalize()} seen too; this page is about one.")
    sentences += outside_sentences(data)
    if not measured(data):
        return sentences
    blinks = blink_sentence(data)
    return [*sentences, *movement_sentences(data), *side_sentences(data), *filter(None, [blinks])]


def measured(data: ReportData) -> bool:
    """True where there is a movement to speak of: two frames or more with the face."""
    return data.track is not None and int(data.track.valid.sum()) > 1


def tracked_sentence(data: ReportData) -> str:
    """Whether there is a face, and for how long."""
    frames = data.video.times_s.size
    if frames == 0:
        return "No frame of this video could be decoded."
    found = 0 if data.track is None else int(data.track.valid.sum())
    if frames == 1:
        seen = "A face was found" if found else "No face was found"
        return f"{seen} in one picture; movement needs at least two."
    length = f"{count(frames, 'frame')} ({seconds(duration_s(data.video))})"
    if found == 0:
        return f"No face was found in {length}, so nothing was measured."
    return f"A face was tracked in {percent(found / frames)} of {length}."


def doubt_sentences(data: ReportData) -> list[str]:
    """Said where the face network is not quite sure that this is a living face."""
    if data.track is None or not data.track.valid.any():
        return []
    judged = judge_confidence(data.track.confidence[data.track.valid])
    if judged.level == "high":
        return []
    return [f"The confidence that this is a face is {judged.level}: {judged.words}."]


def outside_sentences(data: ReportData) -> list[str]:
    """How many trials lie outside the recording: a sign of two clocks that do not agree."""
    clock = clock_of(data.video)
    outside = sum(not clock.meets(trial.onset_s, end_of(trial)) for trial in data.trials)
    if not outside:
        return []
    lie = "lies" if outside == 1 else "lie"
    return [
        f"{outside:,} of {count(len(data.trials), 'trial')} {lie} outside the recording: check "
        "that trial times are seconds from the start of this video."
    ]


def movement_sentences(data: ReportData) -> list[str]:
    """The largest movement, and how much of the time anything moved."""
    if data.dynamics is None:
        return []
    facts = [fact for fact in region_facts(data.dynamics) if np.isfinite(fact.peak)]
    if not facts:
        return ["No region could be measured."]
    moved = [fact for fact in facts if fact.moved]
    if not moved:
        return ["Nothing moved by more than the measurement noise."]
    most = max(moved, key=lambda fact: fact.peak)
    unit = unit_of(data.dynamics.features[main_feature(data.dynamics)])
    size = f"{number(most.peak)} {unit}".strip()
    sentence = f"The largest movement was in the {most.words}: {size} at {seconds(most.peak_s)}"
    if np.isfinite(most.times_floor):
        sentence += f", {number(most.times_floor, 2)} times the measurement noise"
    turn_deg = turn_at(data.track, most.peak_s)
    if turn_deg > FAR_DEG:
        sentence += f", but with the head turned {turn_deg:.0f}°, so less certain"
    sentences = [sentence + "."]
    still = [fact.words for fact in facts if not fact.moved]
    if still:
        sentences.append(f"Never above the noise: {listed(still)}.")
    return sentences


def turn_at(track: FaceTrack | None, time_s: float) -> float:
    """How far the head is turned aside or up at a moment, in degrees; NaN where unknown."""
    if track is None or track.times_s.size == 0:
        return float("nan")
    row = int(np.argmin(np.abs(track.times_s - time_s)))
    return float(max(abs(track.yaw_deg[row]), abs(track.pitch_deg[row])))


def side_sentences(data: ReportData) -> list[str]:
    """Which pairs moved differently on the two sides."""
    known = [row for row in data.asymmetry if known_interval(row)]
    if not known:
        return []
    apart = [row for row in known if differs(row)]
    if not apart:
        return ["Left and right moved alike in every pair compared."]
    parts = [f"the {pair_words(row)} ({more_side(row)} {times_words(row)})" for row in apart]
    if len(apart) == len(known):
        return [f"Left and right differed in {listed(parts)}."]
    return [f"Left and right moved alike except {listed(parts)}."]


def blink_sentence(data: ReportData) -> str:
    """Blinks and their rate over the time in which the eyes were measured."""
    if data.lids is not None and not np.isfinite(data.lids.relative).any():
        return "The eyes were not measured."
    if data.blinks is None:
        return ""
    kept = [blink for blink in data.blinks if blink.rejected is None]
    if not kept:
        return "No blinks were found."
    seen_s = duration_s(data.video)
    if data.lids is not None:
        seen_s = lid_summary(data.lids, ()).valid_s
    sentence = count(len(kept), "blink")
    if seen_s > 0:
        sentence += f", {number(60 * len(kept) / seen_s)} a minute"
    if seen_s < 60:
        sentence += f" (from {seconds(seen_s)} only, so a rough rate)"
    return sentence + "."


def lid_sentence(data: ReportData) -> str:
    """How long blinks last, which are of one eye, and how long the eyes are closed."""
    kept = [blink for blink in data.blinks or () if blink.rejected is None]
    parts = []
    if kept:
        median_s = float(np.median([blink.offset_s - blink.onset_s for blink in kept]))
        words = "It lasts {:.0f} ms." if len(kept) == 1 else "Half of them last {:.0f} ms or less."
        parts.append(words.format(1000 * median_s))
    for side in SIDES:
        alone = sum(blink.side == side for blink in kept)
        if alone:
            parts.append(f"{count(alone, 'blink')} of the {side} eye alone.")
    closed = np.nan if data.lids is None else lid_summary(data.lids, ()).closed_share
    if np.isfinite(closed):
        parts.append(f"Both eyes are closed {percent(closed)} of the time.")
    return " ".join(parts)


def known_interval(row: AsymmetryRow) -> bool:
    """True where the index and both ends of its interval are numbers."""
    return bool(np.isfinite([row.index, row.low, row.high]).all())


def differs(row: AsymmetryRow) -> bool:
    """True where the interval leaves zero out and the difference is worth a word."""
    return bool((row.low > 0 or row.high < 0) and abs(row.index) >= SMALL)


def more_side(row: AsymmetryRow) -> str:
    """The side that moved more."""
    return "left" if row.index > 0 else "right"


def times_words(row: AsymmetryRow) -> str:
    """How many times as far the stronger side moved."""
    strength = min(abs(row.index), 0.99)
    times = (1 + strength) / (1 - strength)
    if times > 20:
        return "alone"
    return f"{number(times, 2)} times as far"


def pair_words(row: AsymmetryRow) -> str:
    """The pair as people call it: "mouth corner" of "mouth"."""
    return PARTS.get(row.pair, row.pair)


def asymmetry_sentence(row: AsymmetryRow) -> str:
    """One pair in words."""
    if not np.isfinite(row.index):
        return f"The {pair_words(row)} did not move enough on either side to be compared."
    if not known_interval(row):
        return f"The {pair_words(row)} moved too briefly to say whether the sides differ."
    if not differs(row):
        why = "within the uncertainty" if row.low <= 0 <= row.high else "within a tenth"
        return f"The left and the right {pair_words(row)} moved alike, {why}."
    side = more_side(row)
    other = "right" if side == "left" else "left"
    words = times_words(row)
    if words == "alone":
        return f"The {side} {pair_words(row)} moved, the {other} hardly at all."
    return f"The {side} {pair_words(row)} moved {words} as the {other}."
