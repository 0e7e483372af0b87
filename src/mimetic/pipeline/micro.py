"""Micro-expressions of a stored recording: spotted, measured, kept in its folder.

The stage ``micro`` holds every movement that stood out, numbered from 1 by its onset: those
that count, those that last or are large ("macro"), and those that were rejected, with the reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.errors import ArgumentError, StoreError
from mimetic.flow.predict import AUTO, FlowEstimator
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.layout import CLIP, CROP, EVENTS, MICRO, MOTION, NEUTRAL
from mimetic.io.result import Result, open_result
from mimetic.io.store import ResultFolder, Source
from mimetic.micro.measure import EventMeasure, measure_event
from mimetic.micro.spot import SpotSettings, Spotting, survey
from mimetic.pipeline.flow import stored_config
from mimetic.pipeline.micropage import PAGE, page_of, show_in_report
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.types import ExpressionEvent, FaceClip, FlowMethod

TABLE = "micro_events"
AROUND_S = 0.3  # before and after an event, enough for its rest
MEASURED = ("peak_px", "peak_ed", "speed_px_s")
NUMBERS = ("onset_s", "apex_s", "offset_s", "duration_s", "amplitude_px", "amplitude_ed", "snr",
           "false_alarms_per_min", *MEASURED)  # fmt: skip

Row = dict[str, Any]


def spot_result(
    folder: str | Path, settings: SpotSettings | None = None, *, method: str = AUTO
) -> Result:
    """Spot, measure and store the brief movements of a recording; what is there is used.

    ``Result.events`` has them, ``told_spotting`` their figures, ``tables/micro_events`` a row
    for each, and ``micro.html`` a strip of pictures for each that counts, which ``report.html``
    then has too. Other settings measure anew in the place of those before. Raises InputError for
    less than two seconds of face and StoreError where no crops are kept.
    """
    settings = settings or SpotSettings()
    flow = FlowEstimator.load(method)
    result = open_result(folder)
    source = Source(result.source.path, result.source.sha256)
    with ResultFolder.create_or_open(folder, source=source) as opened:
        made_from = tuple(opened.finished(name).hash for name in (CROP, NEUTRAL, MOTION))
        anonymous = stored_config(result.path).anonymous
        made_by = config_hash_of(settings, flow.name, anonymous)
        stage = opened.stage(MICRO, config_hash=made_by, inputs=made_from)
        if not stage.done:
            found = survey(result, settings)
            events = in_order(found)
            measures = [measured(result, event, flow) for event in events]
            both = zip(events, measures, strict=True)
            rows = [event_row(n, event) | measured_row(m) for n, (event, m) in enumerate(both, 1)]
            facts = _facts(found, rows, flow.name)
            page = page_of(result, events, measures, facts=facts, anonymous=anonymous)
            provenance = provenance_of(opened, made_by)
            stage.write_record(EVENTS, events)
            stage.write_table(TABLE, columns_of(rows), csv=True, provenance=provenance)
            with disk_errors(opened.path):
                replace_file(opened.path / PAGE, page.encode())
            stage.add_files(PAGE)
            stage.finish(facts=facts, provenance=provenance)
        show_in_report(opened.path, opened.stored().record(MICRO, EVENTS))
    return open_result(folder)


def told_spotting(result: Result) -> dict[str, Any]:
    """What the stage ``micro`` found, in plain values; StoreError where it did not run."""
    if not result.stages.get(MICRO, False):
        raise StoreError(
            f"{result.path}: expected events, found none; run: mimetic micro spot {result.path}"
        )
    return result.facts(MICRO)


def stored_events(result: Result) -> tuple[ExpressionEvent, ...]:
    """All events of the stage ``micro`` by their number, from 1; StoreError where there is none."""
    told_spotting(result)
    events: tuple[ExpressionEvent, ...] = result.record(MICRO, EVENTS)
    return events


def stored_event(result: Result, number: int) -> ExpressionEvent:
    """One of them; ArgumentError for a number that none has."""
    events = stored_events(result)
    if not 1 <= number <= len(events):
        known = f"1 to {len(events)}" if events else "none, as nothing was found"
        raise ArgumentError(f"--event: expected a number of mimetic micro spot ({known}), "
                            f"got {number}")  # fmt: skip
    return events[number - 1]


def in_order(found: Spotting) -> list[ExpressionEvent]:
    """Everything that stood out, by its onset."""
    return sorted((*found.micro, *found.macro, *found.rejected), key=lambda event: event.onset_s)


def clip_around(result: Result, event: ExpressionEvent, *, around_s: float = AROUND_S) -> FaceClip:
    """The stabilised frames of an event and of the time before and after it."""
    times_s = result.array(CROP, f"{CLIP}/times_s")
    first = int(np.searchsorted(times_s, event.onset_s - around_s))
    last = int(np.searchsorted(times_s, event.offset_s + around_s, side="right"))
    return result.clip(first, max(last, first + 1))


def event_row(number: int, event: ExpressionEvent) -> Row:
    """An event in plain values."""
    row: Row = {"event": number, "kind": event.kind}
    for name in ("onset_s", "apex_s", "offset_s", "amplitude_px", "amplitude_ed", "snr"):
        row[name] = getattr(event, name)
    row["duration_s"] = event.offset_s - event.onset_s
    row["regions"] = list(event.regions)
    row["side"] = event.side
    row["false_alarms_per_min"] = event.scores.get("false_alarms_per_min")
    row["rejected"] = event.rejected
    return row


def measured_row(found: tuple[FaceClip, EventMeasure] | None) -> Row:
    """What flow from rest to apex says of an event; None where it was not measured."""
    if found is None:
        return {**dict.fromkeys(MEASURED), "motions": [], "units": {}}
    row: Row = {name: getattr(found[1], name) for name in MEASURED}
    row["motions"] = [motion.words for motion in found[1].motions]
    row["units"] = dict(found[1].units)
    return row


def measured(
    result: Result, event: ExpressionEvent, flow: FlowMethod
) -> tuple[FaceClip, EventMeasure] | None:
    """An event that counts with its clip, measured; None where frames of it are missing."""
    if event.kind != "micro" or event.rejected is not None:
        return None
    clip = clip_around(result, event)
    try:
        return clip, measure_event(clip, event, flow=flow)
    except ArgumentError:
        return None


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows of events as the columns of a table: numbers with NaN, lists as words."""
    columns: dict[str, Any] = {"event": np.array([row["event"] for row in rows], np.int64)}
    columns["kind"] = [row["kind"] for row in rows]
    for name in NUMBERS:
        columns[name] = np.array([row.get(name) for row in rows], np.float64)
    for name in ("side", "rejected"):
        columns[name] = [row[name] for row in rows]
    columns["regions"] = [" ".join(row["regions"]) for row in rows]
    columns["motions"] = ["; ".join(row["motions"]) for row in rows]
    columns["units"] = [" ".join(row["units"]) for row in rows]
    return columns


def _facts(found: Spotting, rows: Sequence[Row], method: str) -> dict[str, Any]:
    return {
        "minutes": found.minutes,
        "rate_hz": found.rate_hz,
        "shortest_s": found.shortest_s,
        "threshold": found.threshold,
        "settings": dataclasses.asdict(found.settings),
        "method": method,
        "micro": len(found.micro),
        "macro": len(found.macro),
        "rejected": len(found.rejected),
        "notes": list(found.notes),
        "events": list(rows),
    }
