"""Recognisers of brief movements: tested on people left out, learnt, used on a recording."""

from __future__ import annotations

import csv
import hashlib
import math
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.errors import ArgumentError, DatasetError, MimeticError
from mimetic.flow.methods import METHODS
from mimetic.flow.predict import AUTO, FlowEstimator
from mimetic.io.layout import EVENTS, MICRO, MICRO_CLASSES
from mimetic.io.result import Result, open_result
from mimetic.io.store import ResultFolder, Source
from mimetic.micro.loso import Scores, loso
from mimetic.micro.maps import micro_maps
from mimetic.micro.mapset import COLUMNS, MapSet, read_maps
from mimetic.micro.recognise import MicroModel
from mimetic.pipeline.micro import clip_around, stored_events
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.types import ExpressionEvent, FaceClip

CLIPS = ("result", "subject", "label", "onset_s", "apex_s", "offset_s")
MOMENTS = CLIPS[3:]
SHOWN = 10


def read_training(source: str | Path, *, method: str | None = None) -> MapSet:
    """Maps to learn from: a folder of them, its maps.csv, or a list of events in result folders.

    The list has the columns result, subject, label, onset_s, apex_s, offset_s; paths are those
    beside it, flow is measured by ``method`` (the default one where none is said). Of ready maps
    ``method`` says by what they were made. DatasetError names all rows that cannot be used.
    """
    source = Path(source)
    if source.is_dir() or not source.is_file():
        return _ready(source, method)
    try:
        with source.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names, rows = list(reader.fieldnames or []), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{source}: expected a CSV table, got {error}") from error
    if COLUMNS[0] in names and CLIPS[0] not in names:
        return _ready(source, method)
    absent = [name for name in CLIPS if name not in names]
    if absent or not rows:
        raise DatasetError(
            f"{source}: expected rows of {', '.join(CLIPS)} (or, for maps, {', '.join(COLUMNS)}), "
            f"got {len(rows)} rows without {', '.join(absent) or 'anything'}"
        )
    return _of_clips(source, rows, FlowEstimator.load(method or AUTO))


def try_maps(maps: MapSet, *, kind: str = "kernel", seed: int = 0) -> tuple[Scores, float]:
    """The nested left-out-subject test of maps, and the CPU seconds that it took."""
    started_s = time.process_time()
    found = loso(maps.maps, maps.labels, maps.subjects, kind=kind, seed=seed)
    return found, time.process_time() - started_s


def told_scores(found: Scores, maps: MapSet, *, cpu_s: float) -> dict[str, Any]:
    """A left-out-subject test in plain values."""
    count = Counter(maps.labels)
    classes = [
        {"class": name, "maps": count[name], "f1": f1, "recall": recall}
        for name, f1, recall in zip(found.classes, found.f1, found.recall, strict=True)
    ]
    return {
        "kind": found.kind,
        "protocol": found.protocol,
        "maps": len(maps.labels),
        "subjects": len(set(maps.subjects)),
        "flow": maps.flow or None,
        "uf1": found.uf1,
        "uf1_low": found.uf1_low,
        "uf1_high": found.uf1_high,
        "uar": found.uar,
        "uar_low": found.uar_low,
        "uar_high": found.uar_high,
        "classes": classes,
        "confusion": found.confusion.tolist(),
        "cpu_s": cpu_s,
    }


def recognise_result(folder: str | Path, model: str | Path, *, method: str | None = None) -> Result:
    """Say which class each micro-expression of ``spot_result`` is, and keep it in the folder.

    Flow is measured by the method of the model's own maps; ``method`` counts where the model
    does not know it. ``Result.events`` then have their label and a score for each class; the
    stage ``micro_classes`` names those that could not be told. Raises StoreError where nothing
    was spotted yet, ModelError for a folder that is no model, and ArgumentError for another
    method than the model's.
    """
    loaded = MicroModel.load(model)
    flow = flow_of(loaded, method)
    result = open_result(folder)
    events = stored_events(result)
    source = Source(result.source.path, result.source.sha256)
    with ResultFolder.create_or_open(folder, source=source) as opened:
        made_by = config_hash_of(_hash_of(model), flow.name)
        found = opened.finished(MICRO)
        stage = opened.stage(MICRO_CLASSES, config_hash=made_by, inputs=(found.hash,))
        if not stage.done:
            told, rows = [], []
            for number, event in enumerate(events, 1):
                named, row = _classed(result, event, model=loaded, flow=flow)
                told.append(named)
                if row:
                    rows.append({"event": number, "apex_s": event.apex_s, **row})
            provenance = provenance_of(opened, made_by, weights_hash=_hash_of(model))
            stage.write_record(EVENTS, told)
            columns = _columns(rows, loaded.classes)
            stage.write_table(MICRO_CLASSES, columns, csv=True, provenance=provenance)
            facts = {"kind": loaded.facts.kind, "classes": list(loaded.classes),
                     "model_method": loaded.facts.flow or None}  # fmt: skip
            stage.finish(facts={**facts, "method": flow.name, "events": rows},
                         provenance=provenance)  # fmt: skip
    return open_result(folder)


def flow_of(model: MicroModel, method: str | None) -> FlowEstimator:
    """The method by which maps for a model are made: its own, or the one asked for."""
    own = model.facts.flow
    if not own:
        return FlowEstimator.load(method or AUTO)
    if method is None and own not in METHODS:
        raise ArgumentError(
            f"--method: expected the folder of {own}, by which the model's maps were made, got none"
        )
    flow = FlowEstimator.load(method or own)
    if flow.name != own:
        raise ArgumentError(
            f"--method: the model's maps were made by {own}, maps by {flow.name} are others; "
            "leave --method out"
        )
    return flow


def _classed(
    result: Result, event: ExpressionEvent, *, model: MicroModel, flow: FlowEstimator
) -> tuple[ExpressionEvent, dict[str, Any]]:
    """An event with its class, and its row; no row for one that does not count."""
    if event.kind != "micro" or event.rejected is not None:
        return event, {}
    try:
        maps = micro_maps(clip_around(result, event), [event], flow=flow)
    except ArgumentError as error:
        return event, {"label": None, "scores": {}, "error": str(error)}
    said = model.predict(maps)
    scores = dict(zip(model.classes, said.scores[0].tolist(), strict=True))
    named = {f"class_{name}": value for name, value in scores.items()}
    labelled = replace(event, label=said.labels[0], scores={**event.scores, **named})
    return labelled, {"label": said.labels[0], "scores": scores, "error": None}


def _columns(rows: list[dict[str, Any]], classes: tuple[str, ...]) -> dict[str, Any]:
    columns: dict[str, Any] = {"event": np.array([row["event"] for row in rows], np.int64)}
    columns["apex_s"] = np.array([row["apex_s"] for row in rows], np.float64)
    columns["label"] = [row["label"] for row in rows]
    for name in classes:
        columns[f"score_{name}"] = np.array(
            [row["scores"].get(name, np.nan) for row in rows], np.float64
        )
    columns["error"] = [row["error"] for row in rows]
    return columns


def _hash_of(model: str | Path) -> str:
    return hashlib.sha256((Path(model) / "provenance.json").read_bytes()).hexdigest()


def _ready(source: Path, method: str | None) -> MapSet:
    maps = read_maps(source)
    return replace(maps, flow=FlowEstimator.load(method).name) if method else maps


def _of_clips(source: Path, rows: list[dict[str, str]], flow: FlowEstimator) -> MapSet:
    """Maps of listed events; every row that cannot be used is told."""
    maps, faults = [], []
    for line, row in enumerate(rows, 2):
        try:
            clip, event = _listed(source.parent, row)
            maps.append(micro_maps(clip, [event], flow=flow)[0])
        except MimeticError as error:
            faults.append(f"{source}: line {line}: {error}")
    if faults:
        more = f"\n... and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise DatasetError("\n".join(faults[:SHOWN]) + more)
    return MapSet(
        maps=np.stack(maps),
        labels=tuple(row["label"] for row in rows),
        subjects=tuple(row["subject"] for row in rows),
        files=tuple(f"{row['result']} {float(row['apex_s']):g}" for row in rows),
        flow=flow.name,
    )


def _listed(home: Path, row: dict[str, str]) -> tuple[FaceClip, ExpressionEvent]:
    """The clip and the event of a row; DatasetError where its moments are no numbers."""
    try:
        onset_s, apex_s, offset_s = (float(row[name]) for name in MOMENTS)
    except (TypeError, ValueError) as error:
        raise DatasetError(f"onset_s, apex_s, offset_s: expected seconds, got {error}") from error
    if not all(map(math.isfinite, (onset_s, apex_s, offset_s))) or not (
        row["subject"] and row["label"]
    ):
        raise DatasetError("expected a subject, a label and moments in seconds, one is missing")
    event = ExpressionEvent(
        onset_s=onset_s, apex_s=apex_s, offset_s=offset_s, kind="micro", label=row["label"]
    )
    return clip_around(open_result(home / row["result"]), event), event
