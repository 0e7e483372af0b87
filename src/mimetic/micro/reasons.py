"""Why a brief movement is not taken for a micro-expression: what else was going on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.micro.detect import LONGEST_GAP_STEPS, EvenSeries, Peak, pulse_filter
from mimetic.micro.pulse import Pulse
from mimetic.micro.signal import SIGNS, FineMotion
from mimetic.ops.rest import frame_noise
from mimetic.types import ExpressionEvent, Float64

EYES = ("lids_left", "lids_right", "brow_left", "brow_right")
AROUND_EYES = (*EYES, "nose", "cheek_left", "cheek_right")
MOUTH = ("lips", "mouth_left", "mouth_right", "jaw_left", "jaw_right")
BLINK_SLACK_S = 0.08
SPEECH_S, SPEECH_PEAKS = 0.8, 2  # so many other movements of the mouth around make it speech
SPEECH_GAP_ED = 0.03  # the lips part or close by as much during a movement
OPEN_ED = 0.08  # lips that part so far are no small movement, speech or not
TALK_S, TALK_ED = 0.5, 0.06  # lips that part so far in the time around a movement talk
GAZE_ED = 0.03
HEAD_DEG = 0.6
STANDS_OUT = 6.0  # standard deviations of a sign's own noise
WHOLE_SHARE = 0.35  # of what the best patch reads, by half of the patches far from it
_FAR_PX, _MOVED = 30.0, 3.0  # standard deviations


@dataclass(frozen=True, kw_only=True, eq=False)
class Surroundings:
    """What is known of a recording beside its patches."""

    motion: FineMotion
    series: EvenSeries
    peaks: Sequence[Peak]  # all above the threshold
    blinks: Sequence[ExpressionEvent]


def reason_against(
    peak: Peak, pulse: Pulse, regions: tuple[str, ...], around: Surroundings
) -> str | None:
    """The first reason why a movement does not count, None where there is none."""
    found = (
        _gap(pulse, around.motion),
        blink_of(pulse, regions, around.blinks),
        _gaze(peak, regions, around),
        _head(peak, around),
        _speech(peak, regions, around),
        _picture(peak, around.motion),
    )
    return next((reason for reason in found if reason), None)


def _gap(pulse: Pulse, motion: FineMotion) -> str | None:
    known = motion.times_s[np.isfinite(motion.moved_px[:, 0, 0])]
    step_s = float(np.median(np.diff(known)))
    first = max(int(np.searchsorted(known, pulse.onset_s)) - 1, 0)
    inside = known[first : int(np.searchsorted(known, pulse.offset_s)) + 1]
    longest_s = float(np.diff(inside).max(initial=0.0))
    if longest_s > LONGEST_GAP_STEPS * step_s:
        return f"frames are missing inside ({longest_s:.2f} s without one)"
    return None


def blink_of(
    pulse: Pulse, regions: tuple[str, ...], blinks: Sequence[ExpressionEvent]
) -> str | None:
    """That a movement around the eyes is part of a blink, None where it is not."""
    for blink in blinks:
        overlaps = (
            pulse.onset_s < blink.offset_s + BLINK_SLACK_S
            and pulse.offset_s > blink.onset_s - BLINK_SLACK_S
        )
        if overlaps and regions[0] in AROUND_EYES:
            return "blink"
    return None


def _gaze(peak: Peak, regions: tuple[str, ...], around: Surroundings) -> str | None:
    if regions[0] not in AROUND_EYES:
        return None
    moved = [_swing(peak, around, name) for name in ("gaze_x_ed", "gaze_y_ed")]
    clear = any(size >= GAZE_ED and ratio >= STANDS_OUT for size, ratio in moved)
    return "the eyes looked elsewhere" if clear else None


def _head(peak: Peak, around: Surroundings) -> str | None:
    for name in ("yaw_deg", "pitch_deg", "roll_deg"):
        size, ratio = _pulse_of(peak, around, name)
        if size >= HEAD_DEG and ratio >= STANDS_OUT:
            return f"the head jerked ({name.removesuffix('_deg')} by {size:.1f} degrees)"
    return None


def _speech(peak: Peak, regions: tuple[str, ...], around: Surroundings) -> str | None:
    if regions[0] not in MOUTH:
        return None
    names = column_regions(around.motion)
    beside = sum(
        0.05 < abs(other.time_s - peak.time_s) <= SPEECH_S and names[other.column] in MOUTH
        for other in around.peaks
    )
    size, ratio = _swing(peak, around, "lip_gap_ed")
    opened = size >= SPEECH_GAP_ED and ratio >= STANDS_OUT
    about, clear = _swing(peak, around, "lip_gap_ed", within_s=TALK_S)
    talking = about >= TALK_ED and clear >= STANDS_OUT and about > 2 * size
    if beside >= SPEECH_PEAKS or (opened and beside) or talking:
        return "speech"
    wide = size >= OPEN_ED and ratio >= STANDS_OUT
    return f"the mouth opened or closed (lips by {size:.2f} ed)" if wide else None


def _picture(peak: Peak, motion: FineMotion) -> str | None:
    patches = motion.patches
    count = patches.mirror.size
    size = peak.whitened[:count]
    middle = patches.middles_px[int(np.nanargmax(size))]
    away = np.linalg.norm(patches.middles_px - middle, axis=1)
    mirrored = middle * [-1, 1] + [127, 0]
    away = np.minimum(away, np.linalg.norm(patches.middles_px - mirrored, axis=1))
    far = away > _FAR_PX
    elsewhere = float(np.median(size[far])) if far.any() else 0.0
    if elsewhere > max(_MOVED, WHOLE_SHARE * float(np.nanmax(size))):
        return "the whole picture changed at once (light, or a key frame of the codec)"
    return None


def column_regions(motion: FineMotion) -> tuple[str, ...]:
    """The region of every column of an even series: patches, then the left one of each pair."""
    own = motion.patches.regions
    return own + tuple(own[int(left)] for left in motion.patches.pairs[:, 0])


def _series_of(around: Surroundings, name: str) -> tuple[Float64, Float64]:
    column = around.motion.signs[:, SIGNS.index(name)]
    known = np.isfinite(column)
    return around.motion.times_s[known], column[known]


def _swing(
    peak: Peak, around: Surroundings, name: str, *, within_s: float = 0.1
) -> tuple[float, float]:
    """From the lowest to the highest reading of a sign about a peak, and that over its noise."""
    times_s, values = _series_of(around, name)
    near = values[np.abs(times_s - peak.time_s) <= 0.5 * peak.duration_s + within_s]
    if near.size < 3:
        return 0.0, 0.0
    size = float(np.ptp(near))
    return size, size / (frame_noise(values) + 1e-9)


def _pulse_of(peak: Peak, around: Surroundings, name: str) -> tuple[float, float]:
    """The height of a pulse in a sign at a peak, and that over its usual reading."""
    times_s, values = _series_of(around, name)
    weights = pulse_filter(peak.duration_s, around.series.rate_hz)
    if values.size < weights.size:
        return 0.0, 0.0
    even = np.interp(around.series.times_s, times_s, values)
    read = np.convolve(even, weights[::-1], mode="same")
    usual = 1.4826 * float(np.median(np.abs(read))) + 1e-9
    size = abs(float(read[peak.row]))
    return size, size / usual
