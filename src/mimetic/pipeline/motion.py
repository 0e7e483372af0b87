"""How the stabilised face moves: flow from neutral and between frames, regions, lids."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.flow.clips import a_row_a_frame, first_needed, join_clips
from mimetic.io.layout import (
    EVENTS,
    FLOW,
    MOTION,
    REGIONS,
)
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.ops.asymmetry import Asymmetry, asymmetry
from mimetic.ops.dynamics import SPEED_LAG_S, DynamicsMeter, DynamicsRows, local_dynamics
from mimetic.ops.lids import find_blinks, lid_aperture, lid_summary, relative_lids
from mimetic.ops.regions import region_masks, region_scheme
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.settings import AnalyzeConfig, Progress
from mimetic.pipeline.stopwatch import Stopwatch
from mimetic.pipeline.stretches import Material
from mimetic.types import FaceClip, Float64, FlowField, LocalDynamics

Array = npt.NDArray[Any]
SEED = 0  # of the intervals of left against right
LID_APERTURE, LID_OPEN = "lid_aperture_ed", "lid_open_ed"
ROWS = tuple(DynamicsRows.__dataclass_fields__)
FLOW_STEPS = "flow_steps"  # record of the flow that speeds are made of, a row for each frame


def run_motion(
    folder: ResultFolder,
    config: AnalyzeConfig,
    *,
    material: Material,
    inputs: tuple[str, ...],
    progress: Progress,
) -> Stage:
    """The stage "motion": records ``regions`` and ``events`` (blinks), with --flow the flow too."""
    settings = config_hash_of(material.method.name, config.regions, config.keep_flow)
    stage = folder.stage(MOTION, config_hash=settings, inputs=inputs)
    if not stage.done:
        moving = _MotionPass(stage, material, config)
        arrays, facts = moving.run(progress)
        stage.finish(arrays, facts=facts, provenance=provenance_of(folder, settings))
    return stage


class _MotionPass:
    """Flow and regional features of one recording, from the last confirmed chunk on."""

    def __init__(self, stage: Stage, material: Material, config: AnalyzeConfig) -> None:
        stretches = material.stretches
        self._stage, self._stretches, self._estimator = stage, stretches, material.method
        self._scheme = region_scheme(config.regions)
        self._keep_flow = config.keep_flow
        self._watch = Stopwatch()
        first = stretches.read(0, 1)
        masks = region_masks(first.mesh_px, first.pixels.shape[1], self._scheme)
        self._times_s = stretches.times_s
        self._meter = DynamicsMeter(masks, ed_px=first.ed_px)
        state = stage.state()
        if state is not None:
            self._meter.restore(state)

    def run(self, progress: Progress) -> tuple[dict[str, Array], dict[str, Any]]:
        """Measure what is not stored yet; the arrays and facts of the whole."""
        for start in range(self._stage.rows, self._stretches.rows, CHUNK):
            clip = self._stretches.read(start, min(start + CHUNK, self._stretches.rows))
            with self._watch("flow"):
                neutral = self._estimator.predict(clip, against="neutral")
                with_past = self._with_frames_before(start, clip)
                steps = self._estimator.predict(with_past, against=SPEED_LAG_S)
            with self._watch("regions"):
                rows = self._meter.step(neutral, steps)
                aperture = lid_aperture(clip.shape_ed)
                aperture[~clip.valid | clip.repeated] = np.nan
            with self._watch("store"):
                self._write(rows, aperture, neutral, steps)
            progress("movement", (start + clip.times_s.size) / self._stretches.rows)
        return self._whole()

    def _sides(self, dynamics: LocalDynamics) -> tuple[Asymmetry, ...]:
        rng = np.random.default_rng(SEED)
        # What the head does is the same for both sides only while it does not turn.
        return asymmetry(dynamics, pairs=self._scheme.pairs, rng=rng, feature="residual_ed")

    def _with_frames_before(self, start: int, clip: FaceClip) -> FaceClip:
        """The stretch and the frames before it from which its first speeds are measured."""
        repeated = self._stretches.repeated[:start]
        if repeated.all():
            return clip
        first = first_needed(self._times_s[:start], repeated, seconds=SPEED_LAG_S)
        return join_clips(self._stretches.read(first, start), clip)

    def _write(
        self, rows: DynamicsRows, aperture: Float64, neutral: FlowField, steps: FlowField
    ) -> None:
        arrays: dict[str, Array] = {name: getattr(rows, name) for name in ROWS}
        arrays[LID_APERTURE] = aperture
        records = {}
        if self._keep_flow:
            records = {FLOW: neutral, FLOW_STEPS: a_row_a_frame(steps, rows.times_s)}
        self._stage.append(arrays, records=records, state=self._meter.state())

    def _whole(self) -> tuple[dict[str, Array], dict[str, Any]]:
        rows = DynamicsRows(**{name: self._stage.read(name) for name in ROWS})
        dynamics = local_dynamics(
            [rows], regions=self._scheme.regions, repeated=self._stretches.repeated
        )
        lids = relative_lids(self._stage.read(LID_APERTURE), rows.times_s)
        blinks = find_blinks(lids)
        self._stage.write_record(REGIONS, dynamics)
        self._stage.write_record(EVENTS, blinks)
        facts = {
            "method": self._estimator.name,
            "lids": dataclasses.asdict(lid_summary(lids, blinks)),
            "asymmetry": [dataclasses.asdict(one) for one in self._sides(dynamics)],
            "cpu_s": self._watch.cpu_s,
        }
        return {LID_OPEN: lids.open_ed}, facts
