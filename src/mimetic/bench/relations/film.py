"""The rendered tier: the same people before and after film, tracker and flow."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.relations.stage import target_of
from mimetic.bench.relations.trial import fidelity, told_explanations, without_draws
from mimetic.datasets.planted import Population, PopulationSettings
from mimetic.learn.folds import deal_folds
from mimetic.pipeline.rendered import render
from mimetic.pipeline.survival import survival
from mimetic.relations.evidence import held_out_evidence
from mimetic.relations.kinds import Additive, Material, Opponent, Target
from mimetic.relations.registry import make_kind
from mimetic.types import Float64

PEOPLE = PopulationSettings(subjects=120)
FOLDS = 5
TOLD_EVERY = 20  # films
Tell = Callable[[str], None]


def film_trial(kind: str, seed: int, *, cache: Path | None, tell: Tell) -> dict[str, Any]:
    """A kind on 120 people, filmed and tracked where ``cache`` is given, judged on held-out folds.

    All people are learnt from for the explanation; for the estimate each fold of people is
    scored by a fit on the others, as there are no more people to test on.
    """
    population = Population.draw(PEOPLE, seed)
    if cache is not None:

        def heard(done: int, total: int) -> None:
            if done % TOLD_EVERY == 0 or done == total:
                tell(f"films: {done} of {total}")

        population = render(population, cache, tell=heard)
    kept = [] if cache is None else [dataclasses.asdict(one) for one in survival(population)]
    target = target_of(population)
    material = Material(population.dynamics, people=target.subjects)
    began = time.process_time()
    whole = make_kind(kind, without_draws(kind))
    whole.fit(material, target, rng=np.random.default_rng([seed, 11]))
    names = PEOPLE.region_names
    return {
        "fit_s": float(f"{time.process_time() - began:.4g}"),
        "pairs": [[names.index(p.region), names.index(p.other)] for p in population.pairs],
        "distractors": [
            [names.index(p.region), names.index(p.other)] for p in population.distractors
        ],
        "explanations": told_explanations(whole),
        "fidelity": fidelity(_crossed(kind, material, target, seed=seed), target),
        "oracle": fidelity(population.oracle_scores, target),
        "survival": kept,
        **_p_values(whole, material, target, seed=seed),
    }


def _p_values(
    opponent: Opponent, material: Material, target: Target, *, seed: int
) -> dict[str, list[float]]:
    """Family-wise p values of all pairs, and their statistics, of kinds that give them."""
    if not isinstance(opponent, Additive):
        return {}
    rng = np.random.default_rng([seed, 23])
    evidence = held_out_evidence(opponent, material, target, rng=rng)
    told = {"p": evidence.pair_p, "statistic": evidence.pair_statistic}
    return {name: [float(f"{value:.4g}") for value in each] for name, each in told.items()}


def _crossed(kind: str, material: Material, target: Target, *, seed: int) -> Float64:
    """Scores [n] of all clips, each by a fit on other people and families."""
    scores = np.zeros(len(material))
    rng = np.random.default_rng([seed, 13])
    for split in deal_folds(target.groups, target.y, folds=FOLDS, rng=rng):
        opponent = make_kind(kind, without_draws(kind))
        opponent.fit(material.take(split.train), target.take(split.train), rng=rng)
        scores[split.test] = opponent.score(material.take(split.test))
    return scores
