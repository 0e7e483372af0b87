"""The frame of every page: one HTML file, without anything from elsewhere."""

from __future__ import annotations

from mimetic.report.words import escape


def html_page(title: str, body: str, *, style: str, policy: str = "", attributes: str = "") -> str:
    """A page as text. ``body`` and ``attributes`` of the body are HTML, the title is plain.

    ``policy`` says what the page may load (Content-Security-Policy); a page with files beside
    it has none, since browsers take those of a folder for strangers.
    """
    guard = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{guard}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body{attributes}>{body}</body></html>\n"
    )


# Of a page that shows pictures it holds, and runs nothing.
STILL = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
