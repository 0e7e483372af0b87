"""Where on this person's face something is: region and side of landmarks and pixels."""

from __future__ import annotations

import numpy as np

from mimetic.ops import landmarks as lm
from mimetic.ops.stabilise import ellipse_mask
from mimetic.types import Float32, Float64, Floats, Int64

# Points [P] of each facial region, one side; the other side is their mirror image.
REGION_SEEDS_RIGHT = {
    "forehead": (151, 108, 69, 104, 67, 109),
    "brow": lm.BROW_RIGHT,
    "eye": lm.EYE_RIGHT,
    "nose": (6, 197, 195, 5, 4, 1, 98, 48, 115, 131, 45),
    "cheek": (50, 101, 205, 36, 187, 207, 118, 147, 123, 192),
    "mouth": (61, 40, 37, 0, 13, 14, 17, 84, 91, 78, 82, 87, 185, 146),
    "jaw": (152, 148, 176, 149, 150, 136, 172, 58, 132, 171, 175, 170, 169, 135),
}
REGIONS = tuple(REGION_SEEDS_RIGHT)


def region_of_points(mesh_px: Float32) -> tuple[Int64, Float64]:
    """The region number [L] of every landmark, and its side [L]: -1 right, 1 left, 0 middle.

    A landmark belongs to the region that has the nearest named point on this
    person's mesh; within 2 % of an eye distance of the midline it has no side.
    """
    named = [(n, p) for n, points in enumerate(REGION_SEEDS_RIGHT.values()) for p in points]
    named += [(n, int(lm.MIRROR[p])) for n, p in named]
    numbers, points = np.array(named).T
    flat = mesh_px[:, :2].astype(np.float64)
    distance = ((flat[:, None] - flat[None, points]) ** 2).sum(-1)
    right, left = mesh_px[lm.RIGHT_EYE_OUTER, :2], mesh_px[lm.LEFT_EYE_OUTER, :2]
    across = (left - right).astype(np.float64)
    along = (flat - (left + right) / 2) @ across / (across @ across)
    side = np.where(np.abs(along) < 0.02, 0, np.sign(along))
    return numbers[distance.argmin(1)], side


def nearest_point(mesh_px: Float32, crop_px: int, *, appearance_px: int) -> Int64:
    """The landmark [A] nearest to every pixel of the appearance ellipse."""
    down, across = np.nonzero(ellipse_mask(appearance_px))
    scale = crop_px / appearance_px
    pixels = (np.stack([across, down], 1) + 0.5) * scale - 0.5
    distance = ((pixels[:, None] - mesh_px[None, :, :2]) ** 2).sum(-1)
    return np.asarray(distance.argmin(1))


def energy_table(energy: Floats, region: Int64, *, side: Float64) -> Float64:
    """Share [R 3] of mean energy per region on the right, middle and left.

    Means rather than sums: points are crowded on lips and lids.
    """
    table = np.zeros((len(REGIONS), 3))
    for number in range(len(REGIONS)):
        for column in range(3):
            inside = (region == number) & (side == column - 1)
            table[number, column] = energy[inside].mean() if inside.any() else 0
    total = table.sum()
    return table / total if total > 0 else np.full_like(table, 1 / table.size)
