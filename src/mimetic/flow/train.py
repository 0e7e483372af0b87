"""Training a flow network by a recipe: faces in, a model folder out.

The recipe is a TOML file (``recipes/``). The faces are values, so that any tracker and any
data set fit; people who are kept for the bench are never learnt from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from mimetic.config import config_hash, read_config, to_mapping, to_toml
from mimetic.errors import ArgumentError
from mimetic.flow.card import model_card
from mimetic.flow.networks.refining import RefinerTask, begin_refiner
from mimetic.flow.networks.source import SceneSource
from mimetic.flow.networks.task import NetworkTask
from mimetic.flow.objective import HELD
from mimetic.flow.pairset import (
    Measure,
    PairSet,
    Tell,
    cached_pairs,
    held_pairs,
    learning_pairs,
    learning_scenes,
    pairs_hash,
    split_people,
    with_start,
)
from mimetic.flow.recipe import FlowRecipe
from mimetic.flow.records import FaceSequence
from mimetic.flow.refine import REFINER
from mimetic.flow.starts import make_start
from mimetic.flow.store import about_network, write_network
from mimetic.io.disk import disk_errors
from mimetic.io.lock import FolderLock
from mimetic.io.provenance import make_provenance, to_plain
from mimetic.learn.checkpoint import Arrays
from mimetic.learn.loop import CHECKPOINT, LoopResult, Task, run_loop
from mimetic.learn.place import find_place

Faces = Callable[[], Sequence[FaceSequence]]

_FIGURES: tuple[str, ...] = ("loss", *HELD)
_FIGURES += ("once_all", "once_moving", "twice_all", "twice_moving", "within_1", "within_2")


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Where and how a recipe is run; none of it shapes the result but the device's rounding.

    ``cache`` keeps the pairs, so that other recipes with the same data and a resumed
    run start at once. ``tell`` hears the stage and its share done.
    """

    device: str = "auto"
    resume: bool = False
    cache: Path | None = None
    tell: Tell = field(default=lambda stage, share: None)


def train_flow(recipe: FlowRecipe, faces: Faces, out: Path, *, run: RunSettings) -> dict[str, Any]:
    """Train by a recipe and write a model folder; returns what its provenance.json says.

    ``faces`` is called when they are needed: not where the folder is finished. The folder gets
    config.toml, weights.npz (half precision), provenance.json, card.md and curve.csv. After
    a crash, ``run.resume`` goes on from the last checkpoint and ends with the same curve.
    ArgumentError where the folder holds a training and ``run.resume`` is not given, or holds
    one of another recipe.
    """
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    # Of the processes of torchrun the first alone writes.
    first = find_place(run.device).first
    with FolderLock(out) if first else nullcontext():
        done = _finished(out, recipe, resume=run.resume)
        if done is not None:
            return done
        found = faces()
        task = make_task(recipe, *prepare_pairs(recipe, found, run=run), run=run)
        with disk_errors(out):
            result = run_loop(task, recipe.loop, out, device=run.device, resume=run.resume)
        people = len({face.identity for face in split_people(found)[0]})
        about = _describe(recipe, result, people=people)
        if first:
            write_network(
                out, config_toml=to_toml(recipe), weights=_weights(task, result), about=about,
                card=model_card(about),
            )  # fmt: skip
            (out / CHECKPOINT).unlink(missing_ok=True)
    return about


def prepare_pairs(
    recipe: FlowRecipe, faces: Sequence[FaceSequence], *, run: RunSettings
) -> tuple[PairSet | SceneSource, PairSet]:
    """What is learnt from, and the exact pairs of other people that watch the learning."""
    learn_from, watch = split_people(faces)
    data, seed = recipe.data, recipe.loop.seed
    key = pairs_hash(faces, data, seed=seed)[:16]

    def kept(part: str) -> Path | None:
        return None if run.cache is None else run.cache / f"pairs-{part}-{key}.npz"

    def started(pairs: PairSet) -> PairSet:
        # The refiner takes the start as it is, beside pictures that were not moved.
        if data.start == "none" or recipe.network == REFINER:
            return pairs
        return with_start(pairs, _measure(data.start), tell=run.tell)

    held = cached_pairs(kept("held"), lambda: started(held_pairs(watch, data)))
    if data.drawn == "anew":
        scenes = learning_scenes(learn_from, data, seed=seed, tell=run.tell)
        return SceneSource(scenes, data), held
    learn = cached_pairs(
        kept("learn"),
        lambda: started(learning_pairs(learn_from, data, seed=seed, tell=run.tell)),
    )
    return learn, held


def make_task(
    recipe: FlowRecipe, learn: PairSet | SceneSource, held: PairSet, *, run: RunSettings
) -> Task:
    """What is learnt by a recipe."""
    if recipe.network == REFINER:
        if isinstance(learn, SceneSource):
            raise ArgumentError("data.drawn: expected once, the refiner learns from kept pairs")
        return begin_refiner(recipe, learn, held, cache=run.cache, tell=run.tell)
    return NetworkTask(recipe, learn, held, tell=run.tell)


def _weights(task: Task, result: LoopResult) -> Arrays:
    """What was learnt; a refiner's word about its error is calibrated last."""
    return task.calibrate(result.weights) if isinstance(task, RefinerTask) else result.weights


def _measure(start: str) -> Measure:
    estimate = make_start(start)
    return lambda first, second: estimate(first, second).flow_px


def _finished(out: Path, recipe: FlowRecipe, *, resume: bool) -> dict[str, Any] | None:
    """What a finished folder says of itself, None where the training is still to be done."""
    if not (out / "provenance.json").exists():
        return None
    about = about_network(out)
    if not resume:
        raise ArgumentError(
            f"{out}: a finished training is here already; choose another folder, or --resume to "
            "leave it as it is"
        )
    # Read anew rather than by its hash: settings that are younger than the folder have defaults.
    if config_hash(read_config(FlowRecipe, out / "config.toml")) != config_hash(recipe):
        raise ArgumentError(
            f"{out}: expected a training of this recipe, but it was made with another one; choose "
            "another folder"
        )
    return about


def _describe(recipe: FlowRecipe, result: LoopResult, *, people: int) -> dict[str, Any]:
    """What provenance.json says of a finished training."""
    last = result.rows[-1] if result.rows else {}  # the first process alone keeps the curve
    return {
        "network": recipe.network,
        "recipe": to_mapping(recipe),
        "parameters": sum(value.size for value in result.weights.values()),
        "steps": recipe.loop.steps,
        "seconds": round(result.seconds, 1),
        "device": result.device,
        "people": people,
        "metrics": {name: last[name] for name in _FIGURES if name in last},
        "torch": torch.__version__,
        "provenance": to_plain(
            make_provenance(config_hash=config_hash(recipe), seed=recipe.loop.seed)
        ),
    }
