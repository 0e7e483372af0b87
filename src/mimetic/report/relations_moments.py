"""One clip over time: what moved when, and what that said about the estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimetic.report.svg import AGAINST, FAINT, FOR, INK, line, picture, words_at
from mimetic.report.words import region_words
from mimetic.types import Float64

if TYPE_CHECKING:
    from mimetic.relations.moments import Moments

LEFT, WIDE, RIGHT, TOP, ROW, PANEL, GAP = 130.0, 520.0, 200.0, 40.0, 26.0, 66.0, 30.0
PARTS = 4  # panels, of pairs and of regions on their own
LEAST = 1e-9


def draw_moments(moments: Moments, *, title: str = "", unit: str = "") -> str:
    """The movement of every region over time, and below what each moment said.

    The first panel is the whole estimate, then its largest parts; orange
    speaks for the class or a higher number, blue against it.
    """
    parts = [words_at((LEFT + WIDE + RIGHT) / 2, 20, title, size=13)]
    parts += _rows(moments)
    down = TOP + ROW * len(moments.regions) + GAP
    panels = [("estimate", moments.value, moments.change), *_parts(moments)]
    top = max(float(np.abs(change).max()) for _, _, change in panels) or 1.0
    head = f"what the moment (± {moments.window_s / 2:g} s) adds, {unit}; full height {top:.2g}"
    parts.append(words_at(LEFT, down - 6, head, anchor="start"))
    for name, whole, change in panels:
        parts += _panel(moments, change / top, down)
        parts.append(words_at(LEFT + WIDE + 8, down + PANEL / 2 - 4, name, anchor="start"))
        told = f"whole clip {whole:+.2g}"
        parts.append(words_at(LEFT + WIDE + 8, down + PANEL / 2 + 12, told, anchor="start"))
        down += PANEL
    parts += _axis(moments, down)
    return picture(LEFT + WIDE + RIGHT, down + 40, parts)


def _across(moments: Moments, times_s: Float64) -> Float64:
    begin, end = moments.course_s[[0, -1]]
    return np.asarray(LEFT + WIDE * (times_s - begin) / (end - begin))


def _rows(moments: Moments) -> list[str]:
    """How far each region was from rest, all on one scale."""
    top = float(np.nanmax(np.abs(moments.course_ed), initial=LEAST))
    x = _across(moments, moments.course_s)
    parts = []
    for row, name in enumerate(moments.regions):
        base = TOP + ROW * (row + 0.8)
        parts.append(words_at(LEFT - 8, base, region_words(name), anchor="end"))
        parts.append(line((LEFT, base), (LEFT + WIDE, base), FAINT, 1))
        course = moments.course_ed[row]
        if np.isfinite(course).all():
            y = base - 0.9 * ROW * course / top
            parts.append(f'<path d="{_path(x, y)}" fill="none" stroke="{INK}" stroke-width="1.3"/>')
    told = f"full height {top:.2g} ed"
    parts.append(words_at(LEFT + WIDE + 8, TOP + ROW * 0.8, told, anchor="start"))
    return parts


def _parts(moments: Moments) -> list[tuple[str, float, Float64]]:
    """The largest parts of the estimate: pairs, and regions on their own."""
    left, right = np.triu_indices(len(moments.regions), 1)
    words = [region_words(name) for name in moments.regions]
    named = [
        *(f"{words[one]}, {words[other]}" for one, other in zip(left, right, strict=True)),
        *(f"{word} alone" for word in words),
    ]
    whole = np.concatenate([moments.whole_pairs, moments.whole_main])
    change = np.concatenate([moments.pairs, moments.main], axis=1)
    order = np.argsort(-np.abs(whole), kind="stable")[:PARTS]
    return [
        (named[place], float(whole[place]), change[:, place])
        for place in order
        if abs(whole[place]) > LEAST
    ]


def _panel(moments: Moments, share: Float64, down: float) -> list[str]:
    """A curve about a middle line, filled to it: above speaks for, below against."""
    middle, half = down + PANEL / 2, 0.45 * PANEL
    x = _across(moments, moments.times_s)
    parts = [line((LEFT, middle), (LEFT + WIDE, middle), FAINT, 1)]
    for side, colour in ((1, FOR), (-1, AGAINST)):
        y = middle - half * np.where(side * share > 0, share, 0.0)
        closed = f"M{x[0]:.1f} {middle:.1f}L{_path(x, y)[1:]}L{x[-1]:.1f} {middle:.1f}Z"
        parts.append(f'<path d="{closed}" fill="{colour}" fill-opacity="0.75"/>')
    return parts


def _axis(moments: Moments, down: float) -> list[str]:
    begin, end = (float(each) for each in moments.course_s[[0, -1]])
    step = next(each for each in (0.5, 1, 2, 5, 10, 30, 60, 300, 3600) if (end - begin) / each <= 8)
    ticks = np.arange(np.ceil(begin / step), np.floor(end / step) + 1) * step
    parts = [line((LEFT, down), (LEFT + WIDE, down), INK, 1)]
    for tick, x in zip(ticks, _across(moments, ticks), strict=True):
        parts += [line((x, down), (x, down + 4), INK, 1), words_at(x, down + 17, f"{tick:g}")]
    return [*parts, words_at(LEFT + WIDE / 2, down + 33, "seconds of the video")]


def _path(x: Float64, y: Float64) -> str:
    return "M" + "L".join(f"{one:.1f} {other:.1f}" for one, other in zip(x, y, strict=True))
