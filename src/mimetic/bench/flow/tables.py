"""The tables of docs/systems/flow.md, each from the one file of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mimetic.bench.flow import figure
from mimetic.bench.flow.bars import ALL, MOVING, bars
from mimetic.bench.flow.calibration import calibration_table
from mimetic.bench.flow.results import COST, JUDGED, REAL, WILD, Results
from mimetic.bench.flow.rivals import THREE
from mimetic.bench.flow.score import mean_interval
from mimetic.bench.flow.settings import REFERENCE
from mimetic.bench.flow.trial import seeded
from mimetic.bench.tables import Table, markdown, told

Row = dict[str, Any]
LABELS = "data.labels"
SIGN = {ALL: "all", MOVING: "moving"}


def render(table: Table) -> str:
    """What the command prints: on whom, methods, bars, clips."""
    settings = table["settings"]
    whom = "real" if settings.get("real") else "virtual"
    kinds = ", ".join(settings.get("kinds", ()))
    head = f"{len(settings.get('persons', ()))} {whom} people; kinds of motion: {kinds}\n"
    return "\n".join([head, *(part(table) for part in (methods_table, bars_table, clips_table))])


def methods_table(table: Table) -> str:
    """A row for each method: what it costs and how wrong it is beside the reference."""
    results = Results(table)
    rows = []
    for name in results.methods():
        cost = results.cell(COST, name) or {}
        row: Row = {
            "method": name,
            "cpu_ms": results.cpu_ms(name),
            "cpu": results.cpu_ratio(name),
            "mib": cost.get("peak_mib"),
            "parameters": cost.get("parameters"),
        }
        for regimes, key in ((JUDGED, "judged"), ((REAL,), "real")):
            if not results.complete(regimes, name):
                continue
            for measure, words in SIGN.items():
                row[f"{key} {words}"] = results.ratio(regimes, name, measure)
        worse = results.errors(JUDGED, name, "worse")
        if worse is not None and results.complete(JUDGED, name):
            row["worse"] = float(np.nanmean(worse))
        rows.append(row)
    columns = {
        "method": "method",
        "cpu_ms": "CPU ms",
        "cpu": f"over {REFERENCE}",
        "mib": "memory, MiB",
        "parameters": "parameters",
        "judged all": "five kinds, all",
        "judged moving": "five kinds, moving",
        "real all": "real law, all",
        "real moving": "real law, moving",
        "worse": "pixels off",
    }
    return told(rows, columns)


def kinds_table(table: Table) -> str:
    """Error over the reference's by kind of motion, moving pixels, with angle and share off."""
    results = Results(table)
    regimes = [r for r in results.regimes if _peaked(results, r)]
    rows = []
    for name in results.methods():
        row: Row = {"method": name}
        for regime in regimes:
            all_of, moving = (results.ratio([regime], name, m) for m in (ALL, MOVING))
            if all_of and moving:
                row[regime] = f"{all_of.value:.2f} / {moving.value:.2f}"
        for measure in ("relative", "angle_deg"):
            values = results.errors(JUDGED, name, measure)
            if values is not None and results.complete(JUDGED, name):
                row[measure] = float(np.nanmean(values))
        rows.append(row)
    columns = {"method": "method", **{r: r.removeprefix("S1 ") for r in regimes}}
    return told(rows, columns | {"relative": "relative error", "angle_deg": "angle, degrees"})


def amplitude_table(table: Table) -> str:
    """Mean endpoint error in px by peak amplitude: all pixels / moving ones."""
    results = Results(table)
    rows: list[Row] = []
    seen: list[float] = []
    for name in results.methods():
        peaks, means = results.by_peak(name, ALL)
        moving = results.by_peak(name, MOVING)[1]
        seen = peaks or seen
        pairs = zip(peaks, means, moving, strict=True)
        rows.append({"method": name, **{f"{p:g}": f"{a:.3f} / {m:.3f}" for p, a, m in pairs}})
    kept = [row for row in rows if len(row) > 1]
    text = told(kept, {"method": "method", **{f"{p:g}": f"{p:g} px" for p in seen}})
    return text + _pictured("Error against amplitude", "amplitude", figure.amplitude(table))


def robust_table(table: Table) -> str:
    """Error over the reference's in each disturbance, all pixels."""
    results = Results(table)
    regimes = [f"S1 {name}" for name in results.settings.get("robust", ())]
    return _ratio_rows(results, regimes)


def solid_table(table: Table) -> str:
    """Error over the reference's on faces that hide parts of themselves, visible pixels."""
    results = Results(table)
    return _ratio_rows(results, [r for r in results.regimes if r.startswith("S2 ")])


def three_table(table: Table) -> str:
    """Error with three frames over that with two, by change of velocity."""
    results = Results(table)
    regimes = [r for r in results.regimes if r.startswith("S1 acceleration")]
    rows = []
    for name in dict.fromkeys(m for r in regimes for m in results.methods(r) if THREE in m):
        row: Row = {"method": name.removesuffix(THREE)}
        for regime in regimes:
            row[regime] = results.ratio([regime], name, ALL, to=name.removesuffix(THREE))
        rows.append(row)
    return told(rows, {"method": "method", **{r: r.removeprefix("S1 ") for r in regimes}})


def clips_table(table: Table) -> str:
    """Real clips without labels: means over persons with their intervals."""
    results = Results(table)
    words = {
        "census": "census (still = 1)",
        "forward_backward_px": "forward-backward, px",
        "far_forward_backward_px": "the same, five frames, px",
        "composition_px": "composition, px",
        "landmark_px": "landmarks, px",
    }
    rows = []
    for name in results.methods(WILD):
        row: Row = {"method": name}
        for measure in words:
            row[measure] = _with_interval(results.cell(WILD, name)[measure], measure)
        rows.append(row)
    return told(rows, {"method": "method", **words})


def bars_table(table: Table) -> str:
    """What is promised, measured, and whether it holds."""
    columns = {"what": "what", "bar": "bar", "measured": "measured", "verdict": "verdict"}
    return markdown(bars(Results(table)), columns)


def ablations_table(table: Table) -> str:
    """Trained models, what tells their recipes apart, and what came of it."""
    results = Results(table)
    trained = results.recipes()
    keys = _telling(trained)
    usual = {key: _usual(trained, key) for key in keys}
    rows = []
    for name, recipe in trained.items():
        row: Row = {"model": name, "recipe": _words(recipe, keys, usual)}
        row["parameters"] = results.cell(COST, name).get("parameters")
        row["cpu_ms"] = results.cpu_ms(name)
        for regimes, key in ((JUDGED, "judged"), ((REAL,), "real")):
            for measure, words in SIGN.items():
                row[f"{key} {words}"] = results.ratio(regimes, name, measure)
        clips = results.cell(WILD, name)
        for measure in ("census", "landmark_px"):
            row[measure] = _with_interval(clips[measure], measure) if clips else None
        rows.append(row)
    columns = {"model": "model", "recipe": "recipe"}
    columns |= {"parameters": "parameters", "cpu_ms": "CPU ms"}
    columns |= {"judged all": "five kinds, all", "judged moving": "five kinds, moving"}
    columns |= {"real all": "real law, all", "real moving": "real law, moving"}
    columns |= {"census": "census, clips", "landmark_px": "landmarks, clips, px"}
    return told(rows, columns) + _pictured("Learning curves", "learning", figure.learning(table))


def _telling(recipes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The keys in which recipes differ, those of the network, the data and the loss alone."""
    keys = dict.fromkeys(key for recipe in recipes.values() for key in recipe)
    told = [key for key in keys if key.startswith(("network", "options.", "data.", "loss."))]
    return [key for key in told if len({str(one.get(key)) for one in recipes.values()}) > 1]


def _usual(recipes: Mapping[str, Mapping[str, Any]], key: str) -> Any:
    """The value that most recipes give to a key."""
    values = [one[key] for one in recipes.values() if one.get(key) is not None]
    return max(values, key=values.count, default=None)


def _words(recipe: Mapping[str, Any], keys: Sequence[str], usual: Mapping[str, Any]) -> str:
    """Network and labels of a recipe, and what else departs from what most have."""
    parts = [
        f"{key.rpartition('.')[2]} {recipe[key]}"
        for key in keys
        if key.startswith("options.") or recipe.get(key) != usual[key]
        if key not in ("network", LABELS) and recipe.get(key) is not None
    ]
    return ", ".join([f"{recipe.get('network')}, {recipe.get(LABELS)} labels", *parts])


def _pictured(words: str, name: str, drawn: str | None) -> str:
    """The link of a figure (``mimetic bench tables`` draws it) where there is one to draw."""
    return f"\n![{words}](../pictures/flow-{name}.svg)\n" if drawn else ""


def _ratio_rows(results: Results, regimes: list[str]) -> str:
    rows = []
    for name in results.methods():
        found = {regime: results.ratio([regime], name, ALL) for regime in regimes}
        if any(found.values()):
            rows.append({"method": name, **found})
    return told(rows, {"method": "method", **{r: r[3:] for r in regimes}})


def _peaked(results: Results, regime: str) -> bool:
    return regime in (*JUDGED, REAL, "S1 global")


def _with_interval(values: list[float | None], measure: str) -> str | None:
    known = np.array([np.nan if value is None else value for value in values], np.float64)
    if not np.isfinite(known).any():
        return None
    low, high = mean_interval(known, rng=seeded("mean", measure))
    return f"{np.nanmean(known):.3f} ({low:.3f}–{high:.3f})"


TABLES: dict[str, Callable[[Table], str]] = {
    "flow:methods": methods_table,
    "flow:bars": bars_table,
    "flow:kinds": kinds_table,
    "flow:amplitude": amplitude_table,
    "flow:robust": robust_table,
    "flow:solid": solid_table,
    "flow:three": three_table,
    "flow:clips": clips_table,
    "flow:calibration": calibration_table,
    "flow:ablations": ablations_table,
}
