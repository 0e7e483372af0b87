"""The face held still: one stabilised crop a frame, each independent of all other frames.

First pass: ``cut_patch`` of some frames, ``fit_template``. Second pass: ``Cropper.crop`` of
every frame, ``clip_from_rows``. The definition of the maps is in ``FaceClip``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops import mesh, stabilise, warp
from mimetic.ops.align import join_projection
from mimetic.track.patch import Patch, cut_box, cut_patch
from mimetic.track.template import CropConfig, FaceTemplate, Sight, fit_template
from mimetic.types import Bool, FaceClip, FaceTrack, Float32, Float64, Floats, Reason, UInt8
from mimetic.types.arrays import check_shape

__all__ = [
    "CropConfig",
    "CropRow",
    "Cropper",
    "FaceTemplate",
    "Patch",
    "clip_from_rows",
    "cut_patch",
    "fit_template",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class CropRow:
    """One frame of a ``FaceClip``; all NaN and black unless ``reason`` is NONE."""

    pixels: UInt8  # [H, W, 3]
    crop_to_video: Float64  # [2, 4]
    alignment: Float64  # [2, 3]
    landmarks_px: Float32  # [L, 2], crop pixels
    shape_ed: Float32  # [L, 3]
    residual: float
    gain: float  # of the contrast against the template's
    inside: float  # share of the face ellipse inside the picture
    reason: Reason

    @property
    def ok(self) -> bool:
        """Whether the frame was measured."""
        return self.reason is Reason.NONE


class Cropper:
    """Crops of one person's face, about a millisecond each."""

    def __init__(self, template: FaceTemplate, config: CropConfig) -> None:
        size = config.size_px
        check_shape("depth_px", template.depth_px, "H W", H=size, W=size)
        self.template = template
        self.config = config
        self._sight = Sight(template.depth_px)
        self._aligner = stabilise.Aligner(template.template, template.weight)
        self._basis = warp.depth_basis(template.depth_px)
        self._ellipse = stabilise.ellipse_mask()

    def missing(self, reason: Reason, *, inside: float = float("nan")) -> CropRow:
        """The row of a frame that cannot be measured."""
        size, points = self.config.size_px, self.template.mesh_px.shape[0]
        nan = float("nan")
        return CropRow(
            pixels=np.zeros((size, size, 3), np.uint8),
            crop_to_video=np.full((2, 4), nan),
            alignment=np.full((2, 3), nan),
            landmarks_px=np.full((points, 2), nan, np.float32),
            shape_ed=np.full((points, 3), nan, np.float32),
            residual=nan,
            gain=nan,
            inside=inside,
            reason=reason,
        )

    def crop(self, pixels: UInt8, landmarks_px: Floats) -> CropRow:
        """The crop of a frame [H W 3] with landmarks [L 3]; NaN landmarks give a missing row."""
        if not np.isfinite(landmarks_px).all():
            return self.missing(Reason.NO_FACE)
        points = np.asarray(landmarks_px, np.float64)
        projection, shape_px = mesh.fit_crop(self.template.mesh_px, points)
        maps = self._sight.maps(projection)
        inside, visible = self._visible(maps, pixels.shape[1], pixels.shape[0])
        if inside < self.config.least_inside:
            return self.missing(Reason.NOT_ALIGNED, inside=inside)
        patch = self._cut(pixels, maps)
        contrast = self._sight.contrast(patch.grey(), projection)
        found = self._aligner.align(contrast, visible=visible)
        shift_px = stabilise.rim_shift_px(found.affine)
        if (
            not found.converged
            or shift_px > self.config.most_shift_px
            or found.residual > self.config.most_residual
        ):
            return self.missing(Reason.NOT_ALIGNED, inside=inside)
        alignment = self._sight.scaled(found.affine)
        joined = join_projection(projection, alignment)
        return CropRow(
            pixels=self._sample(patch, joined),
            crop_to_video=projection,
            alignment=alignment,
            landmarks_px=mesh.points_in_crop(
                joined, self.template.depth_px, points[:, :2], near_px=shape_px[:, :2]
            ),
            shape_ed=mesh.to_ed(self.template.mesh_px, shape_px),
            residual=found.residual,
            gain=found.gain,
            inside=inside,
            reason=Reason.NONE,
        )

    def _visible(self, maps: Float32, width: int, height: int) -> tuple[float, Bool | None]:
        """The share of the face inside the picture, and where, None if everywhere."""
        low, high = maps.min((1, 2)), maps.max((1, 2))
        if low.min() >= 0 and high[0] <= width - 1 and high[1] <= height - 1:
            return 1.0, None
        visible = warp.inside_picture(maps, width_px=width, height_px=height)
        share = float(visible[self._ellipse].mean())
        return share, None if share == 1 else visible

    def _cut(self, pixels: UInt8, maps: Float32) -> Patch:
        """The piece of the picture that the crop needs, with room for the alignment."""
        low, high = maps.min((1, 2)), maps.max((1, 2))
        room = self.config.most_shift_px * (high - low).max() / mesh.CANONICAL_SIZE + 2
        box = np.concatenate([low - room, high + room])
        return cut_box(pixels, box, self.template.reduction, 0)

    def _sample(self, patch: Patch, joined: Float64) -> UInt8:
        to_patch = patch.to_patch(joined)
        scale = float(np.linalg.norm(to_patch[:, :3])) / np.sqrt(2)
        soft = warp.blur_for_shrinking(patch.pixels, scale)
        size = self.config.size_px
        maps = warp.projection_maps(to_patch, self._basis, (size, size))
        return np.asarray(warp.sample_fast(soft, maps), np.uint8)


def clip_from_rows(
    rows: Sequence[CropRow],
    template: FaceTemplate,
    *,
    track: FaceTrack,
    repeated: Bool,
    start: int = 0,
) -> FaceClip:
    """The clip of rows that belong to frames ``start`` and following of a track.

    ``repeated`` has an entry for every frame of the track.
    """
    part = slice(start, start + len(rows))
    if not rows or part.stop > track.times_s.size or repeated.size != track.times_s.size:
        raise ArgumentError(
            f"rows: expected some of the {track.times_s.size} frames of the track, got "
            f"{len(rows)} from {start} on, with {repeated.size} marks of repetition"
        )
    valid = np.array([row.ok for row in rows])
    return FaceClip(
        person=track.person,
        pixels=np.stack([row.pixels for row in rows]),
        times_s=track.times_s[part],
        crop_to_video=np.stack([row.crop_to_video for row in rows]),
        depth_px=template.depth_px,
        mesh_px=template.mesh_px,
        alignment=np.stack([row.alignment for row in rows]),
        landmarks_px=np.stack([row.landmarks_px for row in rows]),
        shape_ed=np.stack([row.shape_ed for row in rows]),
        yaw_deg=np.where(valid, track.yaw_deg[part], np.nan),
        pitch_deg=np.where(valid, track.pitch_deg[part], np.nan),
        roll_deg=np.where(valid, track.roll_deg[part], np.nan),
        residual=np.array([row.residual for row in rows], np.float32),
        repeated=repeated[part],
        valid=valid,
    )
