"""The packets of one video file turned into upright RGB pictures."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from mimetic.errors import VideoError
from mimetic.io.structure import lacks_index
from mimetic.types import UInt8

# Formats that only name other files; a video never needs them.
PLAYLISTS = frozenset({"concat", "dash", "hls", "imf", "sdp", "rtsp"})
# Containers whose header says how long the recording is.
DECLARING = ("mov,mp4", "matroska", "avi", "flv", "asf")
UNREADABLE_LIMIT = 100
# A file that ends earlier than its header says by less than this is whole: durations are rounded.
TRUNCATION_S = 0.5
# More than this between two packets is no header.
HEADER_BYTES = 4096


class Packets:
    """The packets of one stream, decoded one by one past any damage.

    ``damaged`` counts packets that the decoder refused (skipped) or could only
    mend by guessing (their frames are given: ``concealed``), and places in the
    file that cannot be read.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.damaged = 0
        self.concealed = 0
        self.hidden = 0
        self._container = container
        self._stream = stream
        self._seen = 0
        self._read_to = 0
        self._gave_up = False
        self._reached_s = -math.inf

    def frames(self) -> Iterator[VideoFrame]:
        """The frames in presentation order."""
        for packet in chain(self._packets(), (None,)):
            for frame in self._decode(packet):
                self.damaged += frame.is_corrupt
                self.concealed += frame.is_corrupt
                yield frame

    def stamp_s(self, frame: VideoFrame) -> float | None:
        """The container's time of a frame, None where it gives none."""
        # Frames that come out when the decoder is drained carry no time base of their own.
        base = self._stream.time_base
        return None if frame.pts is None or base is None else float(frame.pts * base)

    def truncated(self) -> bool:
        """Whether less could be read than the header declares; ask after ``frames``."""
        if self._gave_up:
            return True
        if self._stream.frames:
            return self._seen < self._stream.frames
        if not self._container.format.name.startswith(DECLARING) or not self._container.duration:
            return False
        start = self._container.start_time or 0
        declared_s = (start + self._container.duration) / av.time_base
        return self._reached_s < declared_s - TRUNCATION_S

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self._stream.decode(packet)
        except av.FFmpegError:
            # Draining a decoder that saw nothing but damage says so again; count it once.
            self.damaged += packet is not None
            return []

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        failures = 0
        while not self._gave_up:
            try:
                # All streams are read: the longest tells how far the file goes.
                for packet in self._container.demux():
                    failures = 0
                    if self._counts(packet):
                        yield cast("Packet[VideoStream]", packet)
                return
            except av.FFmpegError:
                failures += 1
                self.damaged += failures == 1
                self._gave_up = failures == UNREADABLE_LIMIT

    def _counts(self, packet: Packet[Any]) -> bool:
        # An empty packet would tell the decoder that the video ends here.
        if not packet.size:
            return False
        self._skipped(packet.pos)
        self._read_to = (packet.pos or 0) + packet.size
        if packet.pts is not None and packet.time_base:
            end = packet.pts + (packet.duration or 0)
            self._reached_s = max(self._reached_s, float(end * packet.time_base))
        if packet.stream_index != self._stream.index:
            return False
        self._seen += 1
        self.hidden += packet.is_discard
        return True

    def _skipped(self, position: int | None) -> None:
        """Count bytes passed over: after damage, Matroska goes on silently at the next cluster."""
        matroska = self._container.format.name.startswith("matroska")
        if matroska and position is not None and self._read_to:
            self.damaged += position > self._read_to + HEADER_BYTES


class Converter:
    """Turns decoded frames into upright RGB arrays [H W 3] of one size.

    A frame of another size than the first (video calls change it) is scaled to
    fit and centred on black, so that faces keep their shape.
    """

    def __init__(self, size: tuple[int, int], *, mirrored: bool, turns: int) -> None:
        self._size = size
        self._mirrored = mirrored
        self._turns = turns
        self._reformatter = VideoReformatter()
        _keep_freed_memory(4 * 3 * size[0] * size[1])

    def __call__(self, frame: VideoFrame) -> UInt8:
        """The pixels of a frame, contiguous and not shared with the decoder."""
        pixels = self._rgb(frame, frame.width, frame.height)
        if (frame.width, frame.height) != self._size:
            pixels = self._fit(frame)
        if self._mirrored:
            pixels = pixels[:, ::-1]
        return np.ascontiguousarray(np.rot90(pixels, self._turns))

    def _rgb(self, frame: VideoFrame, width: int, height: int) -> UInt8:
        # One thread: swscale's own threads cost more CPU than they save (0.99 against 0.62 ms).
        plane = self._reformatter.reformat(
            frame, width=width, height=height, format="rgb24", threads=1
        ).planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)
        pixels = rows[:, : 3 * width].reshape(height, width, 3)
        # A frame that is RGB already is not converted, and the decoder may still need it.
        return pixels.copy() if frame.format.name == "rgb24" else pixels

    def _fit(self, frame: VideoFrame) -> UInt8:
        wide, high = self._size
        scale = min(wide / frame.width, high / frame.height)
        width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
        canvas = np.zeros((high, wide, 3), np.uint8)
        left, top = (wide - width) // 2, (high - height) // 2
        canvas[top : top + height, left : left + width] = self._rgb(frame, width, height)
        return canvas


def _keep_freed_memory(size: int) -> None:
    """Let the allocator keep freed pictures for the next ones.

    glibc gives blocks back to the system until it has seen a larger one freed;
    then every frame pays for fresh pages (0.87 against 0.62 ms at 640 x 360).
    The block is never touched, so it costs nothing. 32 MiB is glibc's limit.
    """
    np.empty(min(size, 31 << 20), np.uint8)


def quarter_turns(rotation_deg: int) -> int:
    """Counterclockwise quarter turns, 0 to 3, nearest to a display rotation."""
    return round(rotation_deg / 90) % 4


def open_container(path: Path) -> InputContainer:
    """An opened file, or a VideoError that says why it is none."""
    try:
        # An absolute path and one protocol: a file cannot send us to the network.
        container = av.open(
            os.path.abspath(path),
            container_options={"protocol_whitelist": "file", "pattern_type": "none"},
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VideoError(_why_not(path, error)) from error
    if PLAYLISTS & set(container.format.name.split(",")):
        container.close()
        raise VideoError(f"{path}: expected a video, got a list of other files; give one of them")
    return container


def choose_stream(container: InputContainer, path: Path) -> VideoStream:
    """The largest picture stream that can be decoded and is no cover picture."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    shown = [stream for stream in container.streams.video if not stream.disposition & covers]
    able = [stream for stream in shown if stream.codec_context is not None]
    if able:
        best = max(able, key=lambda stream: stream.width * stream.height)
        best.codec_context.thread_count = 1
        return best
    if shown:
        raise VideoError(f"{path}: expected a video that FFmpeg can decode; convert it to H.264")
    kinds = sorted({stream.type for stream in container.streams})
    what = (
        "only cover pictures" if container.streams.video else f"only {', '.join(kinds) or 'none'}"
    )
    raise VideoError(f"{path}: expected a video stream, got {what}; give the file with the picture")


def decoder_name(stream: VideoStream) -> str:
    """The software that decodes, with versions, as stored with results."""
    version = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return f"PyAV {av.__version__} / libavcodec {version} / {stream.codec_context.name}"


def usual_step_s(stream: VideoStream) -> float:
    """Seconds between frames as the container declares them, 0.04 where it does not."""
    rate = stream.average_rate or stream.guessed_rate
    return float(1 / rate) if rate else 0.04


def _why_not(path: Path, error: Exception) -> str:
    if not path.exists():
        return f"{path}: expected a video file, there is none; check the name and the folder"
    if path.is_dir():
        return f"{path}: expected a video file, got a folder; read pictures with Video.from_images"
    if isinstance(error, PermissionError) or not os.access(path, os.R_OK):
        return f"{path}: expected a readable file, permission was denied; change its rights"
    if not path.stat().st_size:
        return f"{path}: expected a video, got an empty file; copy it again from its source"
    if lacks_index(path):
        return (
            f"{path}: expected a whole video, got one that was cut off before its index (moov);"
            " copy it again, or recover it with a tool such as untrunc"
        )
    reason = getattr(error, "strerror", None) or error
    return f"{path}: expected a video, got something else ({reason}); give a file that plays"
