"""A face-shaped clip of random texture whose skin moves by known pulses."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from mimetic.datasets.virtual.face import astronaut_landmarks
from mimetic.micro.detect import pulse_shape
from mimetic.ops.mesh import person_mesh, place_mesh
from mimetic.types import FaceClip

SIZE = 128


def face_mesh(size_px=SIZE):
    return place_mesh(person_mesh(astronaut_landmarks()[None]), size_px).astype(np.float32)


def texture(seed=0):
    """A smooth random picture of 60 to 190 [128 128]."""
    grains = np.random.default_rng(seed).normal(size=(SIZE, SIZE))
    smooth = ndimage.gaussian_filter(grains, 1.6) + 2.5 * ndimage.gaussian_filter(grains, 5)
    return 125 + 60 * smooth / np.abs(smooth).max()


def bump(middle_px, move_px, radius_px=14.0):
    """A displacement [2 128 128], ``move_px`` in its middle."""
    rows, columns = np.indices((SIZE, SIZE))
    away = (columns - middle_px[0]) ** 2 + (rows - middle_px[1]) ** 2
    bell = np.exp(-away / (2 * (radius_px / 1.5) ** 2))
    return np.array(move_px, float)[:, None, None] * bell


def pulse(times_s, onset_s, apex_s, offset_s):
    rise = pulse_shape((times_s - onset_s) / (apex_s - onset_s))
    return rise - pulse_shape((times_s - apex_s) / (offset_s - apex_s))


def moving_clip(moves, *, rate_hz=100.0, duration_s=4.0, noise=1.0, seed=0, times_s=None):
    """Frames in which skin moves by ``moves``: pairs of a field [2 128 128] and a course of time.

    First order in the displacement, which is small. The course is a function of seconds.
    """
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz if times_s is None else times_s
    picture = texture()
    down, across = np.gradient(picture)
    grey = np.repeat(picture[None], times_s.size, axis=0)
    for field, course in moves:
        grey -= course(times_s)[:, None, None] * (across * field[0] + down * field[1])
    grey += noise * np.random.default_rng(seed).normal(size=grey.shape)
    pixels = np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=-1)
    return clip_of(pixels, times_s)


def clip_of(pixels, times_s):
    t, h, w = pixels.shape[:3]
    mesh = face_mesh(h)
    shape = np.repeat((mesh / (56.0 * h / SIZE))[None], t, axis=0).astype(np.float32)
    still = np.zeros(t, np.float32)
    return FaceClip(
        person=0,
        pixels=pixels,
        times_s=times_s,
        crop_to_video=np.tile(np.eye(2, 4), (t, 1, 1)),
        depth_px=np.zeros((h, w), np.float32),
        mesh_px=mesh,
        alignment=np.tile(np.eye(2, 3), (t, 1, 1)),
        landmarks_px=np.repeat(mesh[None, :, :2], t, axis=0),
        shape_ed=shape,
        yaw_deg=still,
        pitch_deg=still,
        roll_deg=still,
        residual=still,
        repeated=np.zeros(t, bool),
        valid=np.ones(t, bool),
    )


PER_FRAME = ("pixels", "times_s", "crop_to_video", "alignment", "landmarks_px", "shape_ed")
PER_FRAME += ("yaw_deg", "pitch_deg", "roll_deg", "residual", "repeated", "valid")


def rows_of(clip, rows):
    """Some frames of a clip."""
    return replace(clip, **{name: getattr(clip, name)[rows] for name in PER_FRAME})


def mirrored(clip):
    return replace(clip, pixels=clip.pixels[:, :, ::-1].copy())
