"""The first pass over a video: every face of every frame, and what the frames themselves tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import VideoError
from mimetic.io.layout import TRACK, VIDEO
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.io.video import Video
from mimetic.ops.landmarks import POINTS
from mimetic.ops.repeats import ChangeMeter, find_dropped, find_repeated
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.patches import PatchFolder
from mimetic.pipeline.settings import AnalyzeConfig, Progress
from mimetic.pipeline.stopwatch import Stopwatch
from mimetic.track.faces import Face
from mimetic.track.link import FaceTracker
from mimetic.types import Frame, Provenance

Array = npt.NDArray[Any]


def run_tracking(
    folder: ResultFolder, video: Video, config: AnalyzeConfig, *, progress: Progress
) -> Stage:
    """The stage "track": times, changes and all faces of a video, going on where it stopped."""
    settings = config_hash_of(config.track, config.start_s, config.end_s)
    stage = folder.stage(TRACK, config_hash=settings, inputs=(video.sha256, video.decoder))
    if not stage.done:
        _Pass(folder, stage, video, config).run(
            progress, provenance_of(folder, settings, decoder=video.decoder)
        )
    return stage


def stretch(video: Video, config: AnalyzeConfig, *, first: int = 0) -> Iterator[Frame]:
    """The frames of a video from number ``first`` on that lie in the stretch asked for."""
    for frame in video.frames(first=first):
        if config.end_s is not None and frame.time_s > config.end_s:
            return
        if config.start_s is None or frame.time_s >= config.start_s:
            yield frame


class _Pass:
    """One pass of the tracker over a video, from the last confirmed chunk on."""

    def __init__(
        self, folder: ResultFolder, stage: Stage, video: Video, config: AnalyzeConfig
    ) -> None:
        self._stage, self._video, self._config = stage, video, config
        self._watch = Stopwatch()
        self._tracker = FaceTracker.load(config.track)
        self._patches = PatchFolder(folder.scratch(TRACK))
        state = stage.state()
        self._meter = ChangeMeter(None if state is None else state.pop("previous"))
        self._first_index = -1 if state is None else int(state.pop("first_index"))
        if state is not None:
            self._tracker.restore(state)
        self._clear()

    def run(self, progress: Progress, provenance: Provenance) -> None:
        """Track to the end, chunk by chunk, then finish the stage."""
        row = self._stage.rows
        first = 0 if self._first_index < 0 else self._first_index + row
        total = self._video.declared_frames or 0
        frames = stretch(self._video, self._config, first=first)
        for frame in self._watch.each("decode", frames):
            if self._first_index < 0:
                self._first_index = frame.index
            self._take(row, frame)
            row += 1
            if row % CHUNK == 0:
                self._write()
                progress("tracking", min((frame.index + 1) / total, 1.0) if total else 0.0)
        if row == 0:
            raise VideoError(
                f"{self._video.path}: no frame lies between the seconds asked for; "
                "give --start and --end within the video"
            )
        if row % CHUNK:
            self._write()
        self._finish(provenance)
        progress("tracking", 1.0)

    def _take(self, row: int, frame: Frame) -> None:
        with self._watch("track"):
            faces = self._tracker.step(frame)
        with self._watch("repeats"):
            self._changes.append(self._meter(frame.pixels))
        with self._watch("patches"):
            self._patches.offer(
                row, frame.pixels, {face.track: face.landmarks_px for face in faces}
            )
        self._faces.append(faces)
        self._times.append(frame.time_s)

    def _write(self) -> None:
        arrays: dict[str, Array] = {
            "times_s": np.array(self._times, np.float64),
            "change": np.array(self._changes, np.float64),
        }
        for track in sorted({face.track for faces in self._faces for face in faces}):
            points = np.full((len(self._times), POINTS, 3), np.nan, np.float32)
            confidence = np.full(len(self._times), np.nan, np.float32)
            for row, faces in enumerate(self._faces):
                for face in faces:
                    if face.track == track:
                        points[row], confidence[row] = face.landmarks_px, face.confidence
            arrays[f"faces/{track}/landmarks_px"] = points
            arrays[f"faces/{track}/confidence"] = confidence
        state = {
            **self._tracker.state(),
            "previous": np.asarray(self._meter.previous),
            "first_index": np.array(self._first_index),
        }
        with self._watch("store"):
            self._stage.append(arrays, state=state)
        self._clear()

    def _clear(self) -> None:
        self._times: list[float] = []
        self._changes: list[float] = []
        self._faces: list[list[Face]] = []

    def _finish(self, provenance: Provenance) -> None:
        times_s = self._stage.read("times_s")
        info = self._video.info(
            times_s=times_s,
            repeated=find_repeated(self._stage.read("change")),
            dropped=find_dropped(times_s),
        )
        if self._config.start_s is not None or self._config.end_s is not None:
            # What the container declares is about the whole video, not about this stretch.
            info = replace(info, declared_frames=None, decoded_frames=times_s.size)
        self._stage.write_record(VIDEO, info)
        tally = self._video.tally
        self._stage.finish(
            {"looks": self._tracker.state()["looks"]},
            facts={
                "first_index": self._first_index,
                "cpu_s": self._watch.cpu_s,
                "mended_times": tally.mended_times,
                "resized_frames": tally.resized_frames,
            },
        )
