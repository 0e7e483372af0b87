"""The repertoire page: every movement of a face as it looks, how often, and when."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from mimetic.io.disk import disk_errors, replace_file
from mimetic.report import faces
from mimetic.report.arrows import ARROW_GRID, arrow_paths
from mimetic.report.html import STILL, html_page
from mimetic.report.movements import Mark, Moment, MovementView, RepertoireData
from mimetic.report.pictures import data_address
from mimetic.report.words import escape, listed, number, percent
from mimetic.types import Float32

LONGEST = 0.14  # longest arrow, in widths of the face
ENOUGH_S = 60.0
HIGH = 24  # px of a row of occurrences
MAIN = 0.35  # of the longest shift; shorter ones get no arrow
OVER_CHANCE = 2.0  # times as often as two unrelated movements would meet
TOGETHER = 0.5  # share of occurrences from which two movements belong together


def write_repertoire(data: RepertoireData, path: str | Path, *, anonymous: bool = False) -> Path:
    """Write the page; ``anonymous`` draws outlines instead of the face."""
    target = Path(path)
    with disk_errors(target):
        replace_file(target, render_repertoire(data, anonymous=anonymous).encode())
    return target


def render_repertoire(data: RepertoireData, *, anonymous: bool = False) -> str:
    """The page as text, without scripts and without anything from elsewhere."""
    home = resources.files("mimetic.report")
    style = "".join(home.joinpath(name).read_text("utf-8") for name in STYLES)
    cards = "".join(_card(data, one, anonymous=anonymous) for one in data.movements)
    body = (
        f'<main><p class="kind">Repertoire</p><h1>{escape(data.title)}</h1>'
        f'<p class="summary">{escape(_summary(data))}</p>{_care(data)}{_table(data)}'
        f'<div class="repertoire">{cards}</div>{_notes(data)}</main>'
    )
    return html_page(f"{data.title} · repertoire · mimetic", body, style=style, policy=STILL)


STYLES = ("style.css", "repertoire.css")


def _summary(data: RepertoireData) -> str:
    if not data.movements:
        return (
            f"In {number(data.seconds, 3)} s of measured video no movement came back often enough "
            "to be told from others."
        )
    first = max(data.movements, key=lambda one: len(one.marks))
    often = len(first.marks) / data.seconds * 60
    many = len(data.movements)
    return (
        f"{many} {'movement' if many == 1 else 'movements'} in {number(data.seconds, 3)} s of "
        f"measured video. The most frequent is “{first.name}”: {len(first.marks)} times, "
        f"{number(often, 2)} a minute."
    )


def _care(data: RepertoireData) -> str:
    if data.seconds >= ENOUGH_S:
        return ""
    return (
        f'<p class="care">Below {ENOUGH_S:.0f} s of video a repertoire is a list of what happened '
        "here, not of what this face does: another recording will show other movements.</p>"
    )


def _table(data: RepertoireData) -> str:
    if not data.movements:
        return ""
    head = "".join(
        f"<th>{name}</th>"
        for name in ("movement", "times", "a minute", "lasts, s", "reach, ed", "when")
    )
    rows = "".join(
        f"<tr><td>{one.number + 1} {escape(one.name)}</td><td>{len(one.marks)}</td>"
        f"<td>{number(len(one.marks) / data.seconds * 60, 2)}</td>"
        f"<td>{number(one.duration_s, 2)}</td><td>{number(one.amplitude_ed, 2)}</td>"
        f"<td>{_when(data, one)}</td></tr>"
        for one in data.movements
    )
    return f'<table class="often"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _card(data: RepertoireData, one: MovementView, *, anonymous: bool) -> str:
    facts = [f"{len(one.marks)} times"] if len(one.marks) > 1 else ["once"]
    facts += [f"{number(one.duration_s, 2)} s", f"{number(one.amplitude_ed, 2)} ed"]
    if one.side != "both":
        facts.append(f"on the {one.side}")
    facts.append(_again(one))
    near = f"{_head(one)} {_together(data, one)}".strip()
    pictures = (
        _picture(one.onset, "before", one, anonymous=anonymous)
        + _picture(one.onset, "where the skin goes", one, anonymous=anonymous, arrows=True)
        + _picture(one.apex, "at its largest", one, anonymous=anonymous)
    )
    more = "".join(_picture(seen, _time(data, seen), one, anonymous=anonymous) for seen in one.more)
    more = f'<div class="more">{more}</div>' if more else ""
    return (
        f'<article class="movement" id="movement-{one.number + 1}"><h3>'
        f"<span>{one.number + 1}</span> {escape(one.name)}<small>{escape(', '.join(facts))}</small>"
        f'</h3><div class="three">{pictures}</div>{more}'
        f"{f'<p class=note>{escape(near)}</p>' if near else ''}</article>"
    )


def _head(one: MovementView) -> str:
    """How the head moves along, in words."""
    ways = {
        "yaw": ("turns to the left", "turns to the right"),
        "pitch": ("tilts up", "tilts down"),
        "roll": ("leans clockwise", "leans counter-clockwise"),
    }
    turns = [
        f"{ways[axis][0 if turn > 0 else 1]} by {abs(turn):.0f}°"
        for axis, turn in one.head_deg.items()
    ]
    if not turns:
        return ""
    return f"The head {listed(turns)} in it, so part of this may be the turn, not the face."


def _again(one: MovementView) -> str:
    halves = {0.0: "in neither half alone", 1.0: "in both halves alone"}
    return f"found again {percent(one.again)}, {halves.get(one.halves, 'in one half alone')}"


def _together(data: RepertoireData, one: MovementView) -> str:
    """Which other movements happen at the same time more often than by chance, in words."""
    near = []
    for other in data.movements:
        if other is one:
            continue
        met = sum(any(_overlap(mark, each) for each in other.marks) for mark in one.marks)
        # Two stretches meet by chance as often as the longer of them fills the video.
        filled = sum(max(each.offset_s - each.onset_s, one.duration_s) for each in other.marks)
        chance = min(filled / data.seconds, 1.0)
        share = met / len(one.marks)
        if met >= 2 and share >= max(TOGETHER, OVER_CHANCE * chance):
            near.append(other.name)
    return f"Mostly together with {listed(near[:3])}." if near else ""


def _overlap(first: Mark, second: Mark) -> bool:
    common = min(first.offset_s, second.offset_s) - max(first.onset_s, second.onset_s)
    shorter = min(first.offset_s - first.onset_s, second.offset_s - second.onset_s)
    return first.recording == second.recording and common > shorter / 2


def _time(data: RepertoireData, seen: Moment) -> str:
    where = f"{seen.recording}, " if len(data.recordings) > 1 else ""
    return f"{where}{seen.time_s:.1f} s"


def _picture(
    seen: Moment, name: str, one: MovementView, *, anonymous: bool, arrows: bool = False
) -> str:
    points = seen.points_px
    if seen.pixels is None or anonymous:
        view = faces.view_of(points)
        inside = f'<path class="outline" d="{faces.outline_path(points)}"/>'
    else:
        height, width = seen.pixels.shape[:2]
        view = f"-0.5 -0.5 {width} {height}"
        inside = (
            f'<image href="{data_address(seen.pixels)}" x="-0.5" y="-0.5" width="{width}" '
            f'height="{height}"/>'
        )
    if arrows:
        inside += _arrows(points, one.shifts_px)
    alt = f"{one.name}: {name}"
    return (
        f'<figure><svg viewBox="{view}" role="img" aria-label="{escape(alt)}">{inside}</svg>'
        f"<figcaption>{escape(name)}</figcaption></figure>"
    )


def _arrows(points: Float32, shifts: Float32) -> str:
    """Arrows where the movement is, the longest of each cell of a grid.

    Small drifts of all other skin would only hide it.
    """
    lengths = np.linalg.norm(shifts, axis=1)
    main = np.flatnonzero(lengths >= MAIN * lengths.max())
    main = main[np.argsort(-lengths[main], kind="stable")]
    width = float(np.ptp(points[:, 0]))
    cells = np.floor((points[main] - points.min(0)) / width * ARROW_GRID).astype(int)
    _, first = np.unique(cells, axis=0, return_index=True)
    drawn = main[first]
    return arrow_paths(points[drawn], shifts[drawn], longest=LONGEST * width)


def _when(data: RepertoireData, one: MovementView) -> str:
    """All occurrences on the clocks of the recordings, one behind the other."""
    lengths = [end - start for _, start, end in data.recordings]
    total = max(sum(lengths), 1e-9)
    firsts = dict(
        zip(
            [name for name, *_ in data.recordings],
            np.cumsum([0.0, *lengths])[:-1] - [start for _, start, _ in data.recordings],
            strict=True,
        )
    )
    bars = "".join(_bar(mark, firsts[mark.recording], total, one.side) for mark in one.marks)
    edges = np.cumsum(lengths)[:-1] / total * 100
    lines = "".join(f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="{HIGH}"/>' for x in edges)
    return (
        f'<svg class="when" width="100%" height="{HIGH}" role="img" '
        f'aria-label="{len(one.marks)} times over {total:.0f} s">{lines}{bars}</svg>'
    )


def _bar(mark: Mark, first_s: float, total_s: float, side: str) -> str:
    tall = max(HIGH * min(mark.strength, 1.0), 3)
    x = (mark.onset_s + first_s) / total_s * 100
    width = max((mark.offset_s - mark.onset_s) / total_s * 100, 0.4)
    words = f"{mark.recording}: {mark.onset_s:.1f} to {mark.offset_s:.1f} s"
    return (
        f'<rect class="{side}" x="{x:.2f}%" width="{width:.2f}%" y="{HIGH - tall:.1f}" '
        f'height="{tall:.1f}" opacity=".75"><title>{escape(words)}</title></rect>'
    )


def _notes(data: RepertoireData) -> str:
    said: Sequence[str] = (
        "A movement stands here if this face made it several times in much the same way. Names say "
        "which points of the face go where; they name no muscle, no emotion and no illness. Left "
        "and right are the person’s own. “Skin of” says that no point of the face goes along: "
        "where and how far is then read off the change of light, and falls short of the whole way.",
        "Lasts: median time from onset to offset. Reach: how far the point goes that moves most, "
        "in eye distances (ed, from outer corner to outer corner). Arrows are drawn longer than "
        "they are. Found again: share of repeated searches, each without a fifth of the strokes; "
        f"strokes grouped at random reach {percent(data.chance)} here.",
    )
    return "".join(f'<p class="note">{escape(one)}</p>' for one in said)
