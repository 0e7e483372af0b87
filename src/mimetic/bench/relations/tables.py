"""The tables of docs/systems/relations.md, each from the one file of cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mimetic.bench.relations import figure, films
from mimetic.bench.relations.bars import NULLS, bars
from mimetic.bench.relations.results import (
    Results,
    agreement,
    distractor_named,
    false_pairs,
    likeness,
    pair_area,
    precision,
    removal_area,
    shared,
    spread,
    untrained_pairs,
)
from mimetic.bench.relations.scenes import OURS, SCENES
from mimetic.bench.relations.trial import ITS_OWN
from mimetic.bench.tables import Table, markdown, told

Row = dict[str, Any]


def render(table: Table) -> str:
    """What the command prints: models, scenes, bars."""
    return "\n".join(part(table) for part in (kinds_table, scenes_table, bars_table))


def bars_table(table: Table) -> str:
    """What is promised, measured, and whether it holds."""
    columns = {"what": "what", "bar": "bar", "measured": "measured", "verdict": "verdict"}
    return markdown(bars(Results(table)), columns)


def kinds_table(table: Table) -> str:
    """Every kind on the first scene: its estimate, and what its explanations are worth."""
    results = Results(table)
    rows: list[Row] = []
    for kind in results.kinds("inside"):
        named = results.explanations("inside", kind)
        rows += [_kind_row(results, kind, name) for name in named or [""]]
    columns = {
        "kind": "kind",
        "seeds": "seeds",
        "auc": "AUC",
        "precision": "planted pairs named first",
        "area": "AUROC of pairs",
        "distractor": "distractor among them",
        "deletion": "AUC, pairs deleted",
        "insertion": "AUC, pairs inserted",
        "cut": "AUC, relations cut",
        "elsewhere": "cut elsewhere",
        "shared": "named again",
        "tau": "stability",
        "shuffled": "like shuffled",
        "untrained": "like untrained",
        "fit_s": "CPU s",
    }
    return told(rows, columns) + _pictured(figure.dots(table))


def _kind_row(results: Results, kind: str, explanation: str) -> Row:
    cells = results.cells("inside", kind)

    def mean(of: str | Callable[[Any], float], digits: int = 2) -> str | None:
        return spread(results.values("inside", kind, of), digits=digits)

    row: Row = {"kind": kind, "seeds": len(cells), "auc": mean("fidelity", 3)}
    row |= {
        "cut": _plain(results, kind, "cut"),
        "elsewhere": _plain(results, kind, "cut_elsewhere"),
    }
    row["fit_s"] = f"{results.values('inside', kind, 'fit_s').mean():.1f}"
    if not explanation:
        return row
    if explanation != ITS_OWN:
        row = {"kind": f"{kind}, {explanation}"}
    row["precision"] = mean(lambda cell: precision(cell, explanation))
    row["area"] = mean(lambda cell: pair_area(cell, explanation))
    row["distractor"] = _plain(results, kind, lambda cell: distractor_named(cell, explanation))
    for way in ("deletion", "insertion"):
        if all(explanation in cell.get("removal", {}) for cell in cells):
            areas = [removal_area(cell, explanation, way) for cell in cells]
            row[way] = f"{np.mean(areas):.2f}"
    again = results.cells("again", kind)
    row["shared"] = _known(shared(again, explanation))
    row["tau"] = _known(agreement(again, explanation))
    shuffled = results.both(("inside", "shuffled"), kind)
    row["shuffled"] = _known(likeness(shuffled, explanation))
    row["untrained"] = _known(likeness(untrained_pairs(cells), explanation))
    return row


def _known(value: float) -> str | None:
    return f"{value:.2f}" if np.isfinite(value) else None


def _plain(results: Results, kind: str, of: str | Callable[[Any], float]) -> str | None:
    values = results.values("inside", kind, of)
    known = values[np.isfinite(values)]
    return f"{known.mean():.2f}" if known.size else None


def scenes_table(table: Table) -> str:
    """Fidelity and right pairs by scene and kind."""
    results = Results(table)
    kinds = [kind for kind in results.kinds() if any(
        results.explanations(scene, kind) for scene in results.scenes)]  # fmt: skip
    rows: list[Row] = []
    for scene in results.scenes:
        if scene in NULLS or not any(results.cells(scene, kind) for kind in kinds):
            continue
        row: Row = {"scene": scene}
        for kind in kinds:
            found = results.values(scene, kind, "fidelity")
            if not found.size:
                continue
            row.setdefault("oracle", spread(results.values(scene, kind, "oracle")))
            right = results.values(scene, kind, precision).mean()
            row[kind] = f"{found.mean():.3g} / {right:.2f}"
        rows.append(row)
    return told(rows, {"scene": "population", "oracle": "oracle", **{k: k for k in kinds}})


def false_table(table: Table) -> str:
    """Pairs called significant that carry no trait, and planted ones that were found."""
    results = Results(table)
    rows: list[Row] = []
    for scene in results.scenes:
        cells = [cell for cell in results.cells(scene, OURS) if "p" in cell]
        if not cells:
            continue
        wrong = np.array([false_pairs(cell) for cell in cells])
        row: Row = {"scene": scene, "populations": len(cells)}
        row["any"] = f"{int((wrong > 0).sum())}"
        row["false"] = f"{int(wrong.sum())} of {sum(len(cell['p']) for cell in cells)}"
        planted = sum(len(cell["pairs"]) for cell in cells)
        called = sum(sum(p <= 0.05 for p in cell["p"]) for cell in cells)
        if planted and not (scene in SCENES and SCENES[scene].shuffled):
            row["found"] = f"{called - int(wrong.sum())} of {planted}"
        rows.append(row)
    columns = {
        "scene": "population",
        "populations": "drawn",
        "any": "with any false pair",
        "false": "false pairs",
        "found": "planted pairs found",
    }
    return told(rows, columns)


def looks_table(table: Table) -> str:
    """Where looks tell the trait: what each kind is left with without them."""
    results = Results(table)
    rows: list[Row] = []
    for kind in results.kinds("shortcut"):
        row: Row = {"kind": kind}
        for key in ("fidelity", "swapped", "frozen"):
            row[key] = spread(results.values("shortcut", kind, key))
        if results.explanations("shortcut", kind):
            row["precision"] = spread(results.values("shortcut", kind, precision))
        rows.append(row)
    columns = {
        "kind": "kind",
        "fidelity": "AUC",
        "swapped": "looks swapped",
        "frozen": "frozen frame",
        "precision": "planted pairs named first",
    }
    return told(rows, columns)


def search_table(table: Table) -> str:
    """What was tried before the settings of the paper's network were fixed, in that order."""
    rows: list[Row] = []
    lengths: dict[str, str] = {}
    for kind, cell in Results(table).searched.items():
        for one in cell["tries"]:
            losses = dict(zip(cell["steps"], one["losses"], strict=True))
            row: Row = {"kind": kind, "design": "fair" if one["fair"] else "plain"}
            row |= {name: f"{one[name]:g}" for name in _SEARCHED}
            row |= {f"loss {step}": f"{loss:.3f}" for step, loss in losses.items()}
            row["auc"] = f"{one['auc'][int(np.argmin(one['losses']))]:.3f}"
            rows.append(row)
        lengths |= {f"loss {step}": f"loss, {step} steps" for step in cell["steps"]}
    columns = {"kind": "kind", "design": "design", **_SEARCHED, **lengths}
    return told(rows, {**columns, "auc": "AUC at the least"})


def _pictured(drawn: str | None) -> str:
    """The link of the figure (``mimetic bench tables`` draws it) where there is one to draw."""
    words = "Estimates and named pairs by kind"
    return f"\n![{words}](../pictures/relations-dots.svg)\n" if drawn else ""


_SEARCHED = {
    "rate": "rate",
    "width": "width",
    "warmup_steps": "warm-up",
    "dropout": "dropout",
    "weight_decay": "decay",
}
TABLES: dict[str, Callable[[Table], str]] = {
    "relations:bars": bars_table,
    "relations:kinds": kinds_table,
    "relations:scenes": scenes_table,
    "relations:false": false_table,
    "relations:looks": looks_table,
    "relations:search": search_table,
    **films.TABLES,
}
