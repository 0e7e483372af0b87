"""Face clips of a filmed recording, stabilised or not, from tracked or true landmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mimetic.io.video import Video
from mimetic.ops.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from mimetic.ops.mesh import EYES_APART, EYES_MIDDLE
from mimetic.ops.warp import blur_for_shrinking
from mimetic.track.crop import (
    CropConfig,
    Cropper,
    CropRow,
    FaceTemplate,
    clip_from_rows,
    cut_patch,
    fit_template,
)
from mimetic.track.link import FaceTracker
from mimetic.track.pose import head_pose
from mimetic.types import Bool, FaceClip, FaceTrack, Float32, Float64, Frame, Reason, UInt8

STRETCH = 256
PATCHES = 128

CropFrame = Callable[[UInt8, Float32], CropRow]


@dataclass(frozen=True, kw_only=True, eq=False)
class Filmed:
    """A video on disk and one face's landmarks in it [T L 3], NaN where there are none."""

    path: Path
    track: FaceTrack
    repeated: Bool  # [T]

    def frames(self) -> Iterator[Frame]:
        """The frames, read anew."""
        return Video.open(self.path).frames()


class Stretches:
    """The clip of a filmed recording as stretches that can be read again and again."""

    def __init__(self, rows: Sequence[CropRow], template: FaceTemplate, filmed: Filmed) -> None:
        self._rows, self._template, self._filmed = rows, template, filmed

    def __iter__(self) -> Iterator[FaceClip]:
        for start in range(0, len(self._rows), STRETCH):
            yield clip_from_rows(
                self._rows[start : start + STRETCH],
                self._template,
                track=self._filmed.track,
                repeated=self._filmed.repeated,
                start=start,
            )


def tracked_landmarks(frames: Iterator[Frame]) -> Float32:
    """The landmarks [T 478 3] of the first face that the tracker finds."""
    tracker = FaceTracker.load()
    missing = np.full((478, 3), np.nan, np.float32)
    found = []
    for frame in frames:
        faces = sorted(tracker.step(frame), key=lambda face: face.track)
        found.append(faces[0].landmarks_px if faces else missing)
    return np.stack(found)


def film(path: Path, landmarks_px: Float32, *, times_s: Float64) -> Filmed:
    """A video with landmarks as the track of one person."""
    valid = np.asarray(np.isfinite(landmarks_px).all((1, 2)), np.bool_)
    pose = head_pose(landmarks_px, valid)
    box = np.full((times_s.size, 4), np.nan, np.float32)
    flat = landmarks_px[valid, :, :2]
    box[valid] = np.concatenate([flat.min(1), flat.max(1)], axis=1)
    track = FaceTrack(
        person=0,
        times_s=times_s,
        box_px=box,
        landmarks_px=landmarks_px,
        confidence=np.where(valid, 1, 0).astype(np.float32),
        valid=valid,
        reason=np.where(valid, Reason.NONE, Reason.NO_FACE).astype(np.uint8),
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    )
    return Filmed(path=path, track=track, repeated=np.zeros(times_s.size, bool))


def template_of(filmed: Filmed, config: CropConfig) -> FaceTemplate:
    """The person's template from evenly spaced frames."""
    valid = np.flatnonzero(filmed.track.valid)
    chosen = set(valid[np.linspace(0, valid.size - 1, min(PATCHES, valid.size)).astype(int)])
    points = filmed.track.landmarks_px
    patches = [
        cut_patch(frame.pixels, points[frame.index], frame=frame.index)
        for frame in filmed.frames()
        if frame.index in chosen
    ]
    return fit_template(patches, points[[patch.frame for patch in patches]], config)


def stretches(filmed: Filmed, *, stabilised: bool) -> Stretches:
    """The clip of a recording: the person's 3-D crop with Lucas-Kanade, or a crop by the eyes."""
    config = CropConfig()
    template = template_of(filmed, config)
    cropper = Cropper(template, config)
    crop: CropFrame = cropper.crop if stabilised else EyeCropper(cropper)
    points = filmed.track.landmarks_px
    rows = [crop(frame.pixels, points[frame.index]) for frame in filmed.frames()]
    return Stretches(rows, template, filmed)


class EyeCropper:
    """The usual crop: outer eye corners to fixed places by a similarity in the picture.

    Neither head turns nor the tracker's jitter are taken out; what stabilisation
    is compared with.
    """

    def __init__(self, cropper: Cropper) -> None:
        self._missing = cropper.missing(Reason.NO_FACE)
        self._size = cropper.config.size_px

    def __call__(self, pixels: UInt8, landmarks_px: Float32) -> CropRow:
        """The crop of a frame [H W 3] with landmarks [L 3]."""
        if not np.isfinite(landmarks_px).all():
            return self._missing
        to_video = eye_similarity(landmarks_px, self._size)
        scale = float(np.hypot(*to_video[:, 0]))
        soft = blur_for_shrinking(pixels, scale)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop = cv2.warpAffine(
            soft, to_video, (self._size, self._size), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        flat = (landmarks_px[:, :2] - to_video[:, 2]) @ to_video[:, :2] / scale**2
        ed_px = EYES_APART * self._size / 128
        middle = np.array(EYES_MIDDLE) * self._size / 128
        shape = np.concatenate(
            [(flat - middle) / ed_px, landmarks_px[:, 2:] / (scale * ed_px)], axis=1
        )
        projection = np.insert(to_video, 2, 0.0, axis=1)
        return CropRow(
            pixels=np.asarray(crop, np.uint8),
            crop_to_video=projection,
            alignment=np.eye(2, 3),
            landmarks_px=flat.astype(np.float32),
            shape_ed=shape.astype(np.float32),
            residual=float("nan"),
            gain=1.0,
            inside=1.0,
            reason=Reason.NONE,
        )


def eye_similarity(landmarks_px: Float32, size_px: int) -> Float64:
    """The similarity [2 3] from a crop of ``size_px`` to the video, by the outer eye corners."""
    right, left = landmarks_px[[RIGHT_EYE_OUTER, LEFT_EYE_OUTER], :2].astype(np.float64)
    unit = size_px / 128
    cos, sin = (left - right) / (EYES_APART * unit)
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = (left + right) / 2 - turn @ (np.array(EYES_MIDDLE) * unit)
    return np.column_stack([turn, shift])
