"""How every kind chooses its settings: the same folds, the same loss, the same number of tries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.learn.folds import deal_folds
from mimetic.learn.protocols import Split
from mimetic.relations.calibrate import calibrated_loss
from mimetic.relations.kinds import INNER_FOLDS, TRIES, Target
from mimetic.types import Float64

Setting = TypeVar("Setting")
WORTH = 0.003  # of the loss without any term: what more terms have to bring


@dataclass(frozen=True, kw_only=True, eq=False)
class Searched(Generic[Setting]):
    """What a search found: the best setting, its scores on held-out groups, all losses."""

    best: Setting
    held_out: Float64  # [n]
    losses: Float64  # [tries]


def search(
    tries: Sequence[Setting],
    score: Callable[[Setting, Split], Float64],
    target: Target,
    *,
    rng: np.random.Generator,
    folds: int = INNER_FOLDS,
) -> Searched[Setting]:
    """The setting with the least loss on held-out groups.

    ``score(setting, split)`` learns from ``split.train`` and scores ``split.test``. The loss
    is that of ``calibrated_loss``, so that a kind whose scores are no log-odds is not
    at a disadvantage. Raises ArgumentError for no tries or more than ``TRIES``.
    """
    if not 1 <= len(tries) <= TRIES:
        raise ArgumentError(f"tries: expected 1 to {TRIES} settings, got {len(tries)}")
    scores = np.full((len(tries), target.y.size), np.nan)
    for split in deal_folds(target.groups, target.y, folds=folds, rng=rng):
        for row, setting in enumerate(tries):
            scores[row, split.test] = score(setting, split)
    losses = np.array([calibrated_loss(each, target) for each in scores])
    best = int(np.argmin(losses))
    return Searched(best=tries[best], held_out=scores[best], losses=losses)


def simplest(losses: Float64) -> int:
    """The first of settings, in the order from no term to many, that is as good as the best.

    Where labels follow from nothing, losses differ by a hair, and the least of them may be
    that of a model with every term.
    """
    return int(np.argmax(losses <= losses.min() + WORTH * float(losses.max())))
