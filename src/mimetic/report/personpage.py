"""The page of a movement space: every component moving, then the map and the codes over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as plain
from urllib.parse import quote

from mimetic.report.html import html_page
from mimetic.report.words import escape, percent

STYLE = """
:root { --paper: #ffffff; --ink: #1c1d21; --soft: #62656d; --line: #dcdcd8; --fair: #8a5a00; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui,
  -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 2px 0 8px; }
h2 { font-size: 18px; margin: 36px 0 12px; }
h3 { font-size: 14px; margin: 8px 0 0; line-height: 1.35; }
p { margin: 0 0 10px; max-width: 85ch; }
small { color: var(--soft); font-size: 12.5px; } a { color: inherit; }
.care { border-left: 3px solid var(--fair); padding: 2px 0 2px 12px; }
.moving { display: grid; gap: 22px 18px; }
.moving { grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); }
video, img { display: block; width: 100%; height: auto; border-radius: 6px; }
figure { margin: 0 0 18px; overflow-x: auto; } figure img { width: auto; max-width: 100%; }
"""


@dataclass(frozen=True, kw_only=True)
class Moving:
    """A component on the page: number, name, share, and the names of its files."""

    number: int
    name: str
    share: float
    strip: str
    loop: str


def person_page(
    moving: Sequence[Moving],
    *,
    title: str,
    said: str,
    care: Sequence[str],
    figures: Sequence[tuple[str, str]],
) -> str:
    """The page as HTML; files lie beside it. ``figures`` are headings with names of pictures."""
    cards = "".join(_card(one) for one in moving)
    warnings = "".join(f'<p class="care">{escape(one)}</p>' for one in care)
    shown = "".join(
        f'<h2>{escape(heading)}</h2><figure><a href="{quote(name)}">'
        f'<img src="{quote(name)}" alt="{plain(heading)}"></a></figure>'
        for heading, name in figures
    )
    body = (
        f"<main><h1>{escape(title)}</h1><p>{escape(said)}</p>{warnings}"
        f'<h2>Components</h2><div class="moving">{cards}</div>{shown}</main>'
    )
    return html_page(title, body, style=STYLE)


def _card(one: Moving) -> str:
    return (
        f'<article><a href="{quote(one.strip)}"><video src="{quote(one.loop)}" autoplay loop muted '
        f"playsinline></video></a><h3>{one.number} {escape(one.name)}</h3>"
        f"<small>{percent(one.share)} of the movement</small></article>"
    )
