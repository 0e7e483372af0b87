"""The overlay: the video again, with mesh, flow and traces drawn on it."""

from __future__ import annotations

import os

import numpy as np

from mimetic.io.disk import disk_errors
from mimetic.io.layout import FACE, MOTION, PEOPLE, PERSON, REGIONS, TRACK
from mimetic.io.overlay import VideoWriter
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.io.video import Video
from mimetic.ops.stabilise import ellipse_mask
from mimetic.pipeline.origins import config_hash_of
from mimetic.pipeline.settings import AnalyzeConfig, Progress
from mimetic.pipeline.stretches import Material
from mimetic.pipeline.tracking import stretch
from mimetic.report import TraceStrip, draw_overlay, flow_arrows
from mimetic.types import FaceClip, Float32, Float64, Frame, UInt8

OVERLAY = "overlay"
OVERLAY_FILE = "overlay.mp4"
LEAST_WIDTH_PX = 160  # below it traces cannot be read


def run_overlay(
    folder: ResultFolder,
    config: AnalyzeConfig,
    video: Video,
    *,
    material: Material,
    progress: Progress,
) -> Stage:
    """Write ``overlay.mp4`` with the times of the video; arrows lead on from the neutral face."""
    stretches = material.stretches
    settings = config_hash_of(config.anonymous, material.method.name)
    inputs = tuple(folder.entry(name).hash for name in (MOTION, PERSON))
    stage = folder.stage(OVERLAY, config_hash=settings, inputs=inputs)
    if stage.done:
        return stage
    drawing = _Drawing(folder, config, material, video.width_px)
    first = folder.stored().facts(TRACK)["first_index"]
    frames = stretch(video, config, first=first)
    # The writer wants a name that ends like a video.
    part = folder.path / "overlay.part.mp4"
    height = video.height_px + drawing.strip_px
    with disk_errors(part), VideoWriter(part, video.width_px, height) as writer:
        for start in range(0, stretches.rows, CHUNK):
            clip = stretches.read(start, min(start + CHUNK, stretches.rows))
            points = drawing.points(start, start + clip.times_s.size)
            for row, frame in zip(range(clip.times_s.size), frames, strict=False):
                # A clock that begins below zero has no place in a video file.
                time_s = frame.time_s - min(0.0, float(stretches.times_s[0]))
                writer.write(drawing.draw(frame, clip, row, points[row]), time_s)
            progress("overlay", (start + clip.times_s.size) / stretches.rows)
    os.replace(part, folder.path / OVERLAY_FILE)
    stage.add_files(OVERLAY_FILE)
    stage.finish()
    return stage


class _Drawing:
    """What is drawn on each frame."""

    def __init__(
        self, folder: ResultFolder, config: AnalyzeConfig, material: Material, width_px: int
    ) -> None:
        self._stored = folder.stored()
        self._anonymous = config.anonymous
        self._method = material.method
        self._strip: TraceStrip | None = None
        if width_px >= LEAST_WIDTH_PX:
            regions = self._stored.record(MOTION, REGIONS)
            self._strip = TraceStrip(regions, width_px, repeated=material.stretches.repeated)
        self.strip_px = 0 if self._strip is None else self._strip.height_px

    def points(self, start: int, stop: int) -> Float32:
        """Landmarks [T L 3] of the chosen person in video pixels."""
        points: Float32 = self._stored.array(PEOPLE, f"{FACE}/landmarks_px", start=start, stop=stop)
        return points

    def draw(self, frame: Frame, clip: FaceClip, row: int, landmarks_px: Float32) -> UInt8:
        """One frame of the overlay."""
        traces = None if self._strip is None else self._strip.at(frame.time_s)
        return draw_overlay(
            frame.pixels,
            landmarks_px,
            traces=traces,
            flow=self._arrows(clip, row),
            anonymous=self._anonymous,
        )

    def _arrows(self, clip: FaceClip, row: int) -> Float64 | None:
        if not clip.valid[row] or clip.neutral_pixels is None:
            return None
        flow = self._method.pair(clip.neutral_pixels, clip.pixels[row])
        flow[:, ~ellipse_mask(flow.shape[1])] = np.nan
        return flow_arrows(
            flow,
            clip.crop_to_video[row],
            alignment=clip.alignment[row],
            depth_px=clip.depth_px,
        )
