"""How much each part of a score matters: what it adds for one group of clips over another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.relations.kinds import CLASS, Target
from mimetic.types import Bool, Float64

DRAWS = 500


def effects(values: Float64, target: Target) -> Float64:
    """The effect [P] of contributions [n P]; those of all parts add up to that of the score.

    For classes the mean contribution to clips of the class minus that to the others, in
    log-odds; for a number the contribution's slope over one standard deviation of it.
    People weigh the same.
    """
    return weighted_effects(values, target.y, target.weights, task=target.task)


def weighted_effects(values: Float64, y: Float64, weights: Float64, *, task: str) -> Float64:
    """``effects`` with any weights [n] of clips; NaN where the labels do not vary."""
    share = weights / max(float(weights.sum()), 1e-300)
    away = y - share @ y
    spread = share @ away**2
    if not spread > 1e-12:
        return np.full(values.shape[1], np.nan)
    scale = spread if task == CLASS else np.sqrt(spread)
    return np.asarray((share * away) @ values / scale)


def square(values: Float64) -> Float64:
    """Values [P] of the pairs above the diagonal as a symmetric matrix [R R], diagonal 0."""
    regions = round((1 + np.sqrt(1 + 8 * values.size)) / 2)
    matrix = np.zeros((regions, regions))
    matrix[np.triu_indices(regions, 1)] = values
    return np.asarray(matrix + matrix.T)


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """Effects [P], and the same on people drawn with replacement [draws P]."""

    effect: Float64
    draws: Float64

    def told(self, place: int) -> dict[str, float]:
        """One effect with its 95 % interval, NaN where half the draws cannot tell."""
        known = self.draws[:, place][np.isfinite(self.draws[:, place])]
        low = high = np.nan
        if np.isfinite(self.effect[place]) and known.size > len(self.draws) / 2:
            low, high = map(float, np.percentile(known, [2.5, 97.5]))
        return {"contribution": float(self.effect[place]), "low": low, "high": high}


def drawn_effects(
    values: Float64, target: Target, *, rng: np.random.Generator, rows: Bool | None = None
) -> Drawn:
    """Effects of contributions [n P], of some rows if given, with draws of whole families."""
    weights = target.weights if rows is None else target.weights * rows
    _, group = np.unique(target.groups, return_inverse=True)
    number = int(group.max()) + 1
    draws = []
    for _ in range(DRAWS):
        times = np.bincount(rng.integers(number, size=number), minlength=number)[group]
        draws.append(weighted_effects(values, target.y, weights * times, task=target.task))
    effect = weighted_effects(values, target.y, weights, task=target.task)
    return Drawn(effect=effect, draws=np.stack(draws))
