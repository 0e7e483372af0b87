"""Videos written with the times of the video they were made from."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mimetic.errors import ArgumentError, DiskError
from mimetic.types import UInt8
from mimetic.types.arrays import check_shape

# The clock of MPEG; Matroska would round to milliseconds. MPEG-4 holds at most 65535 ticks.
TIME_BASE = Fraction(1, 90_000)
TIME_BASE_MPEG4 = Fraction(1, 60_000)
LONGEST_STEP = 2**31 - 1  # what mp4 can hold between two frames
SUFFIXES = (".mp4", ".mov")
# Small differences between neighbouring frames are what an overlay is looked at for.
QUALITY = {"crf": "18", "preset": "veryfast"}


class VideoWriter:
    """Writes RGB frames at given times as H.264 (MPEG-4 where x264 is missing).

    Times from 0 s on are kept to 1/90000 s (MPEG-4: 1/60000). Odd sides grow by
    one row or column that repeats the last. Use it as a context manager, or
    call ``close``; what was written is kept when an error ends the block.
    DiskError where the disk refuses.
    """

    def __init__(self, path: str | Path, width_px: int, height_px: int) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() not in SUFFIXES:
            raise ArgumentError(f"{path}: expected a name ending in {' or '.join(SUFFIXES)}")
        if min(width_px, height_px) < 1:
            raise ArgumentError(f"expected a size above 0, got {width_px} x {height_px} pixels")
        self._size = width_px, height_px
        self._last: int | None = None
        self._open = True
        x264 = "libx264" in av.codecs_available
        self._base = TIME_BASE if x264 else TIME_BASE_MPEG4
        try:
            # The clock of the whole file also holds the delay before the first frame.
            clock = {"movie_timescale": str(self._base.denominator)}
            # FFmpeg opens the file with the first frame; a bad place should be told at once.
            self.path.open("wb").close()
            self._container = av.open(str(self.path), "w", container_options=clock)
        except (av.FFmpegError, OSError) as error:
            raise DiskError(
                f"{path}: expected a place to write to, got: {_reason(error)}"
            ) from error
        stream = self._container.add_stream(
            "libx264" if x264 else "mpeg4", options=QUALITY if x264 else {}
        )
        self._stream: VideoStream = stream
        self._stream.width = width_px + width_px % 2
        self._stream.height = height_px + height_px % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = self._base
        self._stream.codec_context.thread_count = 1
        self._stream.time_base = self._base

    def write(self, pixels: UInt8, time_s: float) -> None:
        """Add one frame [H W 3] that is shown from ``time_s`` on."""
        width, height = self._size
        check_shape("pixels", pixels, "H W 3", H=height, W=width)
        stamp = round(time_s / self._base)
        if stamp < 0 or (self._last is not None and stamp <= self._last):
            raise ArgumentError(
                f"time_s: expected seconds from 0 on, later than the frame before, got {time_s}"
            )
        if self._last is not None and stamp - self._last > LONGEST_STEP:
            raise ArgumentError(
                f"time_s: expected less than 6.6 hours after the frame before, got {time_s}"
            )
        self._last = stamp
        if width % 2 or height % 2:
            pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24")
        frame = frame.reformat(format="yuv420p", threads=1)
        frame.pts, frame.time_base = stamp, self._base
        self._mux(frame)

    def close(self) -> None:
        """Write what is left; the file is whole only afterwards."""
        if not self._open:
            return
        self._open = False
        try:
            if self._last is not None:
                self._mux(None)
        finally:
            self._finish()

    def _mux(self, frame: VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, OSError) as error:
            raise _refused(self.path, error) from error

    def _finish(self) -> None:
        try:
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            raise _refused(self.path, error) from error

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # An error in the block is the one to tell; closing must not hide it.
        with contextlib.suppress(*(() if kind is None else (DiskError,))):
            self.close()


def _refused(path: Path, error: Exception) -> DiskError:
    reason = _reason(error)
    return DiskError(f"{path}: expected room for the video, got: {reason}; free some space")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
