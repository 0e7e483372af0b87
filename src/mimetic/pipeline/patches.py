"""Pieces of some frames, kept while a video is tracked; templates are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.io.disk import disk_errors
from mimetic.io.layout import FACE
from mimetic.io.store import Stage
from mimetic.track.crop import Patch, cut_patch
from mimetic.track.template import MOST_PATCHES
from mimetic.types import Bool, Floats, Frame, Int64, UInt8

ENOUGH = 64  # patches of one person for a template; with fewer, more frames are read


class PatchFolder:
    """Pieces of at most 512 evenly spaced frames, kept while a video is tracked.

    Frame t is kept when t is a multiple of the stride, the smallest power of two
    that keeps the count in bounds; so which pieces there are follows from the
    number of frames alone, and a run that is interrupted ends with the same ones.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def offer(self, row: int, pixels: UInt8, faces: Mapping[int, Floats]) -> None:
        """Keep the faces (tracklet: landmarks [L 3]) of a frame if its row is one of those."""
        if row % stride(row + 1) == 0:
            self.keep(row, pixels, faces)

    def keep(self, row: int, pixels: UInt8, faces: Mapping[int, Floats]) -> None:
        """Keep the faces of a frame."""
        for track, landmarks_px in faces.items():
            try:
                patch = cut_patch(pixels, landmarks_px, frame=row)
            except ArgumentError:
                continue  # the face has all but left the picture
            place = np.array([*patch.origin_px, patch.scale])
            with disk_errors(self.path), open(self._file(row, track), "wb") as file:
                np.save(file, place, allow_pickle=False)
                np.save(file, patch.pixels, allow_pickle=False)

    def read(self, row: int, track: int) -> Patch | None:
        """The piece of one face in one frame, None where none was kept."""
        try:
            with open(self._file(row, track), "rb") as file:
                x, y, scale = np.load(file, allow_pickle=False).tolist()
                pixels = np.load(file, allow_pickle=False)
        except (FileNotFoundError, EOFError, ValueError):
            return None  # never kept, or half written when the power went
        return Patch(pixels=pixels, origin_px=(x, y), scale=scale, frame=row)

    def _file(self, row: int, track: int) -> Path:
        return self.path / f"{row:08d}-{track}.npy"


def stride(rows: int) -> int:
    """Every how manyth of ``rows`` frames is kept, a power of two."""
    step = 1
    while -(-rows // step) > MOST_PATCHES:
        step *= 2
    return step


def patches_of(
    patches: PatchFolder, people: Stage, repeated: Bool, frames: Iterator[Frame]
) -> list[Patch]:
    """Pieces of the chosen person, evenly spaced over the frames that show them.

    Those kept by the tracker, if all are there and they are enough; else they are
    cut from ``frames``, the same stretch of the video once more.
    """
    tracklet: Int64 = people.read("tracklet")
    usable = np.flatnonzero((tracklet >= 0) & people.read(f"{FACE}/valid"))
    distinct = usable[~repeated[usable]]
    step = stride(tracklet.size)
    rows = distinct if step == 1 else usable[usable % step == 0]
    found = [patches.read(int(row), int(tracklet[row])) for row in rows]
    if rows.size >= min(ENOUGH, distinct.size) and None not in found:
        return [patch for patch in found if patch is not None]
    if rows.size < min(ENOUGH, distinct.size):
        chosen = np.linspace(0, distinct.size - 1, MOST_PATCHES).round().astype(int)
        rows = distinct[np.unique(chosen)]
    wanted = set(rows.tolist())
    for row, frame in enumerate(frames):
        if row in wanted:
            points = people.read(f"{FACE}/landmarks_px", start=row, stop=row + 1)[0]
            patches.keep(row, frame.pixels, {int(tracklet[row]): points})
    found = [patches.read(int(row), int(tracklet[row])) for row in rows]
    return [patch for patch in found if patch is not None]
