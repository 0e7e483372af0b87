"""Networks beside the linear model, and time as their teacher; minutes a cell, run when asked."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from mimetic.bench.person.coders import Coder, by_model, linear
from mimetic.bench.person.decoding import Virtual, decode_takes, without
from mimetic.bench.person.finding import agreement, clips_of
from mimetic.bench.person.real import decode_recorded, thirds
from mimetic.bench.person.recorded import Recorded, joined
from mimetic.learn.curriculum import LAGS, LagSchedule
from mimetic.person import PersonModel
from mimetic.person.recipe import NeuralConfig
from mimetic.person.weights import PersonConfig

CURRICULUM_KIND = "cycle"  # the paper's: what it learns from is pairs
CONSTANT_S = 0.2  # lag of the schedule that does not grow


def recipe(kind: str, components: int, *, seed: int = 0, lag: str | None = None) -> NeuralConfig:
    """The recipe of a kind as it comes, with as many dimensions as the linear model."""
    config = NeuralConfig(kind=kind, linear=PersonConfig(components=components))
    if lag is not None:
        first_s = CONSTANT_S if lag == "constant" else config.lag.first_s
        config = replace(config, lag=LagSchedule(kind=lag, first_s=first_s))
    return replace(config, loop=replace(config.loop, seed=seed))


def network(kind: str, components: int, *, seed: int = 0, lag: str | None = None) -> Coder:
    """The code of a network that is learnt on the frames it is given."""
    config = recipe(kind, components, seed=seed, lag=lag)
    return by_model(lambda clips: PersonModel.fit(clips, kind=kind, config=config))


def measure_network(virtual: Virtual, number: int, kind: str) -> dict[str, Any]:
    """A network and the linear model, both learnt from all recordings but the last."""
    every = joined(virtual.takes(number))
    split = [without(every, every.rows, virtual.settings["takes"] - 1)]
    components = virtual.settings["components"]
    started = time.process_time()
    found = {kind: decode_takes(every, network(kind, components), split)}
    spent = time.process_time() - started
    seconds = virtual.settings["seconds"] * (virtual.settings["takes"] - 1)
    found["linear"] = decode_takes(every, linear(components), split)
    return found | {"cpu_s_a_minute": spent * 60 / seconds}


def measure_seeds(virtual: Virtual, number: int, kind: str) -> dict[str, float]:
    """How far the codes of a network give those of the same network from another seed."""
    takes = virtual.takes(number)
    components = virtual.settings["components"]
    models = [
        PersonModel.fit(clips_of(takes[:-1]), kind=kind, config=recipe(kind, components, seed=seed))
        for seed in (0, 1)
    ]
    return agreement(models[0], models[1], takes[-1])


def measure_curriculum(virtual: Virtual, number: int, seed: int) -> dict[str, float]:
    """R2 by schedule of lags, at equal updates and equal pairs seen, one seed for all."""
    every = joined(virtual.takes(number))
    split = [without(every, every.rows, virtual.settings["takes"] - 1)]
    components = virtual.settings["components"]
    found = {}
    for lag in LAGS:
        coder = network(CURRICULUM_KIND, components, seed=seed, lag=lag)
        found[lag] = float(np.mean(decode_takes(every, coder, split)["r2_mean"]))
    return found


def measure_real_network(recorded: Recorded, kind: str, components: int) -> dict[str, Any]:
    """A network and the linear model on the same frames of a real clip, thirds held out."""
    part = recorded.opening()
    splits = thirds(part.clip.times_s[part.rows])
    coders = {kind: network(kind, components), "linear": linear(components)}
    return {
        name: decode_recorded(part, coder, splits=splits).row() for name, coder in coders.items()
    }
