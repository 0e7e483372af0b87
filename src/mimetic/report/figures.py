"""Rows of one small-multiple figure as SVG text, all on one clock.

A row has no viewBox: hatching, marks and tick lines are placed in percent and keep
their shape at any width; only the curves lie in an inner picture that stretches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.report.clock import Clock, Envelope, Gap, envelope_of
from mimetic.report.words import escape, seconds, tick_words
from mimetic.types import Bool, Float64, Floats

WIDE = 1000.0  # inner units from the first to the last second
LEAST_GAP = 0.25  # percent of the width, so that one missing frame is still seen


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """What all rows share: the clock, the gaps, marked stretches, and where lines break."""

    clock: Clock
    gaps: Sequence[Gap] = ()
    bands: Sequence[Gap] = ()  # trials: a start, an end, a name
    ticks: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """Numbers over time, NaN where missing, with the colour class they are drawn in.

    ``floor`` is what noise alone reads: an amount of movement, or half a band of a signed one.
    """

    times_s: Float64
    values: Floats
    breaks: Bool
    hue: str
    floor: float | None = None


def plot(frame: Frame, curves: str, *, height: int, label: str, marks: str = "") -> str:
    """One row: ticks, curves that stretch, then gaps over them and marks on top."""
    inner = (
        f'<svg width="100%" height="{height}" viewBox="0 0 {WIDE:g} {height}" '
        f'preserveAspectRatio="none" aria-hidden="true">{curves}</svg>'
    )
    return (
        f'<svg class="plot" width="100%" height="{height}" role="img" aria-label="{escape(label)}">'
        f"{_bands(frame, height)}{_tick_lines(frame, height)}{inner}"
        f"{_gaps(frame, height)}{marks}</svg>"
    )


def axis(frame: Frame) -> str:
    """The seconds under a group of rows."""
    span = frame.clock.end_s - frame.clock.start_s
    unit = "min:s" if span > 120 else "s"
    ticks = [tick for tick in frame.clock.ticks() if frame.clock.percent(tick) < 97]
    parts = []
    for tick in ticks:
        at = frame.clock.percent(tick)
        anchor = "start" if at < 2 else "middle"
        parts.append(
            f'<text x="{at:.3f}%" y="15" text-anchor="{anchor}">{tick_words(tick, span)}</text>'
        )
    parts.append(f'<text x="100%" y="15" text-anchor="end">{unit}</text>')
    return f'<svg class="axis" width="100%" height="20" aria-hidden="true">{"".join(parts)}</svg>'


def magnitude_curves(series: Series, frame: Frame, *, top: float, base: float, reach: float) -> str:
    """An amount from zero: grey up to the noise floor, coloured above it.

    ``base`` is the y of zero and ``reach`` the signed height of ``top`` (negative
    upward). The band of the noise floor spans the whole row.
    """
    envelope = envelope_of(series.times_s, series.values, breaks=series.breaks, clock=frame.clock)
    floor = series.floor if series.floor is not None and np.isfinite(series.floor) else 0.0

    def level(values: Floats) -> Float64:
        return base + reach * np.clip(np.asarray(values, np.float64) / top, 0, 1)

    edge = float(level(np.array(floor)))
    parts = []
    if floor > 0:
        upper, tall = min(base, edge), abs(edge - base)
        parts.append(
            f'<rect class="floor" x="0" y="{upper:.2f}" width="{WIDE:g}" height="{tall:.2f}"/>'
        )
    flat = np.full(envelope.low.size, base)
    limit = np.full(envelope.low.size, edge)
    grey = level(np.minimum(envelope.high, floor))
    parts.append(_path("quiet", _ribbon(envelope, frame.clock, grey, flat)))
    over = level(np.maximum(envelope.high, floor))
    under = level(np.maximum(envelope.low, floor))
    if not np.array_equal(over, under):
        parts.append(_path(f"veil {series.hue}", _ribbon(envelope, frame.clock, over, limit)))
    parts.append(_path(f"fill {series.hue}", _ribbon(envelope, frame.clock, under, limit)))
    return "".join(parts)


def line_curves(series: Series, frame: Frame, *, low: float, high: float, height: float) -> str:
    """A signed series as a line, or as an envelope where samples outnumber pixels."""
    envelope = envelope_of(series.times_s, series.values, breaks=series.breaks, clock=frame.clock)

    def level(values: Floats) -> Float64:
        share = (np.asarray(values, np.float64) - low) / max(high - low, 1e-12)
        return height - 2 - (height - 4) * np.clip(share, 0, 1)

    upper, lower = level(envelope.high), level(envelope.low)
    veil = ""
    if not np.array_equal(upper, lower):
        veil = _path(f"veil {series.hue}", _ribbon(envelope, frame.clock, upper, lower))
    return veil + _path(f"line {series.hue}", _strokes(envelope, frame.clock, (upper + lower) / 2))


def noise_band(
    half: float | None, *, low: float, high: float, height: float, about: float = 0.0
) -> str:
    """The band that noise alone fills: ``half`` to both sides of ``about``, over the whole row."""
    if half is None or not half > 0:
        return ""
    ends = np.clip((about + np.array([half, -half]) - low) / max(high - low, 1e-12), 0, 1)
    upper, lower = height - 2 - (height - 4) * ends
    return (
        f'<rect class="floor" x="0" y="{upper:.2f}" width="{WIDE:g}" height="{lower - upper:.2f}"/>'
    )


def zero_line(*, low: float, high: float, height: float) -> str:
    """A thin line where the signed series is zero."""
    y = height - 2 - (height - 4) * (0 - low) / max(high - low, 1e-12)
    return f'<path class="zero" d="M0 {y:.1f}H{WIDE:g}"/>'


def interval_curves(times_s: Float64, mean: Floats, *, low: Floats, high: Floats, hue: str) -> str:
    """A mean with its interval, scaled to 0 to 1 already, 100 high; NaN breaks the line."""
    kept = np.isfinite(mean) & np.isfinite(low) & np.isfinite(high)
    breaks = np.zeros(times_s.size, bool)
    clock = Clock(start_s=float(times_s[0]), end_s=float(times_s[-1]) + 1e-9)
    frame = Frame(clock=clock)
    parts = []
    tops, bottoms = (np.where(kept, side, np.nan) for side in (high, low))
    upper = envelope_of(times_s, tops, breaks=breaks, clock=clock)
    lower = envelope_of(times_s, bottoms, breaks=breaks, clock=clock)
    if upper.times_s.size:
        ribbon = _ribbon(upper, clock, 100 - 100 * upper.high, 100 - 100 * lower.low)
        parts.append(_path(f"veil {hue}", ribbon))
    # A single trial has a mean and no interval.
    series = Series(times_s=times_s, values=mean, breaks=breaks, hue=hue)
    parts.append(line_curves(series, frame, low=0.0, high=1.0, height=100))
    return "".join(parts)


def tick_mark(frame: Frame, time_s: float, *, title: str, hue: str = "ink") -> str:
    """A small mark at the top of a row, with words for the pointer."""
    at = frame.clock.percent(time_s)
    return (
        f'<svg x="{at:.3f}%" y="0" width="1" height="10" overflow="visible">'
        f'<path class="mark {hue}" d="M-4 0H4L0 7Z"><title>{escape(title)}</title></path></svg>'
    )


def _gaps(frame: Frame, height: int) -> str:
    parts = []
    for gap in frame.gaps:
        x, width = _place(frame.clock, gap)
        words = escape(f"{gap.why}, {seconds(gap.start_s)} to {seconds(gap.end_s)}")
        parts.append(
            f'<rect class="gap" x="{x:.3f}%" y="0" width="{width:.3f}%" height="{height}" '
            f'fill="url(#hatch)"><title>{words}</title></rect>'
        )
    return "".join(parts)


def _bands(frame: Frame, height: int) -> str:
    parts = []
    for band in frame.bands:
        x, width = _place(frame.clock, band)
        parts.append(
            f'<rect class="trial" x="{x:.3f}%" y="0" width="{width:.3f}%" height="{height}">'
            f"<title>{escape(band.why)}</title></rect>"
        )
    return "".join(parts)


def _place(clock: Clock, gap: Gap) -> tuple[float, float]:
    start, end = (float(np.clip(clock.percent(t), 0, 100)) for t in (gap.start_s, gap.end_s))
    width = max(end - start, LEAST_GAP)
    return min(start, 100 - width), width


def _tick_lines(frame: Frame, height: int) -> str:
    if not frame.ticks:
        return ""
    lines = (f"{frame.clock.percent(tick):.3f}%" for tick in frame.clock.ticks())
    return "".join(f'<line class="tick" x1="{x}" x2="{x}" y1="0" y2="{height}"/>' for x in lines)


def _path(name: str, steps: Iterable[str]) -> str:
    drawn = "".join(steps)
    return f'<path class="{name}" d="{drawn}"/>' if drawn else ""


def _across(envelope: Envelope, clock: Clock, first: int, last: int) -> Float64:
    """The x of one piece, reaching half a sample beyond its ends so that one sample is seen."""
    times_s = envelope.times_s[first:last]
    reach = np.concatenate(
        [[times_s[0] - envelope.half_s], times_s, [times_s[-1] + envelope.half_s]]
    )
    share = (reach - clock.start_s) / (clock.end_s - clock.start_s)
    return np.asarray(np.clip(share, 0, 1) * WIDE, np.float64)


def _ends(values: Floats, first: int, last: int) -> Floats:
    return np.concatenate([values[first : first + 1], values[first:last], values[last - 1 : last]])


def _ribbon(envelope: Envelope, clock: Clock, upper: Floats, lower: Floats) -> list[str]:
    """Closed outlines between two edges; stretches where the edges meet are left out."""
    parts = []
    for first, last in envelope.pieces:
        x = _across(envelope, clock, first, last)
        top, bottom = _ends(upper, first, last), _ends(lower, first, last)
        apart = np.abs(top - bottom) > 0.005
        shown = apart | np.append(apart[1:], False) | np.insert(apart[:-1], 0, False)
        cuts = np.flatnonzero(np.diff(np.concatenate([[0], shown.astype(int), [0]])))
        for start, end in cuts.reshape(-1, 2):
            there = _points(x[start:end], top[start:end])
            back = bottom[start:end]
            level = f"V{back[-1]:.2f}H{x[start]:.1f}Z"
            if np.ptp(back) > 0.005:
                level = "L" + _points(x[start:end][::-1], back[::-1]) + "Z"
            parts.append(f"M{there}{level}")
    return parts


def _strokes(envelope: Envelope, clock: Clock, levels: Floats) -> list[str]:
    return [
        "M" + _points(_across(envelope, clock, first, last), _ends(levels, first, last))
        for first, last in envelope.pieces
    ]


def _points(x: Floats, y: Floats) -> str:
    return " ".join(f"{a:.1f} {b:.2f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
