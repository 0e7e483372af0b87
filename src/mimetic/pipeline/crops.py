"""The second pass over a video: one stabilised crop a frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import VideoError
from mimetic.io.layout import CLIP, CROP, FACE, TRACK, VIDEO
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.io.video import Video
from mimetic.ops.look import blur_of, light_of
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.settings import AnalyzeConfig, Progress
from mimetic.pipeline.stopwatch import Stopwatch
from mimetic.pipeline.tracking import stretch
from mimetic.track.crop import Cropper, CropRow, FaceTemplate, clip_from_rows
from mimetic.types import Bool, FaceTrack, Float32, UInt8


@dataclass(frozen=True, kw_only=True)
class CropInputs:
    """The finished stages that the second pass reads."""

    track: Stage
    people: Stage
    template: Stage


def run_crop(
    folder: ResultFolder,
    video: Video,
    config: AnalyzeConfig,
    made_from: CropInputs,
    *,
    progress: Progress,
) -> Stage:
    """The stage "crop": the record ``clip`` by stretches, and how each frame looks.

    Pixels are always written, because later stages need them; --no-pixels takes
    them away when the analysis is complete.
    """
    settings = config_hash_of(config.crop)
    stage = folder.stage(
        CROP, config_hash=settings, inputs=(made_from.template.hash, made_from.people.hash)
    )
    if not stage.done:
        names = FaceTemplate.__dataclass_fields__
        face = FaceTemplate.from_arrays({name: made_from.template.read(name) for name in names})
        second_pass = _CropPass(folder, stage, Cropper(face, config.crop), made_from)
        cpu_s = second_pass.run(video, config, progress=progress)
        stage.finish(facts={"cpu_s": cpu_s}, provenance=provenance_of(folder, settings))
    return stage


class _CropPass:
    """One pass of the cropper over a video, from the last confirmed chunk on."""

    def __init__(
        self, folder: ResultFolder, stage: Stage, cropper: Cropper, made_from: CropInputs
    ) -> None:
        self._stage, self._cropper, self._made_from = stage, cropper, made_from
        self._first = int(folder.stored().facts(TRACK)["first_index"])
        self._watch = Stopwatch()

    def run(self, video: Video, config: AnalyzeConfig, *, progress: Progress) -> dict[str, float]:
        """Crop every frame that is not stored yet; the CPU seconds by part of the work."""
        track, people = self._made_from.track, self._made_from.people
        first = self._first + self._stage.rows
        frames = self._watch.each("decode again", stretch(video, config, first=first))
        repeated = track.read_record(VIDEO).repeated
        for start in range(self._stage.rows, track.rows, CHUNK):
            stop = min(start + CHUNK, track.rows)
            part: FaceTrack = people.read_record(FACE, start=start, stop=stop)
            rows = [
                self._crop(frame.pixels, points)
                # The part first: a frame must not be taken from the video and lost.
                for points, frame in zip(part.landmarks_px, frames, strict=False)
            ]
            if len(rows) < stop - start:
                raise VideoError(
                    f"{video.path}: gave {track.rows} frames at first and fewer the second time; "
                    "the disk or the connection to it fails: copy the file and run again"
                )
            self._write(rows, part, repeated[start:stop])
            progress("stabilising", stop / track.rows)
        return self._watch.cpu_s

    def _crop(self, pixels: UInt8, landmarks_px: Float32) -> CropRow:
        with self._watch("stabilise"):
            return self._cropper.crop(pixels, landmarks_px)

    def _write(self, rows: list[CropRow], part: FaceTrack, repeated: Bool) -> None:
        with self._watch("stabilise"):
            clip = clip_from_rows(rows, self._cropper.template, track=part, repeated=repeated)
        with self._watch("look"):
            looks = [_look(row) for row in rows]
        with self._watch("store"):
            self._stage.append(
                {
                    "reason": np.array([row.reason for row in rows], np.uint8),
                    "look": np.array(looks, np.float32),
                },
                records={CLIP: clip},
            )


LOOKS = ("light", "clipped", "blur_crop_px", "gain", "inside")


def _look(row: CropRow) -> tuple[float, ...]:
    """How one crop looks: the columns of LOOKS."""
    if not row.ok:
        return (np.nan,) * 4 + (row.inside,)
    grey = np.asarray(cv2.cvtColor(row.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return *light_of(grey), blur_of(grey), row.gain, row.inside
