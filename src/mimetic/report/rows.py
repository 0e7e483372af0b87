"""The rows that hang on the clock: movement per region, lids, head pose, one code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mimetic.report import figures
from mimetic.report.clock import Clock, Gap, frame_step_s, readings, runs_of
from mimetic.report.figures import Frame, Series
from mimetic.report.words import escape, number
from mimetic.types import Bool, Float64, Floats

TALL, LOW = 56, 34  # px of a row with two sides, with one
NOISE_KEY = '<i class="k floor"></i>'


def row(name: str, plot: str, *, value: str = "", icon: str = "", key: str = "") -> str:
    """One line of the grid: what, the curve, the number that matters."""
    return (
        f'<div class="row"{key}><div class="name">{icon}<span>{name}</span></div>'
        f'<div class="on-clock">{plot}<i class="cursor"></i></div>'
        f'<div class="value">{value}<b class="now"></b></div></div>'
    )


def reading_key(clock: Clock, series: Sequence[tuple[str, Series]], *, unit: str) -> str:
    """Attributes that let the cursor read values: one short list of numbers per series."""
    names = "|".join(name for name, _ in series)
    tables = "|".join(_table(clock, one) for _, one in series)
    return f' data-names="{escape(names)}" data-unit="{escape(unit)}" data-values="{tables}"'


def _table(clock: Clock, series: Series) -> str:
    values = readings(series.times_s, series.values, clock=clock)
    return ",".join("" if not np.isfinite(value) else f"{value:.3g}" for value in values)


def group(drawn: str, frame: Frame, *, label: str) -> str:
    """Rows that belong together, with the seconds below; the arrow keys move the clock in it."""
    return (
        f'<div class="rows" tabindex="0" role="group" aria-label="{escape(label)}">{drawn}'
        '<div class="row axis-row"><div class="name"></div>'
        f'<div class="on-clock">{figures.axis(frame)}</div><div class="value"></div></div></div>'
    )


def mirrored_plot(left: Series, right: Series, *, frame: Frame, top: float, label: str) -> str:
    """A pair in one row: the person's left above the line, the right below."""
    middle = TALL / 2
    curves = figures.magnitude_curves(left, frame, top=top, base=middle, reach=-(middle - 1))
    curves += figures.magnitude_curves(right, frame, top=top, base=middle, reach=middle - 1)
    curves += f'<path class="zero" d="M0 {middle}H{figures.WIDE:g}"/>'
    return figures.plot(frame, curves, height=TALL, label=label)


def single_plot(series: Series, frame: Frame, *, top: float, label: str) -> str:
    """An amount in one row, from the ground up."""
    curves = figures.magnitude_curves(series, frame, top=top, base=LOW - 1, reach=-(LOW - 3))
    curves += f'<path class="zero" d="M0 {LOW - 1}H{figures.WIDE:g}"/>'
    return figures.plot(frame, curves, height=LOW, label=label)


def signed_plot(series: Sequence[Series], frame: Frame, *, reach: float, label: str) -> str:
    """Signed lines around zero, the same reach up and down, over the widest band of noise."""
    half = max((one.floor for one in series if one.floor is not None), default=None)
    curves = figures.noise_band(half, low=-reach, high=reach, height=LOW)
    curves += figures.zero_line(low=-reach, high=reach, height=LOW)
    for one in series:
        curves += figures.line_curves(one, frame, low=-reach, high=reach, height=LOW)
    return figures.plot(frame, curves, height=LOW, label=label)


def breaks_of(times_s: Float64, dropped_s: Floats) -> Bool:
    """True at the first sample after each place where frames are missing."""
    breaks = np.zeros(times_s.size, bool)
    places = np.searchsorted(times_s, dropped_s)
    breaks[places[places < times_s.size]] = True
    return breaks


def own_gaps(times_s: Float64, values: Floats, *, gaps: Sequence[Gap], why: str) -> list[Gap]:
    """The page's gaps, and those that only this series has."""
    missing = ~np.isfinite(values)
    if not missing.any():
        return list(gaps)
    firsts = np.searchsorted(times_s, [gap.start_s - 1e-9 for gap in gaps])
    stops = np.searchsorted(times_s, [gap.end_s for gap in gaps])
    for first, stop in zip(firsts, stops, strict=True):
        missing[first:stop] = False
    half = frame_step_s(times_s) / 2
    own = [
        Gap(start_s=float(times_s[first]) - half, end_s=float(times_s[last - 1]) + half, why=why)
        for first, last in runs_of(missing)
    ]
    return [*gaps, *own]


def amount(value: float, unit: str) -> str:
    """A number with its unit, for the column at the right."""
    if not np.isfinite(value):
        return "not measured"
    words = "under 0.001" if 0 < abs(value) < 0.001 else number(value)
    return f"{words} {unit}".strip()


def head_row(value: str) -> str:
    """What the numbers at the right are."""
    return (
        '<div class="row head-row"><div class="name"></div><div class="on-clock"></div>'
        f'<div class="value">{value}</div></div>'
    )


def trial_row(frame: Frame) -> str:
    """The names of the trials over their bands; left out where they would collide."""
    if not frame.bands:
        return ""
    names, free = [], -1.0
    for band in sorted(frame.bands, key=lambda one: one.start_s):
        at = frame.clock.percent(band.start_s)
        if free <= at < 96:
            free = at + 1.0 + 1.05 * len(band.why)  # about seven px a letter of 720
            names.append(f'<text x="{at:.3f}%" y="13">{escape(band.why)}</text>')
    plot = f'<svg class="axis" width="100%" height="18" aria-hidden="true">{"".join(names)}</svg>'
    return row("trials", plot).replace('class="row"', 'class="row trial-row"', 1)
