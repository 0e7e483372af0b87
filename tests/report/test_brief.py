"""Brief movements in the main report."""

import numpy as np

from mimetic.report import write_report
from mimetic.report.brief import END, START, with_brief
from mimetic.report.micro import EventView, MicroView, micro_page, strips_of
from mimetic.types import ExpressionEvent
from tests.report.scenes import recording

GREY = np.full((16, 16, 3), 128, np.uint8)


def event(apex_s, kind="micro", rejected=None):
    return ExpressionEvent(
        onset_s=apex_s - 0.1, apex_s=apex_s, offset_s=apex_s + 0.2, kind=kind, snr=12.0,
        regions=("mouth_left",), side="left", amplitude_px=0.5, rejected=rejected,
    )  # fmt: skip


EVENTS = (event(0.5), event(1.0, "macro"), event(1.5, rejected="blink"))


def own_page():
    shown = EventView(
        number=1, event=EVENTS[0], pictures=(("onset", GREY), ("apex", GREY)),
        flow_px=np.ones((2, 16, 16), np.float32), words=("lip corner up",),
    )  # fmt: skip
    return micro_page(
        MicroView(
            title="anna", said="said", notes=(), span_s=(0.0, 2.0), events=EVENTS, shown=(shown,)
        )
    )


def test_the_report_shows_events_on_its_clock_with_strips_and_reasons(tmp_path):
    page = write_report(recording(6.0), tmp_path / "report.html").read_text()
    told = with_brief(page, EVENTS, strips_of(own_page()))
    section = told[told.index(START) : told.index(END)]
    assert told.replace(section + END, "") == page
    assert "1 brief movement of 3 that stood out" in section
    assert section.count("<rect") == 3
    assert section.count("data:image/jpeg") == 2
    assert "lip corner up" in section
    assert "signal to noise 12" in section
    assert "<td>blink</td>" in section
    assert told.index(START) < told.index('<section id="limits"')


def test_a_second_time_the_section_is_written_anew(tmp_path):
    page = write_report(recording(6.0), tmp_path / "report.html").read_text()
    once = with_brief(page, EVENTS, strips_of(own_page()))
    assert with_brief(once, EVENTS, strips_of(own_page())) == once
    fewer = with_brief(once, EVENTS[1:], "<p>nothing</p>")
    assert fewer.count(START) == 1
    assert "0 brief movements of 2" in fewer


def test_a_page_that_is_no_report_stays_as_it_is():
    assert with_brief("<html></html>", EVENTS, "") == "<html></html>"
    assert strips_of("<html></html>") == ""
