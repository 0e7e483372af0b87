"""Where skin goes that carries no landmark with it, read off the light of a face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from mimetic.ops import landmarks as lm
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.places import REGIONS, energy_table, nearest_point, region_of_points
from mimetic.types import Float32, Float64, Floats

WINDOW_PX = 1.0  # of the coarse picture: skin goes one way within it
FLAT = 0.05  # of the usual slope of the picture; flatter skin shows no shift
EXPLAINED = 0.4  # share of the change of light from which a shift is believed
ALONG = 0.4  # a direction is named from this part of the shift on
PAIRED = ("brow", "eye", "cheek")
HERE = 0.2  # of the largest change of light; elsewhere no arrows are drawn


@dataclass(frozen=True, kw_only=True, eq=False)
class Skin:
    """The coarse picture of a face and what a unit of each scaled code does to it.

    ``light`` [D A] and ``picture`` [A] are local contrast in the ellipse of a picture of
    ``size_px``; ``mesh_px`` lies in crops of ``crop_px``.
    """

    light: Float64  # [D, A]
    picture: Float64  # [A]
    mesh_px: Float32  # [L, 3]
    crop_px: int
    size_px: int

    def regions(self, change: Floats) -> Float64:
        """Share [R 3] of the change of light per region on the right, middle and left."""
        region, side = region_of_points(self.mesh_px)
        pixel = nearest_point(self.mesh_px, self.crop_px, appearance_px=self.size_px)
        seen = np.asarray(change @ self.light)
        return energy_table(seen**2, region[pixel], side=side[pixel])

    def shift_ed(self, change: Floats) -> Float32:
        """Where a change of the codes [D] takes the skin at the landmarks [L 2], eye distances.

        The shift that explains the change of light best within a window (Lucas and Kanade
        1981), about the picture half-way; 0 where light does not change or a shift does not
        explain it. Flat skin shows less than the whole way.
        """
        inside = ellipse_mask(self.size_px)
        change_of_light = self._drawn(np.asarray(change @ self.light))
        down, across = np.gradient(self._drawn(self.picture) + change_of_light / 2)
        slopes = (across**2, across * down, down**2)
        xx, xy, yy = (_pooled(np.asarray(a, np.float64)) for a in slopes)
        xt, yt = _pooled(across * change_of_light), _pooled(down * change_of_light)
        flat = FLAT * float(np.median((xx + yy)[inside]))
        determinant = (xx + flat) * (yy + flat) - xy**2
        right = (xy * yt - (yy + flat) * xt) / determinant
        below = (xy * xt - (xx + flat) * yt) / determinant
        energy = _pooled(change_of_light**2)
        # 1 - the energy that is left after the shift, over all of it.
        left = energy + 2 * (right * xt + below * yt)
        left += right**2 * xx + 2 * right * below * xy + below**2 * yy
        seen = (left <= (1 - EXPLAINED) * energy) & (energy >= HERE * energy[inside].max()) & inside
        shift = np.stack([right, below], -1) * seen[..., None]
        scale = self.size_px / self.crop_px
        rows = np.clip(np.rint((self.mesh_px[:, :2] + 0.5) * scale - 0.5), 0, self.size_px - 1)
        at = rows.astype(int)
        ends = self.mesh_px[[lm.RIGHT_EYE_OUTER, lm.LEFT_EYE_OUTER], :2]
        ed_px = float(np.linalg.norm(ends[1] - ends[0])) * scale
        return np.asarray(shift[at[:, 1], at[:, 0]] / ed_px, np.float32)

    def _drawn(self, values: Float64) -> Float64:
        inside = ellipse_mask(self.size_px)
        picture = np.zeros(inside.shape)
        picture[inside] = values
        return picture


def skin_name(table: Float64, shift_ed: Float32, mesh_px: Float32) -> tuple[str, str]:
    """What a movement of skin is called, and its side, from its shares [R 3] and shifts [L 2]."""
    place = int(table.max(1).argmax())
    right, _, left = table[place]
    many = table[place].max()
    sides = {"right": right, "left": left}
    both = min(sides.values()) >= 0.25 * max(sides.values())
    middle = table[place, 1] == many
    side = "both" if both or middle else max(sides, key=lambda name: sides[name])
    where = f"skin of {_place(REGIONS[place], side)}"
    region, of_side = region_of_points(mesh_px)
    here = region == place
    if side != "both":
        here &= of_side == (1 if side == "left" else -1)
    mean = shift_ed[here].sum(0)
    way = _way(mean, side)
    return (f"{where} {way}" if way else f"{where} changing"), side


def _place(region: str, side: str) -> str:
    if side != "both":
        return f"the {side} {region}"
    return f"both {region}s" if region in PAIRED else f"the {region}"


def _way(shift: Floats, side: str) -> str:
    """A direction in words, empty where there is none."""
    length = float(np.linalg.norm(shift))
    if not length > 0:
        return ""
    words = []
    if abs(shift[0]) >= ALONG * length:
        toward_left = shift[0] > 0  # the person's left is right in the picture
        if side == "both":
            words.append("to the left" if toward_left else "to the right")
        else:
            words.append("outward" if toward_left == (side == "left") else "inward")
    if abs(shift[1]) >= ALONG * length:
        words.append("down" if shift[1] > 0 else "up")
    return " and ".join(words)


def _pooled(picture: Float64) -> Float64:
    return np.asarray(gaussian_filter(picture, WINDOW_PX))
