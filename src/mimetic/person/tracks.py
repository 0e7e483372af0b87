"""Recordings as codes on regular clocks, by a model of any kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.person.features import fit_rows
from mimetic.person.parts import PartsFit
from mimetic.person.segments import Track, make_track
from mimetic.types import FaceClip, Float32, Float64, MovementEmbedding

Recordings = Iterable[FaceClip] | Mapping[str, Iterable[FaceClip]]


class MovementModel(Protocol):
    """What discovery needs of a model of any kind."""

    @property
    def space(self) -> str:
        """The name of its space."""

    @property
    def person_name(self) -> str:
        """Whose model it is."""

    @property
    def neutral_codes(self) -> Float32:
        """Where the neutral face lies [D]."""

    def embed(self, clip: FaceClip) -> MovementEmbedding:
        """Codes of a clip."""

    def scaled(self, embedding: MovementEmbedding) -> Float64:
        """Codes [T D] in which distances mean something."""


def read_tracks(
    model: MovementModel, clips: Recordings, fit: PartsFit | None = None
) -> tuple[Track, ...]:
    """The scaled codes of all recordings on regular clocks, in one pass over the clips.

    ``fit`` takes in what the codes do to the parts of the face on the way.
    """
    tracks: list[Track] = []
    for name, stretches in _recordings(clips):
        times: list[Float64] = []
        codes: list[Float64] = []
        last_s = -np.inf
        for clip in stretches:
            scaled = model.scaled(model.embed(clip))
            if fit is not None:
                fit.take(clip, scaled)
            rows = fit_rows(clip)
            if rows.any() and clip.times_s[rows][0] <= last_s and times:
                tracks.append(_track(name, tracks, times, codes))
                times, codes = [], []
            times.append(clip.times_s[rows])
            codes.append(scaled[rows])
            last_s = float(times[-1][-1]) if rows.any() else last_s
        if any(one.size for one in times):
            tracks.append(_track(name, tracks, times, codes))
    return tuple(tracks)


def scaled_neutral(model: MovementModel) -> Float64:
    """The scaled codes [D] of the neutral face."""
    neutral = MovementEmbedding(
        codes=model.neutral_codes[None],
        times_s=np.zeros(1),
        valid=np.ones(1, np.bool_),
        space=model.space,
    )
    return np.asarray(model.scaled(neutral)[0])


def _recordings(clips: Recordings) -> Iterator[tuple[str, Iterable[FaceClip]]]:
    if isinstance(clips, Mapping):
        if not clips:
            raise ArgumentError("clips: expected at least one recording, got none")
        yield from clips.items()
    else:
        yield "", clips


def _track(name: str, known: list[Track], times: list[Float64], codes: list[Float64]) -> Track:
    taken = {track.recording for track in known}
    number = len(known) + 1
    unique = name if name and name not in taken else f"{name} {number}".strip()
    return make_track(unique, np.concatenate(times), np.concatenate(codes))
