"""Finding what a face does, without being told what to look for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mimetic.errors import ArgumentError, ConfigError
from mimetic.person.features import fit_rows
from mimetic.person.naming import describe_word, distinct_names
from mimetic.person.occurrences import Occurrence, occurrences
from mimetic.person.parts import PARTS, Parts, PartsFit
from mimetic.person.repertoire import Movement, Repertoire
from mimetic.person.segments import Track, make_track
from mimetic.person.snippets import snippets_of
from mimetic.person.vocabulary import Word, find_words
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


@dataclass(frozen=True, kw_only=True)
class DiscoverSettings:
    """How movements are found.

    A movement is founded by ``least_strokes`` alike strokes or more, by one sixtieth
    of the strokes of its part where these are many.
    """

    least_strokes: int = 3

    def __post_init__(self) -> None:
        if self.least_strokes < 2:
            raise ConfigError(f"least_strokes: expected 2 or more, got {self.least_strokes}")


def discover(
    model: MovementModel, clips: Recordings, *, settings: DiscoverSettings | None = None
) -> Repertoire:
    """The movements that the person in ``clips`` keeps making, and every time they happen.

    ``clips`` are the stretches of one recording or several (a new one starts where
    the clock goes back), or a mapping from names of recordings to stretches; they are
    read once. Raises TooLittleMovementError for less than 50 measured frames or a
    still face, SpaceError for crops of another size than the model's.
    """
    settings = settings or DiscoverSettings()
    parts, tracks = read_tracks(model, clips)
    rest = scaled_neutral(model)
    snippets = [snippets_of(tracks, parts, part, neutral=rest) for part in range(len(PARTS))]
    words = find_words(snippets, parts, least=settings.least_strokes)
    times = occurrences(tracks, parts, words, neutral=rest)
    return Repertoire(
        movements=_movements(words, times, parts),
        space=model.space,
        seconds=float(sum(track.seconds for track in tracks)),
        recordings=tuple(track.recording for track in tracks),
        person_name=model.person_name,
        parts=parts,
        tracks=tracks,
        rest=rest,
    )


def read_tracks(model: MovementModel, clips: Recordings) -> tuple[Parts, tuple[Track, ...]]:
    """One pass over the clips: what codes do to the parts of the face, and codes over time."""
    fit = PartsFit()
    tracks: list[Track] = []
    for name, stretches in _recordings(clips):
        times: list[Float64] = []
        codes: list[Float64] = []
        last_s = -np.inf
        for clip in stretches:
            scaled = model.scaled(model.embed(clip))
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
    return fit.finish(), tuple(tracks)


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


def _movements(
    words: list[Word], times: list[list[Occurrence]], parts: Parts
) -> tuple[Movement, ...]:
    told = [(word, seen) for word, seen in zip(words, times, strict=True) if seen]
    told.sort(key=lambda pair: -len(pair[1]))
    said = [describe_word(word, parts) for word, _ in told]
    names = distinct_names([one.name for one in said])
    return tuple(
        Movement(
            number=number,
            name=names[number],
            part=tuple(PARTS)[word.part],
            side=said[number].side,
            regions=said[number].regions,
            actions=said[number].actions,
            change=word.change,
            shape=word.shape,
            move_ed=said[number].move_ed,
            strokes=word.strokes,
            occurrences=tuple(seen),
        )
        for number, (word, seen) in enumerate(told)
    )
