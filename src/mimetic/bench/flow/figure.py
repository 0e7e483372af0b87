"""Lines over logarithmic axes as SVG text, each named at its end: error against amplitude."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimetic.bench.flow.results import COST, Results
from mimetic.flow.objective import HELD

WIDTH, HEIGHT = 380, 380  # of a panel, without the names
LEFT, TOP, BOTTOM, NAMES = 58, 34, 46, 128
LINE_HEIGHT = 13.0  # between names
INK, FAINT = "#222222", "#dddddd"
# Our methods in strong colours (Okabe and Ito 2008), rivals in greys told apart by dashes.
OURS = {"closed-form": "#0072b2", "refine": "#d55e00", "refine-twice": "#009e73"}
DASHES = ("", "7 3", "2 2", "9 3 2 3", "4 4", "1 3", "12 4")
TRAINED = ("#cc79a7", "#e69f00", "#56b4e9", "#8a6d00")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A named line of positive values."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: str = "#888888"
    dash: str = ""
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Lines on common axes."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    x_ticks: Sequence[float]


def draw(panels: Sequence[Panel]) -> str:
    """Panels side by side on white."""
    full = WIDTH + LEFT + NAMES
    parts = [f'<g transform="translate({n * full} 0)">{_panel(one)}</g>' for n, one in
             enumerate(panels)]  # fmt: skip
    wide, high = full * len(panels), HEIGHT + TOP + BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">\n'
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def amplitude(table: Any) -> str | None:
    """Error against peak amplitude by method, all pixels and moving ones; None without cells."""
    results = Results(table)
    titles = {"epe_px": "all pixels", "moving_px": "moving pixels"}
    panels = []
    for measure, title in titles.items():
        lines = _method_lines(results, measure)
        if not lines:
            return None
        panels.append(
            Panel(
                title=f"Endpoint error, {title}",
                x_label="largest displacement of the pair, px",
                y_label="px",
                lines=lines,
                x_ticks=lines[0].x,
            )
        )
    return draw(panels)


def learning(table: Any) -> str | None:
    """Learning curves of the trained models, over the error of no movement; None if none."""
    results = Results(table)
    lines: list[Line] = []
    for name in results.recipes():
        curve = results.cell(COST, name).get("curve", {})
        columns = [curve.get(key, []) for key in ("step", HELD[0], HELD[2])]
        rows = [row for row in zip(*columns, strict=False) if all(row)]
        if len(rows) > 1:
            colour = TRAINED[len(lines) % len(TRAINED)]
            dash = DASHES[len(lines) // len(TRAINED) % len(DASHES)]
            x, y = [row[0] for row in rows], [row[1] / row[2] for row in rows]
            lines.append(Line(name=name, x=x, y=y, colour=colour, dash=dash))
    if not lines:
        return None
    first, last = (end(value for line in lines for value in line.x) for end in (min, max))
    panel = Panel(
        title="Error on pairs of people not learnt from",
        x_label="step",
        y_label="over that of no movement",
        lines=lines,
        x_ticks=decades(first, last),
    )
    return draw([panel])


def _method_lines(results: Results, measure: str) -> list[Line]:
    lines, rivals, trained = [], 0, 0
    models = results.recipes()
    for name in results.methods():
        x, y = results.by_peak(name, measure)
        if not x or min(y) <= 0:
            continue
        style: dict[str, Any] = {"colour": OURS.get(name, "#888888"), "wide": name in OURS}
        if name in models:
            style["colour"] = TRAINED[trained % len(TRAINED)]
            style["dash"] = DASHES[trained // len(TRAINED) % len(DASHES)]
            trained += 1
        elif name not in OURS:
            style["dash"] = DASHES[rivals % len(DASHES)]
            rivals += 1
        lines.append(Line(name=name, x=x, y=y, **style))
    return lines


def _panel(panel: Panel) -> str:
    values = [value for line in panel.lines for value in line.y]
    low, high = min(values) / 1.15, max(values) * 1.15
    across = _scale(panel.lines, LEFT, LEFT + WIDTH)
    down = _log(low, high, TOP + HEIGHT, TOP)
    parts = [f'<text x="{LEFT}" y="18" font-weight="bold">{panel.title}</text>']
    for tick in decades(low, high):
        y = down(tick)
        parts.append(
            f'<path d="M{LEFT} {y:.1f}h{WIDTH}" stroke="{FAINT}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    for tick in panel.x_ticks:
        parts.append(
            f'<text x="{across(tick):.1f}" y="{TOP + HEIGHT + 17}" text-anchor="middle">'
            f"{tick:g}</text>"
        )
    middle = LEFT + WIDTH / 2
    parts.append(
        f'<text x="{middle}" y="{TOP + HEIGHT + 36}" text-anchor="middle">{panel.x_label}</text>'
        f'<text x="14" y="{TOP + HEIGHT / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {TOP + HEIGHT / 2})">{panel.y_label}</text>'
    )
    ends = _apart([down(line.y[-1]) for line in panel.lines])
    for line, end in zip(panel.lines, ends, strict=True):
        parts.append(_line(line, across, down, end))
    return "\n".join(parts)


Place = Callable[[float], float]


def _line(line: Line, across: Place, down: Place, end: float) -> str:
    """One line, a thin lead to its name, and the name."""
    points = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in zip(line.x, line.y, strict=True))
    width = 2.4 if line.wide else 1.4
    last, side = across(line.x[-1]), LEFT + WIDTH
    weight = ' font-weight="bold"' if line.wide else ""
    return (
        f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="{width}" '
        f'stroke-dasharray="{line.dash or "none"}"/>'
        f'<path d="M{last + 3:.1f} {down(line.y[-1]):.1f}L{side + 14} {end:.1f}" '
        f'stroke="{line.colour}" stroke-width="0.6" fill="none"/>'
        f'<text x="{side + 18}" y="{end + 4:.1f}" fill="{line.colour}"{weight}>{line.name}</text>'
    )


def _apart(wanted: Sequence[float]) -> list[float]:
    """Places for names near the wanted ones, none closer than a line to the next."""
    order = np.argsort(wanted)
    placed = np.array(wanted, np.float64)[order]
    for _ in range(200):
        close = np.diff(placed) < LINE_HEIGHT - 1e-6
        if not close.any():
            break
        for n in np.flatnonzero(close):
            push = (LINE_HEIGHT - (placed[n + 1] - placed[n])) / 2
            placed[n], placed[n + 1] = placed[n] - push, placed[n + 1] + push
    found = np.empty_like(placed)
    found[order] = placed
    return [float(value) for value in found]


def _scale(lines: Sequence[Line], start: float, end: float) -> Place:
    every = [value for line in lines for value in line.x]
    return _log(min(every), max(every), start, end)


def _log(low: float, high: float, start: float, end: float) -> Place:
    """A logarithmic place between two ends."""
    span = np.log(high / low) or 1.0
    return lambda value: float(start + (end - start) * np.log(value / low) / span)


def decades(low: float, high: float) -> list[float]:
    """Round values in a range: two of each decade, or three where there are few decades."""
    factors = (1, 3) if high / low > 100 else (1, 2, 5)
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    every = [float(f"{factor}e{power}") for power in powers for factor in factors]
    return [value for value in every if low <= value <= high]
