"""Textures and movements of known flow, without a face."""

import numpy as np
from scipy import ndimage

from mimetic.ops.warp import sample_exact


def texture(size, seed=0):
    """Fine and wide structure [S S] about grey 120."""
    noise = np.random.default_rng(seed).standard_normal((size, size))
    fine, wide = ndimage.gaussian_filter(noise, 1.5), ndimage.gaussian_filter(noise, 6)
    return 120 + 25 * fine / fine.std() + 20 * wide / wide.std()


def as_bytes(picture):
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def grid(size):
    y, x = np.mgrid[:size, :size].astype(float)
    return x, y


def bump(size, *, peak_px):
    """A muscle-like movement [2 S S] right of the middle; the rest is still."""
    x, y = grid(size)
    away = ((x - 0.6 * size) / (0.12 * size)) ** 2 + ((y - 0.5 * size) / (0.16 * size)) ** 2
    return np.array([0.8, -0.6])[:, None, None] * peak_px * np.exp(-0.5 * away)


def moved(picture, flow):
    """First and second picture; the point x of the first lies at x + flow in the second."""
    x, y = grid(len(picture))
    return sample_exact(picture, x + flow[0], y + flow[1]), picture


def shifted(picture, right, down):
    """A picture whose points lie ``right`` and ``down`` of where they were."""
    x, y = grid(len(picture))
    return sample_exact(picture, x - right, y - down)
