"""The few shapes that pictures of relations are drawn with."""

from __future__ import annotations

from mimetic.report.words import escape

FOR, AGAINST, QUIET = "#d55e00", "#0072b2", "#b8b8b8"  # apart for colour-blind people too
INK, FAINT = "#222222", "#dddddd"


def words_at(x: float, y: float, words: str, *, size: int = 11, anchor: str = "middle") -> str:
    """A line of text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="{size}" '
        f'text-anchor="{anchor}" fill="{INK}">{escape(words)}</text>'
    )


def line(start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> str:
    """A straight line."""
    (x0, y0), (x1, y1) = start, end
    return (
        f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" fill="none" stroke="{colour}" '
        f'stroke-width="{width:g}"/>'
    )


def picture(width: float, height: float, parts: list[str]) -> str:
    """A whole SVG picture on white."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" role="img"><rect width="100%" height="100%" fill="#ffffff"/>'
    )
    return f"{head}\n" + "\n".join(parts) + "\n</svg>\n"
