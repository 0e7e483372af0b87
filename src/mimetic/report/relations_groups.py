"""What pairs contribute within groups of people, with intervals, and how groups differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mimetic.report.svg import FAINT, FOR, INK, QUIET, line, picture, words_at
from mimetic.report.words import region_words

if TYPE_CHECKING:
    from mimetic.relations.explain import GroupEffect

LEFT, WIDE, GAP, TOP, ROW, HEAD = 190.0, 250.0, 64.0, 62.0, 18.0, 22.0
PAIRS = 6  # of the largest contributions
LEAST = 1e-6  # pairs below it in every group are not shown
Interval = tuple[float, float, float]  # middle, low, high


def draw_groups(effects: Sequence[GroupEffect], *, title: str = "", unit: str = "") -> str:
    """Dots with 95 % intervals: contribution in each group, and its difference from all others.

    A difference whose interval holds 0 is grey: such as chance brings.
    """
    groups = list(dict.fromkeys(one.group for one in effects))
    said = [one for one in effects if abs(one.contribution) > LEAST]
    pairs = list(dict.fromkeys((one.region, one.other) for one in said or effects))[:PAIRS]
    by_name = {(one.region, one.other, one.group): one for one in effects}
    shown = [by_name[(*pair, group)] for pair in pairs for group in groups]
    spans = (
        _span([(one.contribution, one.low, one.high) for one in shown]),
        _span([(one.difference, one.difference_low, one.difference_high) for one in shown]),
    )
    down = TOP
    body: list[str] = []
    for pair in pairs:
        words = ", ".join(map(region_words, pair))
        body.append(words_at(8, down + 14, words, size=12, anchor="start"))
        down += HEAD
        for group in groups:
            body += _row(by_name[(*pair, group)], down, spans)
            down += ROW
        down += 6
    frame = _frame(spans, down, unit)
    width = LEFT + 2 * WIDE + 2 * GAP
    parts = [words_at(width / 2, 20, title, size=13), *frame, *body]
    return picture(width, down + 34, parts)


def _left(panel: int) -> float:
    return LEFT + panel * (WIDE + GAP)


def _span(intervals: Sequence[Interval]) -> tuple[float, float]:
    """From the lowest to the highest of all ends, 0 among them."""
    known = [each for one in intervals for each in one if np.isfinite(each)]
    low, high = min([0.0, *known]), max([0.0, *known])
    return (low, high) if high > low else (-1.0, 1.0)


def _x(value: float, panel: int, span: tuple[float, float]) -> float:
    return _left(panel) + WIDE * (value - span[0]) / (span[1] - span[0])


def _row(one: GroupEffect, down: float, spans: Sequence[tuple[float, float]]) -> list[str]:
    middle = down + ROW / 2
    words = f"{one.group} ({one.people} people)"
    parts = [words_at(LEFT - 8, middle + 4, words, anchor="end")]
    apart = (one.difference, one.difference_low, one.difference_high)
    colour = FOR if apart[1] > 0 or apart[2] < 0 else QUIET
    both = (((one.contribution, one.low, one.high), INK), (apart, colour))
    for panel, ((value, low, high), ink) in enumerate(both):
        if not np.isfinite(value):
            parts.append(words_at(_left(panel) + WIDE / 2, middle + 4, "not known"))
            continue
        x = _x(value, panel, spans[panel])
        if np.isfinite(low):
            ends = (_x(each, panel, spans[panel]) for each in (low, high))
            start, end = ((each, middle) for each in ends)
            parts.append(line(start, end, ink, 2))
        parts.append(f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="4" fill="{ink}"/>')
    return parts


def _frame(spans: Sequence[tuple[float, float]], down: float, unit: str) -> list[str]:
    """Titles, the line of zero, and what the ends of each panel stand for."""
    parts = []
    titles = (f"contribution, {unit}", "difference from all others")
    for panel, (span, title) in enumerate(zip(spans, titles, strict=True)):
        zero = _x(0.0, panel, span)
        parts.append(words_at(_left(panel), 44, title, size=12, anchor="start"))
        parts.append(line((zero, TOP), (zero, down), FAINT, 1.5))
        parts.append(line((_left(panel), down), (_left(panel) + WIDE, down), INK, 1))
        for value in sorted({span[0], 0.0, span[1]}):
            parts.append(words_at(_x(value, panel, span), down + 15, f"{value:.2g}"))
    return parts
