"""Real clips of a folder: analysed, cropped plainly, labelled; everything slow is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mimetic.bench.person.blendshapes import NAMES, TASK, Labeller, label_video
from mimetic.bench.person.recorded import Recorded
from mimetic.errors import ArgumentError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.layout import CROP
from mimetic.io.manifest import NAME as MANIFEST
from mimetic.io.result import Result, open_result
from mimetic.io.video import Video
from mimetic.ops.landmarks import STABLE
from mimetic.ops.mesh import CANONICAL_SIZE
from mimetic.ops.warp import blur_for_shrinking
from mimetic.pipeline import analyze
from mimetic.pipeline.settings import AnalyzeConfig
from mimetic.types import FaceClip, Float32, Floats, UInt8

# Everybody of the folder whose face is seen for ten seconds or more, one recording each.
LONG_CLIPS = (
    "expressive-11s.mp4",
    "phone-portrait-11s.mp4",
    "head-turns-19s.mp4",
    "smile-glasses-19s.mp4",
    "expressive-33s.mp4",
    "talking-face-200s-25hz.webm",
)
# Further people, too short to be tested on: a model across people learns from them.
SHORT_CLIPS = (
    *("near-still-7s.mp4", "glasses-8s.mp4", "grin-3s.mp4", "single-face-2s.mp4"),
    *(f"speech-{letter}.mpg" for letter in "abcde"),
    *("talk-6s.mp4", "talk-7s.mp4"),
)


def real_recordings(
    data: Path, models: Path, *, cache: Path, names: Sequence[str] = LONG_CLIPS
) -> list[Recorded]:
    """The long clips of a folder with pseudo-labels; everything slow is kept in ``cache``.

    ``data`` holds the videos (in itself or in ``video``), ``models`` the file
    ``face_landmarker.task``. Clips that are not analysed yet are, into ``cache/<clip>``.
    """
    folder = folder_of(data)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ArgumentError(f"{data}: expected the clips {', '.join(missing)}, got none of them")
    labeller = Labeller(models / TASK)
    return [recorded(folder / name, labeller, cache=cache) for name in names]


def strangers(data: Path, *, cache: Path) -> dict[str, list[FaceClip]]:
    """The stretches of further people's short clips, by clip; those that are there."""
    paths = [path for name in SHORT_CLIPS if (path := folder_of(data) / name).is_file()]
    return {path.stem: list(_analysed(path, cache / path.stem).stretches()) for path in paths}


def folder_of(data: Path) -> Path:
    """Where the videos of a data folder are: in it, or in ``video`` below it."""
    return data / "video" if (data / "video").is_dir() else data


def recorded(path: Path, labeller: Labeller, *, cache: Path) -> Recorded:
    """One video, analysed, cropped plainly and labelled, or read from ``cache``."""
    labels = label_video(path, labeller, cache=cache)
    result = _analysed(path, cache / path.stem)
    clip = result.clip()
    return Recorded(
        path.stem,
        clip,
        _plain_crops(path, result, clip, kept=cache / f"plain-{path.stem}.npy"),
        labels.values.astype(np.float64),
        NAMES,
        labels.retest_r(),
    )


def _analysed(path: Path, out: Path) -> Result:
    if (out / MANIFEST).is_file():
        result = open_result(out)
        if result.stages.get(CROP, False):
            return result
    return analyze(path, out=out, config=AnalyzeConfig())


def _plain_crops(path: Path, result: Result, clip: FaceClip, *, kept: Path) -> UInt8:
    if kept.is_file():
        return np.asarray(np.load(kept), np.uint8)
    points = result.track.landmarks_px
    crops = np.stack(
        [
            plain_crop(frame.pixels, points[row], mesh_px=clip.mesh_px)
            for row, frame in enumerate(Video.open(path).frames())
        ]
    )
    with disk_errors(kept):
        part = kept.with_suffix(".part.npy")
        np.save(part, crops)
        replace_file(kept, part.read_bytes())
        part.unlink()
    return crops


def plain_crop(pixels: UInt8, landmarks_px: Floats, *, mesh_px: Float32) -> UInt8:
    """The grey crop [128 128] by the similarity that brings 18 stable points to the mesh.

    0 where there are no landmarks.
    """
    size = CANONICAL_SIZE
    if not np.isfinite(landmarks_px).all():
        return np.zeros((size, size), np.uint8)
    wanted = mesh_px[list(STABLE), :2].astype(np.float64) @ [1, 1j]
    found = landmarks_px[list(STABLE), :2].astype(np.float64) @ [1, 1j]
    left = wanted - wanted.mean()
    turn = (left.conj() * (found - found.mean())).sum() / (abs(left) ** 2).sum()
    shift = found.mean() - turn * wanted.mean()
    to_video = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    grey = cv2.cvtColor(blur_for_shrinking(pixels, abs(turn)), cv2.COLOR_RGB2GRAY)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(
        grey, to_video, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)
