"""What the movement space sees of a frame: local contrast, pose-free landmarks, lids and gaze."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from mimetic.errors import ArgumentError, SpaceError
from mimetic.ops.aperture import lid_aperture
from mimetic.ops.landmarks import IRIS_LEFT, IRIS_RIGHT, POINTS, SKIN_POINTS
from mimetic.ops.stabilise import ellipse_mask, local_contrast
from mimetic.types import Bool, FaceClip, Float32, Floats, UInt8

POINTS_KNOWN = (SKIN_POINTS, POINTS)
LIDS = 2  # channels: how far the left and the right eye are open
GAZE = 4  # and, where the irises are landmarks, x and y of each within its eye
_CORNERS = ((33, 133), (263, 362))


def appearance(pixels: UInt8, size_px: int) -> Float32:
    """Local contrast [S S] of one RGB crop [H W 3]."""
    contrast = local_contrast(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
    if contrast.shape == (size_px, size_px):
        return contrast
    how = cv2.INTER_AREA if size_px < contrast.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(contrast, (size_px, size_px), interpolation=how))


def fit_rows(clip: FaceClip) -> Bool:
    """The frames [T] that a movement space is fitted on: measured, and not shown twice."""
    return np.asarray(clip.valid & ~clip.repeated)


def extract(clip: FaceClip, rows: Bool, *, appearance_px: int, eyes: bool = True) -> Float32:
    """Features [n P] of the chosen frames: appearance in the ellipse, landmark x and y, eyes.

    Appearance is local contrast, landmarks and the channels of the eyes are in eye
    distances; nothing is centred or scaled yet. ``eyes=False`` leaves the channels of
    the eyes out, ``appearance_px=0`` the appearance.
    """
    chosen = np.flatnonzero(rows)
    parts = [clip.shape_ed[chosen, :, :2].reshape(chosen.size, 2 * clip.shape_ed.shape[1])]
    if appearance_px:
        inside = ellipse_mask(appearance_px)
        seen = np.empty((chosen.size, int(inside.sum())), np.float32)
        for row, frame in enumerate(chosen):
            seen[row] = appearance(clip.pixels[frame], appearance_px)[inside]
        parts.insert(0, seen)
    if eyes:
        parts.append(eye_channels(clip.shape_ed[chosen]))
    return np.concatenate(parts, axis=1)


def eye_channels(shape_ed: Floats) -> Float32:
    """Lid apertures, then the gaze, of shapes [n L 3]: [n E], the left eye before the right.

    Landmarks tell lids better than pixels do, but the lids are 28 of 478 points, and
    their movement drowns in that of the mouth: channels of their own give them weight.
    Gaze is the middle of the iris from the middle of the eye's corners.
    """
    channels = [lid_aperture(shape_ed)]
    if shape_ed.shape[1] == POINTS:
        for iris, corners in zip((IRIS_LEFT, IRIS_RIGHT), _CORNERS[::-1], strict=True):
            middle = shape_ed[:, list(corners), :2].mean(1)
            channels.append(shape_ed[:, list(iris), :2].mean(1) - middle)
    return np.concatenate(channels, axis=1).astype(np.float32)


def eye_count(points: int) -> int:
    """How many channels of the eyes there are with so many landmarks."""
    return LIDS + GAZE if points == POINTS else LIDS


def features_of(pixels: UInt8, shape_ed: Float32, *, appearance_px: int) -> Float32:
    """Features [P] of one crop [H W 3] with its landmarks [L 3]."""
    parts = [shape_ed[:, :2].ravel(), eye_channels(shape_ed[None])[0]]
    if appearance_px:
        parts.insert(0, appearance(pixels, appearance_px)[ellipse_mask(appearance_px)])
    return np.concatenate(parts)


class ClipGuard:
    """Refuses stretches that cannot share one movement space with those before."""

    def __init__(self) -> None:
        self._known: tuple[int, int, int] | None = None
        self._person: dict[bytes, int] = {}

    def check(self, clip: FaceClip) -> None:
        """Raise ArgumentError for another person, crop size or landmark scheme."""
        points = clip.landmarks_px.shape[1]
        if points not in POINTS_KNOWN:
            raise ArgumentError(f"clips: expected 468 or 478 landmarks a frame, got {points}")
        if clip.pixels.shape[1] != clip.pixels.shape[2]:
            raise ArgumentError(f"clips: expected square crops, got {clip.pixels.shape[1:3]}")
        this = (*clip.pixels.shape[1:3], points)
        if self._known is None:
            self._known = this
        if this != self._known:
            raise ArgumentError(
                "clips: expected stretches of one person with one crop size, got (height, width, "
                f"landmarks) {self._known} and {this}; fit one model for each"
            )
        # Persons are numbered in each recording anew, and a recording has one mesh.
        number = self._person.setdefault(clip.mesh_px.tobytes(), clip.person)
        if number != clip.person:
            raise ArgumentError(
                f"clips: expected stretches of one person, got person {number} and person "
                f"{clip.person} of one recording; fit one model for each"
            )


def guarded(clips: Iterable[FaceClip]) -> Iterator[FaceClip]:
    """The clips in order, each checked against the ones before it."""
    guard = ClipGuard()
    for clip in clips:
        guard.check(clip)
        yield clip


def check_size(clip: FaceClip, crop_px: int, *, points: int) -> None:
    """Raise SpaceError when a clip does not have the size that a model was fitted on."""
    got = (clip.pixels.shape[1], clip.pixels.shape[2], clip.landmarks_px.shape[1])
    if got != (crop_px, crop_px, points):
        raise SpaceError(
            f"clip: expected crops of {crop_px} x {crop_px} px with {points} landmarks, as this "
            f"model was fitted on, got {got[0]} x {got[1]} px with {got[2]}; crop the video again"
        )
