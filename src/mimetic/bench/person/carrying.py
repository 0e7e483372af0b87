"""What a network learnt on others is worth to a new person: by start, seconds and updates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mimetic.bench.person.across import GENERAL_TAKES, first_seconds, read_off
from mimetic.bench.person.decoding import Virtual, without
from mimetic.bench.person.learning import recipe
from mimetic.bench.person.recorded import joined
from mimetic.person import PersonModel
from mimetic.person.blend import Prior
from mimetic.person.neuralfit import reading_of, taught, weighed
from mimetic.person.neuralparts import raw_numbers, reader, trainer
from mimetic.person.neuralstart import NeuralStart
from mimetic.person.recipe import NeuralConfig
from mimetic.person.samples import FrameSet, gather_frames
from mimetic.types import FaceClip, Float64

NETWORK_STARTS = ("scratch", "another person", "general", "general and own")
Curve = dict[str, float]  # R2 by number of updates


def small_recipe(settings: Mapping[str, Any], *, seed: int) -> NeuralConfig:
    """A recipe that learns in seconds, at a rate that does not fall: every point counts alike."""
    small = settings["curve"]
    config = recipe(small["kind"], settings, seed=seed)
    return replace(
        config,
        updates=max(small["updates"]),
        batch=small["batch"],
        steady=False,
        linear=replace(config.linear, appearance_px=small["appearance_px"]),
        regions=replace(config.regions, units=small["units"]),
        loop=replace(config.loop, schedule="constant", warmup_steps=0, average=0.98),
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
    seen_px = config.linear.appearance_px
    features = gather_frames({"": every.parts(every.rows)}, appearance_px=seen_px)
    starts = starts_of(virtual, number, config=config)
    found: dict[str, dict[str, Curve]] = {start: {} for start in NETWORK_STARTS}
    for seconds in settings["transfer_s"]:
        clips = first_seconds(every, every.rows[split.train], seconds)
        own = Own(clips, config, settings["curve"]["updates"])
        for start, count, codes in own.codes(starts, features):
            whole = np.full((every.clip.times_s.size, codes.shape[1]), np.nan)
            whole[every.rows] = codes
            curve = found[start].setdefault(f"{seconds:g}", {})
            curve[f"{count}"] = read_off(whole, every, split)
    return found


def starts_of(
    virtual: Virtual, number: int, *, config: NeuralConfig
) -> dict[str, NeuralStart | None]:
    """The networks that a person may start from; "another person" is a general one of one."""
    long = replace(config, updates=virtual.settings["curve"]["general_updates"])
    clips = {
        f"person {other}": [
            part for one in virtual.takes(other)[:GENERAL_TAKES] for part in one.parts(one.rows)
        ]
        for other in range(len(virtual.people))
        if other != number
    }
    stranger = f"person {(number + 1) % len(virtual.people)}"
    return {
        "scratch": None,
        "another person": NeuralStart.learn({stranger: clips[stranger]}, config=long),
        "general": NeuralStart.learn(clips, config=long),
    }


@dataclass(frozen=True)
class Own:
    """The first seconds of a person, from which networks learn and are read off."""

    clips: list[FaceClip]
    config: NeuralConfig
    at: tuple[int, ...]  # numbers of updates

    def codes(
        self, starts: Mapping[str, NeuralStart | None], features: FrameSet
    ) -> Iterator[tuple[str, int, Float64]]:
        """Start, number of updates and scaled codes [n D] of features, one training a start.

        What the models of these clips give, without what only describes them.
        """
        config = self.config
        weights = PersonModel.fit(self.clips, config=config.linear).weights
        seen_px = config.linear.appearance_px
        frames = gather_frames({"": self.clips}, appearance_px=seen_px)
        run = trainer().TrainingRun(at=tuple(self.at))
        for start, given in starts.items():
            beginning = None if given is None else given.beginning
            learnt = taught(config, frames, weights=weights, start=beginning, run=run)
            for count, arrays in learnt.arrays.items():
                raw = raw_numbers(config, reader().restored(config, arrays), features.rows, weights)
                for way, others in self._ways(start, given):
                    reading = reading_of(
                        config, arrays, frames=frames, weights=weights, others=others
                    )
                    codes = reading(raw).astype(np.float64)
                    yield way, count, codes * (reading.sd / np.linalg.norm(reading.sd))

    def _ways(self, start: str, given: NeuralStart | None) -> list[tuple[str, Prior | None]]:
        """How codes are read off a network: by the person's own video, and with the others'."""
        if given is None or start != "general":
            return [(start, None)]
        return [(start, None), ("general and own", weighed(given.beginning.others, self.seconds))]

    @property
    def seconds(self) -> float:
        """How much video the clips are, gaps left out."""
        return sum(float(np.ptp(clip.times_s)) for clip in self.clips)
