"""Reading the stored cells: fidelity, right pairs, false discoveries, by scene and kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from mimetic.bench.relations.scenes import SEARCH
from mimetic.bench.relations.trial import ITS_OWN, steps_of
from mimetic.learn.scores import kendall_tau, pair_auroc, precision_at_k
from mimetic.relations.effects import square
from mimetic.relations.registry import KINDS
from mimetic.types import Float64

LEVEL = 0.05
Cell = Mapping[str, Any]


class Results:
    """The cells of one file by scene and kind."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.settings: Mapping[str, Any] = table["settings"]
        self._cells: dict[tuple[str, str], dict[int, Cell]] = {}
        self.searched: dict[str, Cell] = {}  # how settings were chosen, by kind
        for name, cell in table["cells"].items():
            scene, kind, seed = name.split(" / ")
            if scene == SEARCH:
                self.searched[kind] = cell
                continue
            self._cells.setdefault((scene, kind), {})[int(seed)] = cell

    @property
    def scenes(self) -> list[str]:
        """All scenes in the order in which they were run."""
        return list(dict.fromkeys(scene for scene, _ in self._cells))

    def kinds(self, scene: str | None = None) -> list[str]:
        """The kinds of a scene (of any) in the order of the registry."""
        found = {kind for at, kind in self._cells if scene in (None, at)}
        return [kind for kind in KINDS if kind in found]

    def cells(self, scene: str, kind: str) -> list[Cell]:
        """The cells of a kind, by seed."""
        found = self._cells.get((scene, kind), {})
        return [found[seed] for seed in sorted(found)]

    def values(self, scene: str, kind: str, of: str | Callable[[Cell], float]) -> Float64:
        """A figure of each seed's cell: a field of it, or what a function of it gives."""
        told = of if callable(of) else (lambda cell: cell.get(of, np.nan))
        return np.array([told(cell) for cell in self.cells(scene, kind)], np.float64)

    def explanations(self, scene: str, kind: str) -> list[str]:
        """The names of what a kind says of pairs."""
        return list(dict.fromkeys(n for cell in self.cells(scene, kind) for n in
                                  cell["explanations"]))  # fmt: skip

    def beside(self, scene: str, kinds: tuple[str, str], field: str) -> Float64:
        """A field of two kinds [2 n] in the n populations that both have seen."""
        first, second = (self._cells.get((scene, kind), {}) for kind in kinds)
        seeds = sorted(set(first) & set(second))
        return np.array([[cells[seed][field] for seed in seeds] for cells in (first, second)])

    def both(self, scenes: tuple[str, str], kind: str) -> list[tuple[Cell, Cell]]:
        """The cells of two scenes that share a seed."""
        first, second = (self._cells.get((scene, kind), {}) for scene in scenes)
        return [(first[seed], second[seed]) for seed in sorted(set(first) & set(second))]


def precision(cell: Cell, explanation: str = ITS_OWN) -> float:
    """The share of the planted pairs among as many named first."""
    return precision_at_k(importance(cell, explanation), cell["pairs"])


def pair_area(cell: Cell, explanation: str = ITS_OWN) -> float:
    """How often a planted pair is named before another."""
    return pair_auroc(importance(cell, explanation), cell["pairs"])


def distractor_named(cell: Cell, explanation: str = ITS_OWN) -> float:
    """The share of distractors among the pairs named first, as many as are planted."""
    return precision_at_k(
        importance(cell, explanation), cell["distractors"], k=len(cell["pairs"])
    ) * (len(cell["pairs"]) / len(cell["distractors"]))


def importance(cell: Cell, explanation: str = ITS_OWN) -> Float64:
    """The matrix [R R] of an explanation."""
    return square(np.array(cell["explanations"][explanation], np.float64))


def false_pairs(cell: Cell) -> int:
    """How many pairs are called significant that carry no trait."""
    count = round((1 + np.sqrt(1 + 8 * len(cell["p"]))) / 2)
    told = not cell.get("scene", {}).get("shuffled")
    planted = {frozenset(pair) for pair in cell["pairs"] if told}
    left, right = np.triu_indices(count, 1)
    every = zip(left.tolist(), right.tolist(), cell["p"], strict=True)
    return sum(p <= LEVEL and frozenset((one, other)) not in planted for one, other, p in every)


def removal_area(cell: Cell, explanation: str, way: str) -> float:
    """Mean fidelity while pairs go (``way`` "deletion") or come ("insertion"), over all counts."""
    values = cell["removal"][explanation][way]
    steps = steps_of(len(cell["explanations"][ITS_OWN]))
    return float(np.trapezoid(values, steps) / steps[-1])


def agreement(cells: Sequence[Cell], explanation: str = ITS_OWN) -> float:
    """Mean Kendall tau of the importance of pairs between all two of the cells."""
    upper = [np.array(cell["explanations"][explanation]) for cell in cells]
    taus = [kendall_tau(one, other) for one, other in combinations(upper, 2)]
    known = [tau for tau in taus if np.isfinite(tau)]
    return float(np.mean(known)) if known else np.nan


def shared(cells: Sequence[Cell], explanation: str = ITS_OWN) -> float:
    """The share of pairs that two of the cells both name first, as many as are planted; a mean."""
    named = []
    for cell in cells:
        order = np.argsort(-np.array(cell["explanations"][explanation]), kind="stable")
        named.append({int(place) for place in order[: len(cell["pairs"])]})
    found = [len(one & other) / len(one) for one, other in combinations(named, 2)]
    return float(np.mean(found)) if found else np.nan


def likeness(pairs: Sequence[tuple[Cell, Cell]], explanation: str) -> float:
    """Mean Kendall tau between the importance of pairs in two cells of one seed."""
    both = [
        [np.array(cell["explanations"][explanation]) for cell in each]
        for each in pairs
        if all(explanation in cell["explanations"] for cell in each)
    ]
    taus = [kendall_tau(one, other) for one, other in both]
    known = [tau for tau in taus if np.isfinite(tau)]
    return float(np.mean(known)) if known else np.nan


def untrained_pairs(cells: Sequence[Cell]) -> list[tuple[Cell, Cell]]:
    """Cells of kinds that explain themselves untrained, beside what they said then."""
    return [(cell, {"explanations": cell["untrained"]}) for cell in cells if "untrained" in cell]


def spread(values: Float64, *, digits: int = 2) -> str | None:
    """A mean over seeds with the lowest and the highest; None where there is none."""
    known = values[np.isfinite(values)]
    if not known.size:
        return None
    mean = f"{known.mean():.{digits}f}"
    if known.size == 1:
        return mean
    return f"{mean} ({known.min():.{digits}f}–{known.max():.{digits}f})"
