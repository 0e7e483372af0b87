"""Faces to learn flow from: those of a folder of clips and pictures, and virtual ones."""

from __future__ import annotations

import io
import itertools
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mimetic.datasets.virtual import Camera, Program, VirtualFace, people
from mimetic.errors import ArgumentError, InputError, NoFaceError, VideoError
from mimetic.flow.records import FaceSequence
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.images import SUFFIXES as IMAGE_SUFFIXES
from mimetic.io.video import Video
from mimetic.ops.landmarks import POINTS
from mimetic.ops.repeats import capture_times
from mimetic.pipeline.analysis import track
from mimetic.pipeline.batch import VIDEO_SUFFIXES
from mimetic.pipeline.names import Names
from mimetic.pipeline.origins import NETWORKS_HASH, config_hash_of
from mimetic.pipeline.settings import AnalyzeConfig
from mimetic.pipeline.window import MARGIN, Window
from mimetic.types import Int64

LONGEST_S = 240.0  # of a clip; more of one person brings little and costs the wait
STRETCH = 16  # neighbouring frames taken together, so that flow between neighbours can be had
SMALLEST_PX = 32
VERSION = 1  # of what is cached; raise it when faces are read otherwise
# Virtual films: fast enough that neighbours differ, short enough to be made while one waits.
FILM_FRAMES, FILM_HZ, FILM_S = 12, 12.5, 2.0
_ARRAYS = ("pictures", "landmarks_px", "times_s")

Tell = Callable[[str], None]
Arrays = dict[str, npt.NDArray[Any]]


def tell_nobody(message: str) -> None:
    """Keep what was left out to oneself."""


def read_faces(
    folder: str | Path,
    *,
    size_px: int = 384,
    frames_at_most: int = 64,
    cache: str | Path | None = None,
    tell: Tell = tell_nobody,
) -> list[FaceSequence]:
    """One sequence for every clip and picture below a folder (or for one file) that shows a face.

    The person seen longest is taken, tracked by this package's tracker, in a window that
    stays where it is in the video. Pictures are grey, at most ``size_px`` a side, never enlarged,
    square unless the video is narrower than the face with its margin. Of a clip, up to
    ``frames_at_most`` distinct frames in stretches of 16 neighbours, evenly spread over
    its first four minutes. ``identity`` comes from the columns file and person of a MANIFEST.csv
    in the folder or above it; else, and where that says "-", it is the name of the file
    without its ending. ``cache`` is a folder that keeps what was read, by content and settings.

    A file that cannot be read or shows no face is left out, and ``tell`` hears why. Raises
    VideoError where there is no clip or picture, NoFaceError where none of them shows a face.
    """
    _check_sizes(size_px, frames_at_most)
    files = media_below(Path(folder))
    names = Names(Path(folder))
    found = []
    for file in files:
        try:
            arrays = _cached(file, (size_px, frames_at_most), cache)
        except InputError as error:
            tell(f"left out: {error}")
            continue
        found.append(FaceSequence(identity=names.of(file), source=file.name, **arrays))
    if not found:
        raise NoFaceError(
            f"{folder}: expected clips or pictures of faces, found a face in none of {len(files)} "
            "files; a face needs about 20 pixels between the eyes"
        )
    return found


def virtual_faces(count: int, *, seed: int, size_px: int = 384) -> list[FaceSequence]:
    """Virtual people made from the built-in portrait, each in a short film of 12 frames.

    Landmarks are exact. One portrait stands behind all of them: a substitute where no
    clips are at hand, not a population.
    """
    if size_px < SMALLEST_PX:
        raise ArgumentError(f"size_px: expected at least {SMALLEST_PX}, got {size_px}")
    return [
        _virtual_face(VirtualFace(person=person), f"virtual-{seed}-{number}", person.seed, size_px)
        for number, person in enumerate(people(count, seed=seed), start=1)
    ]


def media_below(folder: Path) -> list[Path]:
    """The clips and pictures below a folder in order of their paths, hidden ones left out."""
    suffixes = VIDEO_SUFFIXES | {f".{suffix}" for suffix in IMAGE_SUFFIXES}
    try:
        if folder.is_file():
            return [folder]
        every = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes]
    except OSError as error:
        raise VideoError(f"{folder}: expected a readable folder, got {error}") from error
    files = [
        path
        for path in every
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    ]
    if not files:
        raise VideoError(f"{folder}: expected a folder with clips or pictures of faces, found none")
    return files


def choose_rows(usable: Int64, most: int) -> Int64:
    """Up to ``most`` of the rows, in evenly spread stretches of 16 neighbours."""
    if usable.size <= most:
        return usable
    count = max(1, most // STRETCH)
    length = most // count
    starts = np.linspace(0, usable.size - length, count).round().astype(np.int64)
    return np.asarray(usable[(starts[:, None] + np.arange(length)).ravel()])


def _check_sizes(size_px: int, frames_at_most: int) -> None:
    if size_px < SMALLEST_PX or frames_at_most < 1:
        raise ArgumentError(
            f"size_px, frames_at_most: expected at least {SMALLEST_PX} and 1, "
            f"got {size_px}, {frames_at_most}"
        )


def _cached(file: Path, settings: tuple[int, int], cache: str | Path | None) -> Arrays:
    """The arrays of a sequence, out of the cache if they are there; no rows: no face."""
    video = Video.open(file)
    if cache is None:
        return _read(video, *settings)
    key = config_hash_of(video.sha256, NETWORKS_HASH, VERSION, settings)
    kept = Path(cache) / f"{key[:32]}.npz"
    arrays = _load(kept)
    if arrays is None:
        try:
            arrays = _read(video, *settings)
        except NoFaceError:
            arrays = _nothing()  # so that it is not searched again
        packed = io.BytesIO()
        np.savez(packed, **arrays)  # type: ignore[arg-type]
        with disk_errors(kept):
            kept.parent.mkdir(parents=True, exist_ok=True)
            replace_file(kept, packed.getvalue())
    if not arrays["times_s"].size:
        raise NoFaceError(f"{file}: no face")
    return arrays


def _load(kept: Path) -> Arrays | None:
    """What the cache has; a damaged file counts as none."""
    try:
        # Opened here: where the file is damaged, numpy would leave its own handle open.
        with kept.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in _ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _nothing() -> Arrays:
    return {
        "pictures": np.zeros((0, 1, 1), np.uint8),
        "landmarks_px": np.zeros((0, POINTS, 3), np.float32),
        "times_s": np.zeros(0),
    }


def _read(video: Video, size_px: int, frames_at_most: int) -> Arrays:
    """Track a clip, choose its frames, and cut the face out of them in a second pass."""
    with tempfile.TemporaryDirectory(prefix="mimetic-") as temporary:
        config = AnalyzeConfig(end_s=LONGEST_S)
        result = track(video.path, out=Path(temporary) / "faces", config=config)
        info, face = result.video, result.track
    rows = choose_rows(np.flatnonzero(face.valid & ~info.repeated), frames_at_most)
    points = face.landmarks_px[rows]
    window = Window.around(
        points[..., :2], video_px=(video.width_px, video.height_px), size_px=size_px
    )
    wanted = set(rows.tolist())
    pictures = [
        window.cut(frame.pixels)
        for frame in itertools.islice(video.frames(), int(rows[-1]) + 1)
        if frame.index in wanted
    ]
    return {
        "pictures": np.stack(pictures),
        "landmarks_px": window.place(points),
        "times_s": capture_times(info.times_s, info.repeated)[rows],
    }


def _virtual_face(face: VirtualFace, identity: str, seed: int, size_px: int) -> FaceSequence:
    """The film of one virtual person, the face with its margin filling the picture."""
    low, high = face.landmarks_px[:, :2].min(0), face.landmarks_px[:, :2].max(0)
    zoom = size_px / ((1 + 2 * MARGIN) * float((high - low).max()))
    program = Program.random(seed, FILM_S, habits=face.person.habits() if face.person else None)
    camera = Camera(rate_hz=FILM_HZ, size_px=(size_px, size_px), zoom=zoom)
    recording = face.record(program, camera)
    rows = slice(len(recording) - FILM_FRAMES, len(recording))
    pictures = [
        cv2.cvtColor(recording.frame(index).pixels, cv2.COLOR_RGB2GRAY)
        for index in range(len(recording))[rows]
    ]
    return FaceSequence(
        identity=identity,
        pictures=np.stack(pictures).astype(np.uint8),
        landmarks_px=recording.truth.landmarks_px[rows],
        times_s=recording.times_s[rows],
        source="virtual",
    )
