"""S1: real or virtual faces moved by known fields; the standard regime and the robust set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mimetic.bench.flow.settings import plain, robust
from mimetic.bench.flow.trial import Regime, seeded
from mimetic.errors import ArgumentError
from mimetic.flow.pairs import PairSettings
from mimetic.flow.records import FaceSequence, FlowPair
from mimetic.flow.samples import make_pair, make_triplet

Condition = tuple[str, float]


def one_each(faces: Sequence[FaceSequence]) -> dict[str, FaceSequence]:
    """One sequence a person, the one with most frames: several clips are no more witnesses."""
    chosen: dict[str, FaceSequence] = {}
    for face in faces:
        known = chosen.get(face.identity)
        if known is None or face.times_s.size > known.times_s.size:
            chosen[face.identity] = face
    return dict(sorted(chosen.items()))


def standard(faces: dict[str, FaceSequence], settings: dict[str, Any]) -> list[Regime]:
    """A regime for each kind of motion, at every amplitude."""
    return [
        _regime(f"S1 {kind}", faces, [(kind, peak) for peak in peaks], plain(settings), settings)
        for kind, peaks in settings["kinds"].items()
    ]


def robust_set(faces: dict[str, FaceSequence], settings: dict[str, Any]) -> list[Regime]:
    """A regime for each disturbance, two kinds at two amplitudes."""
    return [
        _regime(f"S1 {name}", faces, settings["robust_draws"], robust(name, settings), settings)
        for name in settings["robust"]
    ]


def triplets(faces: dict[str, FaceSequence], settings: dict[str, Any]) -> list[Regime]:
    """A regime for each change of velocity between the step before the pair and the pair."""
    return [
        _regime(
            f"S1 acceleration {value:g}",
            faces,
            settings["three_draws"],
            replace(plain(settings), acceleration=(value, value)),
            settings,
        )
        for value in settings["accelerations"]
    ]


def _regime(
    name: str,
    faces: dict[str, FaceSequence],
    conditions: Sequence[Condition],
    pairs: PairSettings,
    settings: dict[str, Any],
) -> Regime:
    make = make_triplet if "acceleration" in name else make_pair

    def draw(condition: Condition, person: str) -> FlowPair | None:
        kind, peak_px = condition
        # The same texture, field and noise in every regime of one size: they differ in one thing.
        rng = seeded(settings["seed"], kind, peak_px, person)
        try:
            return make(faces[person], kind, settings=pairs, peak_px=peak_px, rng=rng)
        except ArgumentError:
            if kind == "real":
                return None  # a photograph, or a head that does not move
            raise

    return Regime(name=name, conditions=conditions, persons=tuple(faces), draw=draw)
