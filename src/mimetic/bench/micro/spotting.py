"""Spotting on virtual people: what is told, what is true, and how well the two fit."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mimetic.bench.micro.filmed import seen_blinks
from mimetic.bench.micro.films import Films
from mimetic.bench.micro.scenes import Scene
from mimetic.learn.spotting import (
    IntervalScore,
    SpottingCurve,
    apex_errors_ms,
    interval_score,
    spotting_curve,
)
from mimetic.micro.compare import compare
from mimetic.micro.signal import Compare, fine_motion
from mimetic.micro.spot import SpotSettings, survey_motion
from mimetic.types import ExpressionEvent, Float64

Cell = Mapping[str, Any]
Row = dict[str, Any]
MANY = 30.0  # false alarms a minute
MOMENTS = ("onset_s", "apex_s", "offset_s")


def spot_cell(
    scene: Scene, seed: int, *, films: Films | None = None, compare: Compare = compare
) -> Row:
    """One recording of one person, spotted at one false alarm a minute.

    ``candidates`` are what would be told at MANY a minute, for curves.
    """
    filmed, clips = (films or Films()).film(scene, seed)
    started_s = time.process_time()
    motion, blinks = fine_motion(clips, compare=compare), seen_blinks(clips)
    found = survey_motion(motion, blinks=blinks)
    used_s = time.process_time() - started_s
    many = survey_motion(motion, SpotSettings(false_alarms_per_min=MANY), blinks=blinks)
    return {
        "scene": scene.plain(),
        "minutes": found.minutes,
        "frames": len(filmed.recording),
        "spot_s": used_s,
        "threshold": found.threshold,
        "candidates": [_moments(event) | {"score": event.scores["score"]} for event in many.micro],
        "wanted": [_moments(e) | {"amplitude_px": e.amplitude_px} for e in filmed.events],
        "distractors": [_moments(e) | {"kind": e.kind} for e in filmed.distractors],
        "told": [_moments(event) | {"score": event.scores["score"]} for event in found.micro],
        "rejected": [_moments(event) | {"reason": event.rejected} for event in found.rejected],
        "lasting": [_moments(event) for event in found.macro],
    }


def curve(cells: Sequence[Cell], size: float) -> SpottingCurve | None:
    """Recall of movements of an amplitude against false alarms; None where there are none.

    Candidates of all recordings are ranked by how far they lie above the threshold of their own.
    """
    scores, found, wanted = [], [], 0
    for cell in cells:
        own = {n for n, event in enumerate(cell["wanted"]) if event["amplitude_px"] == size}
        numbers = matched(cell, "candidates")
        ranked = sorted(cell["candidates"], key=lambda one: one["apex_s"])
        for candidate, number in zip(ranked, numbers, strict=True):
            if number < 0 or number in own:
                scores.append(candidate["score"] / cell["threshold"])
                found.append(wanted + number if number in own else -1)
        wanted += len(cell["wanted"])
    total = found_by_amplitude(cells).get(size, (0, 0))[1]
    if not total:
        return None
    numbered = np.asarray(found, np.int64)
    return spotting_curve(np.array(scores), numbered, wanted=total, minutes=minutes(cells))


def matched(cell: Cell, name: str = "told") -> list[int]:
    """The event that each told one found, -1 for none: its apex lies inside, each found once.

    In order of their apex; ``name`` may be "candidates".
    """
    free = dict(enumerate(cell["wanted"]))
    numbers = []
    for told in sorted(cell[name], key=lambda one: -one["score"]):
        inside = [
            n for n, one in free.items() if one["onset_s"] <= told["apex_s"] <= one["offset_s"]
        ]
        numbers.append((told["apex_s"], inside[0] if inside else -1))
        if inside:
            del free[inside[0]]
    return [number for _, number in sorted(numbers)]


def found_by_amplitude(cells: Sequence[Cell]) -> dict[float, tuple[int, int]]:
    """How many events of each amplitude were found, and how many there are."""
    counts: dict[float, list[int]] = {}
    for cell in cells:
        hits = set(matched(cell))
        for number, event in enumerate(cell["wanted"]):
            count = counts.setdefault(event["amplitude_px"], [0, 0])
            count[0] += number in hits
            count[1] += 1
    return {size: (hits, of) for size, (hits, of) in sorted(counts.items())}


def apex_errors(cells: Sequence[Cell]) -> Float64:
    """Milliseconds between told and true apex of every event that was found."""
    off = []
    for cell in cells:
        told_s = sorted(one["apex_s"] for one in cell["told"])
        truth_s = [one["apex_s"] for one in cell["wanted"]]
        off.append(apex_errors_ms(told_s, truth_s, np.asarray(matched(cell), np.int64)))
    return np.concatenate([np.zeros(0), *off])


def false_alarms(cells: Sequence[Cell]) -> tuple[int, int]:
    """Told events that found nothing: those at rest, and those during something else."""
    rest = other = 0
    for cell in cells:
        told = sorted(cell["told"], key=lambda one: one["apex_s"])
        for one, number in zip(told, matched(cell), strict=True):
            if number >= 0:
                continue
            beside = [*cell["distractors"], *cell["wanted"]]
            during = any(_meet(one, each) for each in beside)
            other, rest = other + during, rest + (not during)
    return rest, other


def intervals(cells: Sequence[Cell]) -> IntervalScore:
    """MEGC's counts of all recordings together."""
    total = IntervalScore(hits=0, told=0, wanted=0)
    for cell in cells:
        total = total + interval_score(_ends(cell["told"]), _ends(cell["wanted"]))
    return total


def minutes(cells: Sequence[Cell]) -> float:
    """Minutes of face in all of them."""
    return float(sum(cell["minutes"] for cell in cells))


def _ends(events: Sequence[Mapping[str, Any]]) -> Float64:
    return np.array([[e["onset_s"], e["offset_s"]] for e in events], np.float64).reshape(-1, 2)


def _meet(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["onset_s"] < other["offset_s"] and one["offset_s"] > other["onset_s"])


def _moments(event: ExpressionEvent) -> Row:
    return {name: getattr(event, name) for name in MOMENTS}
