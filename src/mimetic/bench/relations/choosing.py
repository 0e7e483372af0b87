"""How the settings that the paper's network tries were chosen: on people to learn from, by folds.

On the people to learn from of one population; nobody tested on is looked at. The
network is given more than other kinds, whose twelve tries are all there is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from mimetic.bench.relations.stage import Stage
from mimetic.learn.folds import deal_folds
from mimetic.learn.scores import auc
from mimetic.relations.calibrate import calibrate, calibrated_loss
from mimetic.relations.kinds import INNER_FOLDS
from mimetic.types import Float64, Int64

FOLDS = 2  # of the inner folds, on which tries are judged
STEPS = (200, 400, 600, 800)


@dataclass(frozen=True, kw_only=True)
class Try:
    """One way to train the paper's network."""

    rate: float = 1e-3
    fair: bool = True
    width: int = 32
    warmup_steps: int = 20
    dropout: float = 0.3
    weight_decay: float = 0.1


FIRST = tuple(
    Try(rate=rate, fair=fair) for fair, rate in product((True, False), (5e-4, 1e-3, 2e-3, 4e-3))
)
# Then one by one: these from the best of the first,
CHANGES: tuple[dict[str, Any], ...] = (
    {"width": 16},
    {"width": 64},
    {"warmup_steps": 200},
    {"dropout": 0.6},
    {"weight_decay": 1.0},
)
# and these each from the best so far, added when a wider network had done better.
THEN: tuple[dict[str, Any], ...] = ({"width": 128}, {"rate": 1e-3})


def choose_trial(stage: Stage, kind: str, *, steps: tuple[int, ...] = STEPS) -> dict[str, Any]:
    """All tries with loss and AUC on held-out people after each length, in the order tried."""
    found: list[tuple[Try, dict[str, Any]]] = []

    def best() -> Try:
        return min(found, key=lambda each: min(each[1]["losses"]))[0]

    def tell(one: Try) -> None:
        found.append((one, _told(stage, kind, one, steps)))

    for one in FIRST:
        tell(one)
    first = best()
    for change in CHANGES:
        tell(dataclasses.replace(first, **change))
    for change in THEN:
        tell(dataclasses.replace(best(), **change))
    return {"steps": list(steps), "tries": [told for _, told in found]}


def _told(stage: Stage, kind: str, one: Try, steps: tuple[int, ...]) -> dict[str, Any]:
    scored = list(_scored(stage, kind, one, steps))
    rows = np.concatenate([rows for rows, _ in scored])
    target = stage.target.take(rows)
    losses, areas = [], []
    for step in steps:
        scores = np.concatenate([each[step] for _, each in scored])
        losses.append(float(f"{calibrated_loss(scores, target):.5g}"))
        areas.append(float(f"{auc(calibrate(scores, target)(scores), target.y):.4g}"))
    return {**dataclasses.asdict(one), "losses": losses, "auc": areas}


def _scored(
    stage: Stage, kind: str, one: Try, steps: tuple[int, ...]
) -> Iterator[tuple[Int64, dict[int, Float64]]]:
    """Rows of held-out clips and their scores by length, for each of the folds."""
    from mimetic.relations.learnt import Design  # torch
    from mimetic.relations.neural import NetworkOpponent
    from mimetic.relations.tries import NetworkSettings

    options = {"gate": kind.removeprefix("fdin-"), "fair": one.fair, "width": one.width,
               "dropout": one.dropout}  # fmt: skip
    settings = NetworkSettings(rates=(one.rate,), steps=steps, warmup_steps=one.warmup_steps,
                               weight_decay=one.weight_decay)  # fmt: skip
    opponent = NetworkOpponent(Design(network="fdin", options=(options, options)), settings)
    clips, target = stage.material.sequences, stage.target
    rng = np.random.default_rng([stage.seed, 17])
    for split in deal_folds(target.groups, target.y, folds=INNER_FOLDS, rng=rng)[:FOLDS]:
        part = clips.take(split.train), target.take(split.train)
        watched = clips.take(split.test)
        yield split.test, opponent.watch(*part, watched, tried=(one.rate, 0), seed=1)
