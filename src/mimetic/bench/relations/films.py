"""Tables of the rendered tier: what film leaves of the movement, and which pairs are lost."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimetic.bench.relations.results import Cell, Results, importance
from mimetic.bench.relations.scenes import OURS, RENDERED, UNRENDERED
from mimetic.bench.tables import Table, told
from mimetic.ops.regions import REGIONS_9
from mimetic.report.words import region_words

Row = dict[str, Any]
RIVAL = "forest-pairs"
TIERS = {UNRENDERED: "as planted", RENDERED: "on film"}


def survival_table(table: Table) -> str:
    """Correlations of what is measured on film with what was planted, by region."""
    rows: list[Row] = []
    for cell in Results(table).cells(RENDERED, OURS):
        for one in cell.get("survival", []):
            row: Row = {"region": region_words(one["region"])}
            row |= {key: f"{one[key]:.2f}" for key in ("amplitude", "latency", "course", "fine")}
            rows.append(row)
    columns = {
        "region": "region",
        "amplitude": "how far, over clips",
        "latency": "how late, over clips",
        "course": "course, over time",
        "fine": "fine movement, over time",
    }
    return told(rows, columns)


def films_table(table: Table) -> str:
    """The planted pairs, their places in the rankings, and the tests, before film and after."""
    results = Results(table)
    rows: list[Row] = []
    for seed, cell in enumerate(results.cells(RENDERED, OURS)):
        for place, pair in enumerate(cell["pairs"]):
            row: Row = {"pair": ", ".join(region_words(REGIONS_9[each]) for each in pair)}
            for scene, kind in ((s, k) for k in (OURS, RIVAL) for s in TIERS):
                found = results.cells(scene, kind)
                if seed < len(found):
                    row |= _told(found[seed], place, f"{kind} {scene}")
            rows.append(row)
    columns = {"pair": "planted pair"}
    for kind in (OURS, RIVAL):
        columns |= {f"{kind} {scene}": f"{kind}, {words}: place" for scene, words in TIERS.items()}
    for scene, words in TIERS.items():
        columns[f"{OURS} {scene} test"] = f"score test {words} (largest of the unplanted)"
    return told(rows, columns)


def _told(cell: Cell, place: int, name: str) -> Row:
    """The rank of a planted pair; its statistic beside the largest of those that carry nothing."""
    matrix = importance(cell)
    left, right = np.triu_indices(len(matrix), 1)
    values = matrix[left, right]
    planted = [_place(pair, left, right) for pair in cell["pairs"]]
    here = planted[place]
    row: Row = {name: f"{int((values > values[here]).sum()) + 1}"}
    if "statistic" in cell:
        others = np.delete(np.array(cell["statistic"]), planted)
        row[f"{name} test"] = f"{cell['statistic'][here]:.2f} ({others.max():.2f})"
    return row


def _place(pair: list[int], left: Any, right: Any) -> int:
    return int(np.flatnonzero((left == min(pair)) & (right == max(pair)))[0])


TABLES = {"relations:survival": survival_table, "relations:films": films_table}
