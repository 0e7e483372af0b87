"""One kind of model on one population: how well it estimates, and whether it names the pairs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from mimetic.bench.relations.scenes import OURS
from mimetic.bench.relations.stage import Stage
from mimetic.learn.groups import per_subject
from mimetic.learn.scores import auc, mean_absolute_error
from mimetic.relations.calibrate import calibrate
from mimetic.relations.evidence import held_out_evidence
from mimetic.relations.explain import explain_evidence
from mimetic.relations.kinds import CLASS, Additive, Material, Opponent, Target
from mimetic.relations.registry import make_kind
from mimetic.types import Bool, Float64

DIGITS = 4
# Of 36 pairs, how many are taken out or put in when the score is looked at.
STEPS = (0, 1, 2, 3, 4, 6, 9, 14, 22, 36)
ITS_OWN = "importance"
Scorer = Callable[[Bool], Float64]


@runtime_checkable
class Explained(Protocol):
    """A kind with several explanations: symmetric matrices [R R] by name, the main one first."""

    def explanations(self) -> Mapping[str, Float64]:
        """How much each pair mattered, read off in different ways."""


@runtime_checkable
class Ablatable(Protocol):
    """A kind that can score with some pairs alone."""

    def pair_scorer(self, material: Material) -> Scorer | None:
        """Scores [n] by the pairs in a choice [P] alone; None where there are no pairs."""


@runtime_checkable
class Randomised(Protocol):
    """A kind that explains itself even before it has learnt anything."""

    def untrained(self, material: Material, target: Target) -> dict[str, Float64]:
        """The explanations [R R] of the same model with weights drawn at random."""


def run_trial(stage: Stage, kind: str) -> dict[str, Any]:
    """What the cell of a kind on a population holds; see docs/json.md."""
    rng = np.random.default_rng([stage.seed, 11])
    opponent = make_kind(kind, without_draws(kind) if stage.scene.null else None)
    table_s, began = stage.table_s, time.process_time()
    opponent.fit(stage.material, stage.target, rng=rng)
    cell: dict[str, Any] = {"fit_s": _short(table_s + time.process_time() - began)}
    cell["pairs"] = stage.places(stage.population.pairs)
    cell["distractors"] = stage.places(stage.population.distractors)
    cell["explanations"] = told_explanations(opponent)
    if isinstance(opponent, Randomised):
        drawn = opponent.untrained(stage.material, stage.target)
        cell["untrained"] = {name: _listed(each) for name, each in drawn.items()}
    if isinstance(opponent, Additive):
        cell |= _significance(opponent, stage, rng)
    if stage.scene.tested:
        cell |= _tested(opponent, stage)
    return cell


def without_draws(kind: str) -> dict[str, int] | None:
    """Settings of a fit without refits on drawn people, which make intervals and nothing else."""
    return {"draws": 0} if kind == OURS else None


def told_explanations(opponent: Opponent) -> dict[str, list[float]]:
    """The importance of the pairs above the diagonal, by the name of the explanation."""
    return {name: _listed(each) for name, each in explanations(opponent).items()}


def explanations(opponent: Opponent) -> dict[str, Float64]:
    """All that a kind says of pairs: matrices [R R] by name; empty where it cannot say."""
    if isinstance(opponent, Explained):
        return dict(opponent.explanations())
    importance = opponent.pair_importance()
    return {} if importance is None else {ITS_OWN: importance}


def fidelity(stage_scores: Float64, target: Target) -> float:
    """The area under the ROC curve of people's mean scores, or their mean absolute error."""
    people = per_subject(stage_scores, y=target.y, subjects=target.subjects, groups=target.groups)
    if target.task == CLASS:
        return auc(people.values, people.y)
    return mean_absolute_error(people.values, people.y)


def removal(score: Scorer, order: list[int], target: Target) -> dict[str, list[float]]:
    """Fidelity while pairs go (deletion) or come (insertion) in an order, at ``STEPS``."""
    count = len(order)
    found: dict[str, list[float]] = {"deletion": [], "insertion": []}
    for step in steps_of(count):
        for name, some in (("deletion", order[step:]), ("insertion", order[:step])):
            keep = np.zeros(count, bool)
            keep[some] = True
            found[name].append(_short(fidelity(score(keep), target)))
    return found


def steps_of(pairs: int) -> list[int]:
    """At how many pairs gone or come the fidelity is measured."""
    return [step for step in STEPS if step < pairs] + [pairs]


def _significance(opponent: Additive, stage: Stage, rng: np.random.Generator) -> dict[str, Any]:
    """Family-wise p values of the pairs, and CPU seconds of test and explanation."""
    began = time.process_time()
    evidence = held_out_evidence(opponent, stage.material, stage.target, rng=rng)
    middle = time.process_time()
    explain_evidence(evidence, unit="")
    explain_s = time.process_time() - middle
    p = [_short(each) for each in evidence.pair_p]
    return {"p": p, "test_s": _short(middle - began), "explain_s": _short(explain_s)}


def _tested(opponent: Opponent, stage: Stage) -> dict[str, Any]:
    target = stage.test_target

    def told(material: Material) -> float:
        return _short(fidelity(_calibrated(opponent, material, stage), target))

    cell: dict[str, Any] = {
        "fidelity": told(stage.test_material),
        "oracle": _short(fidelity(stage.tested.oracle_scores, target)),
    }
    if stage.scene.name == "inside":
        cell |= {"cut": told(stage.cut), "cut_elsewhere": told(stage.cut_elsewhere)}
    if stage.population.settings.shortcut:
        cell |= {"swapped": told(stage.swapped), "frozen": told(stage.frozen)}
    return cell | _removals(opponent, stage)


def _removals(opponent: Opponent, stage: Stage) -> dict[str, Any]:
    """Deletion and insertion in the order of each explanation, and in a random one."""
    score = scorer(opponent, stage.test_material)
    if score is None or stage.scene.shuffled or stage.task != CLASS:
        return {}
    orders = {
        name: [int(place) for place in np.argsort(-_upper(each), kind="stable")]
        for name, each in explanations(opponent).items()
    }
    pairs = len(next(iter(orders.values()), []))
    draw = np.random.default_rng([stage.seed, 12])
    orders["random"] = [int(place) for place in draw.permutation(pairs)]
    return {"removal": {name: removal(score, order, stage.test_target) for name, order in
                        orders.items()}}  # fmt: skip


def scorer(opponent: Opponent, material: Material) -> Scorer | None:
    """Scores by some pairs alone; None for a kind that cannot do without any."""
    if isinstance(opponent, Additive):
        parts = opponent.parts(material)
        rest = parts.baseline + parts.main.sum(1)
        return lambda keep: np.asarray(rest + parts.pairs @ keep)
    if isinstance(opponent, Ablatable):
        return opponent.pair_scorer(material)
    return None


def _calibrated(opponent: Opponent, material: Material, stage: Stage) -> Float64:
    """Scores, for numbers on the scale of held-out people: some kinds shrink or shift them."""
    scores = opponent.score(material)
    if stage.task == CLASS or isinstance(opponent, Additive) or opponent.held_out is None:
        return scores
    return calibrate(opponent.held_out, stage.target)(scores)


def _upper(matrix: Float64) -> Float64:
    return np.asarray(matrix[np.triu_indices(len(matrix), 1)])


def _listed(matrix: Float64) -> list[float]:
    return [_short(each) for each in _upper(matrix)]


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
