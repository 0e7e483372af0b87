"""Brief movements in the main report: on its clock, with the strips of their own page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mimetic.report import figures, rows
from mimetic.report.clock import Clock
from mimetic.report.figures import Frame
from mimetic.report.micro import MARKS, STRIP_STYLE, mark_of
from mimetic.report.words import count, escape
from mimetic.types import ExpressionEvent

START, END = "<!-- brief movements -->", "<!-- end of brief movements -->"
BEFORE = '<section id="limits"'  # the section that comes after this one
_CLOCK = re.compile(r'data-start="([-+.\de]+)" data-end="([-+.\de]+)"')
_OWN = re.compile(re.escape(START) + ".*?" + re.escape(END), re.DOTALL)
_LEAST = 3.0  # of the row's width, so that a short event can be seen


def with_brief(page: str, events: Sequence[ExpressionEvent], strips: str) -> str:
    """A report's page with the section of brief movements, in the place of one from before.

    ``strips`` is HTML, see ``report.micro.strips_of``. A page that is no report stays as it is.
    """
    clock = _CLOCK.search(page)
    bare = _OWN.sub("", page)
    if clock is None or BEFORE not in bare:
        return page
    start_s, end_s = float(clock[1]), float(clock[2])
    section = START + _section(events, Clock(start_s=start_s, end_s=end_s), strips) + END
    return bare.replace(BEFORE, section + BEFORE, 1)


def _section(events: Sequence[ExpressionEvent], clock: Clock, strips: str) -> str:
    frame = Frame(clock=clock, gaps=(), bands=())
    drawn = "".join(_row(events, mark, frame) for mark in MARKS)
    counted = sum(mark_of(event) == "micro" for event in events)
    said = f"{count(counted, 'brief movement')} of {len(events)} that stood out may be "
    said += "micro-expressions."
    return (
        f'<section id="brief" aria-labelledby="brief-h"><style>{STRIP_STYLE}</style>'
        f'<h2 id="brief-h">Brief movements</h2><p class="said">{escape(said)}</p>'
        f"{rows.group(drawn, frame, label='Brief movements over time')}{strips}</section>"
    )


def _row(events: Sequence[ExpressionEvent], mark: str, frame: Frame) -> str:
    bars = ""
    for number, event in enumerate(events, 1):
        if mark_of(event) != mark:
            continue
        left, right = (
            figures.WIDE * frame.clock.percent(at_s) / 100
            for at_s in (event.onset_s, event.offset_s)
        )
        title = escape(f"{number}: {event.apex_s:.2f} s, {event.rejected or MARKS[mark]}")
        bars += (
            f'<rect class="{mark}" x="{left:.1f}" y="7" width="{max(right - left, _LEAST):.1f}" '
            f'height="{rows.LOW - 14}"><title>{title}</title></rect>'
        )
    here = sum(mark_of(event) == mark for event in events)
    plot = figures.plot(frame, bars, height=rows.LOW, label=f"{MARKS[mark]}: {here}")
    return rows.row(MARKS[mark], plot, value=f'<span class="peak">{here}</span>')
