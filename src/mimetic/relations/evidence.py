"""What a fit knows of itself: held-out contributions, tests against chance, stability."""

from __future__ import annotations

from itertools import combinations, islice

import numpy as np

from mimetic.learn.scores import kendall_tau
from mimetic.relations.chance import permutation_test
from mimetic.relations.explain import Evidence
from mimetic.relations.kinds import Additive, Material, Parts, Target
from mimetic.types import Float64, Int64

_COMPARED = 20  # refits whose rankings are compared


def held_out_evidence(
    model: Additive, material: Material, target: Target, *, rng: np.random.Generator
) -> Evidence:
    """Evidence of a fit on the clips it was fitted on, each judged by a fit without its group."""
    parts = model.held_out_parts
    if parts is None:
        parts = model.parts(material)
    main, pairs = model.columns(material)
    tested = permutation_test(pairs, parts.pairs, parts.main.sum(1), target=target, rng=rng)
    alone = permutation_test(main, parts.main, parts.pairs.sum(1), target=target, rng=rng)
    return Evidence(
        regions=material.regions,
        parts=parts,
        target=target,
        pair_p=tested.p,
        pair_statistic=tested.statistic,
        main_p=alone.p,
        stability=_stability(model, material),
    )


def new_evidence(model: Additive, material: Material, *, known: Evidence | None) -> Evidence:
    """Evidence on other clips, without labels: effects on the model's own score.

    The p values remain those of the fit.
    """
    parts = model.parts(material)
    people = _people(material)
    target = Target(y=parts.scores, subjects=people, groups=people, task="number")
    pairs, regions = parts.pairs.shape[1], parts.main.shape[1]
    return Evidence(
        regions=material.regions,
        parts=parts,
        target=target,
        pair_p=np.full(pairs, np.nan) if known is None else known.pair_p,
        pair_statistic=np.zeros(pairs) if known is None else known.pair_statistic,
        main_p=np.full(regions, np.nan) if known is None else known.main_p,
        stability=np.nan if known is None else known.stability,
    )


def _people(material: Material) -> Int64:
    """Persons by their names in the clips; a clip without a name is a person of its own."""
    names = [one.subject or f"clip {row}" for row, one in enumerate(material.dynamics)]
    return np.unique(names, return_inverse=True)[1]


def _stability(model: Additive, material: Material) -> float:
    """Mean Kendall tau-b of the sizes of pairs between refits; NaN without any."""
    sizes = [_sizes(parts) for parts in islice(model.drawn_parts(material), _COMPARED)]
    taus = [kendall_tau(one, other) for one, other in combinations(sizes, 2)]
    known = [tau for tau in taus if np.isfinite(tau)]
    return float(np.mean(known)) if known else np.nan


def _sizes(parts: Parts) -> Float64:
    return np.asarray(parts.pairs.std(0))
