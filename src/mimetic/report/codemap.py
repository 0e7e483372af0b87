"""A map of what a face did: faces on a plane of codes, and the time spent at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.report.morphs import MARGIN, enlarged, svg
from mimetic.report.pictures import data_address
from mimetic.report.words import count, escape, percent
from mimetic.types import Float64, UInt8

CELLS = 10  # along the longer side
CELL, BAR = 92, 5  # px of a face, of the bar of time below it
STEP = CELL + BAR + 7
TOP = 62
HUES = ("#0072b2", "#d55e00", "#00805c", "#7a57b6", "#8a5a00", "#b3261e")  # of recordings


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """Frames on the plane of the two directions in which scaled codes differ most.

    ``places`` [T 2] are in the unit of ``PersonModel.distance``, NaN where a frame has no code;
    ``directions`` [2 D] say what the axes are made of; ``share`` is the part of the
    movement that the plane holds.
    """

    places: Float64
    directions: Float64
    share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Cell:
    """A part of the map: where it lies, the frame in its middle, frames of each recording in it."""

    column: int
    row: int
    frame: int
    counts: tuple[int, ...]


def plane_of(scaled: Float64) -> Plane:
    """The plane of principal components of scaled codes [T D]."""
    known = np.isfinite(scaled).all(1)
    width = scaled.shape[1]
    places, flat = np.full((len(scaled), 2), np.nan), np.zeros((2, width))
    if not known.any():
        return Plane(places=places, directions=flat, share=float("nan"))
    rows = scaled[known] - scaled[known].mean(0)
    # Of the covariance, whose size does not grow with the video.
    sizes, directions = np.linalg.eigh(rows.T @ rows)
    flat[: min(2, width)] = directions.T[::-1][:2]
    # The largest entry of a direction is positive, so that a map has the same sides every time.
    signs = np.sign(flat[[0, 1], np.abs(flat).argmax(1)])
    flat *= np.where(signs == 0, 1, signs)[:, None]
    places[known] = rows @ flat.T
    total = float(sizes.sum())
    share = float(sizes[-2:].sum()) / total if total > 0 else float("nan")
    return Plane(places=places, directions=flat, share=share)


def cells_of(places: Float64, recordings: Sequence[int], *, cells: int = CELLS) -> list[Cell]:
    """The occupied parts of a square grid over the map; row 0, the top, has the largest places.

    ``recordings`` are the numbers of frames of each, in the order of ``places`` [T 2].
    """
    known = np.flatnonzero(np.isfinite(places).all(1))
    if not known.size:
        return []
    of = np.repeat(np.arange(len(recordings)), recordings)[known]
    inside = places[known] * [1, -1]
    low = inside.min(0)
    size = max(float(np.ptp(inside, axis=0).max()), 1e-12) / cells
    at = np.clip(np.floor((inside - low) / size), 0, cells - 1).astype(int)
    away = np.linalg.norm(inside - (low + (at + 0.5) * size), axis=1)
    found = []
    for column, row in np.unique(at, axis=0).tolist():
        mine = np.flatnonzero((at == [column, row]).all(1))
        counts = np.bincount(of[mine], minlength=len(recordings)).tolist()
        frame = int(known[mine[away[mine].argmin()]])
        found.append(Cell(column=column, row=row, frame=frame, counts=tuple(counts)))
    return found


def draw_map(
    cells: Sequence[Cell],
    faces: Sequence[UInt8],
    *,
    recordings: Sequence[str],
    axes: tuple[str, str],
    title: str,
) -> str:
    """The map as SVG: ``faces`` [H W 3] of the cells, bars for the time spent there.

    ``axes`` says what grows to the right and upward.
    """
    columns = max(cell.column for cell in cells) + 1
    lines = max(cell.row for cell in cells) + 1
    most = max(sum(cell.counts) for cell in cells)
    parts = [
        _cell(cell, face, recordings=recordings, most=most)
        for cell, face in zip(cells, faces, strict=True)
    ]
    end = TOP + lines * STEP + 14
    said = (
        f"each face stands for the frames around it, its bar for their time; to the right: "
        f"{axes[0]}; upward: {axes[1]}"
    )
    words = (
        f'<text class="title" x="{MARGIN}" y="30">{escape(title)}</text>'
        f'<text class="soft" x="{MARGIN}" y="50">{escape(said)}</text>'
    )
    width = max(2 * MARGIN + columns * (CELL + 7), 40 + 6.4 * len(said))
    return svg(width, end + MARGIN, "".join([words, *parts, _key(recordings, end)]))


def axis_words(plane: Plane, names: Sequence[str]) -> tuple[str, str]:
    """What the two axes are mostly made of: the name of the component, with its part."""
    told = []
    for direction in plane.directions:
        number = int(np.abs(direction).argmax())
        part = percent(float(direction[number] ** 2))
        told.append(f"{names[number]} ({part} of the axis)")
    return told[0], told[1]


def _cell(cell: Cell, face: UInt8, *, recordings: Sequence[str], most: int) -> str:
    x, y = MARGIN + cell.column * (CELL + 7), TOP + cell.row * STEP
    told = ", ".join(
        f"{name} {count(many, 'frame')}"
        for name, many in zip(recordings, cell.counts, strict=True)
        if many
    )
    bars, start = "", float(x)
    for number, many in enumerate(cell.counts):
        wide = CELL * many / most
        bars += (
            f'<rect x="{start:.1f}" y="{y + CELL + 2}" width="{wide:.1f}" height="{BAR}" '
            f'fill="{HUES[number % len(HUES)]}"/>'
        )
        start += wide
    return (
        f'<g><image href="{data_address(enlarged(face))}" x="{x}" y="{y}" width="{CELL}" '
        f'height="{CELL}"/>{bars}<title>{escape(told)}</title></g>'
    )


def _key(names: Sequence[str], y: float) -> str:
    """Which hue is which recording; nothing where there is only one."""
    parts, x = [], float(MARGIN)
    for number, name in enumerate(names if len(names) > 1 else ()):
        parts.append(
            f'<rect x="{x:g}" y="{y - 9:g}" width="10" height="10" '
            f'fill="{HUES[number % len(HUES)]}"/>'
            f'<text x="{x + 16:g}" y="{y:g}">{escape(name)}</text>'
        )
        x += 40 + 7.5 * len(name)
    return "".join(parts)
