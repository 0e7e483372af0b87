"""Networks as kinds of models: the paper's interpreter of relations, and two without relations.

They choose among as many settings as every other kind, on the same inner folds: two rates,
two designs or widths, three lengths of training (scores on the way of one run).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ConfigError
from mimetic.learn.protocols import Split
from mimetic.learn.settings import LoopSettings
from mimetic.relations import train
from mimetic.relations.effects import effects, square
from mimetic.relations.kinds import CLASS, INNER_FOLDS, TRIES, Material, Target
from mimetic.relations.learnt import Design, Learnt
from mimetic.relations.search import search
from mimetic.relations.sequences import Sequences, fit_norm
from mimetic.types import Bool, Float64

Tried = tuple[float, int, int]  # rate, place of the design, steps
WAYS = ("importance", "importance x feature", "effect of that")


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What a network tries: rates, two designs, lengths of training in steps.

    With ``folder`` the last training keeps its curve and checkpoint there and, cut off,
    goes on.
    """

    rates: tuple[float, ...] = (1e-3, 2e-3)  # at 4e-3 the interpreter learns nothing
    steps: tuple[int, ...] = (200, 400, 800)
    batch_clips: int = 64
    weight_decay: float = 0.1
    warmup_steps: int = 20
    folds: int = INNER_FOLDS
    folder: str = ""

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= 2 * len(self.rates) * len(self.steps) <= TRIES:
            faults.append(f"rates, steps: expected 1 to {TRIES} tries, two designs of each")
        if not all(rate > 0 for rate in self.rates):
            faults.append(f"rates: expected more than 0, got {self.rates}")
        first = min(self.steps, default=1)
        if first < 1 or any(steps % first for steps in self.steps):
            faults.append(f"steps: expected multiples of the least, got {self.steps}")
        low = {"batch_clips": 1, "folds": 2, "weight_decay": 0, "warmup_steps": 0}
        for name, least in low.items():
            if getattr(self, name) < least:
                faults.append(f"{name}: expected {least} or more, got {getattr(self, name)}")
        if faults:
            raise ConfigError("\n".join(faults))


_SOONER = NetworkSettings(steps=(100, 200, 400))  # of networks that learn, and overfit, faster


class NetworkOpponent:
    """A network that learns from the signals of regions."""

    def __init__(self, design: Design, settings: NetworkSettings | None = None) -> None:
        self.settings = settings or NetworkSettings()
        self.held_out: Float64 | None = None
        self.losses: Float64 | None = None
        self.best: Tried | None = None
        self._design = design
        self._learnt: Learnt
        self._told: dict[str, Float64] = {}

    def fit(self, material: Material, target: Target, *, rng: np.random.Generator) -> None:
        """Choose rate, design and length on inner folds and learn from all clips."""
        clips, settings = material.sequences, self.settings
        seed, held = int(rng.integers(2**31)), {}

        def score(tried: Tried, split: Split) -> Float64:
            rate, design, steps = tried
            key = (rate, design, split.test.tobytes())
            if key not in held:
                part = (clips.take(split.train), target.take(split.train))
                watched = clips.take(split.test)
                held[key] = self._watch(*part, watched, tried=(rate, design), seed=seed)
            return held[key][steps]

        tries: list[Tried] = list(product(settings.rates, (0, 1), settings.steps))
        found = search(tries, score, target, rng=rng, folds=settings.folds)
        self.held_out, self.losses, self.best = found.held_out, found.losses, found.best
        rate, design, steps = found.best
        folder = Path(settings.folder) if settings.folder else None
        learnt, task = self._begin(clips, target, design, seed=seed)
        arrays = train.learn(task, self._loop(rate, steps, seed), folder=folder)
        train.filled(learnt.network, arrays)
        self._learnt, self._told = learnt, _explain(learnt, clips, target)

    def score(self, material: Material) -> Float64:
        """Log-odds of the class, or the number itself [n]."""
        return self._learnt.score(material.sequences)

    def pair_scorer(self, material: Material) -> Callable[[Bool], Float64] | None:
        """Scores [n] by the pairs in a choice [P] alone; None for a network without pairs."""
        return self._learnt.pair_scorer(material.sequences)

    def pair_importance(self) -> Float64 | None:
        """The mean importance of each pair in the clips learnt from [R R]; None without pairs."""
        return self._told.get(WAYS[0])

    def explanations(self) -> Mapping[str, Float64]:
        """Importance; mean size of importance x feature; how that separates people, each [R R]."""
        return self._told

    def untrained(self, material: Material, target: Target) -> dict[str, Float64]:
        """What the same network says of pairs before it has learnt anything."""
        learnt = self._learnt
        begun, _ = self._begin(material.sequences, target, learnt.place, seed=1)
        return _explain(begun, material.sequences, target)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that ``restore`` needs to score again, by name."""
        told = {f"told_{place}": self._told[way] for place, way in enumerate(WAYS) if self._told}
        return self._learnt.arrays() | told

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Become the model whose ``arrays`` these are; KeyError where one is missing."""
        self._learnt = Learnt.restore(self._design, arrays)
        told = {way: arrays.get(f"told_{place}") for place, way in enumerate(WAYS)}
        self._told = {way: each for way, each in told.items() if each is not None}

    def _watch(
        self,
        clips: Sequences,
        target: Target,
        watched: Sequences,
        *,
        tried: tuple[float, int],
        seed: int,
    ) -> dict[int, Float64]:
        """Scores of the watched clips after each of the lengths of training."""
        rate, design = tried
        steps = self.settings.steps
        learnt, task = self._begin(clips, target, design, seed=seed)
        task.watched = learnt.norm(watched)
        train.learn(task, self._loop(rate, max(steps), seed))
        stops = range(min(steps), max(steps) + 1, min(steps))
        every = dict(zip(stops, task.scores, strict=True))
        return {each: learnt.middle + learnt.spread * every[each] for each in steps}

    def _begin(
        self, clips: Sequences, target: Target, design: int, *, seed: int
    ) -> tuple[Learnt, train.ClipTask]:
        """A network that has learnt nothing yet, and what it is to learn."""
        norm, middle, spread = fit_norm(clips, target.weights), 0.0, 1.0
        if target.task != CLASS:
            share = target.weights / target.weights.sum()
            middle = float(share @ target.y)
            spread = float(np.sqrt(share @ (target.y - middle) ** 2))
        _, _, regions, channels = clips.signals.shape
        network = self._design.build(design, regions=regions, channels=channels, seed=seed)
        learnt = Learnt(network=network, place=design, norm=norm, middle=middle, spread=spread)
        pieces, duration = norm(clips)
        lesson = train.Lesson(
            pieces=pieces,
            duration=duration,
            y=(target.y - middle) / spread,
            weights=target.weights,
            task=target.task,
        )
        digest = hashlib.sha256(pieces.tobytes() + lesson.y.tobytes()).hexdigest()
        task = train.ClipTask(
            network=network,
            lesson=lesson,
            fingerprint=f"{self._design} {design} {seed} {digest}",
            batch_clips=self.settings.batch_clips,
        )
        return learnt, task

    def _loop(self, rate: float, steps: int, seed: int) -> LoopSettings:
        settings = self.settings
        return LoopSettings(
            steps=steps,
            rate=rate,
            # A run that is looked at on its way must not slow down toward an end of its own.
            schedule="constant",
            warmup_steps=settings.warmup_steps,
            weight_decay=settings.weight_decay,
            average=0.97,
            seed=seed,
            report_every=steps,
            evaluate_every=min(settings.steps),
        )


def _explain(learnt: Learnt, clips: Sequences, target: Target) -> dict[str, Float64]:
    """What a network of pairs says of them, each [R R]; nothing for others."""
    read = learnt.read_pairs(clips)
    if read is None:
        return {}
    weight, made = read
    share = target.weights / target.weights.sum()
    told = (share @ weight, share @ np.abs(made), np.abs(effects(made, target)))
    return {name: square(each) for name, each in zip(WAYS, told, strict=True)}


def fdin_softmax(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """The paper's network, importance by softmax over pairs; as in the paper or in fair form."""
    options = ({"gate": "softmax"}, {"gate": "softmax", "fair": True})
    return NetworkOpponent(Design(network="fdin", options=options), settings)


def fdin_sigmoid(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """The paper's network, importance of each pair by itself."""
    options = ({"gate": "sigmoid"}, {"gate": "sigmoid", "fair": True})
    return NetworkOpponent(Design(network="fdin", options=options), settings)


def lstm(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """An LSTM over the whole face."""
    design = Design(network="lstm", options=({"width": 32}, {"width": 96}))
    return NetworkOpponent(design, settings or _SOONER)


def tcn(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """Convolutions over time of the whole face."""
    design = Design(network="tcn", options=({"width": 32}, {"width": 96}))
    return NetworkOpponent(design, settings or _SOONER)
