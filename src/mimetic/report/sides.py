"""Left against right: a drawn comparison and a sentence per pair."""

from __future__ import annotations

import numpy as np

from mimetic.report.data import AsymmetryRow
from mimetic.report.movement import region_icon
from mimetic.report.scene import Scene
from mimetic.report.summary import (
    asymmetry_sentence,
    differs,
    known_interval,
    more_side,
    side_sentences,
)
from mimetic.report.words import count, escape, fixed, number, part_of, percent, side_of


def asymmetry_section(scene: Scene) -> str:
    """A drawn comparison and a sentence for each pair of regions."""
    data = scene.data
    if not data.asymmetry:
        return '<p class="empty">Left and right could not be compared.</p>'
    said = " ".join(side_sentences(data))
    parts = "".join(_pair(scene, row) for row in data.asymmetry)
    return (
        f'<p class="said">{escape(said)}</p><div class="pairs">{parts}'
        '<div class="pair pair-axis"><div></div><div class="scale-line" aria-hidden="true">'
        "<span>only the right</span><span>alike</span><span>only the left</span></div></div></div>"
    )


def _pair(scene: Scene, row: AsymmetryRow) -> str:
    dynamics = scene.data.dynamics
    names: tuple[str, ...] = () if dynamics is None else dynamics.regions
    group = tuple(n for n in names if part_of(n) == row.pair and side_of(n) != "middle")
    icon = region_icon(scene, group) if group else ""
    sentence = asymmetry_sentence(row)
    small = "not compared"
    drawn = '<rect class="track" x="0" y="13.5" width="100%" height="1"/>'
    drawn += '<line class="zero" x1="50%" x2="50%" y1="2" y2="26"/>'
    if np.isfinite(row.index):
        small = f"left {number(row.left)}, right {number(row.right)} {row.unit}; "
        small += f"index {fixed(row.index)}, "
        if known_interval(row):
            small += f"{percent(row.level)} interval {fixed(row.low)} to {fixed(row.high)}"
        else:
            small += "interval unknown"
        if row.movements is not None:
            small += f", from {count(row.movements, 'movement')}"
        drawn += _interval(row)
    return (
        f'<div class="pair">{icon}<div><p>{escape(sentence)}</p>'
        f'<svg class="compare" width="100%" height="28" role="img" aria-label="{escape(small)}">'
        f"{drawn}</svg><small>{escape(small)}</small></div></div>"
    )


def _interval(row: AsymmetryRow) -> str:
    """A bar to the index and a line over its interval, grey where zero lies within."""
    low, middle, high = (50 + 50 * float(np.clip(v, -1, 1)) for v in (row.low, row.index, row.high))
    hue = more_side(row) if differs(row) else "still"
    start, width = min(50.0, middle), abs(middle - 50)
    line = ""
    if known_interval(row):
        line = f'<line class="whisker {hue}" x1="{low:.2f}%" x2="{high:.2f}%" y1="14" y2="14"/>'
    return (
        f'<rect class="veil {hue}" x="{start:.2f}%" y="8" width="{width:.2f}%" height="12"/>{line}'
        f'<circle class="fill {hue}" cx="{middle:.2f}%" cy="14" r="5"/>'
    )
