"""The one clock of the page: where a second lies on it, what is a gap, what fits in a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.types import Bool, FaceTrack, Float64, Floats, Int64, Reason, VideoInfo

COLUMNS = 720  # finest horizontal steps of a row; more samples become min/max envelopes
REASONS: dict[int, str] = {
    Reason.NO_FACE: "no face found",
    Reason.LOW_CONFIDENCE: "the face network was in doubt",
    Reason.TOO_SMALL: "the face was too small",
    Reason.NOT_ALIGNED: "the face could not be aligned",
}


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The seconds that the page spans; every row has this width."""

    start_s: float
    end_s: float

    def percent(self, time_s: float) -> float:
        """Where a time lies, 0 to 100."""
        return 100 * (time_s - self.start_s) / (self.end_s - self.start_s)

    def meets(self, start_s: float, end_s: float) -> bool:
        """True where a stretch of time and the span have a moment in common."""
        return start_s <= self.end_s and end_s >= self.start_s

    def ticks(self, wanted: int = 8) -> list[float]:
        """Round seconds inside the span, about ``wanted`` of them."""
        rough = (self.end_s - self.start_s) / wanted
        power = 10.0 ** np.floor(np.log10(rough))
        steps = [power * step for step in (1, 2, 5, 10)]
        if rough > 10:  # people read longer spans in parts of a minute
            steps = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600]
        step = next((step for step in steps if step >= rough), steps[-1])
        first = np.ceil(self.start_s / step - 1e-9) * step
        # Adding 0 turns a -0 into 0.
        return [float(tick) + 0.0 for tick in np.arange(first, self.end_s + step * 1e-9, step)]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A stretch without measurement, and why."""

    start_s: float
    end_s: float
    why: str


def clock_of(video: VideoInfo) -> Clock:
    """The span of a video; a frame stands for half a frame's time to each side."""
    if video.times_s.size == 0:
        return Clock(start_s=0.0, end_s=1.0)
    half = frame_step_s(video.times_s) / 2
    return Clock(start_s=float(video.times_s[0]) - half, end_s=float(video.times_s[-1]) + half)


def frame_step_s(times_s: Float64) -> float:
    """Median time between frames; a twenty-fifth of a second where there is one frame only."""
    return float(np.median(np.diff(times_s))) if times_s.size > 1 else 0.04


def runs_of(flags: Bool) -> list[tuple[int, int]]:
    """First and last + 1 of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def gaps_of(video: VideoInfo, track: FaceTrack | None) -> list[Gap]:
    """Where nothing was measured: frames without the face, and frames missing in the file."""
    gaps = []
    half = frame_step_s(video.times_s) / 2
    for index in np.flatnonzero(video.dropped[1:]):
        start, end = float(video.times_s[index]) + half, float(video.times_s[index + 1]) - half
        gaps.append(Gap(start_s=start, end_s=max(start, end), why="frames missing in the video"))
    if track is None:
        return gaps
    for first, last in runs_of(~track.valid):
        most = int(np.bincount(track.reason[first:last]).argmax())
        start, end = float(track.times_s[first]) - half, float(track.times_s[last - 1]) + half
        gaps.append(Gap(start_s=start, end_s=end, why=REASONS.get(most, "not measured")))
    return sorted(gaps, key=lambda gap: gap.start_s)


@dataclass(frozen=True, kw_only=True, eq=False)
class Envelope:
    """Lowest and highest value per column of a row, one piece per unbroken stretch."""

    times_s: Float64  # [C], middle of what the column holds
    low: Floats  # [C]
    high: Floats  # [C]
    pieces: tuple[tuple[int, int], ...]  # first, last + 1
    half_s: float  # how far a lone column reaches to each side


def envelope_of(times_s: Float64, values: Floats, *, breaks: Bool, clock: Clock) -> Envelope:
    """A series [T] with NaN where missing, reduced to at most COLUMNS pairs of low and high.

    ``breaks[t]`` says that no line may lead from t - 1 to t. Nothing is drawn
    where a column holds no number.
    """
    kept, step_s = np.isfinite(values), frame_step_s(times_s)
    broken = _carry(breaks, kept)
    breaks, times_s, values = broken | _after_gap(kept), times_s[kept], values[kept]
    half_s = (clock.end_s - clock.start_s) / 2 / max(COLUMNS, 1)
    if times_s.size == 0:
        return Envelope(times_s=times_s, low=values, high=values, pieces=(), half_s=half_s)
    if times_s.size <= COLUMNS:
        half_s = max(half_s, step_s / 2)
        low = high = values
        starts = np.flatnonzero(breaks)
    else:
        column = np.floor((times_s - clock.start_s) / (2 * half_s)).astype(int)
        # A break starts a column of its own, so that no column bridges one.
        first = np.flatnonzero(np.concatenate([[True], np.diff(column) > 0]) | breaks)
        low, high = np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)
        counts = np.diff(np.append(first, times_s.size))
        times_s = np.add.reduceat(times_s, first) / counts
        starts = np.flatnonzero(breaks[first])
    bounds = np.unique(np.concatenate([[0], starts, [low.size]]))
    pieces = tuple(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))
    return Envelope(times_s=times_s, low=low, high=high, pieces=pieces, half_s=half_s)


def _carry(breaks: Bool, kept: Bool) -> Bool:
    """Breaks at dropped samples, moved on to the next kept one."""
    waiting = np.cumsum(breaks)[kept]
    return np.diff(waiting, prepend=0) > 0


def _after_gap(kept: Bool) -> Bool:
    places: Int64 = np.flatnonzero(kept)
    return np.diff(places, prepend=places[0] if places.size else 0) > 1


def readings(times_s: Float64, values: Floats, *, clock: Clock) -> list[float]:
    """The largest value (by size) of each of at most COLUMNS equal steps; NaN where none."""
    columns = int(min(COLUMNS, max(times_s.size, 1)))
    table = np.full(columns, np.nan)
    share = (times_s - clock.start_s) / (clock.end_s - clock.start_s)
    column = np.clip((share * columns).astype(int), 0, columns - 1)
    kept = np.isfinite(values)
    # Written in order of size: the last write to a column is its largest.
    order = np.argsort(np.abs(values[kept]), kind="stable")
    table[column[kept][order]] = values[kept][order]
    return [float(value) for value in table]
