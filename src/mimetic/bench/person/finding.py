"""Whether a private movement is found by discovery, and two models of one person are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mimetic.bench.person.across import general_of_others
from mimetic.bench.person.coders import Model, codes_of
from mimetic.bench.person.decoding import Virtual
from mimetic.bench.person.recorded import Recorded
from mimetic.learn.metrics import decode_ridge
from mimetic.learn.protocols import contiguous_splits
from mimetic.person import GeneralModel, PersonModel
from mimetic.person.discover import discover
from mimetic.person.novelty import compare, models_of_halves
from mimetic.person.repertoire import Movement, Repertoire
from mimetic.person.weights import PersonConfig
from mimetic.types import Bool, FaceClip, Float64

NULL_TURNS = 20  # of the truth round the clock
RESTS_S = 1.4  # with what is between movements anyway, 2.5 s from one to the next
ON = 0.1  # activation from which a movement is under way


def measure_discovery(virtual: Virtual, number: int) -> dict[str, Any]:
    """Average precision of the private movement in a person's repertoire, own and general model.

    The repertoire is found on all ordinary recordings without any label; of its movements
    the one that fits the private one best is taken, so the ``null`` does the same with
    the true times moved round the clock. People rest between movements, and recordings
    are twice as long, so that every movement comes as often; ``crowded`` is the same
    without rests, on the recordings of all other rows.
    """
    general = general_of_others(virtual, number, virtual.settings["components"])
    longer = {"seconds": 2 * virtual.settings["seconds"], "rests_s": RESTS_S}
    rested = replace(virtual, settings=virtual.settings | longer)
    return _discovered(rested, number, general) | {"crowded": _discovered(virtual, number, general)}


def _discovered(virtual: Virtual, number: int, general: GeneralModel) -> dict[str, Any]:
    takes = virtual.takes(number)
    clips = {f"take {n}": take.parts(take.rows) for n, take in enumerate(takes)}
    flat = [clip for parts in clips.values() for clip in parts]
    config = PersonConfig(components=virtual.settings["components"])
    own = discover(PersonModel.fit(flat, config=config), clips)
    shared = discover(general.person(flat), clips)
    private = virtual.private(number)
    null = [
        best_precision(own.movements, takes, private, turn=turn)
        for turn in np.linspace(0, 1, NULL_TURNS + 2)[1:-1]
    ]
    return {
        "private": sum(len(events(take, private)) for take in takes),
        "busy": busy(takes),
        "movements": {"own": len(own), "general": len(shared)},
        "precision": {
            "own": best_precision(own.movements, takes, private),
            "general": best_precision(shared.movements, takes, private),
            "null": float(np.mean(null)),
        },
        "novel": novel(own, general.person(flat), clips, config=config),
        "others": {
            name: best_precision(own.movements, takes, name)
            for name in takes[0].names
            if name != private
        },
    }


def busy(takes: Sequence[Recorded]) -> dict[str, float]:
    """How crowded recordings are: movements a minute, and shares of time with one and with more."""
    seconds = sum(float(np.ptp(take.clip.times_s)) for take in takes)
    planted = sum(len(events(take, name)) for take in takes for name in take.names)
    count = np.concatenate([(take.targets >= ON).sum(1) for take in takes])
    return {
        "a_minute": 60 * planted / seconds,
        "one": float((count >= 1).mean()),
        "more": float((count > 1).mean()),
    }


def novel(
    repertoire: Repertoire,
    other: PersonModel,
    clips: dict[str, list[FaceClip]],
    *,
    config: PersonConfig,
) -> dict[str, int]:
    """How many movements another model has no words for, and how many models of halves have not."""
    if not repertoire.movements:
        return {"others": 0, "null": 0}
    told = compare(repertoire, other, clips, null=models_of_halves(clips, config=config))
    return {"others": told.count, "null": told.null_count}


def best_precision(
    movements: Sequence[Movement], takes: Sequence[Recorded], name: str, *, turn: float = 0.0
) -> float:
    """The average precision of the movement that fits a planted one best, 0 where none does."""
    truth = [events(take, name, turn=turn) for take in takes]
    count = sum(len(spans) for spans in truth)
    return max((average_precision(hits(one, truth), count) for one in movements), default=0.0)


def hits(movement: Movement, truth: Sequence[Sequence[tuple[float, float]]]) -> Bool:
    """Which occurrences of a movement, the clearest first, are of a planted one.

    ``truth`` are the spans of the planted one by recording; each can be met once, by an
    apex within it. Recordings are called "take 0", "take 1" and so on.
    """
    left = [list(spans) for spans in truth]
    found = []
    for one in sorted(movement.occurrences, key=lambda each: -each.strength):
        spans = left[int(one.recording.split()[1])]
        met = [span for span in spans if span[0] <= one.apex_s <= span[1]]
        found.append(bool(met))
        if met:
            spans.remove(met[0])
    return np.array(found, np.bool_)


def average_precision(found: Bool, count: int) -> float:
    """Mean over all planted ones of the precision down to where each is met, 0 for one missed."""
    if not count:
        return 0.0
    precision = np.cumsum(found) / np.arange(1, found.size + 1)
    return float(precision[found].sum() / count)


def events(recorded: Recorded, name: str, *, turn: float = 0.0) -> list[tuple[float, float]]:
    """From when to when a planted movement is under way, in seconds of its recording.

    ``turn`` moves the truth round the clock by that share of the recording.
    """
    times_s = recorded.clip.times_s
    active = recorded.targets[:, recorded.names.index(name)] >= ON
    active = np.roll(active, round(turn * active.size))
    edges = np.flatnonzero(np.diff(np.r_[False, active, False]))
    return [(float(times_s[start]), float(times_s[end - 1])) for start, end in edges.reshape(-1, 2)]


def measure_consistency(virtual: Virtual, number: int) -> dict[str, float]:
    """How far codes of one recording give those learnt from another, tested on a third.

    Share of the variance of one model's scaled codes that a linear map of the other's
    tells on held-out stretches; ``null``: with the clock of one of them turned by half.
    """
    takes = virtual.takes(number)
    config = PersonConfig(components=virtual.settings["components"])
    models = [PersonModel.fit(take.parts(take.rows), config=config) for take in takes[:2]]
    return agreement(models[0], models[1], takes[-1])


def agreement(first: Model, second: Model, recorded: Recorded) -> dict[str, float]:
    """Linear-map R2 of the second model's codes from the first's, and the same by chance."""
    rows = recorded.rows
    one, other = (codes_of(model, recorded)[rows] for model in (first, second))
    times_s = recorded.clip.times_s[rows]
    turned = np.roll(other, len(other) // 2, axis=0)
    return {
        "r2": _mapped(one, other, times_s),
        "null": _mapped(one, turned, times_s),
    }


def _mapped(known: Float64, wanted: Float64, times_s: Float64) -> float:
    splits = contiguous_splits(times_s, folds=3, guard_s=1.0)
    told = decode_ridge(known, wanted, times_s=times_s, splits=splits).predicted
    error = ((wanted - told) ** 2).sum()
    return float(1 - error / ((wanted - wanted.mean(0)) ** 2).sum())


def clips_of(recordings: Sequence[Recorded]) -> list[FaceClip]:
    """All stretches of some recordings."""
    return [part for one in recordings for part in one.parts(one.rows)]
