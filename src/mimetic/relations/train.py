"""Training of the networks of relations, by the loop that all systems share."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mimetic.errors import ArgumentError
from mimetic.learn.checkpoint import Arrays, load_network
from mimetic.learn.loop import run_loop
from mimetic.learn.settings import LoopSettings
from mimetic.relations.kinds import CLASS
from mimetic.relations.networks.interpreter import Interpreter, InterpreterShape
from mimetic.relations.networks.pictures import PictureEncoder
from mimetic.relations.networks.whole import GlobalConvolutions, GlobalMemory, WholeShape
from mimetic.types import Bool, Float32, Float64

NETWORKS = ("fdin", "fdin-cnn", "lstm", "tcn")
_PART = 512  # clips that are scored at once


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What is learnt from: pieces [n K R C], durations [n 1], labels and weights [n].

    Labels are 0 and 1, or numbers about 0 with a spread of 1.
    """

    pieces: Float32
    duration: Float32
    y: Float64
    weights: Float64
    task: str


@dataclass(kw_only=True, eq=False)
class ClipTask:
    """A network that learns a lesson, with scores of other clips taken down on the way."""

    network: nn.Module
    lesson: Lesson
    fingerprint: str
    batch_clips: int = 64
    watched: tuple[Float32, Float32] | None = None  # pieces and durations of held-out clips
    scores: list[Float64] = field(default_factory=list)

    def batch(self, step: int, *, rng: np.random.Generator, device: torch.device) -> Any:
        """Clips drawn with replacement, of each person as often as of any other."""
        share = self.lesson.weights / self.lesson.weights.sum()
        rows = rng.choice(share.size, size=self.batch_clips, p=share)
        each = (self.lesson.pieces[rows], self.lesson.duration[rows], self.lesson.y[rows])
        return tuple(torch.as_tensor(one, dtype=torch.float32, device=device) for one in each)

    def loss(self, network: nn.Module, batch: Any) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Log loss of the class, or squared error."""
        pieces, duration, y = batch
        found = network(pieces, duration)
        if self.lesson.task == CLASS:
            return nn.functional.binary_cross_entropy_with_logits(found, y), {}
        return nn.functional.mse_loss(found, y), {}

    def evaluate(self, network: nn.Module) -> Mapping[str, float]:
        """Nothing for the curve; the scores of the watched clips are noted."""
        if self.watched is not None:
            self.scores.append(score_clips(network, *self.watched))
        return {}


def make_network(name: str, options: Mapping[str, Any], *, seed: int) -> nn.Module:
    """A fresh network by its name, see ``NETWORKS``; the same weights for a seed."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        if name not in NETWORKS:
            raise ArgumentError(f"network: expected one of {', '.join(NETWORKS)}, got {name!r}")
        if name.startswith("fdin"):
            shape = InterpreterShape(**options)
            return Interpreter(shape, PictureEncoder(shape) if name == "fdin-cnn" else None)
        made = GlobalMemory if name == "lstm" else GlobalConvolutions
        return made(WholeShape(**options))


def learn(task: ClipTask, settings: LoopSettings, *, folder: Path | None = None) -> Arrays:
    """The averaged weights after all steps.

    With ``folder`` the run keeps its curve and checkpoint there, and one that was cut off goes on.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return run_loop(task, settings, folder, device="cpu", resume=True).weights
    with tempfile.TemporaryDirectory(prefix="mimetic-") as passing:
        return run_loop(task, settings, Path(passing), device="cpu").weights


def score_clips(network: nn.Module, pieces: Float32, duration: Float32) -> Float64:
    """Scores [n] of clips."""
    network.eval()
    with torch.no_grad():
        parts = [network(*each).numpy() for each in _parts(pieces, duration)]
    return np.concatenate(parts).astype(np.float64)


def pair_scorer(
    network: Interpreter, pieces: Float32, duration: Float32
) -> Callable[[Bool], Float64]:
    """Scores [n] by the pairs that are kept [P] alone; the others' importance is 0."""
    network.eval()
    with torch.no_grad():
        read = [(*network.relations(some), lengths) for some, lengths in _parts(pieces, duration)]

    def score(keep: Bool) -> Float64:
        left = torch.as_tensor(keep, dtype=torch.float32)
        with torch.no_grad():
            told = [network.score(weight * left, each, length) for weight, each, length in read]
        return torch.cat(told).numpy().astype(np.float64)

    return score


def read_pairs(network: Interpreter, pieces: Float32, duration: Float32) -> tuple[Float64, Float64]:
    """The importance of each pair in clips [n P], and importance x feature [n P]."""
    network.eval()
    told = [network.contributions(*each) for each in _parts(pieces, duration)]
    weight, product = (
        np.concatenate([one.numpy() for one in each]) for each in zip(*told, strict=True)
    )
    return weight.astype(np.float64), product.astype(np.float64)


def filled(network: nn.Module, arrays: Arrays) -> nn.Module:
    """The network with these weights."""
    load_network(network, arrays)
    return network.eval()


def _parts(pieces: Float32, duration: Float32) -> list[tuple[Tensor, Tensor]]:
    return [
        (
            torch.from_numpy(pieces[start : start + _PART]),
            torch.from_numpy(duration[start : start + _PART]),
        )
        for start in range(0, len(pieces), _PART)
    ]
