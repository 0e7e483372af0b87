"""Micro-expressions in a recording: when something brief and small happened in the face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mimetic.errors import ArgumentError, InputError
from mimetic.io.layout import EVENTS
from mimetic.io.result import Result
from mimetic.micro.detect import FEWEST_STEPS, Peak, even_series, find_peaks
from mimetic.micro.distinct import distinct
from mimetic.micro.level import goes_elsewhere, lands_elsewhere
from mimetic.micro.pulse import Pulse, course_of, fit_pulse
from mimetic.micro.reasons import Surroundings, blink_of, reason_against
from mimetic.micro.signal import FineMotion, fine_motion
from mimetic.micro.threshold import (
    USUAL_MIDDLE,
    USUAL_PER_MIN,
    USUAL_TAIL,
    RestPeaks,
    rest_peaks,
)
from mimetic.types import ExpressionEvent, FaceClip, Float64

SHORTEST_VIDEO_S = 2.0
_TAKES_PART, _AT_LEAST = 0.5, 3.0  # of the best patch; standard deviations
_RESTLESS = 2.0  # times the usual threshold
_ONE_SIDED = 0.4  # the weaker side moves by less than this part of the stronger


@dataclass(frozen=True, kw_only=True)
class SpotSettings:
    """What is looked for, and how many false alarms a minute are put up with."""

    false_alarms_per_min: float = 1.0
    shortest_s: float = 1 / 25
    longest_s: float = 0.5

    def __post_init__(self) -> None:
        if not self.false_alarms_per_min > 0 or not 0 < self.shortest_s < self.longest_s <= 1:
            raise ArgumentError(
                "false_alarms_per_min, shortest_s, longest_s: expected a rate above 0 and "
                f"durations that increase up to 1 s, got {self.false_alarms_per_min:g}, "
                f"{self.shortest_s:g}, {self.longest_s:g}"
            )


@dataclass(frozen=True, kw_only=True)
class Spotting:
    """What was found in a recording, and how far that can be trusted.

    ``micro`` are the events, ``macro`` larger or lasting movements, ``rejected`` brief
    movements with the reason why they do not count; each in order of time. ``notes`` say in
    words what this recording cannot show.
    """

    micro: tuple[ExpressionEvent, ...]
    macro: tuple[ExpressionEvent, ...]
    rejected: tuple[ExpressionEvent, ...]
    minutes: float
    rate_hz: float
    shortest_s: float  # a briefer movement cannot be told at this rate
    threshold: float
    rest: RestPeaks
    settings: SpotSettings = field(default_factory=SpotSettings)
    notes: tuple[str, ...] = ()


def spot(result: Result, settings: SpotSettings | None = None) -> list[ExpressionEvent]:
    """The micro-expressions in a result folder, in order of time; see ``survey``."""
    return list(survey(result, settings).micro)


def survey(result: Result, settings: SpotSettings | None = None) -> Spotting:
    """Everything brief that happened in a result folder, with what was rejected and why.

    Needs the stored crops (StoreError names what is missing). Raises InputError for
    less than two seconds of face.
    """
    blinks = result.events if result.has(EVENTS) else ()
    return survey_clips(result.stretches(), settings, blinks=blinks)


def survey_clips(
    clips: Iterable[FaceClip],
    settings: SpotSettings | None = None,
    *,
    blinks: Sequence[ExpressionEvent] = (),
) -> Spotting:
    """The same for stretches of a stabilised face in order of time, and the blinks in it."""
    return survey_motion(fine_motion(clips), settings, blinks=blinks)


def survey_motion(
    motion: FineMotion,
    settings: SpotSettings | None = None,
    *,
    blinks: Sequence[ExpressionEvent] = (),
) -> Spotting:
    """The same for the movement of patches of skin, however it was measured."""
    settings = settings or SpotSettings()
    known = np.isfinite(motion.moved_px[:, 0, 0])
    seen_s = float(np.ptp(motion.times_s[known])) if known.any() else 0.0
    if seen_s < SHORTEST_VIDEO_S:
        raise InputError(
            f"clips: expected {SHORTEST_VIDEO_S:g} s of a face or more to know what it reads at "
            f"rest, got {seen_s:.1f} s"
        )
    series = even_series(motion)
    peaks = find_peaks(series)
    minutes = float(np.isfinite(series.values[:, 0, 0]).sum() / series.rate_hz / 60)
    rest = rest_peaks(np.array([peak.score for peak in peaks]), minutes)
    threshold = rest.threshold(settings.false_alarms_per_min)
    large = sorted((p for p in peaks if p.score >= threshold), key=lambda p: p.time_s)
    real = tuple(blink for blink in blinks if blink.kind == "blink")
    around = Surroundings(motion=motion, series=series, peaks=large, blinks=real)
    events = distinct([_event(n, around, rest, settings) for n in range(len(large))])
    shortest_s = FEWEST_STEPS / series.rate_hz
    return Spotting(
        micro=tuple(e for e in events if e.kind == "micro" and e.rejected is None),
        macro=tuple(e for e in events if e.kind == "macro"),
        rejected=tuple(e for e in events if e.kind == "micro" and e.rejected is not None),
        minutes=minutes,
        rate_hz=series.rate_hz,
        shortest_s=shortest_s,
        threshold=threshold,
        rest=rest,
        settings=settings,
        notes=notes_of(series.rate_hz, settings, shortest_s, threshold=threshold),
    )


def _event(
    number: int, around: Surroundings, rest: RestPeaks, settings: SpotSettings
) -> ExpressionEvent:
    peak = around.peaks[number]
    patches = around.motion.patches
    course = course_of(around.series, peak, patches.mirror.size)
    free_s = _free(around.peaks, number)
    pulse = fit_pulse(around.series, course, peak, free_s=free_s)
    regions, side = _where(peak, around.motion)
    # Lids may open wider after a blink than before.
    reason = blink_of(pulse, regions, around.blinks)
    lasting = not reason and (pulse.stays or pulse.duration_s > settings.longest_s)
    if not lasting:
        reason = reason or reason_against(peak, pulse, regions, around)
        lasting = not reason and not _comes_back(peak, pulse, around, free_s)
    if not lasting and not reason and pulse.duration_s < settings.shortest_s:
        reason = f"shorter than {settings.shortest_s:g} s"
    size_px = _size_px(peak, around.motion)
    return ExpressionEvent(
        onset_s=pulse.onset_s,
        apex_s=pulse.apex_s,
        offset_s=pulse.offset_s,
        kind="macro" if lasting else "micro",
        regions=regions,
        side=side,
        amplitude_px=size_px * around.motion.unit,
        amplitude_ed=size_px / around.motion.ed_px,
        snr=float(np.sqrt(2 * peak.score)),
        scores={
            "score": peak.score,
            "false_alarms_per_min": rest.rate(peak.score),
            "duration_s": pulse.duration_s,
        },
        rejected=reason,
    )


def _comes_back(
    peak: Peak, pulse: Pulse, around: Surroundings, free_s: tuple[float, float]
) -> bool:
    """Whether skin and the tracker's points end about where they were."""
    elsewhere = goes_elsewhere(around.series, peak, pulse, free_s=free_s)
    return not elsewhere and not lands_elsewhere(around.motion, peak, pulse)


def _free(peaks: Sequence[Peak], number: int) -> tuple[float, float]:
    """The time around a peak that no other peak claims."""
    own = peaks[number]

    def between(one: Peak, other: Peak) -> float:
        gap_s = (one.time_s + one.duration_s / 2) + (other.time_s - other.duration_s / 2)
        return gap_s / 2

    first = between(peaks[number - 1], own) if number else -np.inf
    last = between(own, peaks[number + 1]) if number + 1 < len(peaks) else np.inf
    # A neighbour that overlaps leaves at least the middle of the movement.
    return min(first, own.time_s - own.duration_s / 2), max(last, own.time_s + own.duration_s / 2)


def _where(peak: Peak, motion: FineMotion) -> tuple[tuple[str, ...], str]:
    """The regions that take part, the strongest first, and the side."""
    count = motion.patches.mirror.size
    size = np.nan_to_num(peak.whitened[:count])
    if peak.column >= count:  # a pair: both of its patches take part
        size = size.copy()
        rows = motion.patches.pairs[peak.column - count]
        size[rows] = np.maximum(size[rows], size.max())
    moving = (size >= _TAKES_PART * size.max()) & (size >= min(_AT_LEAST, size.max()))
    names = motion.patches.regions
    strength = dict.fromkeys(names, 0.0)
    for name, value in zip(names, np.where(moving, size, 0.0).tolist(), strict=True):
        strength[name] = max(strength[name], value)
    regions = tuple(n for n in sorted(strength, key=lambda n: -strength[n]) if strength[n] > 0)
    return regions, _side(size, motion)


def _side(size: Float64, motion: FineMotion) -> str:
    pairs = motion.patches.pairs
    left, right = (float(np.sqrt((size[pairs[:, n]] ** 2).max())) for n in (0, 1))
    if min(left, right) >= _ONE_SIDED * max(left, right):
        return "both"
    return "left" if left > right else "right"


def _size_px(peak: Peak, motion: FineMotion) -> float:
    """The movement of the patch that moves most, of those that clearly do."""
    count = motion.patches.mirror.size
    length = np.linalg.norm(peak.reading[:count], axis=1)
    size = np.nan_to_num(peak.whitened[:count])
    return float(length[size >= _TAKES_PART * size.max()].max())


def notes_of(
    rate_hz: float, settings: SpotSettings, shortest_s: float, *, threshold: float
) -> tuple[str, ...]:
    """What a recording of such a rate and with such a threshold cannot show, in words."""
    notes = []
    if shortest_s > settings.shortest_s + 1e-9:
        notes.append(
            f"at {rate_hz:.0f} frames a second a movement shorter than {shortest_s:.2f} s "
            "is fewer than three frames: it is told from noise only where it is large, and its "
            f"moments are known to about {500 / rate_hz:.0f} ms"
        )
    usual = USUAL_MIDDLE + USUAL_TAIL * np.log(
        USUAL_PER_MIN / 2 / min(settings.false_alarms_per_min, USUAL_PER_MIN / 2)
    )
    if threshold > _RESTLESS * usual:
        notes.append(
            "the face hardly rests here, or light and picture do not: a movement counts from a "
            f"signal to noise of {np.sqrt(2 * threshold):.0f} on, usual is {np.sqrt(2 * usual):.0f}"
        )
    return tuple(notes)
