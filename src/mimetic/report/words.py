"""Numbers and names as people say them; every user text passes ``escape`` once."""

from __future__ import annotations

from html import escape as _escape

import numpy as np

SIDES = ("left", "right")
NO_BREAK = "\u00a0"
KEPT = ("\n", NO_BREAK)  # not printable to Python, harmless in a page
PARTS = {
    "mouth": "mouth corner"
}  # with a side; the names of regions are short, people's words are not


def escape(text: object) -> str:
    """Text that is safe in HTML and in quoted attributes; control characters are shown as a dot."""
    plain = "".join(char if char.isprintable() or char in KEPT else "·" for char in str(text))
    return _escape(plain, quote=True)


def side_of(name: str) -> str:
    """The side that a region's name holds: "left", "right", else "middle"."""
    words = name.lower().replace("-", "_").split("_")
    found = [side for side in SIDES if side in words]
    return found[0] if len(found) == 1 else "middle"


def part_of(name: str) -> str:
    """The name of a region without its side: "brow" of "brow_left"."""
    words = [word for word in name.replace("-", "_").split("_") if word.lower() not in SIDES]
    return " ".join(words) or name


def region_words(name: str) -> str:
    """A region's name in plain words: "left brow" of "brow_left"."""
    side, part = side_of(name), part_of(name)
    return part if side == "middle" else f"{side} {PARTS.get(part, part)}"


def unit_of(feature: str) -> str:
    """The unit that a feature carries in its name, as people write it."""
    for ending, unit in (("_ed_s", "ed/s"), ("_ed", "ed"), ("_px", "px"), ("_deg", "°")):
        if feature.endswith(ending):
            return unit
    return ""


def number(value: float, digits: int = 2) -> str:
    """A number with so many digits that matter, no exponent, "–" where there is none."""
    if not np.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
    text = f"{value:,.{min(places, 6)}f}"
    return text.replace("-", "−")


def fixed(value: float, places: int = 2) -> str:
    """A number with so many places after the point, for indices and shares of variance."""
    if not np.isfinite(value):
        return "–"
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


def seconds(time_s: float) -> str:
    """A time on the video's clock: "12.4 s", "1 min 12.4 s"."""
    tenths = round(10 * time_s)
    if tenths < 600:
        return f"{tenths / 10:.1f} s".replace("-", "−")
    return f"{tenths // 600} min {tenths % 600 / 10:.1f} s"


def tick_words(time_s: float, span_s: float) -> str:
    """A tick of the time axis: seconds below two minutes, then minutes:seconds."""
    if span_s > 120:
        minutes, rest = divmod(round(time_s), 60)
        return f"{minutes}:{rest:02d}"
    text = f"{time_s:.3f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") or "0"


def percent(share: float) -> str:
    """A share in percent that never rounds up to all or down to nothing, on one line."""
    if not np.isfinite(share):
        return "–"
    rounded = round(100 * share)
    words = f"{rounded}"
    if rounded == 100 and share < 1:
        words = f"{np.floor(1000 * share) / 10:.1f}"
    elif rounded == 0 and share > 0:
        words = "under 1"
    return f"{words}{NO_BREAK}%"


def count(many: int, one: str) -> str:
    """A number with its noun: "1 blink", "12 blinks"."""
    return f"{many:,} {one if many == 1 else one + 's'}"


def listed(items: list[str]) -> str:
    """Items as a sentence lists them: "a, b and c"."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
