"""What is promised of micro-expressions, and whether it holds: met, or missed by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.stats import beta, chi2

from mimetic.bench.cells import NOT_RUN
from mimetic.bench.flow.listing import list_methods
from mimetic.bench.micro.scenes import FAST, SLOW, STILL
from mimetic.bench.micro.spotting import (
    Cell,
    apex_errors,
    false_alarms,
    found_by_amplitude,
    minutes,
)
from mimetic.bench.tables import Table
from mimetic.flow.predict import AUTO

Row = dict[str, Any]
RECALL = ((FAST, 0.5, 0.90), (FAST, 0.25, 0.60), (SLOW, 1.0, 0.85))  # px, at least
APEX_MS, NESTED_S, STILL_MIN, ASKED_PER_MIN = 20.0, 60.0, 30.0, 1.0
DISPLACEMENT, BACKGROUND_PX = 0.10, 0.05


def cells_of(table: Table, part: str, name: str) -> list[Any]:
    """The cells of a scene, method or population, in the order of their seeds."""
    start = f"{part} / {name} / "
    found = [each for each in table["cells"] if each.startswith(start)]
    return [table["cells"][each] for each in sorted(found, key=lambda e: int(e[len(start) :]))]


def bars(table: Table) -> list[Row]:
    """Rows with what, bar, measured and verdict; what was not run says so."""
    return [*_recall(table), *_still(table), *_recognition(table), *_magnification(table)]


def share_interval(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Clopper and Pearson 1934)."""
    low = float(beta.ppf(0.025, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    return low, high


def rate_interval(count: int, over: float) -> tuple[float, float]:
    """The 95 % interval of a rate from a count (Garwood 1936)."""
    low = float(chi2.ppf(0.025, 2 * count)) / 2 if count else 0.0
    return low / over, float(chi2.ppf(0.975, 2 * count + 2)) / 2 / over


def _row(what: str, bar: str, measured: str | None, *, by: float) -> Row:
    """A row; ``by`` is how much it is missed by, 0 or less where it is met."""
    if measured is None:
        return {"what": what, "bar": bar, "measured": NOT_RUN, "verdict": ""}
    verdict = "met" if by <= 1e-9 else f"missed by {by:.2g}"
    return {"what": what, "bar": bar, "measured": measured, "verdict": verdict}


def _recall(table: Table) -> Iterator[Row]:
    for scene, size, least in RECALL:
        cells = cells_of(table, "spotting", scene)
        hits, of = found_by_amplitude(cells).get(size, (0, 0))
        what = f"recall of movements of {size:g} px at {scene}, one false alarm a minute asked for"
        told, share = None, 0.0
        if of:
            share = hits / of
            low, high = share_interval(hits, of)
            told = f"{share:.2f} ({low:.2f}–{high:.2f}; {hits} of {of})"
        yield _row(what, f"at least {least:.2f}", told, by=least - share)
    off = apex_errors(cells_of(table, "spotting", FAST))
    told = f"{np.median(off):.1f} ms ({off.size} events)" if off.size else None
    by = float(np.median(off)) - APEX_MS if off.size else 0.0
    yield _row(f"median error of the apex at {FAST}", f"at most {APEX_MS:g} ms", told, by=by)


def _still(table: Table) -> Iterator[Row]:
    cells: Sequence[Cell] = cells_of(table, "spotting", STILL)
    what = "false alarms a minute on still faces, one asked for; the interval holds it"
    if not cells:
        yield _row(what, "1", None, by=0)
        return
    over, count = minutes(cells), sum(false_alarms(cells))
    low, high = rate_interval(count, over)
    told = f"{count / over:.2f} ({low:.2f}–{high:.2f}; {count} in {over:.1f} minutes)"
    row = _row(what, "1", told, by=max(low - ASKED_PER_MIN, ASKED_PER_MIN - high, 0.0))
    if over < STILL_MIN - 1:
        row["verdict"] += f", on less than {STILL_MIN:g} minutes"
    yield row


def _recognition(table: Table) -> Iterator[Row]:
    cells = cells_of(table, "maps", "virtual")
    told, by = None, 0.0
    if cells:
        used_s = cells[0]["nested_s"]
        told, by = f"{used_s:.1f} s ({cells[0]['maps']} maps, {cells[0]['people']} people)", used_s
        by -= NESTED_S
    yield _row("CPU time of the whole nested test", f"at most {NESTED_S:g} s", told, by=by)
    # What finds no movement has no part in the claim.
    ranked = sorted(list_methods(), key=lambda row: row["error_ratio"] or np.inf)
    scores = [
        (cells[0]["uf1"], row["method"])
        for row in ranked
        if row["method"] != "zero"
        and row["error_ratio"]
        and (cells := cells_of(table, "recognition", row["method"]))
    ]
    told, by = None, 0.0
    if len(scores) > 1:
        (one, best), (other, beside) = scores[0], max(scores[1:])
        told, by = f"{best} {one:.3f} beside {beside} {other:.3f}", other - one
    yield _row("UF1 by the flow of least error beside the best of the others", "above", told, by=by)


def _magnification(table: Table) -> Iterator[Row]:
    cells = cells_of(table, "magnification", "virtual")
    rows = [row for row in (cells[0]["rows"] if cells else []) if row["method"] == AUTO]
    told, by, still, moved = None, 0.0, None, 0.0
    if rows:
        share, moved = rows[0]["displacement"], rows[0]["background_px"]
        told, by = f"{share:.3f} of it", abs(share - 1) - DISPLACEMENT
        still = f"{moved:.3f} px"
    what = "0.3 px magnified by 8"
    yield _row(f"{what}: displacement", "within 10 %", told, by=by)
    bar = f"less than {BACKGROUND_PX:g} px"
    yield _row(f"{what}: movement of the background", bar, still, by=moved - BACKGROUND_PX)
