"""One video from the file to the report, stage by stage, each skipped when it is done."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from mimetic.errors import ArgumentError, TooLargeError, VideoError
from mimetic.flow.predict import FlowEstimator
from mimetic.io.layout import FLOW_OVERLAY, MICRO, PEOPLE, TEMPLATE
from mimetic.io.result import Result, open_result
from mimetic.io.store import ResultFolder, Source, Stage
from mimetic.io.video import Video
from mimetic.ops.landmarks import POINTS
from mimetic.pipeline.crops import CropInputs, run_crop
from mimetic.pipeline.edits import Edit, read_edits, write_edits
from mimetic.pipeline.micropage import PAGE, is_spotted
from mimetic.pipeline.motion import run_motion
from mimetic.pipeline.neutral import run_neutral
from mimetic.pipeline.overlaying import OVERLAY, run_overlay
from mimetic.pipeline.people import check_edits, run_people
from mimetic.pipeline.reporting import run_report
from mimetic.pipeline.settings import AnalyzeConfig, Progress, silent
from mimetic.pipeline.space import run_space
from mimetic.pipeline.stretches import (
    Material,
    PixelsGoneError,
    Stretches,
    forget_pixels,
    has_pixels,
)
from mimetic.pipeline.tables import read_trials, run_tables
from mimetic.pipeline.template import run_template
from mimetic.pipeline.tracking import run_tracking
from mimetic.types import FaceClip, FlowMethod


def analyze(
    video: str | Path,
    *,
    out: str | Path,
    config: AnalyzeConfig | None = None,
    flow: FlowMethod | None = None,
    progress: Progress = silent,
) -> Result:
    """Measure one face in a video, or in a folder of pictures, up to the report.

    ``out`` becomes the result folder. What it holds already is used: a stage
    whose settings and inputs are unchanged is skipped, and an interrupted run
    goes on from its last chunk with the same bits. ``flow`` is a method of your own in the
    place of ``config.flow_method``: its name stands for it, so give another method
    another name. Raises VideoError, NoFaceError,
    PersonError, StoreError and their kin (mimetic.errors), each of which leaves
    the finished chunks in place.
    """
    config = config or AnalyzeConfig()
    read_trials(config)  # what cannot be read is refused before anything is measured
    run = Run(open_video(video, config), Path(out), config, progress, flow=flow)
    return run.to_report()


def track(
    video: str | Path,
    *,
    out: str | Path,
    config: AnalyzeConfig | None = None,
    progress: Progress = silent,
) -> Result:
    """Track the faces of a video and choose the person; ``analyze`` goes on from here."""
    config = config or AnalyzeConfig()
    run = Run(open_video(video, config), Path(out), config, progress)
    with run.folder() as folder:
        run.to_people(folder)
        folder.clear_scratch()  # whoever only tracks wants no pieces of faces left behind
    return open_result(out)


def load_clip(
    video: str | Path, *, config: AnalyzeConfig | None = None, max_bytes: int = 2**30
) -> FaceClip:
    """The stabilised face of a whole video, or of the stretch in ``config``, as one record.

    Works in a temporary folder and leaves nothing behind. Raises TooLargeError
    where the clip would take more than ``max_bytes`` of memory.
    """
    config = config or AnalyzeConfig()
    source = open_video(video, config)
    per_frame = 3 * config.crop.size_px**2 + 5 * 4 * POINTS
    stretch = config.start_s is not None or config.end_s is not None
    _check_room(0 if stretch else source.declared_frames or 0, per_frame, max_bytes)
    with tempfile.TemporaryDirectory(prefix="mimetic-") as temporary:
        run = Run(source, Path(temporary) / "clip", config, silent)
        with run.folder() as folder:
            run.to_neutral(folder)
        result = open_result(run.out)
        _check_room(result.video.times_s.size, per_frame, max_bytes)
        return result.clip()


def mend(
    folder: str | Path,
    *,
    swap: tuple[int, int] | None = None,
    at_s: float | None = None,
    merge: tuple[int, int] | None = None,
) -> Result:
    """Exchange two persons from ``at_s`` on, or make two persons one, in a stored result.

    The video is not needed. Stages that were made from the old identities are
    forgotten; the next ``analyze`` makes them again.
    """
    result = open_result(folder)
    source = Source(result.source.path, result.source.sha256)
    asked = result.facts(PEOPLE)["asked"]
    wished = [Edit(kind="merge", first=merge[0], second=merge[1])] if merge else []
    if swap is not None:
        wished.insert(0, Edit(kind="swap", first=swap[0], second=swap[1], at_s=at_s or 0.0))
    with ResultFolder.create_or_open(folder, source=source) as opened:
        edits = (*read_edits(opened.path), *wished)
        tracked = check_edits(opened, asked, edits)
        # First the edits: whatever happens next, another run takes them into account.
        write_edits(opened.path, edits)
        run_people(opened, AnalyzeConfig(person=asked), edits, track=tracked)
    return open_result(folder)


def list_persons(result: Result) -> list[dict[str, Any]]:
    """Everybody seen in a result, the one seen longest and largest first, as rows of a table."""
    chosen = result.facts(PEOPLE)["chosen"]
    return [{"chosen": row["person"] == chosen, **row} for row in result.persons]


def open_video(video: str | Path, config: AnalyzeConfig) -> Video:
    """A video file, or a folder of pictures at the rate that the settings give."""
    path = Path(video)
    if not path.is_dir() and config.images_hz is not None:
        raise ArgumentError(
            f"{path}: images_hz is for folders of pictures, a video has a clock of its own; "
            "leave it out"
        )
    if not path.is_dir():
        return Video.open(path)
    if config.images_hz is None:
        raise VideoError(
            f"{path}: a folder of pictures has no clock of its own; "
            "say how many were taken a second with --images-hz"
        )
    return Video.from_images(path, rate_hz=config.images_hz)


class Run:
    """The stages of one analysis, in their order; ``flow`` as in ``analyze``."""

    def __init__(
        self,
        video: Video,
        out: Path,
        config: AnalyzeConfig,
        progress: Progress,
        *,
        flow: FlowMethod | None = None,
    ) -> None:
        self.video, self.out, self.config, self.progress = video, out, config, progress
        self._flow = flow
        if flow is not None:
            _check_method(flow, config)

    def folder(self) -> ResultFolder:
        """The result folder of this video, under this run's lock."""
        source = Source(str(self.video.path), self.video.sha256)
        return ResultFolder.create_or_open(self.out, source=source)

    def to_people(self, folder: ResultFolder) -> tuple[Stage, Stage]:
        """The stages of tracking and of the chosen person."""
        tracking = run_tracking(folder, self.video, self.config, progress=self.progress)
        edits = read_edits(folder.path)
        return tracking, run_people(folder, self.config, edits, track=tracking)

    def to_neutral(self, folder: ResultFolder) -> tuple[Stretches, tuple[str, ...]]:
        """The finished crops with the neutral face, and the hashes of what made them."""
        tracking, people = self.to_people(folder)
        template = run_template(folder, self.video, self.config, track=tracking, people=people)
        made_from = CropInputs(track=tracking, people=people, template=template)
        crop = run_crop(folder, self.video, self.config, made_from, progress=self.progress)
        stretches = Stretches(folder, crop)
        neutral = run_neutral(folder, self.config, crop=crop, stretches=stretches)
        return Stretches(folder, crop, neutral), (crop.hash, neutral.hash)

    def to_report(self) -> Result:
        """Everything, up to the report."""
        # First of all: a method that cannot be loaded is told before anything is measured.
        method = self._flow or FlowEstimator.load(self.config.flow_method)
        keep = self.config.keep_pixels
        with self.folder() as folder:
            if keep and not has_pixels(folder):
                folder.restart(TEMPLATE)
            if not self.config.overlay and (self.config.anonymous or not keep):
                for name in (OVERLAY, FLOW_OVERLAY):
                    folder.forget(name)  # an earlier run may have shown the face there
            if self.config.anonymous and is_spotted(folder):
                folder.drop(MICRO, files=(PAGE,))  # until events are spotted again, without faces
            try:
                self._stages(folder, method)
            except PixelsGoneError:
                folder.restart(TEMPLATE)
                self._stages(folder, method)
            finally:
                if not keep:
                    forget_pixels(folder)
            folder.clear_scratch()
        return open_result(self.out)

    def _stages(self, folder: ResultFolder, method: FlowMethod) -> None:
        config, progress = self.config, self.progress
        stretches, made = self.to_neutral(folder)
        given = "" if self._flow is None else self._flow.name
        material = Material(stretches=stretches, method=method, given=given)
        motion = run_motion(folder, config, material=material, inputs=made, progress=progress)
        space = run_space(folder, config, stretches=stretches, inputs=made, progress=progress)
        made = (motion.hash, space.hash)
        tables = run_tables(folder, config, inputs=made)
        run_report(folder, config, material=material, inputs=(*made, tables.hash))
        if config.overlay:
            run_overlay(folder, config, self.video, material=material, progress=progress)


def _check_method(flow: FlowMethod, config: AnalyzeConfig) -> None:
    missing = [name for name in ("name", "pair", "predict") if not hasattr(flow, name)]
    if missing:
        raise ArgumentError(
            f"flow: expected an object with name, pair and predict (mimetic.FlowMethod), "
            f"got {type(flow).__name__} without {', '.join(missing)}"
        )
    if config.flow_method != "auto":
        raise ArgumentError(
            f"flow: expected one method, got {flow.name!r} here and {config.flow_method!r} in "
            "the settings (flow_method); leave one out"
        )


def _check_room(frames: int, per_frame: int, max_bytes: int) -> None:
    if frames * per_frame > max_bytes:
        raise TooLargeError(
            f"the clip of {frames} frames would take {frames * per_frame / 2**20:.0f} MiB, more "
            f"than max_bytes ({max_bytes / 2**20:.0f} MiB); load a stretch of it (start_s, end_s), "
            "or analyze it and walk through open_result(...).stretches()"
        )
