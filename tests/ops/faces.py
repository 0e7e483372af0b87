"""A mirror-symmetric mesh in a 128 px crop, drawn from a few rounded points."""

import numpy as np

from mimetic.ops.landmarks import MIDLINE, MIRROR
from mimetic.ops.regions import region_scheme

SIZE = 128
# Points of the person's right that regions are drawn with, in crop pixels (x, y).
RIGHT = {
    109: (52, 11), 67: (42, 12), 103: (31, 16), 54: (24, 21), 21: (19, 29), 71: (23, 33),
    70: (28, 36), 63: (32, 32), 105: (39, 31), 66: (46, 31), 107: (55, 31), 221: (52, 41),
    222: (47, 39), 223: (42, 39), 224: (37, 40), 225: (34, 41), 113: (32, 43), 124: (28, 43),
    156: (25, 41), 189: (55, 43), 244: (55, 47), 233: (53, 50), 232: (51, 51), 231: (48, 53),
    230: (43, 54), 229: (38, 54), 228: (34, 52), 31: (32, 50), 226: (31, 46), 128: (54, 51),
    114: (55, 54), 126: (53, 61), 129: (52, 69), 206: (44, 77), 207: (35, 80), 214: (34, 92),
    192: (29, 88), 215: (21, 88), 177: (19, 78), 137: (18, 68), 227: (17, 58), 34: (18, 48),
    143: (23, 49), 35: (27, 48), 98: (54, 74), 165: (52, 80), 40: (51, 87), 91: (52, 93),
    106: (49, 97), 204: (46, 101), 210: (38, 101), 182: (54, 100), 83: (59, 101), 58: (21, 93),
    172: (26, 102), 136: (31, 108), 150: (37, 113), 149: (42, 117), 176: (47, 119),
    148: (54, 121),
}  # fmt: skip
MIDDLE = {10: 11, 9: 32, 8: 38, 2: 76, 18: 102, 152: 122}


def symmetric_mesh():
    """Mesh points [478 3], the midline between the two middle columns of pixels.

    Shifted by a fraction of a pixel, so that no edge runs through a pixel centre.
    """
    mesh = np.full((478, 3), 64.0, np.float32)
    for point, (x, y) in RIGHT.items():
        mesh[point, :2] = x + 0.13, y + 0.21
        mesh[MIRROR[point], :2] = SIZE - 1 - x - 0.13, y + 0.21
    for point, y in MIDDLE.items():
        mesh[point, :2] = (SIZE - 1) / 2, y + 0.21
    mesh[33, :2], mesh[263, :2] = (35.5, 46), (91.5, 46)
    return mesh


def mirrored_mesh(mesh):
    """The mesh of the mirrored picture: sides swapped, x turned."""
    turned = mesh[MIRROR].copy()
    turned[:, 0] = SIZE - 1 - turned[:, 0]
    return turned


def drawn_points():
    """Every point that a region is drawn with."""
    schemes = [region_scheme(name) for name in ("9", "13")]
    return {
        p for s in schemes for polygons in s.polygons.values() for poly in polygons for p in poly
    }


def missing_points():
    """Points that a region needs and this mesh does not know; empty when all is well."""
    known = {*RIGHT, *MIDDLE, *(int(MIRROR[p]) for p in RIGHT)}
    return drawn_points() - known, set(MIDDLE) - set(MIDLINE)
