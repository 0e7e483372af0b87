"""The folder of an explanation: ranked pairs as CSV and JSON, a heat map, arcs on a face."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.provenance import environment, to_plain
from mimetic.pipeline.traits import People
from mimetic.relations.card import limits_of
from mimetic.relations.explain import Explanation, GroupEffect
from mimetic.relations.model import TraitModel
from mimetic.relations.moments import Moments
from mimetic.report.relations import draw_matrix, draw_pairs
from mimetic.report.relations_groups import draw_groups
from mimetic.report.relations_moments import draw_moments
from mimetic.types import TraitEstimate


@dataclass(frozen=True)
class Split:
    """Contributions within the groups of a column, and the name of that column."""

    by: str
    effects: tuple[GroupEffect, ...]


def told(model: TraitModel, explanation: Explanation | None = None) -> dict[str, Any]:
    """An explanation in plain values: ranked pairs, regions on their own, stability, warnings."""
    explanation = explanation or model.explain()
    facts = model.facts
    return {
        "trait": facts.trait,
        "label": facts.label,
        "unit": explanation.unit,
        "stability": explanation.stability,
        "pairs": [dataclasses.asdict(one) for one in explanation.pairs],
        "main": [dataclasses.asdict(one) for one in explanation.main],
        "warnings": list(limits_of(facts)),
    }


def told_fit(model: TraitModel, people: People) -> dict[str, Any]:
    """A fit in plain values: how well it does, by which pairs, and what speaks against it."""
    facts = model.facts
    scores = ("kind", "score", "score_low", "score_high", "chance")
    named = ("trait", "label", "others", "unit", "clips", "people", "families", "seed")
    try:
        pairs = told(model)["pairs"]
    except ArgumentError:  # a kind that cannot say
        pairs = []
    return {
        **{name: getattr(facts, name) for name in (*named, *scores)},
        "pairs": pairs,
        "probes": [{name: getattr(one, name) for name in scores} for one in facts.probes],
        "left_out": [dataclasses.asdict(one) for one in people.left_out],
        "warnings": list(limits_of(facts)),
    }


def told_estimate(model: TraitModel, estimate: TraitEstimate) -> dict[str, Any]:
    """An estimate in plain values, the parts that say most first."""
    names, main, pairs = estimate.regions, estimate.main, estimate.pairs
    alone = [] if main is None else [
        {"region": name, "contribution": float(main[row])} for row, name in enumerate(names)
    ]  # fmt: skip
    together = [] if pairs is None else [
        {"region": names[row], "other": names[column], "contribution": float(pairs[row, column])}
        for row, column in combinations(range(len(names)), 2)
    ]  # fmt: skip
    single = ("trait", "label", "probability", "value", "low", "high", "unit", "baseline")
    return {
        **{name: getattr(estimate, name) for name in single},
        "main": sorted(alone, key=_size),
        "pairs": sorted(together, key=_size),
        "warnings": list(limits_of(model.facts)),
    }


def _size(part: dict[str, Any]) -> float:
    return -abs(float(part["contribution"]))


def write_explanation(
    model: TraitModel,
    folder: str | Path,
    *,
    explanation: Explanation | None = None,
    groups: Split | None = None,
    moments: Moments | None = None,
) -> list[Path]:
    """Write pairs.csv, main.csv, explanation.json, matrix.svg and face.svg.

    With ``groups`` groups.csv and groups.svg too, with ``moments`` of a clip moments.csv and
    moments.svg.

    Returns the files. Raises DiskError or StoreError where the folder takes none.
    """
    folder = Path(folder)
    explanation = explanation or model.explain()
    facts = told(model, explanation)
    title = facts["trait"] if facts["label"] is None else f"{facts['trait']}: {facts['label']}"
    listed = {"pairs.csv": facts["pairs"], "main.csv": facts["main"]}
    if groups is not None:
        facts["groups"] = [dataclasses.asdict(one) for one in groups.effects]
        listed["groups.csv"] = facts["groups"]
    if moments is not None:
        listed["moments.csv"] = told_moments(moments)
    whole = to_plain({**facts, "regions": explanation.regions, "matrix": explanation.matrix,
                      "provenance": environment()})  # fmt: skip
    texts = {name: _csv(rows) for name, rows in listed.items() if rows}
    texts["explanation.json"] = json.dumps(whole, indent=2, allow_nan=False) + "\n"
    texts |= _pictures(explanation, groups, moments, named=(title, model.facts.unit))
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            replace_file(folder / name, text.encode())
    return [folder / name for name in texts]


def _pictures(
    explanation: Explanation,
    groups: Split | None,
    moments: Moments | None,
    *,
    named: tuple[str, str],
) -> dict[str, str]:
    """All pictures by the name of their file; ``named`` are the title and the unit."""
    title, unit = named
    drawn = {
        "matrix.svg": draw_matrix(explanation, title=title),
        "face.svg": draw_pairs(explanation, title=title),
    }
    if groups is not None:
        by = f"{title}, by {groups.by}"
        drawn["groups.svg"] = draw_groups(groups.effects, title=by, unit=unit)
    if moments is not None:
        drawn["moments.svg"] = draw_moments(moments, title=title, unit=unit)
    return drawn


def told_moments(moments: Moments) -> list[dict[str, Any]]:
    """A row for each moment: what the estimate, and every pair with a part, loses without it."""
    left, right = np.triu_indices(len(moments.regions), 1)
    kept = np.flatnonzero(np.abs(moments.pairs).max(0) > 0)
    return [
        {
            "time_s": float(time_s),
            "estimate": float(moments.change[row]),
            **{
                f"{moments.regions[left[place]]} x {moments.regions[right[place]]}": float(
                    moments.pairs[row, place]
                )
                for place in kept
            },
        }
        for row, time_s in enumerate(moments.times_s)
    ]


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as CSV; what is not known is an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(to_plain(list(rows)))
    return text.getvalue()
