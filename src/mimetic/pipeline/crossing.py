"""How well a kind estimates a trait of people it has not seen: folds, published or dealt."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from mimetic.learn.folds import deal_folds, named_folds, read_folds
from mimetic.learn.groups import per_subject
from mimetic.learn.protocols import Split
from mimetic.learn.scores import auc, mean_absolute_error
from mimetic.pipeline.traitfits import fit_people
from mimetic.pipeline.traits import People
from mimetic.relations.card import ENOUGH_PEOPLE
from mimetic.relations.facts import scored_people
from mimetic.relations.intake import read_target
from mimetic.relations.kinds import CLASS, Target
from mimetic.relations.model import FitOptions
from mimetic.types import Float64, Int64, LocalDynamics

FOLDS = 10
OURS = "additive"


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """Scores of people, each by a fit that had not seen anybody of the person's fold.

    ``score`` is as in ``TraitFacts``, of all people together, with its 95 % interval from
    families drawn with replacement; ``folds`` are those of each fold, None where it
    holds one class only.
    """

    kind: str
    trait: str
    label: str | None
    unit: str
    score: float
    score_low: float
    score_high: float
    chance: float
    clips: int
    people: int
    families: int
    folds: tuple[dict[str, Any], ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the score is too thin for, in sentences."""
        found = []
        if self.people < ENOUGH_PEOPLE:
            found.append(
                f"Scored on {self.people} people, whose interval says how little that is; score "
                "the probes too (--kind frozen-frame, --kind tracker-noise), which see no movement."
            )
        useless = self.score_low <= self.chance if self.label else self.score_high >= self.chance
        return (*found, "This is not better than chance.") if useless else tuple(found)


def cross_people(
    people: People,
    *,
    folds: int | Path = FOLDS,
    kind: str = "additive",
    **options: Unpack[FitOptions],
) -> Crossed:
    """Fit on all folds but one and score that one, in turn.

    ``folds`` are so many dealt ones, disjoint by subject and family, or a file (or
    folder) of published ones, such as those of UvA-NEMO; settings are chosen inside the
    training folds. Raises ArgumentError for folds that split a family or leave a clip out.
    """
    given = read_target(people.labels, people.subjects, people.families, label=options.get("label"))
    target, seed = given.target, options.get("seed", 0)
    splits = _splits(people, target, folds, np.random.default_rng([seed, 19]))
    if given.label is not None:
        options["label"] = given.label
    if kind == OURS:
        options["settings"] = {"draws": 0}  # refits that make intervals of single estimates
    clips = _named(people, target)
    scores = np.zeros(target.y.size)
    for split in splits:
        model = fit_people(_part(people, split.train), kind=kind, **options)
        scores[split.test] = model.scores([clips[row] for row in split.test])
    score, low, high = scored_people(scores, target, np.random.default_rng(seed))
    return Crossed(
        kind=kind,
        trait=model.facts.trait,
        label=given.label,
        unit=model.facts.unit,
        score=score,
        score_low=low,
        score_high=high,
        chance=model.facts.chance,
        clips=len(people.dynamics),
        people=int(np.unique(target.subjects).size),
        families=int(np.unique(target.groups).size),
        folds=tuple(_of_fold(scores, target, split) for split in splits),
    )


def _splits(
    people: People, target: Target, folds: int | Path, rng: np.random.Generator
) -> list[Split]:
    if isinstance(folds, int):
        return deal_folds(target.groups, target.y, folds=folds, rng=rng)
    names = [one.id for one in people.recordings]
    return named_folds(names, people.subjects, target.groups, folds=read_folds(folds))


def _named(people: People, target: Target) -> list[LocalDynamics]:
    """The clips; without names where labels vary within people, or those of both would be one."""
    if np.unique(target.people).size == np.unique(target.subjects).size:
        return list(people.dynamics)
    return [dataclasses.replace(one, subject=None) for one in people.dynamics]


def _part(people: People, rows: Int64) -> People:
    """Some rows of a list."""
    kept = {
        name: tuple(getattr(people, name)[row] for row in rows)
        for name in ("dynamics", "labels", "recordings", "rows")
    }
    return dataclasses.replace(people, **kept)


def _of_fold(scores: Float64, target: Target, split: Split) -> dict[str, Any]:
    """People and score of one fold: of the mean scores of its people."""
    part = target.take(split.test)
    mean = per_subject(scores[split.test], y=part.y, subjects=part.subjects, groups=part.groups)
    score: float | None = None
    if target.task != CLASS:
        score = mean_absolute_error(mean.values, mean.y)
    elif np.unique(mean.y).size > 1:
        score = auc(mean.values, mean.y)
    return {"people": int(np.unique(part.subjects).size), "score": score}
