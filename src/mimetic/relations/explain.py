"""Which pairs of regions carry a trait: effects on held-out people, intervals, chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError, ShapeError
from mimetic.relations.effects import Drawn, drawn_effects, square
from mimetic.relations.kinds import Parts, Target
from mimetic.types import Float64


@dataclass(frozen=True, kw_only=True)
class PairEffect:
    """What one pair adds to the estimate, with a 95 % interval and a family-wise p value."""

    region: str
    other: str
    contribution: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, kw_only=True)
class MainEffect:
    """What one region adds on its own."""

    region: str
    contribution: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, kw_only=True)
class GroupEffect:
    """A pair's contribution within one group, and how it differs from all other clips."""

    group: str
    people: int
    region: str
    other: str
    contribution: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Contributions to labelled clips, and what chance says of them (NaN where untested)."""

    regions: tuple[str, ...]
    parts: Parts
    target: Target
    pair_p: Float64  # [P]
    pair_statistic: Float64  # [P]
    main_p: Float64  # [R]
    stability: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """Ranked pairs, main effects, and how stable the ranking is.

    Contributions are effects on people that were not learnt from (where the explanation
    is that of the fit): for classes, how much further a pair moves the log-odds of clips
    of the class than those of the others; for a number, how much of it goes with one
    standard deviation of it. Kinds that do not add up give their own importance instead,
    without intervals. ``stability`` is Kendall's tau between the rankings of refits on
    people drawn with replacement. ``matrix`` [R R] holds the contributions.
    """

    regions: tuple[str, ...]
    unit: str
    pairs: tuple[PairEffect, ...]
    main: tuple[MainEffect, ...]
    matrix: Float64
    stability: float = np.nan
    evidence: Evidence | None = None

    def significant(self, level: float = 0.05) -> tuple[PairEffect, ...]:
        """The pairs such as chance brings forth in at most this share of studies."""
        return tuple(each for each in self.pairs if each.p <= level)

    def per_group(self, labels: Sequence[str]) -> tuple[GroupEffect, ...]:
        """Each pair's contribution within each group of clips, the largest pairs first.

        ``labels`` name the group of each clip explained (an age band, the sex on
        record). NaN where the trait does not vary within a group.
        """
        if self.evidence is None:
            raise ArgumentError(
                'labels: this kind of model has no contributions to split; fit kind "additive"'
            )
        return _per_group(self.evidence, labels)


def explain_evidence(evidence: Evidence, *, unit: str, seed: int = 0) -> Explanation:
    """Effects with intervals from people drawn with replacement, ranked."""
    regions, target = evidence.regions, evidence.target
    rng = np.random.default_rng(seed)
    pairs = drawn_effects(evidence.parts.pairs, target, rng=rng)
    main = drawn_effects(evidence.parts.main, target, rng=rng)
    left, right = np.triu_indices(len(regions), 1)
    return Explanation(
        regions=regions,
        unit=unit,
        pairs=tuple(
            PairEffect(
                region=regions[left[place]],
                other=regions[right[place]],
                p=float(evidence.pair_p[place]),
                **pairs.told(place),
            )
            for place in _order(pairs.effect, evidence.pair_statistic)
        ),
        main=tuple(
            MainEffect(region=regions[place], p=float(evidence.main_p[place]), **main.told(place))
            for place in np.argsort(-main.effect, kind="stable")
        ),
        matrix=square(pairs.effect),
        stability=evidence.stability,
        evidence=evidence,
    )


def explain_importance(regions: tuple[str, ...], importance: Float64) -> Explanation:
    """The ranking of a kind that gives importance [R R] alone."""
    left, right = np.triu_indices(len(regions), 1)
    values = importance[left, right]
    unknown = {"low": np.nan, "high": np.nan, "p": np.nan}
    pairs = tuple(
        PairEffect(
            region=regions[left[place]],
            other=regions[right[place]],
            contribution=float(values[place]),
            **unknown,
        )
        for place in np.argsort(-values, kind="stable")
    )
    return Explanation(
        regions=regions, unit="importance", pairs=pairs, main=(), matrix=square(values)
    )


def _order(effect: Float64, statistic: Float64) -> list[int]:
    """Places of pairs, the largest contribution first, ties by the test."""
    ties = np.nan_to_num(statistic)
    return [int(place) for place in np.lexsort((-ties, -np.nan_to_num(effect)))]


def _per_group(evidence: Evidence, labels: Sequence[str]) -> tuple[GroupEffect, ...]:
    target = evidence.target
    if len(labels) != target.y.size:
        raise ShapeError(
            f"labels: expected {target.y.size}, one for each clip explained, got {len(labels)}"
        )
    names = np.array([str(each) for each in labels])
    if np.unique(names).size < 2:
        raise ArgumentError(f"labels: expected at least two groups, got only {names[0]!r}")
    whole = drawn_effects(evidence.parts.pairs, target, rng=np.random.default_rng(0))
    order = _order(whole.effect, evidence.pair_statistic)
    found: list[GroupEffect] = []
    for name in np.unique(names):
        # The same people are drawn for both sides, so that a difference has its own interval.
        here, there = (
            drawn_effects(evidence.parts.pairs, target, rng=np.random.default_rng(0), rows=rows)
            for rows in (names == name, names != name)
        )
        apart = Drawn(effect=here.effect - there.effect, draws=here.draws - there.draws)
        people = int(np.unique(target.subjects[names == name]).size)
        found += _of_group((str(name), people), here, apart, evidence=evidence, order=order)
    return tuple(found)


def _of_group(
    group: tuple[str, int], here: Drawn, apart: Drawn, *, evidence: Evidence, order: list[int]
) -> list[GroupEffect]:
    left, right = np.triu_indices(len(evidence.regions), 1)
    return [
        GroupEffect(
            group=group[0],
            people=group[1],
            region=evidence.regions[left[place]],
            other=evidence.regions[right[place]],
            **here.told(place),
            difference=apart.told(place)["contribution"],
            difference_low=apart.told(place)["low"],
            difference_high=apart.told(place)["high"],
        )
        for place in order
    ]
