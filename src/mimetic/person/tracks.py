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
    pieces: dict[str, list[tuple[Float64, Float64, Float64]]] = {}
    for name, clip in walk(clips):
        scaled = model.scaled(model.embed(clip))
        if fit is not None:
            fit.take(clip, scaled)
        rows = fit_rows(clip)
        if rows.any():
            pose = np.stack([clip.yaw_deg, clip.pitch_deg, clip.roll_deg], 1)[rows]
            piece = (clip.times_s[rows], scaled[rows], pose.astype(np.float64))
            pieces.setdefault(name, []).append(piece)
    tracks = []
    for name, parts in pieces.items():
        times, codes, pose = (np.concatenate(column) for column in zip(*parts, strict=True))
        tracks.append(make_track(name, times, codes, pose))
    return tuple(tracks)


def walk(clips: Recordings) -> Iterator[tuple[str, FaceClip]]:
    """Every stretch with the name of its recording.

    Without a name, or where the clock goes back within one, recordings are numbered.
    """
    if isinstance(clips, Mapping) and not clips:
        raise ArgumentError("clips: expected at least one recording, got none")
    taken: list[str] = []
    for given, stretches in clips.items() if isinstance(clips, Mapping) else [("", clips)]:
        last_s = np.inf
        for clip in stretches:
            if not clip.times_s.size or clip.times_s[0] <= last_s:
                unique = given and given not in taken
                taken.append(given if unique else f"{given} {len(taken) + 1}".strip())
            last_s = float(clip.times_s[-1]) if clip.times_s.size else -np.inf
            yield taken[-1], clip


def scaled_neutral(model: MovementModel) -> Float64:
    """The scaled codes [D] of the neutral face."""
    neutral = MovementEmbedding(
        codes=model.neutral_codes[None],
        times_s=np.zeros(1),
        valid=np.ones(1, np.bool_),
        space=model.space,
    )
    return np.asarray(model.scaled(neutral)[0])
