"""A component as the movement of a face: a strip of pictures, a sheet of strips, outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.report.arrows import arrow_paths, grid_arrows
from mimetic.report.faces import OUTLINES
from mimetic.report.pictures import data_address
from mimetic.report.words import escape, percent
from mimetic.types import Float32, Float64, Floats, UInt8
from mimetic.types.arrays import check_shape

SWING = 25  # pictures from one end of a movement to the other
STRIP = (0, 8, 12, 16, 24)  # of them, those of a strip: -1, -1/2, 0, 1/2, 1 of the size
STEPS = len(STRIP)
PAPER, INK = (246, 246, 244), (60, 62, 70)  # of outlines
GAP_PX = 4  # white between the pictures of a strip
DRAWN_PX = 256  # least side of a picture; a crop has 128
FINE = 4  # outlines are drawn so many times as large and shrunk: smooth lines
LONGEST = 0.14  # longest arrow, in widths of the crop
CELL, WORDS, MARGIN, HEAD = 128, 176, 20, 62  # of the sheet
STYLE = """
text { font: 13px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
text { fill: #1c1d21; }
.soft { fill: #62656d; font-size: 12px; }
.number { font-weight: 700; }
.title { font-size: 19px; font-weight: 600; }
.halo { fill: none; stroke: #ffffff; stroke-opacity: .8; stroke-width: 3; stroke-linecap: round; }
.arrow { fill: none; stroke: #0072b2; stroke-width: 1.4; stroke-linecap: round; }
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Morph:
    """One component to be shown: from a low to a high code, and where the skin goes.

    ``seen`` are a low and a high frame of the person's own video with words for when they
    were, where a video was given.
    """

    number: int
    name: str
    share: float
    codes_sd: Float64  # [25], of ``eased``
    pictures: UInt8  # [25, H, W, 3]
    flow_px: Float32  # [2, H, W], from neutral toward plus
    seen: tuple[tuple[UInt8, str], ...] = ()


def eased(size_sd: float) -> Float64:
    """Codes [25] from -size_sd to size_sd and slower at the ends, as a swinging movement has them.

    Those numbered STRIP are evenly spaced.
    """
    return np.asarray(size_sd * np.sin(np.linspace(-np.pi / 2, np.pi / 2, SWING)))


def enlarged(picture: UInt8, least_px: int = DRAWN_PX) -> UInt8:
    """A picture [H W 3] so many whole times as large that it has ``least_px``, smooth."""
    height, width = picture.shape[:2]
    times = max(-(-least_px // width), 1)
    if times == 1:
        return picture
    size = (times * width, times * height)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def outlines(meshes_px: Floats, crop_px: int) -> UInt8:
    """Faces [N L 2] in crop pixels as line drawings [N S S 3] that show nobody."""
    scale = FINE * DRAWN_PX / crop_px
    drawn = []
    for mesh in np.asarray(meshes_px, np.float64):
        large = np.full((FINE * DRAWN_PX, FINE * DRAWN_PX, 3), PAPER, np.uint8)
        # A pixel's middle is a whole number on both grids.
        points = np.rint((mesh[:, :2] + 0.5) * scale - 0.5).astype(np.int32)
        lines = [points[list(line)] for line in OUTLINES] if np.isfinite(mesh).all() else []
        cv2.polylines(large, lines, False, INK, round(1.2 * FINE), cv2.LINE_AA)
        drawn.append(cv2.resize(large, (DRAWN_PX, DRAWN_PX), interpolation=cv2.INTER_AREA))
    return np.stack(drawn)


def strip(pictures: UInt8) -> UInt8:
    """Pictures [N H W 3] side by side with white between them, enlarged."""
    check_shape("pictures", pictures, "N H W 3")
    large = [enlarged(picture) for picture in pictures]
    gap = np.full((large[0].shape[0], GAP_PX, 3), 255, np.uint8)
    parts = [part for picture in large for part in (gap, picture)][1:]
    return np.concatenate(parts, axis=1)


def draw_sheet(morphs: Sequence[Morph], *, title: str, said: str) -> str:
    """All components as rows of one SVG: name, share, strip, arrows; real frames where known."""
    columns = STEPS + 1 + max((len(one.seen) for one in morphs), default=0)
    width = _columns()[columns - 1] + CELL + MARGIN
    height = HEAD + 26 + len(morphs) * (CELL + 14) + MARGIN
    rows = [_row(one, HEAD + 26 + place * (CELL + 14)) for place, one in enumerate(morphs)]
    words = [f'<text class="title" x="{MARGIN}" y="30">{escape(title)}</text>',
             f'<text class="soft" x="{MARGIN}" y="50">{escape(said)}</text>']  # fmt: skip
    head = _heads(morphs[0]) if morphs else ""
    return svg(width, height, "".join([*words, head, *rows]))


def svg(width: float, height: float, content: str) -> str:
    """A whole SVG file on white paper."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{content}</svg>\n'
    )


def picture_at(picture: UInt8, x: float, y: float, *, side: float = CELL) -> str:
    """A square picture as part of an SVG."""
    return (
        f'<image href="{data_address(enlarged(picture))}" x="{x:g}" y="{y:g}" '
        f'width="{side:g}" height="{side:g}"/>'
    )


def _columns() -> list[float]:
    """Where the pictures of a row begin, the seen frames a little apart."""
    start = MARGIN + WORDS
    return [start + place * (CELL + 6) + 12 * (place > STEPS) for place in range(STEPS + 3)]


def _heads(morph: Morph) -> str:
    words = [_signed(float(code)) for code in morph.codes_sd[list(STRIP)]]
    words += ["plus, enlarged", *("lowest seen", "highest seen")[: len(morph.seen)]]
    return "".join(
        f'<text class="soft" x="{x + CELL / 2:g}" y="{HEAD + 16}" text-anchor="middle">{word}'
        "</text>"
        for x, word in zip(_columns(), words, strict=False)
    )


def _signed(code: float) -> str:
    """A code in sd with its sign."""
    rounded = round(code, 2)
    return f"{rounded:+g} sd".replace("-", "−") if rounded else "average"


def _row(morph: Morph, y: float) -> str:
    places = _columns()
    middle = morph.pictures[SWING // 2]
    shown = [morph.pictures[n] for n in STRIP]
    parts = [_words(morph, y), *(picture_at(p, x, y) for p, x in zip(shown, places, strict=False))]
    parts.append(picture_at(middle, places[STEPS], y))
    crop_px = morph.flow_px.shape[2]
    parts.append(
        f'<g transform="translate({places[STEPS]:g} {y:g}) scale({CELL / crop_px:g})">'
        f"{arrow_paths(*grid_arrows(morph.flow_px), longest=LONGEST * crop_px)}</g>"
    )
    for (frame, words), x in zip(morph.seen, places[STEPS + 1 :], strict=False):
        parts += [picture_at(frame, x, y), _caption(words, x, y)]
    return "".join(parts)


def _caption(words: str, x: float, y: float) -> str:
    """Words on a dark ground in the corner of a picture."""
    wide = min(7 * len(words) + 8, CELL)
    return (
        f'<rect x="{x + CELL - wide:g}" y="{y + CELL - 18:g}" width="{wide}" height="18" '
        f'fill="#14161a" fill-opacity=".72"/><text x="{x + CELL - wide / 2:g}" '
        f'y="{y + CELL - 5:g}" text-anchor="middle" style="fill:#fff;font-size:12px">'
        f"{escape(words)}</text>"
    )


def _words(morph: Morph, y: float) -> str:
    """Number, name and share of a row, broken into short lines."""
    lines = wrapped(morph.name, 24)
    top = y + CELL / 2 - 9 * len(lines)
    said = [
        f'<text x="{MARGIN}" y="{top + 18 * place:g}">{escape(line)}</text>'
        for place, line in enumerate(lines, 1)
    ]
    return (
        f'<text class="number" x="{MARGIN}" y="{top:g}">{morph.number}</text>{"".join(said)}'
        f'<text class="soft" x="{MARGIN}" y="{top + 18 * (len(lines) + 1):g}">'
        f"{percent(morph.share)} of the movement</text>"
    )


def cut(lines: list[str], most: int) -> list[str]:
    """At most so many lines; dots say that there were more."""
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]


def wrapped(text: str, most: int) -> list[str]:
    """Words in lines of at most ``most`` letters, a longer word on a line of its own."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
