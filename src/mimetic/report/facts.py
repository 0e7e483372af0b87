"""What the words of the report rest on: peaks, shares and rates, computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.io.events import Trial
from mimetic.report.clock import frame_step_s, runs_of
from mimetic.report.words import region_words
from mimetic.types import Bool, Float64, Floats, LocalDynamics, VideoInfo

MAIN_FEATURE = "displacement_ed"
MAX_HOLE = 3.5  # frames without a number that a stretch may span
LEAST_S = 0.1  # shorter excursions above the floor are not called a movement


@dataclass(frozen=True, kw_only=True)
class RegionFacts:
    """One region over the whole video: its peak, when, and how often above the noise."""

    region: str
    words: str
    peak: float  # of the movements, or of all frames where nothing moved
    peak_s: float
    floor: float  # NaN where not measured
    moving: float  # share of valid frames in movements; NaN without a floor

    @property
    def times_floor(self) -> float:
        """How many noise floors high the peak is."""
        return self.peak / self.floor if self.floor > 0 else float("nan")

    @property
    def moved(self) -> bool:
        """True where something stood out of the noise for long enough."""
        return bool(np.isfinite(self.peak) and self.moving != 0)


def main_feature(dynamics: LocalDynamics) -> int:
    """The column that the report draws: the displacement from neutral, else the first."""
    names = dynamics.features
    return names.index(MAIN_FEATURE) if MAIN_FEATURE in names else 0


def region_facts(dynamics: LocalDynamics) -> list[RegionFacts]:
    """Facts of every region, in the order of the record."""
    feature = main_feature(dynamics)
    return [_facts(dynamics, region, feature) for region in range(len(dynamics.regions))]


def _facts(dynamics: LocalDynamics, region: int, feature: int) -> RegionFacts:
    values = np.abs(dynamics.values[:, region, feature].astype(np.float64))
    floors = dynamics.noise_floor
    floor = float("nan") if floors is None else float(floors[region, feature])
    name = dynamics.regions[region]
    peak = peak_s = moving = float("nan")
    known = np.isfinite(values)
    if known.any():
        moves = in_movement(values, dynamics.times_s, floor=floor)
        at = int(np.nanargmax(np.where(moves, values, np.nan) if moves.any() else values))
        peak, peak_s = float(values[at]), float(dynamics.times_s[at])
        moving = float(moves[known].mean()) if np.isfinite(floor) else float("nan")
    return RegionFacts(
        region=name,
        words=region_words(name),
        peak=peak,
        peak_s=peak_s,
        floor=floor,
        moving=moving,
    )


def in_movement(values: Floats, times_s: Float64, *, floor: float) -> Bool:
    """True in stretches above the noise floor that last at least LEAST_S.

    A single frame above the floor is what noise does now and then; without a
    floor every measured frame counts. Holes of a frame or two (repeats) do not
    end a stretch.
    """
    known = np.flatnonzero(np.isfinite(values))
    over = values[known] > floor if np.isfinite(floor) else np.ones(known.size, bool)
    step = frame_step_s(times_s)
    # A hole longer than a few frames ends a stretch: a False sample stands for it.
    holes = np.flatnonzero(np.diff(times_s[known]) > MAX_HOLE * step) + 1
    marked, places = np.insert(over, holes, False), np.insert(known, holes, -1)
    moving = np.zeros(values.size, bool)
    for first, last in runs_of(marked):
        rows = places[first:last]
        moving[rows] = times_s[rows[-1]] - times_s[rows[0]] + step >= LEAST_S - 1e-9
    return moving


def duration_s(video: VideoInfo) -> float:
    """Length of the video, the last frame shown for as long as the others."""
    times_s = video.times_s
    if times_s.size < 2:
        return 0.0
    return float(times_s[-1] - times_s[0] + np.median(np.diff(times_s)))


def true_rate_hz(video: VideoInfo) -> float:
    """Distinct frames a second, holes in the file left out; NaN below two of them."""
    distinct = int((~video.repeated).sum())
    if distinct < 2:
        return float("nan")
    step = frame_step_s(video.times_s)
    holes: Float64 = np.diff(video.times_s)[np.flatnonzero(video.dropped[1:])] - step
    return distinct / (duration_s(video) - float(holes.sum()))


def variable_rate(video: VideoInfo) -> bool:
    """True where the time between frames changes by more than a tenth (dropped frames aside)."""
    steps = np.diff(video.times_s)[np.logical_not(video.dropped[1:])]
    return bool(steps.size > 2 and np.percentile(steps, 95) > 1.1 * np.percentile(steps, 5))


def end_of(trial: Trial) -> float:
    """The end of a trial; its onset where the duration is not known."""
    return trial.onset_s + (trial.duration_s if np.isfinite(trial.duration_s) else 0.0)


def spread(values: Floats) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of the numbers in an array; NaN for none."""
    known: Float64 = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if known.size == 0:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def eye_distance_px(landmarks_px: Floats, outer: Sequence[int]) -> float:
    """Median length of 1 ed over the frames of a track [T L 3], in pixels of the video."""
    if landmarks_px.shape[1] <= max(outer):
        return float("nan")
    lengths = np.linalg.norm(landmarks_px[:, outer[0]] - landmarks_px[:, outer[1]], axis=1)
    known = lengths[np.isfinite(lengths)]
    return float(np.median(known)) if known.size else float("nan")
