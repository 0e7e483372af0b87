"""What the movement space sees of a frame: local contrast and pose-free landmarks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from mimetic.errors import ArgumentError, SpaceError
from mimetic.ops.stabilise import ellipse_mask, local_contrast
from mimetic.types import Bool, FaceClip, Float32, UInt8

POINTS_KNOWN = (468, 478)


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


def extract(clip: FaceClip, rows: Bool, *, appearance_px: int) -> Float32:
    """Features [n P] of the chosen frames: appearance in the ellipse, then landmark x and y.

    Appearance is local contrast, landmarks are in eye distances; neither is
    centred or scaled yet.
    """
    inside = ellipse_mask(appearance_px)
    chosen = np.flatnonzero(rows)
    seen = np.empty((chosen.size, int(inside.sum())), np.float32)
    for row, frame in enumerate(chosen):
        seen[row] = appearance(clip.pixels[frame], appearance_px)[inside]
    shape = clip.shape_ed[chosen, :, :2].reshape(chosen.size, 2 * clip.shape_ed.shape[1])
    return np.concatenate([seen, shape], axis=1)


def features_of(pixels: UInt8, shape_ed: Float32, *, appearance_px: int) -> Float32:
    """Features [P] of one crop [H W 3] with its landmarks [L 3]."""
    seen = appearance(pixels, appearance_px)[ellipse_mask(appearance_px)]
    return np.concatenate([seen, shape_ed[:, :2].ravel()])


class ClipGuard:
    """Refuses stretches that cannot share one movement space with those before."""

    def __init__(self) -> None:
        self._known: tuple[int, int, int, int] | None = None

    def check(self, clip: FaceClip) -> None:
        """Raise ArgumentError for another person, crop size or landmark scheme."""
        points = clip.landmarks_px.shape[1]
        if points not in POINTS_KNOWN:
            raise ArgumentError(f"clips: expected 468 or 478 landmarks a frame, got {points}")
        if clip.pixels.shape[1] != clip.pixels.shape[2]:
            raise ArgumentError(f"clips: expected square crops, got {clip.pixels.shape[1:3]}")
        this = (clip.person, *clip.pixels.shape[1:3], points)
        if self._known is None:
            self._known = this
        if this != self._known:
            raise ArgumentError(
                "clips: expected stretches of one person with one crop size, got (person, height, "
                f"width, landmarks) {self._known} and {this}; fit one model for each"
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
