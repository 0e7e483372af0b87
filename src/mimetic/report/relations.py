"""Pictures of an explanation as SVG: pairs of regions as arcs on a drawn face, and a heat map."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mimetic.report.svg import AGAINST, FOR, QUIET, picture, words_at
from mimetic.report.words import escape, region_words

if TYPE_CHECKING:
    from mimetic.relations.explain import Explanation, PairEffect

Place = tuple[float, float]
WIDTH, HEIGHT = 420.0, 500.0
MOST = 10  # arcs; with more nothing is seen
LEVEL = 0.05
OVER = 48.0  # to the right of the heat map, for the slanted name of its last column
# The person's left half seen from the front: across from the midline, down from the top.
_SIDE: dict[str, Place] = {
    "brow": (72, 175),
    "eye": (72, 200),
    "lids": (74, 218),
    "cheek": (92, 290),
    "mouth": (58, 365),
    "jaw": (70, 425),
}
_MIDDLE: dict[str, Place] = {
    "forehead": (0, 105),
    "nose": (0, 270),
    "lips": (0, 365),
    "mouth": (0, 365),
}


def region_places(regions: tuple[str, ...]) -> dict[str, Place]:
    """Where each region lies on the drawn face; unknown ones stand around it."""
    places, around = {}, []
    for name in regions:
        stem, _, side = name.rpartition("_")
        if side in ("left", "right") and stem in _SIDE:
            across, down = _SIDE[stem]
            # Seen from the front, the person's left is at the right.
            places[name] = (WIDTH / 2 + (across if side == "left" else -across), down)
        elif name in _MIDDLE:
            places[name] = (WIDTH / 2, _MIDDLE[name][1])
        else:
            around.append(name)
    for number, name in enumerate(around):
        turn = 2 * math.pi * number / len(around)
        places[name] = (WIDTH / 2 + 180 * math.sin(turn), HEIGHT / 2 - 215 * math.cos(turn))
    return places


def draw_pairs(explanation: Explanation, *, title: str = "") -> str:
    """The strongest pairs as arcs on a drawn face, as wide as their contributions.

    Pairs beyond chance (p at most 0.05, or without any p) are coloured, others grey.
    """
    places = region_places(explanation.regions)
    shown = sorted(explanation.pairs, key=lambda one: -abs(one.contribution))[:MOST]
    shown = [one for one in shown if one.contribution]
    top = max((abs(one.contribution) for one in shown), default=1.0)
    parts = [_face(), *(_arc(one, places, top) for one in reversed(shown))]
    for name, (x, y) in places.items():
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#333333"/>')
        # Outward, so that names side by side do not run into each other.
        aside = 0 if x == WIDTH / 2 else (8 if x > WIDTH / 2 else -8)
        anchor = {0: "middle", 8: "start", -8: "end"}[aside]
        place = (x + aside, y + 4 if aside else y - 8)
        parts.append(words_at(*place, region_words(name), anchor=anchor))
    parts.append(words_at(WIDTH / 2, 18, title, size=13))
    parts.append(
        words_at(WIDTH / 2, HEIGHT - 8, "arcs: contribution; grey: such as chance brings", size=11)
    )
    return picture(WIDTH, HEIGHT, parts)


def draw_matrix(explanation: Explanation, *, title: str = "") -> str:
    """The contributions of all pairs as a heat map; a dot marks those beyond chance."""
    names, cell, margin = explanation.regions, 36.0, 120.0
    top = float(np.abs(explanation.matrix).max()) or 1.0
    beyond = {frozenset((one.region, one.other)) for one in explanation.significant(LEVEL)}
    side = margin + cell * len(names) + 12
    parts = [words_at(side / 2, 18, title, size=13)]
    for row, name in enumerate(names):
        y = margin + cell * (row + 0.5)
        parts.append(words_at(margin - 6, y + 4, region_words(name), size=11, anchor="end"))
        x = margin + cell * (row + 0.5)
        parts.append(
            f'<g transform="translate({x:.1f} {margin - 6:.1f}) rotate(-60)">'
            + words_at(0, 4, region_words(name), size=11, anchor="start")
            + "</g>"
        )
        for column, other in enumerate(names):
            value = float(explanation.matrix[row, column])
            parts.append(_cell(margin + cell * column, margin + cell * row, cell, value / top))
            if frozenset((name, other)) in beyond and row != column:
                x = margin + cell * (column + 0.5)
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#000000"/>')
    words = f"strongest {top:.2g} {explanation.unit}; a dot: p at most {LEVEL:g}"
    parts.append(words_at(side / 2, side + 10, words, size=11))
    return picture(side + OVER, side + 20, parts)


def _cell(x: float, y: float, size: float, share: float) -> str:
    colour = FOR if share > 0 else AGAINST
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{size - 1:g}" height="{size - 1:g}" '
        f'fill="{colour}" fill-opacity="{abs(share):.3f}" stroke="#dddddd"/>'
    )


def _arc(pair: PairEffect, places: dict[str, Place], top: float) -> str:
    (x0, y0), (x1, y1) = places[pair.region], places[pair.other]
    share = abs(pair.contribution) / top
    colour = FOR if pair.contribution > 0 else AGAINST
    if pair.p > LEVEL:
        colour = QUIET
    # Bowed to one side, so that arcs through a third region do not touch it.
    bow_x, bow_y = (x0 + x1) / 2 + 0.18 * (y1 - y0), (y0 + y1) / 2 - 0.18 * (x1 - x0)
    words = f"{region_words(pair.region)}, {region_words(pair.other)}: {pair.contribution:.3g}"
    return (
        f'<path d="M{x0:.1f} {y0:.1f}Q{bow_x:.1f} {bow_y:.1f} {x1:.1f} {y1:.1f}" fill="none" '
        f'stroke="{colour}" stroke-width="{1 + 8 * share:.2f}" stroke-opacity="0.8" '
        f'stroke-linecap="round"><title>{escape(words)}</title></path>'
    )


def _face() -> str:
    """A face of nobody: outline, eyes, nose, mouth."""
    x = WIDTH / 2
    line = 'fill="none" stroke="#cccccc" stroke-width="2"'
    eyes = "".join(
        f'<ellipse cx="{x + side * 72:g}" cy="212" rx="30" ry="12" {line}/>' for side in (-1, 1)
    )
    return (
        f'<path d="M{x} 40C{x + 190} 40 {x + 175} 330 {x + 120} 410C{x + 80} 475 {x + 30} 480 '
        f"{x} 480C{x - 30} 480 {x - 80} 475 {x - 120} 410C{x - 175} 330 {x - 190} 40 {x} 40Z"
        f'" {line}/>{eyes}'
        f'<path d="M{x - 8} 220L{x - 26} 295Q{x} 312 {x + 26} 295L{x + 8} 220" {line}/>'
        f'<path d="M{x - 55} 365Q{x} 345 {x + 55} 365Q{x} 395 {x - 55} 365Z" {line}/>'
    )
