"""The paper's flow labels of somebody's own video: ``mimetic flow labels``.

The folder is a result folder with the stages of tracking and one more, ``labels``:
one row for each pair of neighbouring frames that show the face, in arrays

* ``flow/flow_px`` [N 2 S S] (int16 of 1/256 px, -32768 outside the landmarks), ``flow/valid``,
  ``flow/start_s`` and ``flow/end_s`` [N], together the record ``flow`` (FlowField);
* ``first`` and ``second`` [N S S], the two grey pictures;
* ``landmarks_first`` and ``landmarks_second`` [N L 2] in their pixels, without added jitter;
* ``frames`` [N 2], rows of the video's frames, and ``square`` [N 3]: left, top and scale, so that
  pixel u of a picture lies at left + u / scale in the video.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.flow.labels import KIND, LabelSettings
from mimetic.flow.records import FlowPair
from mimetic.io.layout import FLOW
from mimetic.io.result import Result, open_result
from mimetic.io.store import CHUNK, ResultFolder, Source
from mimetic.pipeline.analysis import open_video
from mimetic.pipeline.edits import read_edits
from mimetic.pipeline.labelling import LABELS, PREVIEW, Labelling, LabelSource
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.people import run_people
from mimetic.pipeline.settings import AnalyzeConfig, Progress, silent
from mimetic.pipeline.tracking import run_tracking

VERSION = 1  # of what the stage leaves


def make_labels(
    video: str | Path,
    *,
    out: str | Path,
    settings: LabelSettings | None = None,
    config: AnalyzeConfig | None = None,
    progress: Progress = silent,
) -> Result:
    """Label every pair of neighbouring frames of a video by the landmarks of one person.

    ``config`` chooses the person and the stretch. What ``out`` holds is used, and an
    interrupted run goes on from its last chunk with the same bits. The folder shows the
    person's face. Raises NoFaceError where no two neighbouring frames show it.
    """
    settings, config = settings or LabelSettings(), config or AnalyzeConfig()
    opened = open_video(video, config)
    origin = Source(str(opened.path), opened.sha256)
    with ResultFolder.create_or_open(out, source=origin) as folder:
        tracking = run_tracking(folder, opened, config, progress=progress)
        people = run_people(folder, config, read_edits(folder.path), track=tracking)
        made_from = config_hash_of(settings, VERSION)
        stage = folder.stage(LABELS, config_hash=made_from, inputs=(tracking.hash, people.hash))
        if not stage.done:
            source = LabelSource(folder, opened, config)
            facts = Labelling(stage, source, settings).run(folder.path, progress)
            stage.finish(facts=facts, provenance=provenance_of(folder, made_from))
        folder.clear_scratch()
    return open_result(out)


def read_labels(folder: str | Path) -> Iterator[FlowPair]:
    """The labelled pairs of a folder that ``make_labels`` wrote, in order of time."""
    result = open_result(folder)
    for start in range(0, int(result.facts(LABELS)["pairs"]), CHUNK):
        rows = {"start": start, "stop": start + CHUNK}
        flow = result.record(LABELS, FLOW, **rows)
        first, second = (result.array(LABELS, name, **rows) for name in ("first", "second"))
        for n, valid in enumerate(flow.valid):
            known = np.where(valid, flow.flow_px[n], 0)
            yield FlowPair(
                first=first[n],
                second=second[n],
                flow_px=known,
                valid=valid,
                kind=KIND,
                peak_px=float(np.hypot(*known).max()),
            )


def describe_labels(result: Result) -> dict[str, Any]:
    """What a folder of labels holds, in plain values."""
    facts = result.facts(LABELS)
    return {
        "labels": str(result.path),
        "preview": str(result.path / PREVIEW),
        **{name: facts[name] for name in ("pairs", "points", "size_px", "median_px", "most_px")},
    }
