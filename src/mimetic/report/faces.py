"""The person's face as a line drawing: the mesh, its regions, and what moved where."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy.spatial import Delaunay

from mimetic.ops import landmarks as points
from mimetic.types import Float32, Floats, Int64

# Outlines that make a face readable; closed where the last point is the first.
OUTLINES: tuple[tuple[int, ...], ...] = (
    (*points.FACE_OVAL, points.FACE_OVAL[0]),
    (*points.EYE_RIGHT, points.EYE_RIGHT[0]),
    (*points.EYE_LEFT, points.EYE_LEFT[0]),
    (*points.LIPS_OUTER, points.LIPS_OUTER[0]),
    (*points.LIPS_INNER, points.LIPS_INNER[0]),
    points.BROW_UPPER_RIGHT,
    points.BROW_UPPER_LEFT,
    points.NOSE_RIDGE,
    (points.NOSE_WING_RIGHT, points.NOSE_BASE, points.NOSE_WING_LEFT),
)
HOLES = (points.EYE_RIGHT, points.EYE_LEFT, points.LIPS_INNER)


def mesh_edges(mesh_px: Floats) -> Int64:
    """Pairs of neighbouring points [E 2] of a mesh [L 2 or 3], eyes and open mouth left empty.

    Delaunay triangles of the face seen from the front; made once, drawn on every frame.
    """
    flat = np.asarray(mesh_px[: points.SKIN_POINTS, :2], np.float64)
    if len(flat) < 4 or not np.isfinite(flat).all() or np.ptp(flat, axis=0).min() == 0:
        return np.zeros((0, 2), np.int64)
    triangles = Delaunay(flat, qhull_options="QJ Pp").simplices
    for hole in HOLES:
        triangles = triangles[~np.isin(triangles, hole).all(axis=1)]
    edges = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    )
    return np.asarray(np.unique(edges, axis=0), np.int64)


def outline_path(mesh_px: Floats) -> str:
    """Lids, lips, brows, nose and oval of a mesh as one SVG path; empty for other schemes."""
    if mesh_px.shape[0] < points.SKIN_POINTS or not np.isfinite(mesh_px[:, :2]).all():
        return ""
    return "".join(_line(mesh_px[list(outline), :2]) for outline in OUTLINES)


def mesh_path(mesh_px: Floats, edges: Int64) -> str:
    """All edges of a mesh as one SVG path."""
    if not np.isfinite(mesh_px[:, :2]).all():
        return ""
    return "".join(_line(mesh_px[edge, :2]) for edge in edges)


def view_of(mesh_px: Floats, margin: float = 0.06) -> str:
    """The SVG viewBox around a mesh."""
    low, high = np.nanmin(mesh_px[:, :2], axis=0), np.nanmax(mesh_px[:, :2], axis=0)
    pad = margin * float((high - low).max())
    x, y = low - pad
    width, height = high - low + 2 * pad
    return f"{x:.1f} {y:.1f} {width:.1f} {height:.1f}"


def region_paths(masks: Float32) -> list[str]:
    """The outline of each region [R H W], every pixel given to its strongest region."""
    strongest = np.argmax(masks, axis=0)
    covered = np.max(masks, axis=0) > 0.25
    paths = []
    for region in range(masks.shape[0]):
        own = ((strongest == region) & covered).astype(np.uint8)
        # Four times finer and blurred: the outline is then a curve and not a staircase.
        fine = cv2.GaussianBlur(cv2.resize(own * 255, None, fx=4, fy=4), (0, 0), 4)
        found, _ = cv2.findContours(
            (fine > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        shapes = [cv2.approxPolyDP(shape, 1.5, True)[:, 0] for shape in found]
        paths.append("".join(_line(shape / 4 - 0.375) + "Z" for shape in shapes if len(shape) > 2))
    return paths


def heat_steps(amounts: Sequence[float], steps: int = 6) -> list[int]:
    """Colour step 0 to ``steps`` - 1 of each amount, 0 for nothing or unknown."""
    known = [amount for amount in amounts if np.isfinite(amount)]
    top = max(known, default=0.0)
    if top <= 0:
        return [0 for _ in amounts]
    return [
        int(np.ceil(np.clip(amount / top, 0, 1) * (steps - 1))) if np.isfinite(amount) else 0
        for amount in amounts
    ]


def _line(places: Floats) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in np.asarray(places).tolist())
