"""Each kind as a row of dots, one a seed: how well it estimates, how many right pairs it names."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimetic.bench.relations.results import Results, precision
from mimetic.bench.relations.scenes import OURS
from mimetic.bench.relations.trial import ITS_OWN
from mimetic.types import Float64

NAMES, PANEL, GAP, TOP, ROW, HEAD = 210, 260, 40, 34, 20, 46
INK, FAINT, COLOUR, GREY = "#222222", "#dddddd", "#0072b2", "#777777"
BLOCKS = {
    "inside": "kinds of the first design, 320 people",
    "small": "the same, 120 people",
    "outside A": "other kinds (closeness, lead, bursts), 320 people",
    "outside B": "other kinds (ratio, overlap, extremity), 320 people",
}
PANELS = (("estimate: AUC", 0.4), ("explanation: planted pairs named first", 0.0))


def dots(table: Any) -> str | None:
    """The figure as SVG text; None without cells."""
    results = Results(table)
    parts: list[str] = []
    down = TOP
    for scene, words in BLOCKS.items():
        rows = _rows(results, scene)
        if rows:
            drawn, down = _block(words, rows, down)
            parts += drawn
    if not parts:
        return None
    wide, high = NAMES + 2 * PANEL + 3 * GAP, down + 10
    heads = [
        f'<text x="{_left(n)}" y="20" font-weight="bold">{title}</text>'
        for n, (title, _) in enumerate(PANELS)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">\n'
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>\n'
        + "\n".join([*heads, *parts]) + "\n</svg>\n"
    )  # fmt: skip


Named = tuple[str, bool, Float64, Float64]


def _rows(results: Results, scene: str) -> list[Named]:
    """Names, whether ours, and both figures of all seeds."""
    rows: list[Named] = []
    for kind in results.kinds(scene):
        found = results.values(scene, kind, "fidelity")
        names = results.explanations(scene, kind)
        rows.append((kind, kind == OURS, found, _right(results, scene, kind, names[:1])))
        for name in names[1:]:
            right = _right(results, scene, kind, [name])
            rows.append((f"{kind}, {name}", False, np.zeros(0), right))
    return rows


def _right(results: Results, scene: str, kind: str, names: list[str]) -> Float64:
    if not names:
        return np.zeros(0)
    return results.values(scene, kind, lambda cell: precision(cell, names[0] or ITS_OWN))


def _block(words: str, rows: list[Named], down: int) -> tuple[list[str], int]:
    """The rows of one population below its heading, and where the next one begins."""
    first = down + HEAD
    parts = [f'<text x="8" y="{down + 14}" font-weight="bold">{words}</text>']
    bottom = first + ROW * len(rows)
    for panel, (_, low) in enumerate(PANELS):
        for tick in np.arange(low, 1.01, 0.2):
            x = _across(panel, float(tick))
            parts.append(
                f'<path d="M{x:.1f} {first - 8}V{bottom - 8}" stroke="{FAINT}"/>'
                f'<text x="{x:.1f}" y="{first - 12}" font-size="10" fill="{GREY}" '
                f'text-anchor="middle">{tick:.1f}</text>'
            )
    for number, (name, ours, *figures) in enumerate(rows):
        y = first + ROW * number + 4
        colour, weight = (COLOUR, ' font-weight="bold"') if ours else (GREY, "")
        parts.append(f'<text x="16" y="{y + 4}" fill="{INK}"{weight}>{name}</text>')
        for panel, values in enumerate(figures):
            parts += _seeds(panel, values, y, colour)
    return parts, bottom + 6


def _seeds(panel: int, values: Float64, y: int, colour: str) -> list[str]:
    """A dot for each seed and a bar at their mean; equal ones lie beside each other in height."""
    known = np.sort(values[np.isfinite(values)])
    parts = []
    for place, value in enumerate(known):
        same = int((known[:place] == value).sum())
        lift = (same + 1) // 2 * (3 if same % 2 else -3)
        parts.append(
            f'<circle cx="{_across(panel, float(value)):.1f}" cy="{y + lift}" r="3" '
            f'fill="{colour}" fill-opacity="0.6"/>'
        )
    if known.size:
        x = _across(panel, float(known.mean()))
        parts.append(f'<path d="M{x:.1f} {y - 8}V{y + 8}" stroke="{colour}" stroke-width="2"/>')
    return parts


def _left(panel: int) -> int:
    return NAMES + panel * (PANEL + GAP)


def _across(panel: int, value: float) -> float:
    low = PANELS[panel][1]
    return _left(panel) + PANEL * (min(max(value, low), 1.0) - low) / (1.0 - low)
