"""One person's model against a model across people, and what is carried from one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mimetic.bench.person.coders import Coder, by_model, codes_of, linear
from mimetic.bench.person.decoding import Virtual, decode_takes, without
from mimetic.bench.person.recorded import Recorded, joined
from mimetic.learn.metrics import decode_ridge, r2_score
from mimetic.learn.protocols import Split
from mimetic.person import GeneralModel, PersonModel
from mimetic.person.weights import PersonConfig
from mimetic.types import FaceClip, Float64, Int64

STARTS = ("own", "another person", "general", "general and own")
GENERAL_TAKES = 2  # of every other person


def general_of(people: Mapping[str, Sequence[Recorded]], components: int) -> GeneralModel:
    """A model across people, each given by recordings."""
    clips = {
        name: [part for one in recordings for part in one.parts(one.rows)]
        for name, recordings in people.items()
    }
    return GeneralModel.fit(clips, config=PersonConfig(components=components))


def general_of_others(virtual: Virtual, number: int, components: int) -> GeneralModel:
    """A model across all virtual people but one, made once in a run."""
    if (number, components) not in virtual.models:
        people = {
            f"person {other}": virtual.takes(other)[:GENERAL_TAKES]
            for other in range(len(virtual.people))
            if other != number
        }
        virtual.models[number, components] = general_of(people, components)
    return virtual.models[number, components]


def general_coder(general: GeneralModel) -> Coder:
    """The code of a model across people about the person's own average face."""
    return by_model(general.person)


def measure_against(virtual: Virtual, number: int) -> dict[str, Any]:
    """R2 of a person's own code and of the code of all others, at equal dimension and frames."""
    every = joined(virtual.takes(number))
    splits = [without(every, every.rows, take) for take in range(virtual.settings["takes"])]
    found: dict[str, Any] = {}
    for components in virtual.settings["dimensions"]:
        general = general_of_others(virtual, number, components)
        coders = {"own": linear(components), "general": general_coder(general)}
        for name, coder in coders.items():
            cell = decode_takes(every, coder, splits)
            private = cell["r2"][virtual.private(number)]
            found[f"{name} {components}"] = {"r2_mean": cell["r2_mean"], "private": private}
    return found


def measure_transfer(virtual: Virtual, number: int) -> dict[str, dict[str, list[float]]]:
    """R2 by start and seconds of the person's own video, a value for each tested recording.

    The code sees the seconds; what reads movements off the code learns from all ordinary
    recordings but the tested one, whatever the start, so that codes alone are compared.
    """
    takes = virtual.takes(number)
    components = virtual.settings["components"]
    general = general_of_others(virtual, number, components)
    stranger = virtual.takes((number + 1) % len(virtual.people))
    found: dict[str, dict[str, list[float]]] = {start: {} for start in STARTS}
    for held in range(len(takes)):
        learnt = [one for take, one in enumerate(takes) if take != held]
        every = joined([*learnt, takes[held]])
        split = without(every, every.rows, len(learnt))
        for seconds in virtual.settings["transfer_s"]:
            clips = first_seconds(every, every.rows[split.train], seconds)
            for start in STARTS:
                model = start_from(start, clips, general=general, stranger=stranger)
                r2 = read_off(codes_of(model, every), every, split)
                found[start].setdefault(f"{seconds:g}", []).append(r2)
    return found


def start_from(
    start: str, clips: list[FaceClip], *, general: GeneralModel, stranger: Sequence[Recorded]
) -> Any:
    """The model that a person gets from one of STARTS and some clips of their own."""
    config = general.config
    if start == "own":
        return PersonModel.fit(clips, config=config)
    if start == "general":
        return general.person(clips)
    if start == "general and own":
        return PersonModel.fit(clips, general=general, config=config)
    return PersonModel.fit([p for one in stranger for p in one.parts(one.rows)], config=config)


def first_seconds(recorded: Recorded, rows: Int64, seconds: float) -> list[FaceClip]:
    """The clips of the first of some rows, as many as make so many seconds."""
    times_s = recorded.clip.times_s[rows]
    steps = np.minimum(np.diff(times_s, prepend=times_s[0]), 1.0)
    return recorded.parts(rows[np.cumsum(steps) < seconds])


def read_off(codes: Float64, recorded: Recorded, split: Split) -> float:
    """Mean R2 of the movements that a tested part holds."""
    rows = recorded.rows
    targets = recorded.targets[rows]
    told = decode_ridge(codes[rows], targets, times_s=recorded.clip.times_s[rows], splits=[split])
    truth = targets[split.test]
    r2 = r2_score(truth, told.predicted[split.test])
    return float(np.nanmean(r2[truth.std(0) >= 0.02]))


def measure_identity(virtual: Virtual) -> dict[str, float]:
    """How often the codes of a general model say whose they are, frame by frame.

    Learnt on the first recording of everybody and tested on the second: codes about the
    common average face ("raw"), about the person's own ("centred"), and with every
    component's spread in the person made one as well ("z-scored").
    """
    people = {f"person {n}": virtual.takes(n) for n in range(len(virtual.people))}
    general = general_of({n: t[:1] for n, t in people.items()}, virtual.settings["components"])
    codes = {
        way: [[coded(general, take, way) for take in takes[:2]] for takes in people.values()]
        for way in ("raw", "centred", "z-scored")
    }
    return {way: name_people(each) for way, each in codes.items()} | {"chance": 1 / len(people)}


def coded(general: GeneralModel, recorded: Recorded, way: str) -> Float64:
    """Codes [n D] of a recording in a general model, about one of three averages."""
    clips = recorded.parts(recorded.rows)
    centre = general.weights.mean if way == "raw" else general.centre(clips)
    codes = np.concatenate([general.scaled(general.embed(clip, centre=centre)) for clip in clips])
    return codes / codes.std(0) if way == "z-scored" else codes


def name_people(codes: Sequence[Sequence[Float64]]) -> float:
    """Accuracy of a linear classifier learnt on the first and tested on the second recording."""
    learnt = np.concatenate([takes[0] for takes in codes])
    tested = np.concatenate([takes[1] for takes in codes])
    who, truth = (
        np.repeat(np.arange(len(codes)), [len(takes[n]) for takes in codes]) for n in (0, 1)
    )
    middle = learnt.mean(0)
    spread = np.sqrt(learnt.var(0).sum())
    left, right = ((each - middle) / spread for each in (learnt, tested))
    targets = np.eye(len(codes))[who] - 1 / len(codes)
    drive = left.T @ targets / len(left)
    weights = np.linalg.solve(left.T @ left / len(left) + 1e-4 * np.eye(left.shape[1]), drive)
    return float(((right @ weights).argmax(1) == truth).mean())
