"""Virtual recordings as stabilised clips without a file between: drawn, tracked, cropped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from mimetic.bench.filming import Filmed, film, stretches, tracked_landmarks
from mimetic.datasets.virtual import VirtualRecording, write_video
from mimetic.flow.clips import join_clips
from mimetic.io.video import Video
from mimetic.micro.magnify import rows_of
from mimetic.ops.aperture import lid_series
from mimetic.ops.blinks import find_blinks
from mimetic.types import ExpressionEvent, FaceClip, Float32, Frame


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn(Filmed):
    """A recording whose pictures are held in memory."""

    pictures: tuple[Frame, ...]

    def frames(self) -> Iterator[Frame]:
        """The frames again."""
        return iter(self.pictures)


def tracked_clips(recording: VirtualRecording, *, coded: bool = False) -> list[FaceClip]:
    """The clips that the usual way gives: landmarks of the tracker, the person's own crop.

    With ``coded`` the pictures are those of a video file, as ``write_video`` compresses them.
    """
    pictures = _through_file(recording) if coded else tuple(recording.frames())
    return _clips(recording, pictures, tracked_landmarks(iter(pictures)))


def event_clips(recording: VirtualRecording, events: tuple[ExpressionEvent, ...]) -> list[FaceClip]:
    """Three frames for each event, at its onset, apex and offset, by true landmarks."""
    rows = [
        int(np.abs(recording.times_s - time_s).argmin())
        for event in events
        for time_s in (event.onset_s, event.apex_s, event.offset_s)
    ]
    frames = [recording.frame(row) for row in rows]
    pictures = tuple(
        Frame(index=n, time_s=frame.time_s, pixels=frame.pixels) for n, frame in enumerate(frames)
    )
    first, *further = _clips(recording, pictures, recording.truth.landmarks_px[rows])
    whole = reduce(join_clips, further, first)
    return [rows_of(whole, slice(3 * n, 3 * n + 3)) for n in range(len(events))]


def seen_blinks(clips: list[FaceClip]) -> tuple[ExpressionEvent, ...]:
    """The blinks that the analysis would find in clips."""
    shape, times_s, valid, repeated = (
        np.concatenate([getattr(clip, name) for clip in clips])
        for name in ("shape_ed", "times_s", "valid", "repeated")
    )
    return find_blinks(lid_series(shape, times_s, valid=valid, repeated=repeated))


def _through_file(recording: VirtualRecording) -> tuple[Frame, ...]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        write_video(recording, file)
        return tuple(Video.open(file).frames())


def _clips(
    recording: VirtualRecording, pictures: tuple[Frame, ...], landmarks_px: Float32
) -> list[FaceClip]:
    times_s = np.array([frame.time_s for frame in pictures])
    filmed = film(Path("virtual"), landmarks_px, times_s=times_s)
    held = Drawn(path=filmed.path, track=filmed.track, repeated=filmed.repeated, pictures=pictures)
    return list(stretches(held, stabilised=True))
