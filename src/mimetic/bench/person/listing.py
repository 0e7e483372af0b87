"""Tables of transfer, discovery, networks and cost, from the stored cells alone."""

from __future__ import annotations

from typing import Any

from mimetic.bench.person.across import STARTS
from mimetic.bench.person.carrying import NETWORK_STARTS
from mimetic.bench.person.learning import same_frames
from mimetic.bench.person.results import (
    Estimate,
    Results,
    by_person,
    mean_of,
    over_clip_differences,
    over_clips,
    over_differences,
    over_people,
    with_interval,
)
from mimetic.bench.person.settings import LINEAR, NEURAL
from mimetic.bench.tables import Table, told
from mimetic.learn.curriculum import LAGS

NETWORKS = {
    "kind": "kind",
    "updates": "updates",
    "virtual": "R2, virtual people",
    "over": "over linear",
    "real": "R2, real people",
    "real_same": "linear, same frames",
    "real_over": "over linear",
    "jitter": "jitter",
    "long": "R2, 200 s face",
    "seeds": "R2 between seeds",
    "cpu": "CPU s a minute of video",
    "whole": "CPU s, whole recipe",
}

ATTEMPTED = ("real", "real_over", "jitter", "virtual", "over")


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
    cells = [cell for cell in results.under("discovery").values() if "crowded" in cell]
    rows = [
        *_found_rows(cells, ""),
        *_found_rows([cell["crowded"] for cell in cells], ", without rests"),
    ]
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


def _found_rows(cells: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    """Rows of one density of movements; none where nothing was measured."""
    if not cells:
        return []
    rows: list[dict[str, Any]] = []
    for name, words in (("a_minute", "movements a minute"), ("one", "share of time with any")):
        found = over_people([[cell["busy"][name]] for cell in cells])
        rows.append({"what": f"{words}{where}", "r": found})
    for whose, words in (
        ("own", "own model"),
        ("general", "model of others"),
        ("null", "own model, truth moved in time"),
    ):
        found = over_people([[cell["precision"][whose]] for cell in cells])
        what = f"average precision of the private movement, {words}{where}"
        rows.append({"what": what, "r": found})
    what = f"the same of the other planted movements, own model{where}"
    rows.append({"what": what, "r": _others(cells)})
    found = over_people([[float(cell["movements"]["own"])] for cell in cells])
    rows.append({"what": f"movements found, of 11 planted{where}", "r": found})
    for whose, words in (("others", "a model of others"), ("null", "a model of half the video")):
        found = over_people([[float(cell["novel"][whose])] for cell in cells])
        rows.append({"what": f"movements that are new to {words}{where}", "r": found})
    return rows


def render_networks(table: Table) -> str:
    """Networks against the linear model on the same frames."""
    results = Results(table)
    kinds = [kind for kind in NEURAL if results.under("network", kind)]
    kinds += [kind for kind in NEURAL if kind not in kinds and results.under("real network", kind)]
    return told([_network_row(results, kind) for kind in (LINEAR, *kinds) if kinds], NETWORKS)


def _network_row(results: Results, kind: str) -> dict[str, Any]:
    virtual = network_r2(results, kind)
    same = network_r2(results, LINEAR)
    cells = list(results.under("network", kind).values())
    real, real_same = results.under("real network", kind), same_frames(results, kind)
    long = results.cell("long", kind)
    row = {
        "kind": kind,
        "virtual": over_people(list(virtual.values())),
        "real": over_clips(list(real.values())),
        "jitter": mean_of(list(real.values()), "jitter"),
        "long": with_interval(long) if long else None,
    }
    if kind == LINEAR:
        return row
    return row | {
        "updates": results.settings.get("network_updates", {}).get(kind),
        "over": _over(virtual, same),
        "real_same": over_clips(list(real_same.values())) if real else None,
        "real_over": over_clip_differences(real, real_same),
        "seeds": over_people([[cell["seeds"]["r2"]] for cell in cells]),
        "cpu": mean_of(cells, "cpu_s_a_minute"),
        "whole": long.get("cpu_s") if long else None,
    }


def _over_long(results: Results, name: str) -> Estimate | None:
    """The difference from the linear model on the 200 s face, over blocks of time."""
    ours, theirs = (results.cell("long attempt", each) for each in (name, LINEAR))
    return over_clip_differences({"": ours}, {"": theirs}) if ours and theirs else None


def _over(first: dict[str, list[float]], second: dict[str, list[float]]) -> Estimate | None:
    """The difference of values of the same people."""
    shared = [who for who in first if who in second]
    return over_differences([first[who] for who in shared], [second[who] for who in shared])


def network_r2(results: Results, kind: str) -> dict[str, list[float]]:
    """R2 on the last recording by person whose networks were learnt, a value a seed."""
    people = list(dict.fromkeys(who for each in NEURAL for who in results.under("network", each)))
    if kind == LINEAR:
        found = results.under("virtual", LINEAR)
        return {who: found[who]["r2_mean"][-1:] for who in people if who in found}
    return {who: cell["r2_mean"] for who, cell in results.under("network", kind).items()}


def render_attempts(table: Table) -> str:
    """What was tried beside the linear code, on the same frames."""
    results = Results(table)
    rows = []
    for name in results.codes("attempt"):
        real, same = results.under("attempt", name), results.under("attempt", LINEAR)
        virtual, virtual_same = (
            {who: cell["r2_mean"] for who, cell in results.under("virtual attempt", each).items()}
            for each in (name, LINEAR)
        )
        other = name != LINEAR
        rows.append(
            {
                "name": name,
                "real": over_clips(list(real.values())),
                "real_over": over_clip_differences(real, same) if other else None,
                "jitter": mean_of(list(real.values()), "jitter"),
                "virtual": over_people(list(virtual.values())),
                "over": _over(virtual, virtual_same) if other else None,
                "long": _over_long(results, name) if other else None,
            }
        )
    columns = {"name": "what is tried", **{name: NETWORKS[name] for name in ATTEMPTED}}
    columns["long"] = "200 s face, over linear"
    return told(rows, columns)


def render_updates(table: Table) -> str:
    """R2 of a network by start, seconds of a new person's video, and updates."""
    results = Results(table)
    people = by_person(results, "updates")
    rows: list[dict[str, Any]] = []
    counts: list[str] = []
    for start in NETWORK_STARTS if people else ():
        for seconds, curve in people[0][0][start].items():
            counts = list(curve)
            found = {
                n: over_people([[cell[start][seconds][n] for cell in each] for each in people])
                for n in counts
            }
            rows.append({"start": start, "seconds": f"{seconds} s", **found})
    columns = {"start": "start", "seconds": "video", **{n: f"{n} updates" for n in counts}}
    return told(rows, columns)


def render_curriculum(table: Table) -> str:
    """R2 by schedule of lags, equal updates and pairs."""
    results = Results(table)
    rows = []
    for kind in results.codes("curriculum"):
        people = by_person(results, "curriculum", kind)
        r2 = {lag: [[cell[lag] for cell in each] for each in people] for lag in LAGS}
        for lag in LAGS:
            over = None if lag == "random" else over_differences(r2[lag], r2["random"])
            row = {"kind": kind, "lags": lag, "r2": over_people(r2[lag]), "over": over}
            rows.append(row | {"updates": results.settings["curriculum"]["updates"]})
    columns = {
        "kind": "kind",
        "updates": "updates",
        "lags": "lags of pairs",
        "r2": "R2 (95 %)",
        "over": "over random pairs",
    }
    return told(rows, columns)


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
