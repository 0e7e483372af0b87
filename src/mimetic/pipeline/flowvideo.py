"""The video of ``mimetic flow estimate --overlay``: arrows, colours and stretch, side by side."""

from __future__ import annotations

import os

import numpy as np

from mimetic.io.disk import disk_errors
from mimetic.io.layout import FLOW, FLOW_OVERLAY
from mimetic.io.overlay import VideoWriter
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.ops.strain import strain_of
from mimetic.pipeline.origins import config_hash_of
from mimetic.pipeline.settings import AnalyzeConfig, Progress
from mimetic.pipeline.stretches import Material
from mimetic.report.panel import STRAIN_SIGMA_PX, FlowPanel, PanelScale
from mimetic.types import FlowField

FLOW_VIDEO = "flow.mp4"
LOOKED_AT = 60  # pairs that the range of stretch is taken from
USUAL = 90  # percent of the pairs lie within the colours


def run_flow_overlay(
    folder: ResultFolder,
    config: AnalyzeConfig,
    material: Material,
    *,
    flow: Stage,
    progress: Progress,
) -> Stage:
    """Write ``flow.mp4``: one picture for each distinct frame, at its time, on one scale."""
    stage = folder.stage(
        FLOW_OVERLAY, config_hash=config_hash_of(config.anonymous), inputs=(flow.hash,)
    )
    if stage.done:
        return stage
    stretches = material.stretches
    first = stretches.read(0, 1)
    panel = FlowPanel(_scale(flow, first.ed_px), first.pixels.shape[1], anonymous=config.anonymous)
    # The writer wants a name that ends like a video.
    part = folder.path / "flow.part.mp4"
    with disk_errors(part), VideoWriter(part, panel.width_px, panel.height_px) as writer:
        for start in range(0, stretches.rows, CHUNK):
            clip = stretches.read(start, min(start + CHUNK, stretches.rows))
            field: FlowField = flow.read_record(FLOW, start=start, stop=start + clip.times_s.size)
            for row in np.flatnonzero(~clip.repeated).tolist():
                # A clock that begins below zero has no place in a video file.
                time_s = float(clip.times_s[row]) - min(0.0, float(stretches.times_s[0]))
                writer.write(panel.draw(clip, row, field), time_s)
            progress("flow video", (start + clip.times_s.size) / stretches.rows)
    os.replace(part, folder.path / FLOW_VIDEO)
    stage.add_files(FLOW_VIDEO)
    stage.finish()
    return stage


def _scale(flow: Stage, ed_px: float) -> PanelScale:
    """One scale for the whole video, from what its pairs come to."""
    peak = flow.read("peak_px")
    known = np.flatnonzero(np.isfinite(peak))
    if not known.size:
        return PanelScale(ed_px=ed_px)
    areas = []
    for row in known[np.unique(np.linspace(0, known.size - 1, LOOKED_AT).astype(int))].tolist():
        field = flow.read_record(FLOW, start=row, stop=row + 1)
        area = np.abs(strain_of(field.flow_px[0], sigma_px=STRAIN_SIGMA_PX).area)
        if np.isfinite(area).any():
            areas.append(float(np.nanpercentile(area, 99)))
    return PanelScale(
        ed_px=ed_px,
        range_px=max(float(np.percentile(peak[known], USUAL)), 0.05),
        range_area=max(float(np.percentile(areas, USUAL)) if areas else 0.0, 0.01),
    )
