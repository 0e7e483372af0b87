"""Videos as frames with times: files and folders of pictures behind one door."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from mimetic.errors import ArgumentError, VideoError
from mimetic.io.clock import Clock
from mimetic.io.decode import (
    Converter,
    Packets,
    choose_stream,
    decoder_name,
    open_container,
    quarter_turns,
    usual_step_s,
)
from mimetic.io.images import ImageFolder
from mimetic.io.structure import ends_early, mirrored_turns
from mimetic.io.tally import Tally
from mimetic.types import Bool, Float64, Frame, UInt8, VideoInfo


class Source(Protocol):
    """What stands behind a Video: a file or a folder of pictures."""

    path: Path
    width_px: int
    height_px: int
    rotation_deg: int
    declared_frames: int | None
    decoder: str
    tally: Tally

    def pictures(self, *, first: int) -> Iterator[tuple[int, float, UInt8]]:
        """Number, time and pixels of each frame from number ``first`` on."""
        ...

    def sha256(self) -> str:
        """The hash of everything that is read."""
        ...


class Video:
    """A video whose frames carry their own times.

    ``width_px`` and ``height_px`` are those of the upright picture.
    ``declared_frames`` is what the container says it shows, None where it says
    nothing (after a pass, without the frames that an edit list hides).
    ``tally`` tells what the last pass counted, to the end or to where it was left.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.path = source.path
        self.width_px = source.width_px
        self.height_px = source.height_px
        self.rotation_deg = source.rotation_deg
        self.decoder = source.decoder

    @classmethod
    def open(cls, path: str | Path) -> Video:
        """A video file (or a single picture, a video of one frame); VideoError where it is none."""
        return cls(VideoFile(Path(path)))

    @classmethod
    def from_images(cls, folder: str | Path, *, rate_hz: float) -> Video:
        """The pictures of a folder in natural order, ``rate_hz`` a second, the first at 0 s."""
        return cls(ImageFolder(Path(folder), rate_hz=rate_hz))

    @property
    def declared_frames(self) -> int | None:
        """Frames that the container says it shows, None where it says nothing."""
        declared = self._source.declared_frames
        return None if declared is None else declared - self.tally.hidden_packets

    @property
    def tally(self) -> Tally:
        """What the last pass counted as far as it went; all zero before."""
        return self._source.tally

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file, or of the names and bytes of the pictures."""
        return self._source.sha256()

    def frames(self, *, first: int = 0) -> Iterator[Frame]:
        """The frames from number ``first`` on, RGB, upright, one for every decoded frame.

        Those before ``first`` are decoded and thrown away, so that frame and
        time are the same whatever ``first`` is.
        """
        if first < 0:
            raise ArgumentError(f"first: expected a frame number from 0 on, got {first}")
        for index, time_s, pixels in self._source.pictures(first=first):
            yield Frame(index=index, time_s=time_s, pixels=pixels)

    def info(self, *, times_s: Float64, repeated: Bool, dropped: Bool) -> VideoInfo:
        """The record of the last pass, given the times and marks [T] of its frames.

        After a pass that was left before the end, what the container declares says
        nothing about these frames: ``declared_frames`` is None, ``truncated`` False.
        """
        tally = self.tally
        rate_hz = float(1 / np.median(np.diff(times_s))) if times_s.size > 1 else float("nan")
        return VideoInfo(
            path=str(self.path),
            sha256=self.sha256,
            width_px=self.width_px,
            height_px=self.height_px,
            times_s=times_s,
            nominal_hz=rate_hz,
            rotation_deg=self.rotation_deg,
            declared_frames=self.declared_frames if tally.complete else None,
            decoded_frames=tally.decoded_frames,
            damaged_packets=tally.damaged_packets,
            truncated=tally.truncated,
            repeated=repeated,
            dropped=dropped,
            decoder=self.decoder,
        )


class VideoFile:
    """A video file that holds at least one frame that can be decoded.

    One thread decodes. Colours are converted with the matrix and range that the
    stream names. The turn (and mirroring) that the
    container asks for is applied: the picture is as a player shows it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tally = Tally()
        with open_container(path) as container:
            stream = choose_stream(container, path)
            self.decoder = decoder_name(stream)
            # A GIF says nothing; FFmpeg counts its frames while opening.
            known = container.format.name != "gif"
            self.declared_frames = (stream.frames or None) if known else None
            track = stream.id
            first = next(Packets(container, stream).frames(), None)
        if first is None:
            raise VideoError(
                f"{path}: expected at least one frame that can be decoded, got none;"
                " the file is damaged, copy it again from its source"
            )
        self._size = first.width, first.height
        turns = mirrored_turns(path, track)
        self._mirrored = turns is not None
        self._turns = quarter_turns(first.rotation) if turns is None else turns
        self.rotation_deg = 90 * self._turns
        sides = self._size if self._turns % 2 == 0 else self._size[::-1]
        self.width_px, self.height_px = sides

    def pictures(self, *, first: int) -> Iterator[tuple[int, float, UInt8]]:
        """Number, time and pixels of each decoded frame from number ``first`` on."""
        with open_container(self.path) as container:
            stream = choose_stream(container, self.path)
            packets = Packets(container, stream)
            clock = Clock(usual_step_s(stream))
            convert = Converter(self._size, mirrored=self._mirrored, turns=self._turns)
            count = resized = 0
            complete = False
            try:
                for index, frame in enumerate(packets.frames()):
                    time_s = clock(packets.stamp_s(frame))
                    count = index + 1
                    resized += (frame.width, frame.height) != self._size
                    if index >= first:
                        yield index, time_s, convert(frame)
                complete = True
            finally:
                # Also where the caller wants no more frames: these were counted all the same.
                self.tally = Tally(
                    complete=complete,
                    decoded_frames=count,
                    damaged_packets=packets.damaged,
                    hidden_packets=packets.hidden,
                    concealed_frames=packets.concealed,
                    truncated=complete and (packets.truncated() or ends_early(self.path)),
                    mended_times=clock.mended,
                    clock_resets=clock.resets,
                    resized_frames=resized,
                )

    def sha256(self) -> str:
        """SHA-256 of the file's bytes."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
