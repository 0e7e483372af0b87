"""Movement over time: one thin row per facial region, both sides of a pair in one."""

from __future__ import annotations

import numpy as np

from mimetic.report import faces, rows
from mimetic.report.facts import RegionFacts, main_feature, region_facts
from mimetic.report.figures import Frame, Series
from mimetic.report.scene import Scene, breaks_at, shared_gaps
from mimetic.report.summary import movement_sentences
from mimetic.report.words import (
    PARTS,
    escape,
    number,
    part_of,
    percent,
    region_words,
    seconds,
    side_of,
    unit_of,
)
from mimetic.types import LocalDynamics

HUES = {"left": "left", "right": "right", "middle": "middle"}
QUIET_TOP = 4.0  # noise floors: a row never zooms in further than this


def paired(regions: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Regions grouped as rows: (left, right) where both sides exist, else alone; in order."""
    groups: dict[str, list[str]] = {}
    for name in regions:
        key = name if side_of(name) == "middle" else f"side:{part_of(name)}"
        groups.setdefault(key, []).append(name)
    order = {"left": 0, "right": 1, "middle": 2}
    return [
        tuple(sorted(names, key=lambda name: order[side_of(name)])) for names in groups.values()
    ]


def movement_section(scene: Scene) -> str:
    """One thin row per facial region, the person's left above and right below the line."""
    dynamics = scene.data.dynamics
    if dynamics is None:
        return '<p class="empty">No movement could be measured in this video.</p>'
    facts = {fact.region: fact for fact in region_facts(dynamics)}
    drawn = [_region_row(scene, dynamics, group, facts) for group in paired(dynamics.regions)]
    said = " ".join(movement_sentences(scene.data)[:1])
    above = rows.head_row("largest") + rows.trial_row(scene.frame)
    group = rows.group(above + "".join(drawn), scene.frame, label="Movement over time")
    return f'<p class="said">{escape(said)}</p>{_movement_key(dynamics)}{group}'


def _movement_key(dynamics: LocalDynamics) -> str:
    floor = (
        "" if dynamics.noise_floor is None else '<span><i class="k floor"></i>noise floor</span>'
    )
    return (
        '<p class="key"><span><i class="k left"></i>the person’s left (above the line)</span>'
        '<span><i class="k right"></i>the person’s right (below)</span>'
        '<span><i class="k middle"></i>middle of the face</span>'
        f'{floor}<span><i class="k hatch"></i>not measured</span></p>'
    )


def _region_row(
    scene: Scene, dynamics: LocalDynamics, group: tuple[str, ...], facts: dict[str, RegionFacts]
) -> str:
    feature = main_feature(dynamics)
    unit = unit_of(dynamics.features[feature])
    breaks = breaks_at(scene, dynamics.times_s)
    series = []
    for name in group:
        column = dynamics.regions.index(name)
        values = np.abs(dynamics.values[:, column, feature])
        floor = facts[name].floor
        hue = HUES[side_of(name)]
        one = Series(times_s=dynamics.times_s, values=values, breaks=breaks, hue=hue, floor=floor)
        series.append(one)
    known = [facts[name] for name in group]
    top = row_top(known)
    gaps = shared_gaps(scene, series)
    frame = Frame(clock=scene.frame.clock, gaps=gaps, bands=scene.frame.bands)
    label = "; ".join(_row_words(fact, unit) for fact in known)
    if len(series) == 2:
        plot = rows.mirrored_plot(series[0], series[1], frame=frame, top=top, label=label)
    else:
        plot = rows.single_plot(series[0], frame, top=top, label=label)
    named = list(zip([side_of(name) for name in group], series, strict=True))
    sides = [("" if side == "middle" else side, one) for side, one in named]
    key = rows.reading_key(scene.frame.clock, sides, unit=unit)
    icon, name = region_icon(scene, group), escape(group_words(group))
    return rows.row(name, plot, value=_peaks(known, unit), icon=icon, key=key)


def group_words(group: tuple[str, ...]) -> str:
    """The name of a row: a pair goes by its part, a lone side keeps its side."""
    return (
        region_words(group[0])
        if len(group) == 1
        else PARTS.get(part_of(group[0]), part_of(group[0]))
    )


def _peaks(known: list[RegionFacts], unit: str) -> str:
    parts = []
    for fact in known:
        hue = HUES[side_of(fact.region)] if fact.moved else "still"
        parts.append(f'<span class="peak {hue}">{rows.amount(fact.peak, unit)}</span>')
    return "".join(parts)


def _row_words(fact: RegionFacts, unit: str) -> str:
    if not np.isfinite(fact.peak):
        return f"{fact.words}: not measured"
    words = f"{fact.words}: largest {number(fact.peak)} {unit} at {seconds(fact.peak_s)}"
    if np.isfinite(fact.moving):
        words += f", above the noise floor in {percent(fact.moving)} of the time"
    return words


def row_top(known: list[RegionFacts]) -> float:
    """The amount that fills a row; never so small that noise looks like movement."""
    sizes = [fact.peak for fact in known] + [QUIET_TOP * fact.floor for fact in known]
    finite = [size for size in sizes if np.isfinite(size) and size > 0]
    return max(finite, default=1.0)


def region_icon(scene: Scene, group: tuple[str, ...]) -> str:
    """A small face with the row's regions filled in the row's hues."""
    mesh, dynamics = scene.data.mesh_px, scene.data.dynamics
    if mesh is None or dynamics is None:
        return ""
    filled = ""
    for name in group:
        index = dynamics.regions.index(name)
        if index < len(scene.shapes):
            filled += f'<path class="fill {HUES[side_of(name)]}" d="{scene.shapes[index]}"/>'
    return (
        f'<svg class="icon" viewBox="{faces.view_of(mesh)}" aria-hidden="true">'
        f'{filled}<use href="#face"/></svg>'
    )
