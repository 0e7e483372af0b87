"""The page of brief movements: a line of time, a strip for each event, why others do not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mimetic.report.arrows import arrow_paths, grid_arrows
from mimetic.report.html import STILL, html_page
from mimetic.report.personpage import STYLE
from mimetic.report.pictures import data_address
from mimetic.report.words import escape, region_words
from mimetic.types import ExpressionEvent, Float32, UInt8

ARROWS, LONGEST = 16, 14.0  # along the width of a crop; length of the longest, crop pixels
WIDTH, HEIGHT = 1000, 64
MARKS = {
    "micro": "counts",
    "macro": "lasting",
    "rejected": "rejected",
}
STRIP_STYLE = """
#brief .micro { fill: #b3261e; color: #b3261e; } #brief .macro { fill: #8fa3b8; color: #8fa3b8; }
#brief .rejected { fill: none; stroke: #8a5a00; color: #8a5a00; }
#brief .strip { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
  gap: 8px; } #brief .strip figure { margin: 0; }
#brief .strip figure img, #brief .strip svg { width: 100%; height: auto; display: block; }
#brief .strip svg { background: #f3f3f0; } #brief .halo { display: none; }
#brief .arrow { fill: none; stroke: #b3261e; stroke-width: 1; }
#brief table { border-collapse: collapse; }
#brief td, #brief th { text-align: left; padding: 2px 16px 2px 0; font-size: 13.5px; }
"""
CSS = """
main { max-width: 1100px; }
.line { width: 100%; height: 64px; } .line text { font: 11px system-ui; fill: var(--soft); }
.key span { margin-right: 18px; }
"""
START, END = "<!-- strips -->", "<!-- end of strips -->"


@dataclass(frozen=True, kw_only=True, eq=False)
class EventView:
    """An event that counts as it is shown: pictures [H W 3] by their caption, flow, words.

    No pictures leave the flow alone.
    """

    number: int
    event: ExpressionEvent
    pictures: tuple[tuple[str, UInt8], ...]
    flow_px: Float32  # [2, H, W], from rest to apex
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class MicroView:
    """All that stood out in a recording, by number from 1, and the events that are shown."""

    title: str
    said: str
    notes: tuple[str, ...]
    span_s: tuple[float, float]
    events: tuple[ExpressionEvent, ...]
    shown: tuple[EventView, ...]


def micro_page(view: MicroView) -> str:
    """The page as HTML, in one file."""
    notes = "".join(f'<p class="care">{escape(note)}</p>' for note in view.notes)
    strips = "".join(_strip(one) for one in view.shown) or "<p>No movement counts.</p>"
    body = (
        f'<main id="brief"><h1>{escape(view.title)}</h1><p>{escape(view.said)}</p>{notes}'
        f"{_line(view)}<h2>Micro-expressions</h2>{START}{strips}{_others(view.events)}{END}</main>"
    )
    return html_page(view.title, body, style=STYLE + CSS + STRIP_STYLE, policy=STILL)


def strips_of(page: str) -> str:
    """The strips of a page of ``micro_page``, and why other movements do not count, as HTML."""
    return page.partition(START)[2].partition(END)[0]


def mark_of(event: ExpressionEvent) -> str:
    """How an event is drawn: "micro" where it counts, "macro" where it lasts, or "rejected"."""
    return "rejected" if event.rejected else event.kind


def _line(view: MicroView) -> str:
    start_s, end_s = view.span_s
    scale = WIDTH / max(end_s - start_s, 1e-9)
    bars = ""
    for number, event in enumerate(view.events, 1):
        left = (event.onset_s - start_s) * scale
        width = max((event.offset_s - event.onset_s) * scale, 3.0)
        row = {"micro": 8, "macro": 22, "rejected": 36}[mark_of(event)]
        bars += (
            f'<rect class="{mark_of(event)}" x="{left:.1f}" y="{row}" width="{width:.1f}" '
            f'height="10"><title>{number}: {event.apex_s:.2f} s</title></rect>'
        )
    key = "".join(f'<span class="{name}">■ {words}</span>' for name, words in MARKS.items())
    return (
        f'<svg class="line" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="events over time">{bars}<text x="0" y="60">{start_s:.1f} s</text>'
        f'<text x="{WIDTH}" y="60" text-anchor="end">{end_s:.1f} s</text></svg>'
        f'<p class="key"><small>from above: {key}</small></p>'
    )


def _strip(one: EventView) -> str:
    event = one.event
    where = region_words(event.regions[0]) if event.regions else "face"
    shown = "".join(
        f'<figure><img src="{data_address(picture)}" alt="{escape(caption)}">'
        f"<small>{escape(caption)}</small></figure>"
        for caption, picture in one.pictures
    )
    size = one.flow_px.shape[-1]
    places, shifts = grid_arrows(one.flow_px, across=ARROWS)
    arrows = arrow_paths(places, shifts, longest=LONGEST)
    figures = [f"{event.apex_s:.2f} s", f"{1000 * (event.offset_s - event.onset_s):.0f} ms",
               f"{event.amplitude_px or 0:.2f} px", f"signal to noise {event.snr or 0:.0f}",
               f"side {event.side}"]  # fmt: skip
    return (
        f"<article><h3>{one.number} {escape(where)}</h3><p><small>{escape(' · '.join(figures))}"
        f"<br>{escape('; '.join(one.words))}</small></p>"
        f'<div class="strip">{shown}<figure><svg viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="flow">{arrows}</svg><small>flow, onset to apex</small></figure>'
        "</div></article>"
    )


def _others(events: Sequence[ExpressionEvent]) -> str:
    rows = "".join(
        f"<tr><td>{number}</td><td>{event.apex_s:.2f} s</td>"
        f"<td>{1000 * (event.offset_s - event.onset_s):.0f} ms</td>"
        f"<td>{escape(', '.join(map(region_words, event.regions[:2])))}</td>"
        f"<td>{event.snr or 0:.0f}</td>"
        f"<td>{escape(event.rejected or 'lasts, or does not come back')}</td></tr>"
        for number, event in enumerate(events, 1)
        if mark_of(event) != "micro"
    )
    if not rows:
        return ""
    head = (
        "<tr><th></th><th>apex</th><th>length</th><th>where</th><th>signal to noise</th>"
        "<th>why it does not count</th></tr>"
    )
    return f"<h2>What else stood out</h2><table>{head}{rows}</table>"
