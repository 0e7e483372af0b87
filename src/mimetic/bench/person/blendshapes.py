"""Pseudo-labels: 52 blendshapes by networks that the package does not use otherwise.

The networks lie in ``face_landmarker.task`` (Google, Apache-2.0), a zip of LiteRT graphs:
a detector, 478 landmarks of another generation than our tracker's, and a network that
reads blendshapes off 146 of them. Every frame is taken by itself, as in the image mode
of MediaPipe, so that no label knows its neighbours. They are one vendor's opinion and no
truth: ``retest`` says how far they agree with themselves on the mirrored, smaller picture.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mimetic.errors import ModelError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.video import Video
from mimetic.track.detect import NEAR_GRID, FaceDetector, make_anchors
from mimetic.track.engine import Engine
from mimetic.track.region import Region, back_project, region_of_detection
from mimetic.types import Float32, Float64, UInt8

TASK = "face_landmarker.task"
_NAMES = (
    "_neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff "
    "cheekSquintLeft cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft "
    "eyeLookDownRight eyeLookInLeft eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft "
    "eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft eyeWideRight jawForward jawLeft "
    "jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft "
    "mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight "
    "mouthPressLeft mouthPressRight mouthPucker mouthRight mouthRollLower mouthRollUpper "
    "mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight mouthStretchLeft "
    "mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight"
)
NAMES = tuple(_NAMES.split())
# The points that the blendshape network was made for, and their order (face_blendshapes_graph.cc).
_POINTS = (
    "0 1 4 5 6 7 8 10 13 14 17 21 33 37 39 40 46 52 53 54 55 58 61 63 65 66 67 70 78 80 81 82 84 "
    "87 88 91 93 95 103 105 107 109 127 132 133 136 144 145 146 148 149 150 152 153 154 155 157 "
    "158 159 160 161 162 163 168 172 173 176 178 181 185 191 195 197 234 246 249 251 263 267 269 "
    "270 276 282 283 284 285 288 291 293 295 296 297 300 308 310 311 312 314 317 318 321 323 324 "
    "332 334 336 338 356 361 362 365 373 374 375 377 378 379 380 381 382 384 385 386 387 388 389 "
    "390 397 398 400 402 405 409 415 454 466 468 469 470 471 472 473 474 475 476 477"
)
POINTS = tuple(map(int, _POINTS.split()))
INPUT = 256  # pixels of the landmark network's picture
RETEST_SCALE = 0.93
RETEST_EVERY = 5  # frames


@dataclass(frozen=True, kw_only=True, eq=False)
class PseudoLabels:
    """Blendshapes of every frame of a video, NaN where the networks saw no face."""

    values: Float32  # [T, 52]
    # Read off the mirrored, smaller picture and mirrored back, in every fifth frame.
    retest: Float32  # [T, 52]

    def retest_r(self) -> Float64:
        """Correlation [52] of the labels with themselves, NaN for one that does not vary."""
        known = np.isfinite(self.values).all(1) & np.isfinite(self.retest).all(1)
        one, other = (each[known].astype(np.float64) for each in (self.values, self.retest))
        one, other = one - one.mean(0), other - other.mean(0)
        size = np.sqrt((one**2).sum(0) * (other**2).sum(0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(size > 0, (one * other).sum(0) / size, np.nan)


class Labeller:
    """The three networks of ``face_landmarker.task``, one picture at a time."""

    def __init__(self, task: Path) -> None:
        try:
            content = task.read_bytes()
            with zipfile.ZipFile(task) as archive:
                graphs = {name: archive.read(f"{name}.tflite") for name in _GRAPHS}
        except (OSError, zipfile.BadZipFile, KeyError) as error:
            raise ModelError(
                f"{task}: expected a zip of {', '.join(_GRAPHS)}, got {error!r}; give the folder "
                f"that holds {TASK} (--models)"
            ) from error
        self.sha256 = hashlib.sha256(content).hexdigest()
        detector, landmarks, shapes = (Engine(graphs[name]) for name in _GRAPHS)
        anchors = make_anchors(NEAR_GRID)
        self._detector = FaceDetector(detector, size=128, anchors=anchors, score=0.5)
        self._landmarks, self._shapes = landmarks, shapes

    def label(self, pixels: UInt8) -> Float32:
        """The blendshapes [52] of the surest face in RGB pixels [H W 3], NaN without a face."""
        missing = np.full(len(NAMES), np.nan, np.float32)
        found = self._detector.detect(pixels)
        if not found:
            return missing
        region = region_of_detection(found[0].box_px, found[0].keypoints_px)
        points, presence = self._landmarks(_cut(pixels, region))[:2]
        if presence.reshape(()) < 0:  # a logit: below even odds
            return missing
        placed = back_project(points.reshape(-1, 3), region, size=INPUT)[list(POINTS), :2]
        (shapes,) = self._shapes(placed.astype(np.float32)[None])
        return np.asarray(shapes, np.float32)


_GRAPHS = ("face_detector", "face_landmarks_detector", "face_blendshapes")


def label_video(path: Path, labeller: Labeller, *, cache: Path) -> PseudoLabels:
    """The labels of all frames of a video, kept in ``cache`` under what they were made from."""
    video = Video.open(path)
    kept = cache / f"labels-{video.sha256[:16]}-{labeller.sha256[:16]}.npz"
    if kept.is_file():
        with np.load(kept) as stored:
            return PseudoLabels(values=stored["values"], retest=stored["retest"])
    values, retest = _label_frames(video, labeller)
    with disk_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part.npz")
        np.savez(part, values=values, retest=retest)
        replace_file(kept, part.read_bytes())
        part.unlink()
    return PseudoLabels(values=values, retest=retest)


def _label_frames(video: Video, labeller: Labeller) -> tuple[Float32, Float32]:
    values, retest = [], []
    for row, frame in enumerate(video.frames()):
        values.append(labeller.label(frame.pixels))
        again = row % RETEST_EVERY == 0
        retest.append(
            mirrored(labeller.label(retest_picture(frame.pixels)))
            if again
            else np.full(len(NAMES), np.nan, np.float32)
        )
    return np.stack(values), np.stack(retest)


def mirrored(values: Float32) -> Float32:
    """Blendshapes [52] with left and right exchanged."""
    return np.asarray(values[_MIRROR], np.float32)


def retest_picture(pixels: UInt8) -> UInt8:
    """The picture mirrored and made smaller, in which nothing of the face has changed."""
    height, width = pixels.shape[:2]
    size = (round(RETEST_SCALE * width), round(RETEST_SCALE * height))
    small = cv2.resize(pixels[:, ::-1], size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small, np.uint8)


def _other_side(name: str) -> str:
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


_MIRROR = np.array([NAMES.index(_other_side(name)) for name in NAMES])


def _cut(pixels: UInt8, region: Region) -> Float32:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(
        pixels, region.to_image(INPUT), (INPUT, INPUT), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.multiply(crop, np.float32(1 / 255), dtype=np.float32)[None]
