"""Attempts to beat the linear code by learning from the same video: what was tried, on one measure.

Every attempt begins as the linear model. A residual network of one hidden layer is added to its
code, zero at first, and learns from the person's own frames without labels; or frames are
compared in another metric. Codes are what their decoder draws, so that they keep the length
that a movement has in the features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mimetic.bench.person.coders import Coder, by_model, linear
from mimetic.bench.person.decoding import Virtual, decode_takes, without
from mimetic.bench.person.learning import by_recipe
from mimetic.bench.person.real import decode_recorded, thirds
from mimetic.bench.person.recorded import Recorded, joined
from mimetic.bench.person.selftaught import Attempt, by_attempt
from mimetic.learn.settings import LoopSettings
from mimetic.person import PersonModel
from mimetic.person.neural import NeuralStart, fit_neural
from mimetic.person.recipe import NeuralConfig, RegionUnits
from mimetic.person.weights import PersonConfig
from mimetic.types import FaceClip

ATTEMPTS = {
    "regions hidden": Attempt(hide=0.3),
    "measured noise added": Attempt(noise=1.0),
    "regions hidden, noise added": Attempt(hide=0.3, noise=1.0),
    "pixels or landmarks hidden": Attempt(part=True),
    "next frame drawn": Attempt(later_s=0.04),
    "codes that change slowly": Attempt(slow=1.0),
    "five frames seen, noise added": Attempt(frames=True, noise=1.0),
    "noise metric, nothing learnt": Attempt(updates=0, metric=3.0),
    "noise metric, noise added": Attempt(noise=1.0, metric=3.0),
}
_FAST = LoopSettings(rate=1e-3, warmup_steps=10, average=0.98)
UNITS = {
    "regional units, nothing learnt": NeuralConfig(),
    "regional units that do not lean on neighbours": NeuralConfig(steady=False),
    "regional units, half of the energy": NeuralConfig(regions=RegionUnits(energy=0.5)),
    "regional units, 100 updates": NeuralConfig(updates=100, loop=_FAST),
    "regional units, 400 updates at ten times the rate": NeuralConfig(
        updates=400, loop=replace(_FAST, rate=1e-2)
    ),
}


TAUGHT = "regional units taught by other people, whose directions weigh in"
People = Mapping[str, Sequence[FaceClip]]


def coders(components: int, others: Callable[[], People]) -> Iterator[tuple[str, Coder]]:
    """What is compared, the linear model first; ``others`` are people who are not tested."""
    yield "linear", linear(components)
    for name, attempt in ATTEMPTS.items():
        yield name, by_attempt(attempt, components)
    space = PersonConfig(components=components)
    for name, config in UNITS.items():
        yield name, by_recipe(replace(config, linear=space))
    yield TAUGHT, by_others(replace(NeuralConfig(updates=200, loop=_FAST), linear=space), others)


def by_others(config: NeuralConfig, others: Callable[[], People]) -> Coder:
    """The code of a network that others are taught first, once, and read off a person's frames."""
    known: list[NeuralStart] = []

    def fit(clips: list[FaceClip]) -> PersonModel:
        if not known:
            known.append(NeuralStart.learn(others(), config=config))
        own = replace(config, updates=0)
        return fit_neural(clips, kind=config.kind, general=known[0], config=own)

    return by_model(fit)


def others_of(virtual: Virtual) -> dict[str, list[FaceClip]]:
    """Clips of the virtual people whose networks are not measured."""
    tested = virtual.settings["network_people"]
    return {
        f"person {number}": [p for one in virtual.takes(number)[:2] for p in one.parts(one.rows)]
        for number in range(tested, len(virtual.people))
    }


def measure_attempt(recorded: Recorded, coder: Coder) -> dict[str, Any]:
    """An attempt on a real clip, thirds held out in turn."""
    part = recorded.opening()
    return decode_recorded(part, coder, splits=thirds(part.clip.times_s[part.rows])).row()


def measure_virtual_attempt(virtual: Virtual, number: int, coder: Coder) -> dict[str, Any]:
    """An attempt on a virtual person, the last recording held out."""
    every = joined(virtual.takes(number))
    split = without(every, every.rows, virtual.settings["takes"] - 1)
    cell = decode_takes(every, coder, [split])
    return {"r2_mean": cell["r2_mean"], "jitter": cell["jitter"]}
