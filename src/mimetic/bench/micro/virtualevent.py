"""A photograph whose skin moves briefly by a known field: what magnification is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mimetic.datasets.virtual.face import astronaut_landmarks, astronaut_photo
from mimetic.micro.push import push
from mimetic.ops.mesh import CANONICAL_SIZE, person_mesh, place_mesh
from mimetic.ops.warp import blur_for_shrinking, sample_exact
from mimetic.types import FaceClip, Float32, Float64, UInt8

SIZE_PX = CANONICAL_SIZE
MIDDLE_PX = (44.0, 90.0)  # beside the corner of the mouth on the person's right
REACH_PX = 9.0  # standard deviation of the field
ONSET_S, APEX_S, OFFSET_S = 1.2, 1.35, 1.5


@dataclass(frozen=True, kw_only=True)
class VirtualEvent:
    """A brief movement of ``amplitude_px`` up and outward, filmed with noise of grey levels."""

    amplitude_px: float = 0.3
    rate_hz: float = 50.0
    duration_s: float = 2.7
    noise: float = 1.0

    @property
    def field_px(self) -> Float32:
        """Where each point is at the apex, less where it rests [2 H W]."""
        y, x = np.indices((SIZE_PX, SIZE_PX))
        away = (x - MIDDLE_PX[0]) ** 2 + (y - MIDDLE_PX[1]) ** 2
        bell = np.exp(-away / (2 * REACH_PX**2))
        across, down = -0.6 * self.amplitude_px, -0.8 * self.amplitude_px
        return np.stack([across * bell, down * bell]).astype(np.float32)

    def course(self, times_s: Float64) -> Float64:
        """The share of the movement that is done: minimum jerk to the apex and back."""
        rise = np.clip((times_s - ONSET_S) / (APEX_S - ONSET_S), 0, 1)
        fall = np.clip((times_s - APEX_S) / (OFFSET_S - APEX_S), 0, 1)
        shape = [part**3 * (10 - 15 * part + 6 * part**2) for part in (rise, fall)]
        return np.asarray(shape[0] - shape[1])

    def film(self, rng: np.random.Generator) -> FaceClip:
        """The movement as a clip of a face held still, rounded to whole grey levels."""
        times_s = np.arange(round(self.duration_s * self.rate_hz)) / self.rate_hz
        frames = np.empty((times_s.size, SIZE_PX, SIZE_PX, 3), np.uint8)
        for number, share in enumerate(self.course(times_s)):
            picture = exact_picture(self.field_px * np.float32(share))
            noisy = picture + rng.normal(0, self.noise, picture.shape)
            frames[number] = np.clip(np.rint(noisy), 0, 255)
        return _still_clip(frames, times_s)


@lru_cache(maxsize=1)
def _portrait() -> tuple[UInt8, Float32]:
    """The photograph as a crop, and its mesh in it."""
    landmarks = astronaut_landmarks()
    mesh = place_mesh(person_mesh(landmarks[None]), SIZE_PX).astype(np.float32)
    here = np.concatenate([mesh[:, :2], np.ones((len(mesh), 1))], axis=1)
    to_photo, *_ = np.linalg.lstsq(here, landmarks[: len(mesh), :2], rcond=None)
    y, x = np.indices((SIZE_PX, SIZE_PX))
    place = np.stack([x, y, np.ones_like(x)], axis=-1) @ to_photo
    photo = blur_for_shrinking(astronaut_photo(), float(np.sqrt(abs(np.linalg.det(to_photo[:2])))))
    crop = sample_exact(photo, place[..., 0], place[..., 1])
    return np.clip(np.rint(crop), 0, 255).astype(np.uint8), mesh


def exact_picture(moved_px: Float32) -> UInt8:
    """The portrait with its skin moved by a field [2 H W], without noise."""
    return push(_portrait()[0], moved_px)


def _still_clip(frames: UInt8, times_s: Float64) -> FaceClip:
    count, mesh = times_s.size, _portrait()[1]
    still, ed_px = np.zeros(count, np.float32), float(np.linalg.norm(mesh[33] - mesh[263]))
    return FaceClip(
        person=0,
        pixels=frames,
        times_s=times_s,
        crop_to_video=np.tile(np.eye(2, 4), (count, 1, 1)) * [1, 1, 0, 1],
        depth_px=np.zeros((SIZE_PX, SIZE_PX), np.float32),
        mesh_px=mesh,
        alignment=np.tile(np.eye(2, 3), (count, 1, 1)),
        landmarks_px=np.repeat(mesh[None, :, :2], count, axis=0),
        shape_ed=np.repeat(mesh[None] / np.float32(ed_px), count, axis=0),
        yaw_deg=still,
        pitch_deg=still,
        roll_deg=still,
        residual=still,
        repeated=np.zeros(count, bool),
        valid=np.ones(count, bool),
    )
