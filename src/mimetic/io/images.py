"""Pictures on disk: a folder of them read as a video of a given rate, and one written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from mimetic.errors import VideoError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.tally import Tally
from mimetic.types import UInt8

SUFFIXES = frozenset(
    ("bmp", "jpeg", "jpg", "jp2", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp")
)


def write_png(path: Path, pixels: UInt8) -> None:
    """Write a picture [H W 3] RGB or [H W] grey as PNG, whole or not at all; DiskError."""
    stored = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1])
    with disk_errors(path):
        replace_file(path, cv2.imencode(".png", stored)[1].tobytes())


class ImageFolder:
    """The pictures of a folder in natural order (2 before 10), one frame each.

    Pictures become RGB uint8: grey is repeated, alpha is left out, 16-bit values
    are divided by 257 (the full range; cameras that store 12 bits in 16 must be
    scaled before). An EXIF orientation is applied, as rotation is in videos. A
    picture that cannot be read is skipped and counted as a damaged packet; the
    time of the others stays as it is.
    """

    rotation_deg = 0
    decoder = f"OpenCV {cv2.__version__} / imdecode"

    def __init__(self, folder: Path, *, rate_hz: float) -> None:
        if not (np.isfinite(rate_hz) and rate_hz > 0):
            raise VideoError(f"rate_hz: expected pictures per second above 0, got {rate_hz}")
        self.path = folder
        self.rate_hz = float(rate_hz)
        self.files = _pictures(folder)
        self.declared_frames: int | None = len(self.files)
        self.tally = Tally()
        shape = next((a.shape for a in map(_read, self.files) if a is not None), None)
        if shape is None:
            raise VideoError(f"{folder}: expected pictures, got {len(self.files)} unreadable files")
        self.height_px, self.width_px = shape[:2]

    def pictures(self, *, first: int) -> Iterator[tuple[int, float, UInt8]]:
        """Number, time and pixels of each readable picture from number ``first`` on."""
        count = damaged = 0
        complete = False
        try:
            for place, file in enumerate(self.files):
                pixels = _read(file)
                if pixels is None:
                    damaged += 1
                    continue
                self._check_size(file, pixels)
                count += 1
                if count > first:
                    yield count - 1, place / self.rate_hz, pixels
            complete = True
        finally:
            self.tally = Tally(complete=complete, decoded_frames=count, damaged_packets=damaged)

    def _check_size(self, file: Path, pixels: UInt8) -> None:
        if pixels.shape[:2] != (self.height_px, self.width_px):
            raise VideoError(
                f"{file}: expected {self.width_px} x {self.height_px} pixels as in the first"
                f" picture, got {pixels.shape[1]} x {pixels.shape[0]};"
                " keep pictures of one camera in a folder"
            )

    def sha256(self) -> str:
        """SHA-256 over the rate, the names and the bytes of all files."""
        total = hashlib.sha256(f"{self.rate_hz!r}".encode())
        for file in self.files:
            total.update(file.name.encode() + b"\0")
            with file.open("rb") as stream:
                total.update(hashlib.file_digest(stream, "sha256").digest())
        return total.hexdigest()


def _pictures(folder: Path) -> list[Path]:
    try:
        files = [entry for entry in folder.iterdir() if entry.suffix.lower()[1:] in SUFFIXES]
    except OSError as error:
        raise VideoError(
            f"{folder}: expected a folder of pictures, got {error.strerror}"
        ) from error
    # Hidden files are left out: some systems put "._name.png" beside every picture.
    files = [file for file in files if file.is_file() and not file.name.startswith(".")]
    if not files:
        known = ", ".join(sorted(SUFFIXES))
        raise VideoError(f"{folder}: expected pictures ({known}), found none")
    return sorted(files, key=_natural)


def _natural(file: Path) -> tuple[list[tuple[int, int, str]], str]:
    parts = re.split(r"(\d+)", file.name.lower())
    numbers = [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
    return numbers, file.name


def _read(file: Path) -> UInt8 | None:
    try:
        data = np.frombuffer(file.read_bytes(), np.uint8)
    except OSError:
        return None
    # ANYDEPTH keeps 16 bits; COLOR gives three channels, drops alpha, applies EXIF orientation.
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if data.size else None
    if pixels is None:
        return None
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    elif pixels.dtype != np.uint8:
        return None
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
