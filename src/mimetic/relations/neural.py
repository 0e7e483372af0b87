"""Networks as kinds of models: the paper's interpreter of relations, and two without relations.

They choose among as many settings as every other kind, on the same inner folds: two rates,
two designs or widths, three lengths of training (scores on the way of one run).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError
from mimetic.learn.protocols import Split
from mimetic.learn.settings import LoopSettings
from mimetic.relations import train
from mimetic.relations.crops import read_crops
from mimetic.relations.effects import effects, square
from mimetic.relations.kinds import CLASS, Material, Target
from mimetic.relations.learnt import Design, Learnt
from mimetic.relations.search import search
from mimetic.relations.sequences import Sequences, fit_norm
from mimetic.relations.tries import NetworkSettings
from mimetic.types import Bool, Float64

Tried = tuple[float, int, int]  # rate, place of the design, steps
WAYS = ("importance", "importance x feature", "effect of that")


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
        clips, settings = self._read(material), self.settings
        seed, held = int(rng.integers(2**31)), {}

        def score(tried: Tried, split: Split) -> Float64:
            rate, design, steps = tried
            key = (rate, design, split.test.tobytes())
            if key not in held:
                part = (clips.take(split.train), target.take(split.train))
                watched = clips.take(split.test)
                held[key] = self.watch(*part, watched, tried=(rate, design), seed=seed)
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
        return self._learnt.score(self._read(material))

    def pair_scorer(self, material: Material) -> Callable[[Bool], Float64] | None:
        """Scores [n] by the pairs in a choice [P] alone; None for a network without pairs."""
        return self._learnt.pair_scorer(self._read(material))

    def pair_importance(self) -> Float64 | None:
        """The mean importance of each pair in the clips learnt from [R R]; None without pairs."""
        return self._told.get(WAYS[0])

    def explanations(self) -> Mapping[str, Float64]:
        """Importance; mean size of importance x feature; how that separates people, each [R R]."""
        return self._told

    def untrained(self, material: Material, target: Target) -> dict[str, Float64]:
        """What the same network says of pairs before it has learnt anything."""
        learnt = self._learnt
        clips = self._read(material)
        begun, _ = self._begin(clips, target, learnt.place, seed=1)
        return _explain(begun, clips, target)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that ``restore`` needs to score again, by name."""
        told = {f"told_{place}": self._told[way] for place, way in enumerate(WAYS) if self._told}
        return self._learnt.arrays() | told

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Become the model whose ``arrays`` these are; KeyError where one is missing."""
        self._learnt = Learnt.restore(self._design, arrays)
        told = {way: arrays.get(f"told_{place}") for place, way in enumerate(WAYS)}
        self._told = {way: each for way, each in told.items() if each is not None}

    def _read(self, material: Material) -> Sequences:
        """Movement, or pictures; ArgumentError where these are missing."""
        if not self._design.pictures:
            return material.sequences
        if material.clips is None:
            raise ArgumentError("clips: this network looks at crops; give those of every clip")
        return read_crops(material.clips, material.regions)

    def watch(
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


_WAYS_OF_GATE = {
    gate: ({"gate": gate, "width": 64}, {"gate": gate, "width": 64, "fair": True})
    for gate in ("softmax", "sigmoid")
}
# What a search on inner folds found for the interpreter (scene "search" of the bench): at
# 4e-3, or with 128 numbers a region, it learns nothing; after 400 steps nothing more.
_SLOWER = NetworkSettings(rates=(5e-4, 1e-3))
_WIDTHS = ({"width": 32}, {"width": 96})


def fdin_softmax(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """The paper's network, importance by softmax over pairs; as in the paper or in fair form."""
    return NetworkOpponent(
        Design(network="fdin", options=_WAYS_OF_GATE["softmax"]), settings or _SLOWER
    )


def fdin_sigmoid(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """The paper's network, importance of each pair by itself."""
    return NetworkOpponent(
        Design(network="fdin", options=_WAYS_OF_GATE["sigmoid"]), settings or _SLOWER
    )


def fdin_cnn(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """The paper's network on pictures of the regions; it sees looks as well as movement."""
    gate = _WAYS_OF_GATE["softmax"]
    design = Design(network="fdin-cnn", options=gate, piece=1, pictures=True)
    return NetworkOpponent(design, settings)


def lstm(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """An LSTM over the whole face."""
    return NetworkOpponent(Design(network="lstm", options=_WIDTHS), settings)


def tcn(settings: NetworkSettings | None = None) -> NetworkOpponent:
    """Convolutions over time of the whole face."""
    return NetworkOpponent(Design(network="tcn", options=_WIDTHS), settings)
