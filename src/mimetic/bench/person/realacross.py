"""Real people: their own model against one of others, and what a few seconds of them bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mimetic.bench.person.across import (
    STARTS,
    first_seconds,
    general_coder,
    start_from,
)
from mimetic.bench.person.coders import codes_of, linear
from mimetic.bench.person.real import (
    GUARD_S,
    LEARN_S,
    TEST_S,
    decode_long,
    decode_recorded,
)
from mimetic.bench.person.recorded import Recorded
from mimetic.person import GeneralModel
from mimetic.person.weights import PersonConfig
from mimetic.types import FaceClip, Float64, Int64

FIRST_S = 5.0  # of a new person's video


def general_of_people(
    recordings: Sequence[Recorded],
    further: Mapping[str, Sequence[FaceClip]],
    *,
    but: str,
    components: int,
) -> GeneralModel:
    """A model across all recorded people but one, the first 34 s of each."""
    openings = {each.name: each.opening() for each in recordings if each.name != but}
    clips = {name: each.parts(each.rows) for name, each in openings.items()}
    config = PersonConfig(components=components)
    return GeneralModel.fit({**clips, **further}, config=config)


def measure_real_against(
    recorded: Recorded,
    recordings: Sequence[Recorded],
    further: Mapping[str, Sequence[FaceClip]],
    *,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """R2 of a person's own code and of all others' at equal dimension, blocks of time held out."""
    found = {}
    part = recorded.opening()
    for components in settings["dimensions"]:
        general = general_of_people(recordings, further, but=recorded.name, components=components)
        found[f"own {components}"] = decode_recorded(part, linear(components)).row()
        found[f"general {components}"] = decode_recorded(part, general_coder(general)).row()
    return found


def measure_first_seconds(
    recorded: Recorded,
    recordings: Sequence[Recorded],
    further: Mapping[str, Sequence[FaceClip]],
    *,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """R2 by start where the code sees the first 5 s of a person alone.

    What reads labels off the code learns from later video, in blocks of time.
    """
    part, components = recorded.opening(), settings["components"]
    general = general_of_people(recordings, further, but=recorded.name, components=components)
    stranger = [next(each for each in recordings if each.name != recorded.name).opening()]
    start_s = float(part.clip.times_s[0])
    clips = first_seconds(part, part.rows, FIRST_S)
    later = part.between(start_s + FIRST_S + GUARD_S, np.inf)
    found = {}
    for start in STARTS:
        model = start_from(start, clips, general=general, stranger=stranger)
        found[start] = decode_recorded(later, _fixed(model)).row()
    return found


def measure_growth(
    recorded: Recorded,
    recordings: Sequence[Recorded],
    further: Mapping[str, Sequence[FaceClip]],
    *,
    settings: Mapping[str, Any],
) -> dict[str, dict[str, float]]:
    """The 200 s face: R2 on its last 60 s by start and seconds seen; reading learns from 130 s."""
    components = settings["components"]
    general = general_of_people(recordings, further, but=recorded.name, components=components)
    stranger = [next(each for each in recordings if each.name != recorded.name).opening()]
    learnt = recorded.rows[recorded.clip.times_s[recorded.rows] < LEARN_S]
    found: dict[str, dict[str, float]] = {start: {} for start in STARTS}
    for seconds in (*settings["transfer_s"], TEST_S):
        clips = first_seconds(recorded, learnt, seconds)
        for start in STARTS:
            model = start_from(start, clips, general=general, stranger=stranger)
            found[start][f"{min(seconds, LEARN_S):g}"] = decode_long(recorded, _fixed(model)).mean
    return found


def _fixed(model: Any) -> Any:
    def code(recorded: Recorded, rows: Int64) -> Float64:
        return codes_of(model, recorded)

    return code
