"""A textured 3-D surface of known shape, with the points of the face scheme on it."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mimetic.ops import landmarks as lm
from mimetic.ops.align import rotation_from_angles
from mimetic.ops.warp import sample_exact

SIZE = 200  # px of the texture
MIDDLE = np.array([100.0, 100.0])

# Where the stable points lie on a face whose outer eye corners are 56 px apart, right side.
_RIGHT = {33: (-28, -20), 133: (-11, -19), 98: (-9, 6), 127: (-38, -22), 234: (-40, -8)}
_MIDDLE = {168: -20, 6: -14, 197: -8, 195: -3, 5: 0, 4: 4, 1: 6, 2: 9}


def relief(x, y):
    """Depth away from the camera of a head with a nose, px."""
    head = 26 * ((x - 100) / 50) ** 2 + 14 * ((y - 100) / 65) ** 2
    return head - 12 * np.exp(-((x - 100) ** 2 + (y - 103) ** 2) / (2 * 9**2))


def surface_points(seed=0):
    """[478 3] on the surface; sides are mirror images of each other about x = 100."""
    rng = np.random.default_rng(seed)
    points = np.empty((lm.POINTS, 2))
    angle, radius = rng.uniform(0, 2 * np.pi, lm.POINTS), np.sqrt(rng.uniform(0, 1, lm.POINTS))
    points[:, 0] = -np.abs(44 * radius * np.cos(angle))
    points[:, 1] = 56 * radius * np.sin(angle)
    for index, place in _RIGHT.items():
        points[index] = place
    left = np.flatnonzero(np.arange(lm.POINTS) > lm.MIRROR)
    points[left] = points[lm.MIRROR[left]] * [-1, 1]
    points[list(lm.MIDLINE), 0] = 0
    for index, height in _MIDDLE.items():
        points[index] = 0, height
    points += MIDDLE
    return np.column_stack([points, relief(*points.T)])


def texture(seed=0, size=SIZE):
    """Structure of several sizes, u8 [size size 3]."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((size, size))
    for sigma in (1.5, 3, 6, 12):
        part = ndimage.gaussian_filter(rng.normal(size=(size, size)), sigma)
        picture += part / part.std()
    grey = np.clip(128 + 28 * picture, 0, 255)
    tint = np.array([1.0, 0.9, 0.8])
    return (grey[..., None] * tint).round().astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class View:
    """A pose of the surface in a picture."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    scale: float = 1.0
    shift_px: tuple[float, float] = (0.0, 0.0)


def render(picture, view, points):
    """The picture [H W 3] of a view and its exact landmarks [L 3]."""
    turn = rotation_from_angles(view.yaw_deg, view.pitch_deg, view.roll_deg)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(float)
    target = np.stack([x, y], -1) - MIDDLE - view.shift_px
    back = np.linalg.inv(turn[:2, :2])
    place = np.zeros_like(target)
    for _ in range(20):
        depth = relief(*np.moveaxis(place + MIDDLE, -1, 0))
        place = (target / view.scale - depth[..., None] * turn[:2, 2]) @ back.T
    seen = sample_exact(picture, *np.moveaxis(place + MIDDLE, -1, 0))
    origin = np.append(MIDDLE, 0.0)
    moved = view.scale * (points - origin) @ turn.T + origin + np.append(view.shift_px, 0)
    return np.clip(seen.round(), 0, 255).astype(np.uint8), moved
