"""Codes over time below frames of the video: what the face did, and which codes said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.report import figures, rows
from mimetic.report.clock import Clock, Gap, frame_step_s, runs_of
from mimetic.report.figures import Frame, Series
from mimetic.report.morphs import MARGIN, cut, picture_at, svg, wrapped
from mimetic.report.words import escape, number
from mimetic.types import Float64, MovementEmbedding, UInt8

WIDTH, NAMES, VALUES = 1240.0, 196.0, 64.0
PICTURES = 10  # frames above the curves
ROW = rows.LOW + 8
TOP, UNDER = 62.0, 26.0  # height of the title; between pictures and curves
LEAST_REACH = 3.0  # sd; quiet codes are not blown up to the height of a row
STYLE = """
<style>
.line { fill: none; stroke: #1c1d21; stroke-width: 1.1; stroke-linejoin: round; }
.line, .zero { vector-effect: non-scaling-stroke; }
.veil { fill: #1c1d21; fill-opacity: .45; } .floor { fill: #e7e7e4; }
.zero { fill: none; stroke: #62656d; stroke-opacity: .55; }
.tick { stroke: #dcdcd8; } .gap { opacity: .8; } .lead { stroke: #8b8e95; fill: none; }
.axis text { font-size: 12px; fill: #62656d; }
</style><defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse"
patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>
<path d="M0 0V5" stroke="#a9abb0"/>
</pattern></defs>
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class CodeRow:
    """A component to be drawn: its number, its name, the noise of its code in sd (NaN: unknown)."""

    number: int
    name: str
    noise_sd: float


def moments(scaled: Float64, times_s: Float64, *, count: int = PICTURES) -> list[int]:
    """Frames worth showing: in each of ``count`` equal spans the one farthest from average.

    ``scaled`` [T D] are codes weighted by how much they move, NaN where missing. Spans
    without a code have no frame.
    """
    far = (scaled**2).sum(1)
    edges = np.linspace(times_s[0], times_s[-1], count + 1)
    span = np.clip(np.searchsorted(edges, times_s, side="right") - 1, 0, count - 1)
    chosen = []
    for place in range(count):
        inside = np.flatnonzero((span == place) & np.isfinite(far))
        if inside.size:
            chosen.append(int(inside[far[inside].argmax()]))
    return chosen


def draw_codes(
    embedding: MovementEmbedding,
    shown: Sequence[CodeRow],
    *,
    frames: Sequence[tuple[float, UInt8]],
    title: str,
) -> str:
    """The codes of some components over time, below frames of the video at their times.

    Curves are in sd of the component; grey is what noise makes of a still face, two sd of it.
    """
    clock, gaps = _clock(embedding), _gaps(embedding)
    wide = WIDTH - 2 * MARGIN - NAMES - VALUES
    side = min((wide - 8 * (PICTURES - 1)) / PICTURES, 128.0)
    pictures = [
        _picture(pixels, clock.percent(time_s) / 100, place=place, wide=wide, side=side)
        for place, (time_s, pixels) in enumerate(frames)
    ]
    start = TOP + side + UNDER
    frame = Frame(clock=clock, gaps=gaps)
    drawn = [
        _row(embedding, one, frame, y=start + place * ROW, wide=wide)
        for place, one in enumerate(shown)
    ]
    end = start + len(shown) * ROW
    axis = f'<svg class="axis" x="{MARGIN + NAMES}" y="{end}" width="{wide}" height="20">'
    words = (
        f'<text class="title" x="{MARGIN}" y="30">{escape(title)}</text><text class="soft" '
        f'x="{MARGIN}" y="50">codes in sd of each component; grey: what noise makes of a still '
        "face, hatched: no code</text>"
    )
    content = [STYLE, words, *pictures, *drawn, axis + figures.axis(frame) + "</svg>"]
    return svg(WIDTH, end + 20 + MARGIN, "".join(content))


def _clock(embedding: MovementEmbedding) -> Clock:
    half = frame_step_s(embedding.times_s) / 2
    times_s = embedding.times_s
    return Clock(start_s=float(times_s[0]) - half, end_s=float(times_s[-1]) + half)


def _gaps(embedding: MovementEmbedding) -> list[Gap]:
    half, times_s = frame_step_s(embedding.times_s) / 2, embedding.times_s
    return [
        Gap(
            start_s=float(times_s[first]) - half,
            end_s=float(times_s[last - 1]) + half,
            why="no code",
        )
        for first, last in runs_of(~embedding.valid)
    ]


def _picture(pixels: UInt8, moment: float, *, place: int, wide: float, side: float) -> str:
    """A frame, with a line to its moment on the clock, 0 to 1."""
    x = MARGIN + NAMES + place * (wide + 8) / PICTURES
    at = MARGIN + NAMES + wide * moment
    foot = TOP + side
    return (
        picture_at(pixels, x, TOP, side=side)
        + f'<path class="lead" d="M{x + side / 2:.1f} {foot:.1f}V{foot + 5:.1f}L{at:.1f} '
        f'{foot + UNDER - 4:.1f}V{foot + UNDER:.1f}"/>'
    )


def _row(embedding: MovementEmbedding, one: CodeRow, frame: Frame, *, y: float, wide: float) -> str:
    values = embedding.codes[:, one.number].astype(np.float64)
    known = np.abs(values[np.isfinite(values)])
    reach = max(LEAST_REACH, float(known.max())) if known.size else LEAST_REACH
    series = Series(
        times_s=embedding.times_s,
        values=values,
        breaks=np.zeros(values.size, bool),
        hue="ink",
        floor=2 * one.noise_sd,
    )
    label = f"Code of component {one.number}, {one.name}"
    plot = rows.signed_plot([series], frame, reach=reach, label=label)
    lines = cut(wrapped(f"{one.number} {one.name}", 26), 2)
    top = y + rows.LOW / 2 + 4 - 8 * (len(lines) - 1)
    names = "".join(
        f'<text x="{MARGIN}" y="{top + 16 * n:g}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    return (
        f'{names}<svg x="{MARGIN + NAMES}" y="{y:g}" width="{wide:g}" height="{rows.LOW}">{plot}'
        f'</svg><text class="soft" x="{WIDTH - MARGIN:g}" y="{y + rows.LOW / 2 + 4:g}" '
        f'text-anchor="end">±{number(reach)} sd</text>'
    )
