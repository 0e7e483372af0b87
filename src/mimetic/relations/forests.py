"""Random forests (Breiman 2001) on features of regions, with and without those of pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from mimetic.errors import ConfigError
from mimetic.learn.protocols import Split
from mimetic.relations.basis import Basis, fit_basis
from mimetic.relations.effects import square
from mimetic.relations.features import FeatureTable
from mimetic.relations.kinds import CLASS, INNER_FOLDS, TRIES, Material, Target
from mimetic.relations.search import search
from mimetic.types import Bool, Float64


@dataclass(frozen=True, kw_only=True)
class ForestSettings:
    """What a forest tries: how many columns at each split, fewest clips in a leaf."""

    trees: int = 300
    search_trees: int = 40  # while settings are compared
    breadths: tuple[float, ...] = (0.5, 1.0, 2.0)  # of splits, by the root of the columns
    leaves: tuple[int, ...] = (2, 5, 12, 30)
    folds: int = INNER_FOLDS

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= len(self.breadths) * len(self.leaves) <= TRIES:
            faults.append(f"breadths, leaves: expected 1 to {TRIES} tries, as all kinds have")
        if not all(breadth > 0 for breadth in self.breadths):
            faults.append(f"breadths: expected more than 0, got {self.breadths}")
        if not all(leaf >= 1 for leaf in self.leaves):
            faults.append(f"leaves: expected 1 or more clips, got {self.leaves}")
        for name, least in (("trees", 1), ("search_trees", 1), ("folds", 2)):
            if getattr(self, name) < least:
                faults.append(f"{name}: expected {least} or more, got {getattr(self, name)}")
        if faults:
            raise ConfigError("\n".join(faults))


View = Callable[[Basis, FeatureTable], Float64]
Forest = Any  # RandomForestClassifier or RandomForestRegressor, which have no types
Tried = tuple[float, int]


class ForestOpponent:
    """A forest on the columns [n D] that ``view`` makes, by a basis learnt from the same clips."""

    def __init__(self, view: View, settings: ForestSettings | None = None) -> None:
        self.settings = settings or ForestSettings()
        self.held_out: Float64 | None = None
        self.losses: Float64 | None = None
        self._view = view
        self._basis: Basis
        self._forest: Forest
        self._pairs = 0

    def fit(self, material: Material, target: Target, *, rng: np.random.Generator) -> None:
        """Choose breadth and leaf on inner folds and learn from all clips."""
        table, views = material.table, {}
        seeds = rng.integers(2**31, size=2)

        def score(tried: Tried, split: Split) -> Float64:
            key = split.test.tobytes()
            part = target.take(split.train)
            if key not in views:
                basis = fit_basis(table.take(split.train), part.weights)
                views[key] = self._view(basis, table)
            columns, trees = views[key], self.settings.search_trees
            forest = _grow(columns[split.train], part, tried, trees=trees, seed=int(seeds[0]))
            return _scores(forest, columns[split.test])

        tries = list(product(self.settings.breadths, self.settings.leaves))
        found = search(tries, score, target, rng=rng, folds=self.settings.folds)
        self.held_out, self.losses = found.held_out, found.losses
        self._basis = fit_basis(table, target.weights)
        self._pairs = table.cross.shape[1]
        self._forest = _grow(
            self._view(self._basis, table),
            target,
            found.best,
            trees=self.settings.trees,
            seed=int(seeds[1]),
        )

    def score(self, material: Material) -> Float64:
        """Log-odds by the share of the trees' votes, or the number itself [n]."""
        return _scores(self._forest, self._view(self._basis, material.table))

    def pair_importance(self) -> Float64 | None:
        """The decrease of impurity by the columns of each pair [R R]; None without such columns."""
        if self._view is not _with_pairs:
            return None
        decrease = np.asarray(self._forest.feature_importances_)
        width = len(self._basis.pair_spread[0]) * self._pairs
        return square(decrease[-width:].reshape(self._pairs, -1).sum(1))

    def pair_scorer(self, material: Material) -> Callable[[Bool], Float64] | None:
        """Scores [n] when all pairs but some [P] read as usual; None without columns of pairs."""
        if self._view is not _with_pairs:
            return None
        columns = self._view(self._basis, material.table)
        width = len(self._basis.pair_spread[0])

        def score(keep: Bool) -> Float64:
            left = columns.copy()
            left[:, -width * self._pairs :] *= np.repeat(keep, width)
            return _scores(self._forest, left)

        return score


def forest(settings: ForestSettings | None = None) -> ForestOpponent:
    """A forest on features of single regions: it has to find by itself how they go together."""
    return ForestOpponent(_alone, settings)


def forest_pairs(settings: ForestSettings | None = None) -> ForestOpponent:
    """A forest on the columns of the additive pair model, those of pairs among them."""
    return ForestOpponent(_with_pairs, settings)


def _alone(basis: Basis, table: FeatureTable) -> Float64:
    # A tree sees only the order of values; a region that was not seen reads as usual.
    main = basis.columns(table).main
    return main[..., : main.shape[2] // 2].reshape(len(table), -1)


def _with_pairs(basis: Basis, table: FeatureTable) -> Float64:
    made = basis.columns(table)
    return np.concatenate([_alone(basis, table), made.pairs.reshape(len(table), -1)], axis=1)


def _grow(columns: Float64, target: Target, tried: Tried, *, trees: int, seed: int) -> Forest:
    breadth, leaf = tried
    across = min(max(round(breadth * columns.shape[1] ** 0.5), 1), columns.shape[1])
    kind = RandomForestClassifier if target.task == CLASS else RandomForestRegressor
    grown: Forest = kind(
        n_estimators=trees, max_features=across, min_samples_leaf=leaf, random_state=seed, n_jobs=1
    )
    grown.fit(columns.astype(np.float32), target.y, sample_weight=target.weights)
    return grown


def _scores(grown: Forest, columns: Float64) -> Float64:
    if not isinstance(grown, RandomForestClassifier):
        return np.asarray(grown.predict(columns.astype(np.float32)), np.float64)
    share = grown.predict_proba(columns.astype(np.float32))[:, list(grown.classes_).index(1.0)]
    # No share is certain: half a vote on either side keeps log-odds finite.
    votes = len(grown.estimators_)
    share = (share * votes + 0.5) / (votes + 1)
    return np.asarray(np.log(share / (1 - share)), np.float64)
