"""A face cut out of its picture as a fine texture, from which exact pairs are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mimetic.errors import ArgumentError
from mimetic.flow.pairs import PairSettings
from mimetic.flow.records import FaceSequence
from mimetic.ops.landmarks import MIRROR, SKIN_POINTS
from mimetic.ops.splines import sample_along, spline_coefficients
from mimetic.ops.warp import blur_for_shrinking
from mimetic.types import Float32, Float64, Int64, UInt8

_RIM = 12  # the ringing of the spline at a repeated border dies away within as many pixels
LEAST_MARGIN_PX = 12  # of texture around the pair, so that batches have one size


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceCrop:
    """A square texture around a face, ``supersampling`` times finer than the pair made of it.

    Texture pixel k lies at (k + 0.5) / supersampling - 0.5 - margin_px in the pixels
    of the pair. ``points_px`` are the landmarks there, ``track_px`` the same for every
    frame of the sequence; ``extent_px`` (left, top, right, bottom) is where the
    source picture ends: beyond, its border is repeated.
    """

    texture: Float32  # [M, M], grey levels
    points_px: Float64  # [478, 2]
    track_px: Float64  # [T, 478, 2]
    extent_px: tuple[float, float, float, float]
    margin_px: int
    supersampling: int

    @property
    def size_px(self) -> int:
        """The side of the pair."""
        return int(self.texture.shape[0] // self.supersampling - 2 * self.margin_px)


def cut_face(
    face: FaceSequence, *, settings: PairSettings, peak_px: float, rng: np.random.Generator
) -> FaceCrop:
    """One frame's face, placed at random as ``settings`` allow, with room for ``peak_px``.

    The face box fills the pair but for a margin. A picture with less detail than
    the texture is up-sampled by its B-spline, one with more is blurred first.
    """
    frame = int(rng.choice(_seen_frames(face)))
    corner, side = _window(face.landmarks_px[frame], settings=settings, rng=rng)
    mirrored = bool(rng.random() < settings.mirror_share)
    margin = max(LEAST_MARGIN_PX, int(np.ceil(peak_px)) + 3)
    scale = side / settings.size_px  # pixels of the picture per pixel of the pair
    fine = settings.size_px + 2 * margin, settings.supersampling
    texture = _resample(face.pictures[frame], corner, scale=scale, fine=fine, margin=margin)
    track = (face.landmarks_px[..., :2].astype(np.float64) + 0.5 - corner) / scale - 0.5
    h, w = face.pictures.shape[1:]
    left, top = -corner / scale - 0.5
    right, bottom = (np.array([w, h]) - corner) / scale - 0.5
    if mirrored:
        last = settings.size_px - 1
        texture, track = texture[:, ::-1], track[:, MIRROR]
        track[..., 0] = last - track[..., 0]
        left, right = last - right, last - left
    blur = float(rng.uniform(*settings.blur_px)) * settings.supersampling
    return FaceCrop(
        # Optics come before the movement: blurred afterwards, the label would blur as well.
        texture=ndimage.gaussian_filter(texture, blur, mode="nearest", truncate=3.0),
        points_px=track[frame],
        track_px=track,
        extent_px=(float(left), float(top), float(right), float(bottom)),
        margin_px=margin,
        supersampling=settings.supersampling,
    )


def _seen_frames(face: FaceSequence) -> Int64:
    seen = np.flatnonzero(np.isfinite(face.landmarks_px[..., :2]).all((1, 2)))
    if not seen.size:
        raise ArgumentError(
            f"face: expected landmarks in one frame or more, got none in {face.identity!r}; "
            "leave sequences without a tracked face out"
        )
    return np.asarray(seen)


def _window(
    landmarks: Float32, *, settings: PairSettings, rng: np.random.Generator
) -> tuple[Float64, float]:
    """Upper left corner [2] and side of the square to cut, in the picture (edges, not centres)."""
    skin = landmarks[:SKIN_POINTS, :2].astype(np.float64)
    low, high = skin.min(0), skin.max(0)
    side = float((high - low).max()) * (1 + 2 * settings.margin)
    if not side > 0:
        raise ArgumentError("face: expected landmarks apart, got all in one place; track it again")
    side /= float(np.exp(rng.uniform(*np.log(settings.zoom))))
    middle = (low + high) / 2 + side * rng.uniform(-1, 1, 2) * settings.shift_share
    return middle + 0.5 - side / 2, side


def _resample(
    picture: UInt8, corner: Float64, *, scale: float, fine: tuple[int, int], margin: int
) -> Float32:
    """The texture [M M], sampled along one axis after the other by the cubic B-spline."""
    size, parts = fine
    places = (np.arange(size * parts) + 0.5) / parts - margin
    smooth = blur_for_shrinking(picture.astype(np.float32), scale / parts)
    values = spline_coefficients(smooth, _RIM)
    for axis, start in ((0, corner[1]), (1, corner[0])):
        values = sample_along(values, start + scale * places - 0.5 + _RIM, axis)
    return np.ascontiguousarray(values, np.float32)
