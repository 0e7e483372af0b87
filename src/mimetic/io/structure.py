"""What the layout of a video file tells without decoding: cut off, without index, mirrored."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

ATOM_LIMIT = 100_000  # a damaged file must not keep us walking
FIRST_ATOMS = frozenset({b"ftyp", b"mdat", b"wide", b"free", b"skip", b"moov"})
EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def ends_early(path: Path) -> bool:
    """Whether bytes are missing at the end by the file's own account.

    Known for mp4 and mov (boxes), Matroska and WebM (segment), AVI (chunks) and
    GIF (trailer). Other formats do not say.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in FIRST_ATOMS:
            return any(end > size for _, _, end in _atoms(file, 0, size))
        if head[:4] == EBML:
            return _segment_end(file, size) > size
        if head[:4] == b"RIFF":
            return _riff_end(file, size) > size
        if head[:3] == b"GIF":
            file.seek(max(0, size - 64))
            return not file.read().rstrip(b"\0").endswith(b";")
    return False


def lacks_index(path: Path) -> bool:
    """Whether a file begins as mp4 or mov, but has no index (moov), as after a broken-off copy."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(8)[4:] not in FIRST_ATOMS:
            return False
        return all(kind != b"moov" for kind, _, _ in _atoms(file, 0, size))


def mirrored_turns(path: Path, track: int) -> int | None:
    """Counterclockwise quarter turns that follow a left-right mirroring; None without mirroring.

    Front cameras write mp4 and mov files that are to be shown mirrored. PyAV
    gives one angle for a display matrix, which means nothing for these, and
    reading the matrix from it can crash (PyAV 18.1, side data of unknown kind).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(8)[4:] not in FIRST_ATOMS:
            return None
        for header in _track_headers(file, size):
            long = header[:1] == b"\1"
            at = (20, 52) if long else (12, 40)
            if len(header) < at[1] + 36 or struct.unpack_from(">I", header, at[0])[0] != track:
                continue
            a, b, _, c, d = struct.unpack_from(">5i", header, at[1])
            if a * d - b * c >= 0:
                return None
            # Mirroring first turns the image of "right", (a, b), into (-a, -b).
            return round(math.atan2(b, -a) / (math.pi / 2)) % 4
    return None


def _track_headers(file: BinaryIO, size: int) -> Iterator[bytes]:
    for kind, start, end in _atoms(file, 0, size):
        if kind != b"moov":
            continue
        for inner, first, last in _atoms(file, start, min(end, size)):
            if inner != b"trak":
                continue
            for name, at, _ in _atoms(file, first, min(last, size)):
                if name == b"tkhd":
                    file.seek(at)
                    yield file.read(92 + 12)


def _atoms(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the content and end of each box between two places."""
    for _ in range(ATOM_LIMIT):
        if start + 8 > stop:
            if start < stop:
                yield b"", stop, start + 8  # the file ends within a header
            return
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        content = start + 8
        if length == 1:
            length, content = int.from_bytes(file.read(8), "big"), start + 16
        end = stop if length == 0 else start + length
        if end < content:
            return
        yield kind, content, end
        start = end


def _segment_end(file: BinaryIO, size: int) -> int:
    file.seek(4)
    header = _ebml_size(file)
    if header is None or file.tell() + header > size:
        return 0
    file.seek(header, 1)
    if file.read(4) != SEGMENT:
        return 0
    length = _ebml_size(file)
    return 0 if length is None else file.tell() + length


def _ebml_size(file: BinaryIO) -> int | None:
    """A variable-length size; None where it is left open, as in live recordings."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0x7F >> extra)]) + file.read(extra), "big")
    return None if value == (1 << 7 * (extra + 1)) - 1 else value


def _riff_end(file: BinaryIO, size: int) -> int:
    end = 0
    # Long AVI files are chains of RIFF chunks.
    while end + 8 <= size:
        file.seek(end)
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind != b"RIFF" or not length:
            break
        end += 8 + length + length % 2
    return end
