"""What a network learnt on others is worth to a new person: by start, seconds and updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mimetic.bench.person.across import GENERAL_TAKES, first_seconds, read_off
from mimetic.bench.person.decoding import Virtual, without
from mimetic.bench.person.learning import recipe, smaller
from mimetic.bench.person.recorded import Recorded, joined
from mimetic.learn.curriculum import LagSchedule
from mimetic.person.neural import NeuralModel, NeuralStart, fit_curve, fit_neural
from mimetic.person.recipe import NeuralConfig
from mimetic.person.samples import FrameSet, gather_frames
from mimetic.types import FaceClip, Float64

NETWORK_STARTS = ("scratch", "another person", "general", "general and own")
Curve = dict[str, float]  # R2 by number of updates


def small_recipe(settings: Mapping[str, Any], *, seed: int) -> NeuralConfig:
    """A recipe that learns in seconds, at a rate that does not fall: every point counts alike."""
    config = smaller(recipe(settings["curve"]["kind"], settings, seed=seed), settings)
    return replace(
        config,
        updates=max(settings["curve"]["updates"]),
        steady=False,
        lag=LagSchedule(kind="random"),
        loop=replace(config.loop, schedule="constant", warmup_steps=0),
    )


def measure_updates(virtual: Virtual, number: int, seed: int) -> dict[str, dict[str, Curve]]:
    """R2 on a person's last recording by start, seconds of the others, and updates.

    All codes are read off in closed form on the person's own seconds. From "general and own"
    the directions of the others weigh in there as well, on the same network. What reads
    movements off the codes learns from all recordings but the last, whatever the start.
    """
    settings = virtual.settings
    config = small_recipe(settings, seed=seed)
    every = joined(virtual.takes(number))
    split = without(every, every.rows, settings["takes"] - 1)
    features = gather_frames(
        {"": every.parts(every.rows)}, appearance_px=config.linear.appearance_px
    )
    starts = starts_of(virtual, number, config=config)
    found: dict[str, dict[str, Curve]] = {start: {} for start in NETWORK_STARTS}
    for seconds in settings["transfer_s"]:
        clips = first_seconds(every, every.rows[split.train], seconds)
        for start, models in curves(clips, config, starts, at=settings["curve"]["updates"]).items():
            found[start][f"{seconds:g}"] = {
                f"{count}": read_off(_codes(model, features, every), every, split)
                for count, model in models.items()
            }
    return found


def starts_of(virtual: Virtual, number: int, *, config: NeuralConfig) -> dict[str, Any]:
    """The networks that a person may start from, learnt as long as ``config`` says, or longer."""
    long = replace(config, updates=virtual.settings["curve"]["general_updates"])
    clips = {
        f"person {other}": [
            part for one in virtual.takes(other)[:GENERAL_TAKES] for part in one.parts(one.rows)
        ]
        for other in range(len(virtual.people))
        if other != number
    }
    stranger = clips[f"person {(number + 1) % len(virtual.people)}"]
    return {
        "scratch": None,
        "another person": fit_neural(stranger, kind=long.kind, config=long),
        "general": NeuralStart.learn(clips, config=long),
    }


def curves(
    clips: Sequence[FaceClip],
    config: NeuralConfig,
    starts: Mapping[str, Any],
    *,
    at: Sequence[int],
) -> dict[str, dict[int, NeuralModel]]:
    """Models by start and number of updates, one training for each start."""
    found = {}
    for start, given in starts.items():
        alone = replace(given, rows=None) if isinstance(given, NeuralStart) else given
        found[start] = fit_curve(clips, at=at, config=config, general=alone)
    general: NeuralStart = starts["general"]
    # The same networks once more: what differs is how codes are read off them.
    found["general and own"] = {
        count: fit_neural(
            clips,
            kind=config.kind,
            config=replace(config, updates=0),
            general=replace(general, arrays=model.parts.arrays),
        )
        for count, model in found["general"].items()
    }
    return found


def _codes(model: NeuralModel, features: FrameSet, recorded: Recorded) -> Float64:
    """Codes [T D] of all measured frames, their features read once for all models."""
    codes, _ = model.parts.project(features.rows)
    sd = model.parts.reading.sd
    scaled = codes * (sd / np.linalg.norm(sd))
    found = np.full((recorded.clip.times_s.size, scaled.shape[1]), np.nan)
    found[recorded.rows] = scaled
    return found
