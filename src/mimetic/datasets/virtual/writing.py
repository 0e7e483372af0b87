"""Virtual recordings as video files."""

from __future__ import annotations

from pathlib import Path

from mimetic.datasets.virtual.recording import VirtualRecording
from mimetic.io.overlay import VideoWriter


def write_video(recording: VirtualRecording, path: str | Path) -> None:
    """Encode a recording as H.264 in an mp4 or mov file, with its own times.

    Encoding changes grey levels by a few steps, as real files do, repeated frames
    among them. Errors as VideoWriter's.
    """
    with VideoWriter(path, recording.width_px, recording.height_px) as writer:
        for frame in recording.frames():
            writer.write(frame.pixels, frame.time_s)
