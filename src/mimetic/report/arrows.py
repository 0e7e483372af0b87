"""Arrows on a face as SVG paths: where the skin goes."""

from __future__ import annotations

import numpy as np

from mimetic.types import Float32, Floats, Int64

ARROW_GRID = 11  # arrows along the width of a crop
LEAST = 0.15  # arrows shorter than this share of the longest are left out


def arrow_paths(places: Floats, shifts: Floats, *, longest: float) -> str:
    """Arrows [A 2] from places along shifts, all grown so that the longest is ``longest``.

    Shifts that are not known are left out; nothing is drawn where nothing moved.
    """
    lengths = np.linalg.norm(shifts, axis=1)
    known = np.isfinite(lengths)
    if not known.any() or lengths[known].max() <= 0:
        return ""
    grown = longest / lengths[known].max()
    shown = known & (lengths > LEAST * lengths[known].max())
    lines = "".join(
        _arrow(place, shift * grown)
        for place, shift in zip(places[shown], shifts[shown], strict=True)
    )
    return f'<path class="halo" d="{lines}"/><path class="arrow" d="{lines}"/>'


def spaced(mesh: Floats) -> Int64:
    """One point of a mesh [L 2 or 3] per cell of the grid: arrows that do not crowd."""
    low = mesh[:, :2].min(axis=0)
    cells = np.floor((mesh[:, :2] - low) / np.ptp(mesh[:, 0]) * ARROW_GRID).astype(int)
    _, chosen = np.unique(cells, axis=0, return_index=True)
    return np.asarray(chosen, np.int64)


def grid_arrows(flow_px: Float32, *, across: int = ARROW_GRID) -> tuple[Floats, Floats]:
    """Places and shifts [A 2] of a flow [2 H W], ``across`` of them along the width."""
    height, width = flow_px.shape[1:]
    step = max(width // across, 1)
    rows, columns = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    places = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    return places, flow_px[:, rows.ravel(), columns.ravel()].T


def _arrow(place: Floats, shift: Floats) -> str:
    tip = place + shift
    back = -0.35 * shift
    turned = np.array([-back[1], back[0]]) * 0.6
    one, two = tip + back + turned, tip + back - turned
    return (
        f"M{place[0]:.1f} {place[1]:.1f}L{tip[0]:.1f} {tip[1]:.1f}"
        f"M{one[0]:.1f} {one[1]:.1f}L{tip[0]:.1f} {tip[1]:.1f}L{two[0]:.1f} {two[1]:.1f}"
    )
