"""What movement spaces promise, and whether it holds: met or missed, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from mimetic.bench.cells import NOT_RUN
from mimetic.bench.person.learning import same_frames
from mimetic.bench.person.results import (
    Estimate,
    Results,
    mean_of,
    over_clip_differences,
    over_differences,
    over_people,
)
from mimetic.bench.person.settings import LANDMARKS, LINEAR, NEURAL, PLAIN
from mimetic.datasets.virtual.controls import SIDED

Row = dict[str, Any]
OVER_PLAIN, OVER_LANDMARKS, JITTER_SHARE = 0.06, 0.04, 0.5
LONG_R2, LONG_AIM = 0.79, 0.85
PLANTED_R2, SIDES_GAP, RATES_GAP = 0.9, 0.05, 0.02
OWN_PRECISION, GENERAL_PRECISION = 0.8, 0.4
FIT_S, MEMORY_RATIO, CROP_MS, NETWORK_S = 20.0, 1.1, 1.0, 300.0
NEW_S = "5"


def bars(results: Results) -> list[Row]:
    """Rows with what, bar, measured and verdict; what was not run says so."""
    return [
        *_real_bars(results),
        *_network_bars(results),
        *_virtual_bars(results),
        *_transfer_bars(results),
        *_cost_bars(results),
    ]


def _least(what: str, least: float, found: Estimate | float | None) -> Row:
    return _judge(what, f"at least {least:g}", found, met=lambda value: value >= least)


def _most(what: str, most: float, found: Estimate | float | None) -> Row:
    return _judge(what, f"at most {most:g}", found, met=lambda value: value <= most)


def _above_zero(what: str, found: Estimate | None) -> Row:
    row = _judge(what, "interval above 0", found, met=lambda value: True)
    return row | {"verdict": "met" if found.low > 0 else "missed"} if found else row


def _judge(
    what: str, bar: str, found: Estimate | float | None, *, met: Callable[[float], bool]
) -> Row:
    if found is None:
        return {"what": what, "bar": bar, "measured": NOT_RUN, "verdict": ""}
    value = found.value if isinstance(found, Estimate) else found
    shown = str(found) if isinstance(found, Estimate) else f"{value:.3g}"
    verdict = "met" if met(value) else "missed"
    return {"what": what, "bar": bar, "measured": shown, "verdict": verdict}


def _real_bars(results: Results) -> Iterator[Row]:
    ours = results.under("real", LINEAR)
    for rival, least in ((PLAIN, OVER_PLAIN), (LANDMARKS, OVER_LANDMARKS)):
        found = over_clip_differences(ours, results.under("real", rival))
        what = f"real people: R2 of the linear model over that of {rival}"
        yield _least(what, least, found)
    share = _ratio(ours, results.under("real", LANDMARKS))
    yield _most("real people: jitter of the linear code over landmarks'", JITTER_SHARE, share)
    long = results.cell("long", LINEAR)
    told = Estimate(long["r2_mean"], long["low"], long["high"]) if long else None
    yield _least(f"200 s face: R2 on its last 60 s (aim {LONG_AIM:g})", LONG_R2, told)


def _network_bars(results: Results) -> Iterator[Row]:
    for kind in NEURAL:
        ours, theirs = results.under("real network", kind), same_frames(results, kind)
        found = over_clip_differences(ours, theirs)
        yield _above_zero(f"{kind}: R2 over the linear model's, same frames of real people", found)
        yield _most(f"{kind}: jitter over the linear model's", 1.0, _ratio(ours, theirs))


def _ratio(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> float | None:
    """The jitter of one code over that of another, means over people."""
    one, other = (mean_of(list(each.values()), "jitter") for each in (ours, theirs))
    return one / other if one is not None and other else None


def _virtual_bars(results: Results) -> Iterator[Row]:
    cells = results.under("virtual", LINEAR)
    found = over_people([cell["r2_mean"] for cell in cells.values()])
    yield _least("virtual people: R2 per planted movement", PLANTED_R2, found)
    gap = sides_gap(list(cells.values()))
    yield _most("virtual people: R2 of two-sided less one-sided movements", SIDES_GAP, gap)
    rates = results.cell("rates")
    spread = float(np.ptp(list(rates.values()))) if rates else None
    yield _most("virtual people: R2 at 25, 50 and 100 frames a second, spread", RATES_GAP, spread)
    every = list(results.under("discovery").values())
    crowded = [cell["crowded"] for cell in every if "crowded" in cell]
    for cells_of, where in ((every, ""), (crowded, ", without rests")):
        for whose, limit, judge in (
            ("own", OWN_PRECISION, _least),
            ("general", GENERAL_PRECISION, _most),
        ):
            told = over_people([[cell["precision"][whose]] for cell in cells_of])
            what = f"virtual people: private movement found, average precision, {whose} model"
            yield judge(f"{what}{where}", limit, told)
    found = novelty(results)
    what = "virtual people: movements that are new to the others' model, less the null's count"
    yield _above_zero(what, found)


def novelty(results: Results) -> Estimate | None:
    """How many movements are new to the model of others, beyond those new to the person's own."""
    cells = list(results.under("discovery").values())
    return over_people([[cell["novel"]["others"] - cell["novel"]["null"]] for cell in cells])


def sides_gap(cells: list[Mapping[str, Any]]) -> float | None:
    """Mean R2 of two-sided planted movements less that of one-sided ones."""
    values: dict[bool, list[float]] = {True: [], False: []}
    for cell in cells:
        sided = {name.rpartition("_")[0] for name in cell["r2"] if is_one_sided(name)}
        for name, value in cell["r2"].items():
            if value is not None and (is_one_sided(name) or is_two_sided(name, sided)):
                values[is_one_sided(name)].append(value)
    if not (values[True] and values[False]):
        return None
    return float(np.mean(values[False]) - np.mean(values[True]))


def is_one_sided(name: str) -> bool:
    """Whether a planted movement comes on one side at a time."""
    return name.endswith(("_left", "_right"))


def is_two_sided(name: str, one_sided: set[str]) -> bool:
    """Whether a planted movement has sides, which move together here."""
    return name in SIDED and name not in one_sided


def _transfer_bars(results: Results) -> Iterator[Row]:
    for rival in ("own", "general"):
        found = virtual_transfer(results, "general and own", rival, NEW_S)
        what = f"{NEW_S} s of a new virtual person: R2 of general and own over {rival}"
        yield _above_zero(what, found)
        cells = results.under("real transfer")
        real = over_clip_differences(
            {name: cell["general and own"] for name, cell in cells.items()},
            {name: cell[rival] for name, cell in cells.items()},
        )
        what = f"{NEW_S} s of a new real person: R2 of general and own over {rival}"
        yield _above_zero(what, real)


def virtual_transfer(results: Results, start: str, rival: str, seconds: str) -> Estimate | None:
    """R2 of one start over that of another after some seconds of a virtual person's video."""
    cells = [c for c in results.under("transfer").values() if seconds in c[start]]
    return over_differences(
        [cell[start][seconds] for cell in cells], [cell[rival][seconds] for cell in cells]
    )


def _cost_bars(results: Results) -> Iterator[Row]:
    cost = results.cell("cost") or {}
    yield _most("linear fit of 200 s of video, CPU seconds", FIT_S, cost.get("fit_cpu_s"))
    ratio = cost["peak_mib"] / cost["short_peak_mib"] if cost else None
    yield _most("peak memory of 200 s over that of 50 s", MEMORY_RATIO, ratio)
    yield _most("holding a frame still at 128 px, CPU milliseconds", CROP_MS, cost.get("crop_ms"))
    for kind in NEURAL:
        seconds = (results.cell("long", kind) or {}).get("cpu_s")
        what = f"{kind}: CPU seconds of its recipe on 130 s of video, 200 s coded"
        yield _most(what, NETWORK_S, seconds)
