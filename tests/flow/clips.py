"""Small textured clips that move by known fields."""

import numpy as np
from scipy import ndimage

from mimetic.types import FaceClip

SIZE = 128


def texture(seed=0, size=SIZE, sigma_px=2.0):
    """A smooth random picture [size size], 60 to 190, for exact shifts by splines."""
    grains = np.random.default_rng(seed).normal(size=(size, size))
    smooth = ndimage.gaussian_filter(grains, sigma_px, mode="reflect")
    smooth += 0.5 * ndimage.gaussian_filter(grains, 3 * sigma_px, mode="reflect") * 3
    return 125 + 65 * smooth / np.abs(smooth).max()


def displaced(picture, flow_px):
    """The picture whose point x is found at x + flow_px [2 H W] in ``picture``."""
    rows, columns = np.indices(picture.shape)
    return ndimage.map_coordinates(
        picture, [rows + flow_px[1], columns + flow_px[0]], order=3, mode="reflect"
    )


def eight_bits(picture, noise=0.0, seed=0):
    """The picture as RGB ``uint8`` with sensor noise."""
    grains = np.random.default_rng(seed).normal(size=picture.shape) * noise
    grey = np.clip(np.round(picture + grains), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def clip_of(pictures, times_s, repeated=None, valid=None, neutral=None, mesh_px=None):
    """A FaceClip of pictures [T H W 3], everything else at rest."""
    pixels = np.stack(pictures)
    t, h, w = pixels.shape[:3]
    valid = np.ones(t, bool) if valid is None else np.asarray(valid, bool)
    shape = np.zeros((t, 478, 3), np.float32)
    shape[~valid] = np.nan
    mesh = np.zeros((478, 3), np.float32) if mesh_px is None else mesh_px
    return FaceClip(
        person=0,
        pixels=pixels,
        times_s=np.asarray(times_s, float),
        crop_to_video=np.tile(np.eye(2, 4), (t, 1, 1)),
        depth_px=np.zeros((h, w), np.float32),
        mesh_px=mesh,
        alignment=np.tile(np.eye(2, 3), (t, 1, 1)),
        landmarks_px=shape[..., :2],
        shape_ed=shape,
        yaw_deg=np.zeros(t, np.float32),
        pitch_deg=np.zeros(t, np.float32),
        roll_deg=np.zeros(t, np.float32),
        residual=np.zeros(t, np.float32),
        repeated=np.zeros(t, bool) if repeated is None else np.asarray(repeated, bool),
        valid=valid,
        neutral_pixels=neutral,
    )
