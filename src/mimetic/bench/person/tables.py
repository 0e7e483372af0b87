"""The tables and the figure of the docs, from the stored cells alone."""

from __future__ import annotations

from collections.abc import Callable

from mimetic.bench.person import listing
from mimetic.bench.person.bars import bars, is_one_sided
from mimetic.bench.person.claims import claims
from mimetic.bench.person.real import POSE
from mimetic.bench.person.results import Results, mean_of, over_clips, over_people, with_interval
from mimetic.bench.person.virtual import PRIVATE
from mimetic.bench.tables import Table, told

JUDGED = {"what": "what", "bar": "bar", "measured": "measured", "verdict": "verdict"}
CLAIMED = {"what": "claim", "difference": "difference (95 %)", "verdict": "verdict"}
VIRTUAL = {
    "code": "code",
    "r2": "R2 per planted movement",
    "one": "one-sided",
    "private": "private",
    "pose": "R2, pose shifted",
    "light": "R2, light shifted",
    "whole": "pixels rebuilt",
    "mouth": "mouth rebuilt",
    "eyes": "eyes rebuilt",
    "jitter": "jitter",
}
LEAKS = {
    "code": "code",
    **{axis: axis for axis in POSE},
    "light": "light",
    "recording": "recording",
}
REAL = {"code": "code", "r2": "R2, six people", "long": "R2, 200 s face", "jitter": "jitter"}


def render_bars(table: Table) -> str:
    """What was promised, and whether it holds."""
    return told(bars(Results(table)), JUDGED)


def render_claims(table: Table) -> str:
    """The claims of the paper and what the numbers say of them."""
    return told(claims(Results(table)), CLAIMED)


def render_virtual(table: Table) -> str:
    """Codes on virtual people: every row of exact truth."""
    results = Results(table)
    rows = []
    for code in results.codes("virtual"):
        cells = list(results.under("virtual", code).values())
        one = [v for c in cells for n, v in c["r2"].items() if is_one_sided(n) and v is not None]
        rows.append(
            {
                "code": code,
                "r2": over_people([cell["r2_mean"] for cell in cells]),
                "one": sum(one) / len(one) if one else None,
                "private": mean_of(cells, "r2", PRIVATE),
                "pose": mean_of(cells, "shifted", "pose", "r2_mean"),
                "light": mean_of(cells, "shifted", "light", "r2_mean"),
                **{part: mean_of(cells, "rebuilt", part) for part in ("whole", "mouth", "eyes")},
                "jitter": mean_of(cells, "jitter"),
            }
        )
    return told(rows, VIRTUAL)


def render_leaks(table: Table) -> str:
    """What codes of virtual people tell of pose and light, and how they differ by recording."""
    results = Results(table)
    rows = []
    for code in results.codes("virtual"):
        cells = list(results.under("virtual", code).values())
        leaks = {name: mean_of(cells, "leak", name) for name in LEAKS if name != "code"}
        rows.append({"code": code, **leaks})
    return told(rows, LEAKS)


def render_real(table: Table) -> str:
    """Codes on real people: pseudo-labels on blocks of time that were held out."""
    results = Results(table)
    rows = []
    for code in results.codes("real"):
        cells = list(results.under("real", code).values())
        long = results.cell("long", code)
        rows.append(
            {
                "code": code,
                "r2": over_clips(cells),
                "long": with_interval(long) if long else None,
                "jitter": mean_of(cells, "jitter"),
            }
        )
    agreed, long = results.under("labels"), results.cell("long labels")
    if agreed:
        r = [cell["retest_r"] for cell in agreed.values()]
        last = {"r2": sum(r) / len(r), "long": long["retest_r"] if long else None}
        rows.append({"code": "labels, r with themselves", **last})
    return told(rows, REAL)


def render_clips(table: Table) -> str:
    """The same by recording, each with its interval over blocks of time."""
    results = Results(table)
    codes = results.codes("real")
    clips = list(dict.fromkeys(clip for code in codes for clip in results.under("real", code)))
    rows = []
    for clip in clips:
        cells = {code: results.cell("real", code, clip) for code in codes}
        labels = max((len(cell["r2"]) for cell in cells.values() if cell), default=0)
        shown = {code: with_interval(cell) if cell else None for code, cell in cells.items()}
        agreed = results.cell("labels", clip) or {}
        rows.append({"clip": clip, "labels": labels, "r": agreed.get("retest_r"), **shown})
    heads = {"clip": "clip", "labels": "labels", "r": "retest r"}
    return told(rows, heads | {code: code for code in codes})


TABLES: dict[str, Callable[[Table], str]] = {
    "person:bars": render_bars,
    "person:claims": render_claims,
    "person:real": render_real,
    "person:clips": render_clips,
    "person:virtual": render_virtual,
    "person:leaks": render_leaks,
    "person:transfer": listing.render_transfer,
    "person:growth": listing.render_growth,
    "person:finding": listing.render_finding,
    "person:networks": listing.render_networks,
    "person:attempts": listing.render_attempts,
    "person:updates": listing.render_updates,
    "person:curriculum": listing.render_curriculum,
    "person:cost": listing.render_cost,
}
