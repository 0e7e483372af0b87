"""Networks beside the linear model, and time as their teacher; minutes a cell, run when asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mimetic.bench.person.coders import Coder, by_model, codes_of, linear
from mimetic.bench.person.decoding import Virtual, decode_takes, without
from mimetic.bench.person.finding import agreement
from mimetic.bench.person.real import decode_recorded, thirds
from mimetic.bench.person.recorded import Recorded, joined
from mimetic.bench.person.results import Results
from mimetic.bench.person.settings import LINEAR
from mimetic.learn.curriculum import LAGS, LagSchedule
from mimetic.person import PersonModel
from mimetic.person.recipe import NeuralConfig, PictureSizes
from mimetic.types import Float64, Int64

CONSTANT_S = 0.2  # lag of the schedule that does not grow


def recipe(kind: str, settings: Mapping[str, Any], *, seed: int = 0) -> NeuralConfig:
    """The recipe of a kind with the updates of the bench and the linear model's dimensions."""
    config = NeuralConfig.of(kind)
    return replace(
        config,
        updates=settings["network_updates"][kind],
        linear=replace(config.linear, components=settings["components"]),
        loop=replace(config.loop, seed=seed),
    )


def whole_recipe(kind: str, settings: Mapping[str, Any]) -> NeuralConfig:
    """The same with all the updates that the recipe of the kind has."""
    return replace(recipe(kind, settings), updates=NeuralConfig.of(kind).updates)


def with_lag(config: NeuralConfig, kind: str, updates: int) -> NeuralConfig:
    """The same recipe with another schedule of lags and another length."""
    first_s = CONSTANT_S if kind == "constant" else config.lag.first_s
    return replace(config, updates=updates, lag=LagSchedule(kind=kind, first_s=first_s))


def by_recipe(config: NeuralConfig) -> Coder:
    """The code of a network that is learnt on the frames it is given."""
    return by_model(lambda clips: PersonModel.fit(clips, kind=config.kind, config=config))


def measure_network(virtual: Virtual, number: int, kind: str) -> dict[str, Any]:
    """A network learnt from all recordings but the last, from every seed, and how far they agree.

    ``r2_mean`` has a value a seed; the linear model's last one is of the same frames.
    """
    takes, settings = virtual.takes(number), virtual.settings
    every = joined(takes)
    split = without(every, every.rows, settings["takes"] - 1)
    clips = every.parts(every.rows[split.train])
    started = time.process_time()
    models = [
        PersonModel.fit(clips, kind=kind, config=recipe(kind, settings, seed=seed))
        for seed in range(settings["network_seeds"])
    ]
    spent = (time.process_time() - started) / len(models)
    cells = [decode_takes(every, _fixed(model), [split]) for model in models]
    return {
        "r2_mean": [mean for cell in cells for mean in cell["r2_mean"]],
        "jitter": [cell["jitter"] for cell in cells],
        "seeds": agreement(models[0], models[-1], takes[-1]),
        "cpu_s_a_minute": spent * 60 / (settings["seconds"] * (settings["takes"] - 1)),
    }


def _fixed(model: PersonModel) -> Coder:
    def code(recorded: Recorded, rows: Int64) -> Float64:
        return codes_of(model, recorded)

    return code


def measure_curriculum(virtual: Virtual, number: int, *, kind: str, seed: int) -> dict[str, float]:
    """R2 by schedule of lags, at equal updates and equal pairs seen, one seed for all."""
    every, settings = joined(virtual.takes(number)), virtual.settings
    split = [without(every, every.rows, settings["takes"] - 1)]
    small = settings["curriculum"]
    config = recipe(kind, settings, seed=seed)
    config = replace(
        config,
        batch=small["batch"],
        linear=replace(config.linear, appearance_px=small["appearance_px"]),
        sizes=PictureSizes(width=small["width"], code=config.sizes.code),
    )
    updates = small["updates"]
    return {
        lag: float(
            np.mean(
                decode_takes(every, by_recipe(with_lag(config, lag, updates)), split)["r2_mean"]
            )
        )
        for lag in LAGS
    }


def same_frames(results: Results, kind: str) -> dict[str, Any]:
    """The linear model's cells of the frames on which a network was tested, by clip."""
    return results.under("real" if kind == "neural" else "real network", LINEAR)


def measure_real_network(
    recorded: Recorded, kind: str, *, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """A network on a real clip, thirds held out in turn.

    "neural", which takes seconds to learn, is held against the linear model on blocks of 2 s; the
    linear model is measured on thirds here for the others.
    """
    part = recorded.opening()
    coder = linear(settings["components"]) if kind == LINEAR else by_recipe(recipe(kind, settings))
    splits = None if kind == "neural" else thirds(part.clip.times_s[part.rows])
    return decode_recorded(part, coder, splits=splits).row()
