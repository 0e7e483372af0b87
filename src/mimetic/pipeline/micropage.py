"""The page of what was spotted, from a result folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.layout import CLIP, CROP, MICRO, REPORT_FILE
from mimetic.io.result import Result
from mimetic.io.store import ResultFolder
from mimetic.micro.magnify import FARTHEST_ED, held_back
from mimetic.micro.measure import EventMeasure
from mimetic.micro.push import push
from mimetic.report.brief import with_brief
from mimetic.report.micro import EventView, MicroView, micro_page, strips_of
from mimetic.types import ExpressionEvent, FaceClip, UInt8

PAGE = "micro.html"
BY = 8  # of the magnified apex
SMOOTH = 1 / 64  # of the crop's width; finer detail of a small flow is noise


def is_spotted(folder: ResultFolder) -> bool:
    """Whether brief movements were spotted in a result folder."""
    entry = folder.stored().manifest.stages.get(MICRO)
    return entry is not None and entry.done


def page_of(
    result: Result,
    events: Sequence[ExpressionEvent],
    measures: Sequence[tuple[FaceClip, EventMeasure] | None],
    *,
    facts: dict[str, Any],
    anonymous: bool,
) -> str:
    """The page of events by number, with what was measured of those that count.

    ``anonymous`` shows no picture of the face, but where its skin went.
    """
    times_s = result.array(CROP, f"{CLIP}/times_s")
    shown = [
        _view(number, event, measured, anonymous=anonymous)
        for number, (event, measured) in enumerate(zip(events, measures, strict=True), 1)
        if measured is not None
    ]
    said = (
        f"{facts['micro']} count, {facts['macro']} last or stay, {facts['rejected']} are rejected, "
        f"in {facts['minutes']:.2f} minutes of face at {facts['rate_hz']:.0f} frames a second; "
        f"{facts['settings']['false_alarms_per_min']:g} false alarms a minute were put up with."
    )
    return micro_page(
        MicroView(
            title=f"{result.path.name}: brief movements",
            said=said,
            notes=tuple(facts["notes"]),
            span_s=(float(times_s[0]), float(times_s[-1])),
            events=tuple(events),
            shown=tuple(shown),
        )
    )


def show_in_report(folder: Path, events: Sequence[ExpressionEvent]) -> None:
    """Put events and the strips of ``micro.html`` into the folder's report, where both are there.

    A report that is written anew has no such section until this is done again.
    """
    report, own = folder / REPORT_FILE, folder / PAGE
    if not report.is_file() or not own.is_file():
        return
    with disk_errors(report):
        before = report.read_text(encoding="utf-8")
        after = with_brief(before, events, strips_of(own.read_text(encoding="utf-8")))
        if after != before:
            replace_file(report, after.encode())


def magnified_apex(found: EventMeasure, ed_px: float, *, by: float = BY) -> tuple[UInt8, float]:
    """The mean picture of rest, its skin moved ``by`` times as far as at the apex, or by less.

    The second value is how many times as far it was moved: large movements would tear.
    """
    sd_px = SMOOTH * found.rest.shape[1]
    known = np.asarray(np.isfinite(found.flow_px).all(0), np.float32)
    weight = np.asarray(cv2.GaussianBlur(known, (0, 0), sd_px))
    # Toward the rim, beyond which nothing is known, movement fades out.
    certain = np.where(known > 0, found.flow_px, np.float32(0))
    moved = [cv2.GaussianBlur(part, (0, 0), sd_px) for part in certain]
    field = np.stack(moved) * np.clip(weight, 0, 1)
    added = np.asarray((by - 1) * field, np.float32)
    by = 1 + (by - 1) * float(held_back(added[None], FARTHEST_ED * ed_px)[0])
    return push(found.rest, (by * field).astype(np.float32)), by


def _view(
    number: int,
    event: ExpressionEvent,
    measured: tuple[FaceClip, EventMeasure],
    *,
    anonymous: bool,
) -> EventView:
    clip, found = measured
    pictures: tuple[tuple[str, UInt8], ...] = ()
    if not anonymous:
        offset = int(np.abs(clip.times_s - event.offset_s).argmin())
        larger, by = magnified_apex(found, clip.ed_px)
        pictures = (
            ("onset (mean of rest)", found.rest),
            ("apex (mean)", found.apex),
            ("offset", np.asarray(clip.pixels[offset], np.uint8)),
            (f"apex, magnified by {by:.2g}", larger),
        )
    return EventView(
        number=number,
        event=event,
        pictures=pictures,
        flow_px=found.flow_px,
        words=(*(motion.words for motion in found.motions), *found.units),
    )
