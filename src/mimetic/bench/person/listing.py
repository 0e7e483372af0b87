"""Tables of transfer, discovery, networks and cost, from the stored cells alone."""

from __future__ import annotations

from typing import Any

from mimetic.bench.person.across import STARTS
from mimetic.bench.person.results import (
    Estimate,
    Results,
    mean_of,
    over_clips,
    over_people,
    with_interval,
)
from mimetic.bench.person.settings import NEURAL
from mimetic.bench.tables import Table, told
from mimetic.learn.curriculum import LAGS


def render_transfer(table: Table) -> str:
    """R2 by seconds of a new virtual person's video and what the model starts from."""
    results = Results(table)
    cells = list(results.under("transfer").values())
    seconds = list(cells[0][STARTS[0]]) if cells else []
    rows = []
    for start in STARTS if cells else ():
        values = {s: over_people([cell[start][s] for cell in cells]) for s in seconds}
        rows.append({"start": start, **values})
    return told(rows, {"start": "start", **{s: f"{s} s" for s in seconds}})


def render_growth(table: Table) -> str:
    """R2 on the last 60 s of the 200 s face by seconds seen and what the model starts from."""
    cell = Results(table).cell("growth")
    seconds = list(cell[STARTS[0]]) if cell else []
    rows = [{"start": start, **cell[start]} for start in STARTS] if cell else []
    return told(rows, {"start": "start", **{s: f"{s} s" for s in seconds}})


def render_finding(table: Table) -> str:
    """Discovery, consistency and identity on virtual people."""
    results = Results(table)
    cells = list(results.under("discovery").values())
    rows: list[dict[str, Any]] = []
    if cells:
        for whose, words in (
            ("own", "own model"),
            ("general", "model of others"),
            ("null", "own model, truth moved in time"),
        ):
            found = over_people([[cell["precision"][whose]] for cell in cells])
            rows.append({"what": f"average precision of the private movement, {words}", "r": found})
        rows.append({"what": "the same of the other planted movements", "r": _others(cells)})
        for whose, words in (
            ("others", "model of others"),
            ("null", "own model of half the video"),
        ):
            found = over_people([[float(cell["novel"][whose])] for cell in cells])
            rows.append({"what": f"movements that are new to a {words}", "r": found})
    halves = list(results.under("consistency").values())
    for name, words in (
        ("r2", "codes of one recording from those of another, R2"),
        ("null", "chance"),
    ):
        if halves:
            rows.append({"what": words, "r": over_people([[cell[name]] for cell in halves])})
    for way, value in (results.cell("identity") or {}).items():
        rows.append({"what": f"whose codes in the general model, {way}", "r": f"{value:.2f}"})
    return told(rows, {"what": "what", "r": "mean (95 %)"})


def render_networks(table: Table) -> str:
    """Networks against the linear model on the same frames."""
    results = Results(table)
    rows = []
    for kind in NEURAL:
        virtual = list(results.under("network", kind).values())
        real = results.under("real network", kind)
        seeds = list(results.under("seeds", kind).values())
        long = results.cell("long", kind)
        if not (virtual or real or long):
            continue
        rows.append(
            {
                "kind": kind,
                "virtual": over_people([cell[kind]["r2_mean"] for cell in virtual]),
                "linear": over_people([cell["linear"]["r2_mean"] for cell in virtual]),
                "real": over_clips([cell[kind] for cell in real.values()]),
                "real_linear": over_clips([cell["linear"] for cell in real.values()]),
                "long": with_interval(long) if long else None,
                "seeds": mean_of(seeds, "r2"),
                "cpu": mean_of(virtual, "cpu_s_a_minute"),
            }
        )
    columns = {
        "kind": "kind",
        "virtual": "R2, virtual people",
        "linear": "linear, same frames",
        "real": "R2, real people (thirds)",
        "real_linear": "linear, same frames",
        "long": "R2, 200 s face",
        "seeds": "R2 between seeds",
        "cpu": "CPU s a minute of video",
    }
    return told(rows, columns)


def render_curriculum(table: Table) -> str:
    """R2 by schedule of lags, equal updates and pairs."""
    results = Results(table)
    people = [
        list(results.under("curriculum", who).values()) for who in results.codes("curriculum")
    ]
    rows = [
        {"lags": lag, "r2": over_people([[cell[lag] for cell in each] for each in people])}
        for lag in (LAGS if people else ())
    ]
    return told(rows, {"lags": "lags of pairs", "r2": "R2 (95 %)"})


def render_cost(table: Table) -> str:
    """Seconds, memory, parameters."""
    cell = Results(table).cell("cost")
    names = {
        "fit_cpu_s": "linear fit of 200 s of video, CPU seconds",
        "peak_mib": "peak memory of that, MiB",
        "short_peak_mib": "peak memory for 50 s, MiB",
        "parameters": "numbers in the model",
        "embed_ms": "codes of a frame, CPU milliseconds",
        "crop_ms": "a frame held still at 128 px, CPU milliseconds",
    }
    rows = [{"what": words, "value": cell[name]} for name, words in names.items()] if cell else []
    return told(rows, {"what": "what", "value": "measured"})


def _others(cells: list[dict[str, Any]]) -> Estimate | None:
    return over_people([list(cell["others"].values()) for cell in cells])
