"""What is known about a fit, in plain numbers, for its card and its provenance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.learn.groups import PerSubject, group_bootstrap, per_subject
from mimetic.learn.scores import auc, mean_absolute_error
from mimetic.relations.intake import Intake
from mimetic.relations.kinds import CLASS, Material, Target
from mimetic.types import Float64

DRAWS = 500


@dataclass(frozen=True, kw_only=True)
class ProbeFacts:
    """How well a kind that sees no movement does: a ``score`` as in ``TraitFacts``."""

    kind: str
    score: float | None
    score_low: float | None
    score_high: float | None
    chance: float
    higher_is_better: bool = True  # areas under a curve are, errors are not

    @property
    def beyond_chance(self) -> bool:
        """Whether the whole interval is better than chance."""
        if self.score_low is None or self.score_high is None:
            return False
        if self.higher_is_better:
            return self.score_low > self.chance
        return self.score_high < self.chance


@dataclass(frozen=True, kw_only=True)
class TraitFacts:
    """Who and what a model was fitted on, and how well it did on people it had not seen.

    ``score`` is the area under the ROC curve of people's mean scores (classes), or
    the mean absolute error of people's mean estimates (numbers); ``chance`` what it is
    without looking at the clips. Both on folds that keep families together, the same on which
    settings were chosen.
    """

    kind: str
    trait: str
    label: str | None
    others: tuple[str, ...]
    unit: str
    task: str
    regions: tuple[str, ...]
    features: tuple[str, ...]
    clips: int
    people: int
    families: int
    fewest: int  # people in the smaller class; all of them for numbers
    share: float  # of clips in the class; of numbers the mean
    spread: float  # of numbers, one standard deviation; 0 for classes
    bridged: float  # share of region-moments that were filled in
    seed: int
    score: float | None
    score_low: float | None
    score_high: float | None
    chance: float
    probes: tuple[ProbeFacts, ...] = ()  # what tells the trait without movement, if it was asked


def fit_facts(
    material: Material,
    given: Intake,
    held_out: Float64 | None,
    *,
    names: tuple[str, str, str],
    seed: int,
) -> TraitFacts:
    """The facts of a fit; ``names`` are those of its kind, of the trait and of its unit."""
    target = given.target
    score = low = high = None
    if held_out is not None:
        score, low, high = scored_people(held_out, target, np.random.default_rng(seed))
    number = target.task != CLASS
    y = _by_person(target.y, target).y
    return TraitFacts(
        kind=names[0],
        trait=names[1],
        label=given.label,
        others=given.others,
        unit=names[2],
        task=target.task,
        regions=material.regions,
        features=material.features,
        clips=len(material),
        people=int(np.unique(target.subjects).size),
        families=int(np.unique(target.groups).size),
        fewest=_fewest(target),
        share=float(target.y.mean()),
        spread=float(target.y.std()) if number else 0.0,
        bridged=_bridged(material),
        seed=seed,
        score=score,
        score_low=low,
        score_high=high,
        chance=float(np.abs(y - np.median(y)).mean()) if number else 0.5,
    )


def _fewest(target: Target) -> int:
    """People in the smaller class; all people for numbers."""
    if target.task != CLASS:
        return int(np.unique(target.subjects).size)
    return min(int(np.unique(target.subjects[target.y == each]).size) for each in (0, 1))


def _bridged(material: Material) -> float:
    """The share of region-moments in which a region was not seen."""
    missing = sum(int((~one.valid).sum()) for one in material.dynamics)
    return missing / max(sum(one.valid.size for one in material.dynamics), 1)


def _by_person(values: Float64, target: Target) -> PerSubject:
    return per_subject(values, y=target.y, subjects=target.subjects, groups=target.groups)


def scored_people(
    held_out: Float64, target: Target, rng: np.random.Generator
) -> tuple[float, float, float]:
    """The score of people with a 95 % interval from families drawn with replacement."""
    people = _by_person(held_out, target)
    score = auc if target.task == CLASS else mean_absolute_error
    low, high = group_bootstrap(
        people.groups, lambda rows: score(people.values[rows], people.y[rows]), rng=rng, draws=DRAWS
    )
    return score(people.values, people.y), float(low), float(high)
