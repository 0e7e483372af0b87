"""The page of what was spotted, from a result folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from mimetic.io.layout import CLIP, CROP
from mimetic.io.result import Result
from mimetic.micro.measure import EventMeasure
from mimetic.micro.push import push
from mimetic.report.micro import EventView, MicroView, micro_page
from mimetic.types import ExpressionEvent, FaceClip, UInt8

PAGE = "micro.html"
BY = 8  # of the magnified apex
SMOOTH = 1 / 64  # of the crop's width; finer detail of a small flow is noise


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


def magnified_apex(found: EventMeasure, by: float = BY) -> UInt8:
    """The mean picture of rest, its skin moved ``by`` times as far as at the apex."""
    sd_px = SMOOTH * found.rest.shape[1]
    known = np.asarray(np.isfinite(found.flow_px).all(0), np.float32)
    weight = np.asarray(cv2.GaussianBlur(known, (0, 0), sd_px))
    # Toward the rim, beyond which nothing is known, movement fades out.
    certain = np.where(known > 0, found.flow_px, np.float32(0))
    moved = [cv2.GaussianBlur(part, (0, 0), sd_px) for part in certain]
    field = np.stack(moved) * np.clip(weight, 0, 1)
    return push(found.rest, (by * field).astype(np.float32))


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
        pictures = (
            ("onset (mean of rest)", found.rest),
            ("apex (mean)", found.apex),
            ("offset", np.asarray(clip.pixels[offset], np.uint8)),
            (f"apex, magnified by {BY}", magnified_apex(found)),
        )
    return EventView(
        number=number,
        event=event,
        pictures=pictures,
        flow_px=found.flow_px,
        words=(*(motion.words for motion in found.motions), *found.units),
    )
