"""What the flow methods promise, and whether it holds: met, or missed by how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mimetic.bench.cells import NOT_RUN
from mimetic.bench.flow.results import JUDGED, REAL, WILD, Ratio, Results
from mimetic.bench.flow.rivals import THREE
from mimetic.bench.flow.score import geometric_ratio, ratio_interval
from mimetic.bench.flow.settings import REFERENCE, RIVAL
from mimetic.bench.flow.trial import seeded, table_of

Row = dict[str, Any]

CLOSED, REFINED, TWICE = "closed-form", "refine", "refine-twice"
ALL, MOVING = "epe_px", "moving_px"
WORDS = {ALL: "all pixels", MOVING: "moving pixels"}
# Error over that of DIS-VR, at most: five kinds of motion, then the law from real motion.
RATIOS = {
    CLOSED: {ALL: (0.56, 0.60), MOVING: (0.67, 0.68)},
    REFINED: {ALL: (0.38, 0.50), MOVING: (0.50, 0.58)},
    TWICE: {ALL: (0.34, 0.50), MOVING: (0.46, 0.58)},
}
CPU_RATIO, CPU_AIM = 1.0, 0.5
FROM_PX = 0.25  # DeepFlow is to be beaten from this peak on
THREE_RATIO = 0.85
SMALL_PX = 0.1
EXACT = "exact"


def bars(results: Results) -> list[Row]:
    """Rows with what, bar, measured and verdict; what was not run says so."""
    return [
        *_ratio_bars(results),
        _cpu_bar(results),
        *_cell_bars(results),
        *_small_bars(results),
        _three_bar(results),
        *_robust_bars(results),
        *_clip_bars(results),
        _network_bar(results),
    ]


def _row(what: str, bar: str, measured: object, verdict: str) -> Row:
    return {"what": what, "bar": bar, "measured": measured, "verdict": verdict}


def _limit(what: str, most: float, found: Ratio | float | None) -> Row:
    """A figure that may not be more than ``most``."""
    if found is None:
        return _row(what, f"at most {most:g}", NOT_RUN, "")
    value = found.value if isinstance(found, Ratio) else found
    verdict = "met" if value <= most else f"missed by {100 * (value / most - 1):.0f} %"
    told = str(found) if isinstance(found, Ratio) else f"{value:.2f}"
    return _row(what, f"at most {most:g}", told, verdict)


def _ratio_bars(results: Results) -> Iterator[Row]:
    for method, limits in RATIOS.items():
        for measure, (judged, real) in limits.items():
            for regimes, most, words in (
                (JUDGED, judged, "five kinds of motion"),
                ((REAL,), real, "law from real motion"),
            ):
                what = f"{method}: error over {REFERENCE}, {words}, {WORDS[measure]}"
                yield _limit(what, most, results.ratio(regimes, method, measure))


def _cpu_bar(results: Results) -> Row:
    what = f"{CLOSED}: CPU time over {REFERENCE} (aim {CPU_AIM:g})"
    return _limit(what, CPU_RATIO, results.cpu_ratio(CLOSED))


def _cell_bars(results: Results) -> Iterator[Row]:
    for method, rival, least in (
        (CLOSED, RIVAL, FROM_PX),
        (REFINED, RIVAL, 0.0),
        (REFINED, REFERENCE, 0.0),
        (TWICE, RIVAL, 0.0),
        (TWICE, REFERENCE, 0.0),
    ):
        since = f" from {least:g} px on" if least else ""
        what = f"{method}: error below {rival}'s in every cell{since}"
        lost, count = _lost_cells(results, method, rival, least)
        yield _won(what, lost, count)


def _lost_cells(
    results: Results, method: str, rival: str, least_px: float
) -> tuple[list[str], int]:
    """The cells (kind, peak, pixels) in which a method is no better, and how many there are."""
    lost, count = [], 0
    for regime in (*JUDGED, REAL):
        ours, theirs = results.cell(regime, method), results.cell(regime, rival)
        if ours is None or theirs is None:
            continue
        for measure, words in WORDS.items():
            means = [np.nanmean(table_of(cell, measure), axis=1) for cell in (ours, theirs)]
            for (kind, peak), a, b in zip(ours["conditions"], *means, strict=True):
                if peak >= least_px:
                    count += 1
                    if not a < b:
                        lost.append(f"{kind} {peak:g} px {words} ({a / b:.2f})")
    return lost, count


def _won(what: str, lost: list[str], count: int) -> Row:
    """A row for a bar that asks for every cell."""
    if not count:
        return _row(what, "all", NOT_RUN, "")
    verdict = f"missed in {len(lost)}: " + ", ".join(lost[:4]) if lost else "met"
    verdict += ", ..." if len(lost) > 4 else ""
    return _row(what, "all", f"{count - len(lost)} of {count}", verdict)


def _small_bars(results: Results) -> Iterator[Row]:
    for method, measure in ((CLOSED, MOVING), (REFINED, ALL), (REFINED, MOVING)):
        what = f"{method}: error below no movement's, local, {SMALL_PX:g} px, {WORDS[measure]}"
        ours, still = (_at_small(results, name, measure) for name in (method, "zero"))
        if ours is None or still is None:
            yield _row(what, "below", NOT_RUN, "")
            continue
        verdict = "met" if ours < still else f"missed by {100 * (ours / still - 1):.0f} %"
        yield _row(what, f"below {still:.3g} px", f"{ours:.3g} px", verdict)


def _at_small(results: Results, method: str, measure: str) -> float | None:
    cell = results.cell("S1 local", method)
    peaks = [peak for _, peak in cell["conditions"]] if cell else []
    if SMALL_PX not in peaks:
        return None
    return float(np.nanmean(table_of(cell, measure)[peaks.index(SMALL_PX)]))


def _three_bar(results: Results) -> Row:
    """Over all sequences whose velocity changes."""
    changing = [
        name
        for name in results.regimes
        if name.startswith("S1 acceleration") and float(name.split()[-1])
    ]
    found = results.ratio(changing, CLOSED + THREE, ALL, to=CLOSED)
    return _limit(
        f"{CLOSED}: error with three frames over two, changing velocity", THREE_RATIO, found
    )


def _robust_bars(results: Results) -> Iterator[Row]:
    names = [f"S1 {name}" for name in results.settings.get("robust", ())]
    for method in (CLOSED, REFINED):
        for rival in (RIVAL, REFERENCE):
            ratios = {name: results.ratio([name], method, ALL, to=rival) for name in names}
            known = {name: found.value for name, found in ratios.items() if found}
            lost = [f"{name[3:]} ({value:.2f})" for name, value in known.items() if value >= 1]
            what = f"{method}: error below {rival}'s in every column of the robust set"
            yield _won(what, lost, len(known))


def _clip_bars(results: Results) -> Iterator[Row]:
    """The refiner against the closed form on real clips, person by person."""
    words = {
        "census": "census error of composed flow",
        "forward_backward_px": "forward-backward",
        "composition_px": "composition",
    }
    ours, theirs = (results.cell(WILD, name) for name in (REFINED, CLOSED))
    for measure, told in words.items():
        what = f"{REFINED}: {told} on real clips over {CLOSED}'s (default only if at most 1)"
        if not (ours and theirs and results.settings.get("real")):
            yield _row(what, "at most 1", NOT_RUN, "")
            continue
        one, other = (np.array([cell[measure]], np.float64) for cell in (ours, theirs))
        interval = ratio_interval(one, other, rng=seeded("clips", measure))
        yield _limit(what, 1.0, Ratio(geometric_ratio(one, other), *interval))


def _network_bar(results: Results) -> Row:
    """The paper's network on both kinds of labels and the modern rivals stand in the table."""
    known = {
        (str(recipe.get("network")), recipe.get("data.labels", EXACT) == EXACT)
        for recipe in results.recipes().values()
    }
    paper = ("flownets", "paper")
    there = {
        "FlowNetS, paper's labels": any((name, False) in known for name in paper),
        "FlowNetS, exact labels": any((name, True) in known for name in paper),
        "pyramid": ("pyramid", True) in known,
        "RAFT-small": ("raft", True) in known,
    }
    missing = [name for name, found in there.items() if not found]
    measured = f"{len(there) - len(missing)} of {len(there)}"
    verdict = "missing: " + ", ".join(missing) if missing else "met"
    return _row("networks trained on the same pairs, in the table", "all", measured, verdict)
