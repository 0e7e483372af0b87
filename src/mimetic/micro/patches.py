"""Where fine movement is measured: small cells of skin, and patches of some cells each.

All in pixels of a 128 px crop. What shows through the openings of eyes and mouth is no skin
and belongs to no cell. Patches overlap and lie in mirrored pairs, so that a movement of both
sides can be looked for as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import sparse

from mimetic.errors import ArgumentError
from mimetic.ops.head import head_basis
from mimetic.ops.landmarks import EYE_LEFT, EYE_RIGHT, FACE_OVAL, LIPS_INNER
from mimetic.ops.mesh import CANONICAL_SIZE
from mimetic.ops.regions import REGIONS_13, region_masks
from mimetic.ops.stabilise import ellipse_mask
from mimetic.types import Bool, Float32, Float64, Int64

CELL_PX = 8
PATCH_PX = 8.0  # one standard deviation of a patch's weights
LEAST_CELLS = 20
_FILLED = 0.5  # of a cell
_NEGLIGIBLE = 0.05  # of the weight of a patch's middle
_EDGE_PX = 5  # side of the square that takes the rim off
_SHIFT = 4  # binary places of the corners that cv2 draws


@dataclass(frozen=True, kw_only=True, eq=False)
class Patches:
    """The cells C of a face and the patches U pooled from them.

    ``pixels`` [P] are flat indices into the crop, ``member`` [C P] sums over a cell,
    ``weights`` [U C] pool cells, ``mirror`` [U] is each patch's partner (itself on the
    midline), ``regions`` the region of 13 in which its middle lies or which is nearest.
    """

    pixels: Int64
    cell: Int64  # [P]
    member: sparse.csr_array
    centres_px: Float64  # [C, 2]
    head: Float64  # [C, 6], the smooth motion of a head, see ops.head
    weights: Float64  # [U, C]
    middles_px: Float64  # [U, 2]
    mirror: Int64  # [U]
    regions: tuple[str, ...]  # [U]
    landmarks: Float64  # [U, L], the mean of the mesh points about each patch

    @property
    def pairs(self) -> Int64:
        """The (left, right) rows [n 2] of patches that have a partner, the person's own sides."""
        order = np.arange(self.mirror.size)
        # The person's left lies at the right of the picture.
        first = (order != self.mirror) & (self.middles_px[:, 0] > (CANONICAL_SIZE - 1) / 2)
        return np.stack([order[first], self.mirror[first]], axis=1)


def make_patches(mesh_px: Float32) -> Patches:
    """The cells and patches of a face with mesh points [L 3] in pixels of a 128 px crop.

    ArgumentError where hardly any skin lies inside the crop.
    """
    size, across = CANONICAL_SIZE, CANONICAL_SIZE // CELL_PX
    skin = ellipse_mask(size) & _within_oval(mesh_px) & ~_openings(mesh_px)
    rows, columns = np.indices((size, size))
    label = rows // CELL_PX * across + columns // CELL_PX
    filled = np.bincount(label[skin], minlength=across**2) >= _FILLED * CELL_PX**2
    # A cell and its mirror image are both there or neither is.
    grid = filled.reshape(across, across)
    kept = np.flatnonzero((grid & grid[:, ::-1]).ravel())
    if kept.size < LEAST_CELLS:
        raise ArgumentError(
            f"mesh_px: expected skin in {LEAST_CELLS} cells of {CELL_PX} px or more, "
            f"found {kept.size}"
        )
    return _from_cells(kept, skin, label, mesh_px)


def _from_cells(kept: Int64, skin: Bool, label: Int64, mesh_px: Float32) -> Patches:
    """The patches over the cells ``kept``, numbers of a grid that ``label`` [128 128] lays out."""
    size, across = CANONICAL_SIZE, CANONICAL_SIZE // CELL_PX
    number = np.full(across**2, -1)
    number[kept] = np.arange(kept.size)
    pixels = np.flatnonzero(skin.ravel() & (number[label.ravel()] >= 0))
    cell = number[label.ravel()[pixels]]
    one = np.ones(pixels.size, np.float32)
    member = sparse.csr_array((one, (cell, np.arange(pixels.size))))
    places = np.stack([pixels % size, pixels // size])
    centres = np.stack([_mean(member, place) for place in places], axis=1)
    head = np.stack([_mean(member, plane.ravel()[pixels]) for plane in head_basis(size, size)], 1)
    row, column = np.divmod(kept, across)
    # Every second cell, in a pattern that is its own mirror image.
    rows_of = np.flatnonzero((row + np.minimum(column, across - 1 - column)) % 2 == 0)
    partner = number[row * across + across - 1 - column][rows_of]
    place_of = {int(own): n for n, own in enumerate(rows_of)}
    return Patches(
        pixels=pixels,
        cell=cell,
        member=member,
        centres_px=centres,
        head=head,
        weights=_pooling(centres)[rows_of],
        middles_px=centres[rows_of],
        mirror=np.array([place_of[int(own)] for own in partner]),
        regions=_regions(mesh_px, centres[rows_of]),
        landmarks=_landmarks(mesh_px, centres[rows_of]),
    )


def _within_oval(mesh_px: Float32) -> Bool:
    """What lies inside the face's outline [128 128], a little narrower: hair is no skin."""
    drawn = np.zeros((CANONICAL_SIZE, CANONICAL_SIZE), np.uint8)
    corners = np.round(mesh_px[list(FACE_OVAL), :2] * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(drawn, [corners], 1, shift=_SHIFT)
    return np.asarray(cv2.erode(drawn, np.ones((_EDGE_PX, _EDGE_PX), np.uint8)) > 0)


def _openings(mesh_px: Float32) -> Bool:
    """What lies between lids or lips [128 128], a pixel wider."""
    drawn = np.zeros((CANONICAL_SIZE, CANONICAL_SIZE), np.uint8)
    for ring in (EYE_RIGHT, EYE_LEFT, LIPS_INNER):
        corners = np.round(mesh_px[list(ring), :2] * 2**_SHIFT).astype(np.int32)
        cv2.fillPoly(drawn, [corners], 1, shift=_SHIFT)
    return np.asarray(cv2.dilate(drawn, np.ones((3, 3), np.uint8)) > 0)


def _mean(member: sparse.csr_array, values: Float64 | Int64 | Float32) -> Float64:
    return np.asarray(member @ values.astype(np.float64) / member.sum(1))


def _pooling(centres_px: Float64) -> Float64:
    """Weights [C C] of the cells around every cell."""
    squares = ((centres_px[:, None] - centres_px[None]) ** 2).sum(-1)
    weight = np.exp(-squares / (2 * PATCH_PX**2))
    return np.where(weight > _NEGLIGIBLE, weight, 0.0)


def _landmarks(mesh_px: Float32, places_px: Float64) -> Float64:
    """Weights [U L] of the mesh points within a patch's width of each place, or the nearest."""
    away = np.linalg.norm(places_px[:, None] - mesh_px[None, :, :2], axis=-1)
    nearest = away == away.min(axis=1, keepdims=True)
    weight = ((away <= PATCH_PX) | nearest).astype(np.float64)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _regions(mesh_px: Float32, places_px: Float64) -> tuple[str, ...]:
    """The name of the region nearest to each place."""
    masks = region_masks(mesh_px, CANONICAL_SIZE)
    column, row = np.rint(places_px).astype(int).T
    away = [
        cv2.distanceTransform(np.asarray(~mask, np.uint8), cv2.DIST_L2, 3)[row, column]
        if mask.any()
        else np.full(row.size, np.inf)
        for mask in masks
    ]
    return tuple(REGIONS_13[n] for n in np.argmin(away, axis=0))
