"""Named facial regions: polygons of mesh points, masks of a crop, and means over them.

Left and right are the person's own. Each region is drawn once, on the person's
right; the left comes from the mirror partners of the scheme, so that a mirrored
face has mirrored regions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.landmarks import MIRROR
from mimetic.types import Bool, Float32, Float64, Floats, Int64
from mimetic.types.arrays import check_shape

Polygon = tuple[int, ...]

# The right half of each drawing, from the midline out and back where it touches it.
_FOREHEAD = (10, 109, 67, 103, 54, 21, 71, 70, 63, 105, 66, 107, 9)
_BROW = (70, 63, 105, 66, 107, 9, 8, 221, 222, 223, 224, 225, 113, 124, 156)
_LIDS = (113, 225, 224, 223, 222, 221, 189, 244, 233, 232, 231, 230, 229, 228, 31, 226)
_CHEEK: Polygon = (31, 228, 229, 230, 231, 232, 233, 244, 128, 114, 126, 129, 206, 207, 214)
_CHEEK += (192, 215, 177, 137, 227, 34, 143, 35, 226)
_NOSE = (8, 221, 189, 244, 128, 114, 126, 129, 98, 2)
# The corner of the mouth and the fold beside it; the lips keep their middle.
_MOUTH_SIDE = (129, 98, 165, 40, 91, 106, 204, 210, 214, 207, 206)
_LIPS = (2, 98, 165, 40, 91, 106, 182, 83, 18)
_JAW = (18, 83, 182, 106, 204, 210, 214, 192, 215, 58, 172, 136, 150, 149, 176, 148, 152)

REGIONS_13 = (
    "forehead",
    "brow_left",
    "brow_right",
    "lids_left",
    "lids_right",
    "cheek_left",
    "cheek_right",
    "nose",
    "mouth_left",
    "mouth_right",
    "lips",
    "jaw_left",
    "jaw_right",
)
# The nine regions of Kim and Ro, ECCV 2018, in their order.
REGIONS_9 = (
    "eye_left",
    "forehead",
    "eye_right",
    "cheek_left",
    "nose",
    "cheek_right",
    "mouth_left",
    "mouth",
    "mouth_right",
)

_HALVES_13: dict[str, tuple[Polygon, ...]] = {
    "forehead": (_FOREHEAD,),
    "brow": (_BROW,),
    "lids": (_LIDS,),
    "cheek": (_CHEEK,),
    "nose": (_NOSE,),
    "mouth": (_MOUTH_SIDE,),
    "lips": (_LIPS,),
    "jaw": (_JAW,),
}
_HALVES_9: dict[str, tuple[Polygon, ...]] = {
    "eye": (_BROW, _LIDS),
    "forehead": (_FOREHEAD,),
    "cheek": (_CHEEK,),
    "nose": (_NOSE,),
    "mouth side": (_MOUTH_SIDE, _JAW),
    "mouth": (_LIPS,),
}


@dataclass(frozen=True, kw_only=True)
class RegionScheme:
    """A set of regions: names, and the polygons of mesh points that make up each."""

    name: str
    regions: tuple[str, ...]
    polygons: dict[str, tuple[Polygon, ...]]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The (left, right) names of the regions that exist on both sides."""
        stems = [name.removesuffix("_left") for name in self.regions if name.endswith("_left")]
        return tuple((f"{stem}_left", f"{stem}_right") for stem in stems)


def region_scheme(scheme: str | RegionScheme = "13") -> RegionScheme:
    """The scheme called "13" (default of the report) or "9" (Kim and Ro 2018)."""
    if isinstance(scheme, RegionScheme):
        return scheme
    if scheme not in _SCHEMES:
        known = ", ".join(_SCHEMES)
        raise ArgumentError(f"scheme: expected one of {known}, got {scheme!r}")
    return _SCHEMES[scheme]


def region_masks(mesh_px: Floats, size_px: int, scheme: str | RegionScheme = "13") -> Bool:
    """The pixels [R H W] of each region in a square crop, no pixel in two regions.

    ``mesh_px`` [L 3] or [L 2] are the person's mesh points in crop pixels. A
    pixel belongs to a region when its centre lies inside. Where polygons of a
    crooked mesh overlap, the pixel belongs to none.
    """
    chosen = region_scheme(scheme)
    _check_mesh(mesh_px, size_px)
    inside = np.zeros((len(chosen.regions), size_px, size_px), bool)
    for row, region in enumerate(chosen.regions):
        for polygon in chosen.polygons[region]:
            inside[row] |= _inside(np.asarray(mesh_px[list(polygon), :2], np.float64), size_px)
    return np.asarray(inside & (inside.sum(0) == 1))


class RegionPool:
    """Means over regions, prepared once for masks [R H W] and used for many fields.

    ``inside`` [H W] are the P pixels that belong to a region; fields are given at
    these alone.
    """

    def __init__(self, masks: Bool) -> None:
        check_shape("masks", masks, "R H W")
        self.inside: Bool = np.asarray(masks.any(0))
        self._member = np.ascontiguousarray(masks[:, self.inside].T, dtype=np.float32)
        self._size = self._member.sum(0)

    def __call__(self, values: Floats, valid: Bool, *, share: float = 0.5) -> Float32:
        """Means [... R] of ``values`` [... P] over the valid [P] pixels of each region.

        A region of which less than ``share`` is valid reads NaN.
        """
        check_shape("valid", valid, "P", P=len(self._member))
        if values.shape[-1:] != valid.shape:
            raise ShapeError(f"values: expected [... {valid.size}], got {list(values.shape)}")
        # NaN times zero is NaN, so that pixels which do not count become 0 first.
        known = values if valid.all() else np.where(valid, values, 0)
        number = self._size if valid.all() else valid.astype(np.float32) @ self._member
        enough = (number > 0) & (number >= share * self._size)
        means = (known @ self._member) / np.maximum(number, 1)
        return np.where(enough, means, np.nan).astype(np.float32)


def pool(values: Floats, valid: Bool, masks: Bool, *, share: float = 0.5) -> Float32:
    """Means [... R] of fields ``values`` [... H W] over the valid [H W] pixels of each region."""
    prepared = RegionPool(masks)
    check_shape("valid", valid, "H W", H=masks.shape[1], W=masks.shape[2])
    if values.shape[-2:] != valid.shape:
        raise ShapeError(
            f"values: expected [... {' '.join(map(str, valid.shape))}], got {list(values.shape)}"
        )
    return prepared(values[..., prepared.inside], valid[prepared.inside], share=share)


def region_centres(masks: Bool) -> Float64:
    """The middle (x, y) [R 2] of each region in pixels, NaN where it has no pixel."""
    check_shape("masks", masks, "R H W")
    rows, columns = np.indices(masks.shape[1:])
    number = masks.sum((1, 2)).astype(float)
    number[number == 0] = np.nan
    sums = [np.where(masks, grid, 0).sum((1, 2)) for grid in (columns, rows)]
    return np.asarray(np.stack(sums, axis=1) / number[:, None])


def _check_mesh(mesh_px: Floats, size_px: int) -> None:
    if mesh_px.ndim != 2 or mesh_px.shape[0] < len(MIRROR) - 10 or mesh_px.shape[1] not in (2, 3):
        raise ShapeError(f"mesh_px: expected [478 3] or [468 3], got {list(mesh_px.shape)}")
    if not np.isfinite(mesh_px[:, :2]).all():
        raise ArgumentError("mesh_px: expected finite points, got NaN or infinity")
    if size_px < 16:
        raise ArgumentError(f"size_px: expected at least 16, got {size_px}")


def _inside(corners: Float64, size_px: int) -> Bool:
    """The pixels whose centre a closed polygon [P 2] contains (even-odd rule)."""
    centre = np.arange(size_px)
    inside = np.zeros((size_px, size_px), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        rows: Int64 = np.flatnonzero((y0 > centre) != (y1 > centre))
        crossing = x0 + (rows - y0) * (x1 - x0) / (y1 - y0)
        inside[rows] ^= centre[None, :] < crossing[:, None]
    return inside


def _both_sides(names: tuple[str, ...], halves: dict[str, tuple[Polygon, ...]]) -> RegionScheme:
    polygons: dict[str, tuple[Polygon, ...]] = {}
    side_of = {"mouth_left": "mouth side", "mouth_right": "mouth side"} if "eye" in halves else {}
    for name in names:
        stem = side_of.get(name, name.removesuffix("_left").removesuffix("_right"))
        right = halves[stem]
        left = tuple(tuple(int(MIRROR[point]) for point in polygon) for polygon in right)
        if name.endswith("_right"):
            polygons[name] = right
        elif name.endswith("_left"):
            polygons[name] = left
        else:
            polygons[name] = right + left
    return RegionScheme(name=str(len(names)), regions=names, polygons=polygons)


_SCHEMES = {
    "13": _both_sides(REGIONS_13, _HALVES_13),
    "9": _both_sides(REGIONS_9, _HALVES_9),
}
