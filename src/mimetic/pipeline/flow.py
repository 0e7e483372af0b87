"""Dense flow of a whole recording, stored: what ``mimetic flow estimate`` does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.config import read_config
from mimetic.errors import ArgumentError
from mimetic.flow.clips import a_row_a_frame, check_against, first_needed, join_clips
from mimetic.flow.predict import FlowEstimator, FlowSettings
from mimetic.io.layout import CROP, FLOW, FLOW_ESTIMATE, NEUTRAL, TEMPLATE
from mimetic.io.result import Result, open_result
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.pipeline.analysis import Run, open_video
from mimetic.pipeline.flowvideo import run_flow_overlay
from mimetic.pipeline.origins import NETWORKS_HASH, config_hash_of, provenance_of
from mimetic.pipeline.repeat import SETTINGS_FILE
from mimetic.pipeline.settings import AnalyzeConfig, Progress, silent
from mimetic.pipeline.stopwatch import Stopwatch
from mimetic.pipeline.stretches import Material, Stretches, forget_pixels, has_pixels
from mimetic.types import Against, FaceClip, FlowField, FlowMethod

USUAL = 99  # percent of the face within what is called the peak
PEAK, SIGMA, SHARE = "peak_px", "sigma_median_px", "valid_share"


@dataclass(frozen=True, kw_only=True)
class FlowWish:
    """Which flow is asked for: by what method, between which frames, and how it is shown.

    ``against`` as in ``FlowEstimator.predict``; ``method`` a name, a trained folder, or any
    object with name, pair and predict; ``settings`` are for the named ones.
    """

    method: str | FlowMethod = "auto"
    against: Against = "neighbour"
    settings: FlowSettings = field(default_factory=FlowSettings)
    overlay: bool = False

    def __post_init__(self) -> None:
        check_against(self.against)
        if self.against == "neutral" and self.settings.frames == 3:
            raise ArgumentError(
                "against, frames: the neutral face has no frame before it; measure three frames "
                "against neighbours or seconds"
            )

    def load(self) -> FlowMethod:
        """The method itself."""
        if isinstance(self.method, str):
            return FlowEstimator.load(self.method, self.settings)
        return self.method


def estimate_flow(
    video: str | Path,
    *,
    out: str | Path,
    wish: FlowWish | None = None,
    config: AnalyzeConfig | None = None,
    progress: Progress = silent,
) -> Result:
    """Measure and store the dense flow of the face in a video; ``Result.flow`` reads it.

    ``out`` may be a result of ``analyze``: what it holds is used, and its own settings are
    taken where ``config`` is None. Missing stages up to the neutral face are made first. An
    interrupted run goes on from its last chunk; another wish measures anew, in the place
    of the one before.
    """
    wish = wish or FlowWish()
    method = wish.load()
    config = config or stored_config(Path(out))
    run = Run(open_video(video, config), Path(out), config, progress)
    with run.folder() as folder:
        pixels = has_pixels(folder)
        if not pixels:
            for name in (TEMPLATE, CROP, NEUTRAL):  # the rest was made from these same pixels
                folder.restart(name, keep_dependents=True)
        try:
            stretches, made = run.to_neutral(folder)
            material = Material(stretches=stretches, method=method)
            stage = run_flow(folder, wish, material=material, inputs=made, progress=progress)
            if wish.overlay:
                run_flow_overlay(folder, config, material, flow=stage, progress=progress)
        finally:
            if not pixels:
                forget_pixels(folder)  # whoever wanted none kept does not want them now
        folder.clear_scratch()
    return open_result(out)


def stored_config(out: Path) -> AnalyzeConfig:
    """The settings of a result folder, the usual ones where there is none."""
    path = out / SETTINGS_FILE
    return read_config(AnalyzeConfig, path) if path.is_file() else AnalyzeConfig()


def run_flow(
    folder: ResultFolder,
    wish: FlowWish,
    *,
    material: Material,
    inputs: tuple[str, ...],
    progress: Progress,
) -> Stage:
    """The stage "flow": the record ``flow`` with one row for each frame, and what it cost."""
    method = material.method
    weights = str(getattr(method, "weights_hash", ""))
    settings = config_hash_of(method.name, weights, wish.against, wish.settings)
    stage = folder.stage(FLOW_ESTIMATE, config_hash=settings, inputs=inputs)
    if not stage.done:
        facts = _FlowPass(stage, wish, material).run(progress)
        made = hashlib.sha256((NETWORKS_HASH + weights).encode()).hexdigest()
        provenance = provenance_of(folder, settings, weights_hash=made)
        stage.finish(facts=facts, provenance=provenance)
    return stage


class _FlowPass:
    """Flow of one recording, from the last confirmed chunk on."""

    def __init__(self, stage: Stage, wish: FlowWish, material: Material) -> None:
        self._stage, self._wish = stage, wish
        self._stretches: Stretches = material.stretches
        self._method = material.method
        self._watch = Stopwatch()
        self._pairs = 0  # measured by this run

    def run(self, progress: Progress) -> dict[str, Any]:
        """Measure what is not stored yet; the facts of the whole."""
        for start in range(self._stage.rows, self._stretches.rows, CHUNK):
            clip = self._stretches.read(start, min(start + CHUNK, self._stretches.rows))
            with self._watch("flow"):
                found = self._measure(start, clip)
            self._pairs += int(found.valid.any((1, 2)).sum())
            with self._watch("store"):
                self._stage.append(_rows(found), records={FLOW: found})
            progress("flow", (start + clip.times_s.size) / self._stretches.rows)
        return self._facts()

    def _measure(self, start: int, clip: FaceClip) -> FlowField:
        against = self._wish.against
        if against == "neutral":
            return self._method.predict(clip, against=against)
        found = self._method.predict(self._with_frames_before(start, clip), against=against)
        return a_row_a_frame(found, clip.times_s)

    def _with_frames_before(self, start: int, clip: FaceClip) -> FaceClip:
        """The stretch and the frames before it from which its first pairs are measured."""
        repeated, times_s = self._stretches.repeated[:start], self._stretches.times_s[:start]
        against = self._wish.against
        lag_s = 0.0 if isinstance(against, str) else against
        for _ in range(self._wish.settings.frames - 1):
            if repeated.all():
                break
            first = first_needed(times_s, repeated, seconds=lag_s)
            clip = join_clips(self._stretches.read(first, times_s.size), clip)
            times_s, repeated = times_s[:first], repeated[:first]
        return clip

    def _facts(self) -> dict[str, Any]:
        """What was found and what it cost, in plain values."""
        peak, share = self._stage.read(PEAK), self._stage.read(SHARE)
        sigma = self._stage.read(SIGMA)
        cpu_ms = 1e3 * self._watch.cpu_s.get("flow", 0.0) / self._pairs if self._pairs else None
        return {
            "method": self._method.name,
            "against": self._wish.against,
            "frames_used": self._wish.settings.frames,
            "checked": self._wish.settings.check,
            "pairs": int((share > 0).sum()),
            "valid_share": _middle(share[share > 0]),
            "median_peak_px": _middle(peak),
            "largest_peak_px": float(np.nanmax(peak)) if np.isfinite(peak).any() else None,
            "sigma_px": _middle(sigma),
            "cpu_ms_pair": cpu_ms,
            "cpu_s": self._watch.cpu_s,
        }


def _rows(flow: FlowField) -> dict[str, Any]:
    """What every pair comes to: 99 % of its lengths stay below one, the face share, the sigma."""
    rows = flow.valid.shape[0]
    arrays = {name: np.full(rows, np.nan) for name in (PEAK, SIGMA)}
    inside = max(int(flow.valid.sum((1, 2)).max(initial=0)), 1)
    for n in range(rows):
        known = flow.valid[n]
        if not known.any():
            continue
        arrays[PEAK][n] = np.percentile(np.hypot(*flow.flow_px[n][:, known]), USUAL)
        if flow.sigma_px is not None:
            arrays[SIGMA][n] = np.nanmedian(flow.sigma_px[n][known])
    return {**arrays, SHARE: flow.valid.sum((1, 2)) / inside}


def _middle(values: Any) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else None
