"""Finding what a face does, without being told what to look for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ConfigError
from mimetic.person.naming import Description, describe_word, distinct_names
from mimetic.person.occurrences import Occurrence, head_turns, occurrences
from mimetic.person.parts import PARTS, Parts, PartsFit
from mimetic.person.repertoire import Movement, Repertoire
from mimetic.person.segments import Track
from mimetic.person.snippets import Snippets, snippets_of
from mimetic.person.stability import Repeats, Stability, halves_of, stability_of
from mimetic.person.subtle import subtle_words
from mimetic.person.tracks import MovementModel, Recordings, read_tracks, scaled_neutral
from mimetic.person.vocabulary import Word, find_words

LEAST_TIMES = 2  # what happened once is no habit


@dataclass(frozen=True, kw_only=True)
class DiscoverSettings:
    """How movements are found.

    A movement is founded by ``least_strokes`` alike strokes or more, by one sixtieth
    of the strokes of its part where these are many. Search is repeated ``repeats`` times
    on random parts of the strokes, from ``seed``; a movement that fewer than
    ``least_found`` of the repetitions find again is left out.
    """

    least_strokes: int = 3
    repeats: int = 20
    seed: int = 0
    least_found: float = 0.5

    def __post_init__(self) -> None:
        low = {"least_strokes": 2, "repeats": 1, "seed": 0}
        faults = [
            f"{name}: expected {least} or more, got {getattr(self, name)}"
            for name, least in low.items()
            if getattr(self, name) < least
        ]
        if not 0 <= self.least_found <= 1:
            faults.append(f"least_found: expected 0 to 1, got {self.least_found}")
        if faults:
            raise ConfigError("\n".join(faults))


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
    fit = PartsFit()
    tracks = read_tracks(model, clips, fit)
    parts, skin = fit.finish()
    rest = scaled_neutral(model)
    snippets = [snippets_of(tracks, parts, part, neutral=rest) for part in range(len(PARTS))]
    words, stable = _stable_words(snippets, parts, tracks, settings)
    times = occurrences(tracks, parts, words, neutral=rest)
    words, times, stable = _with_subtle(words, times, stable, settings, seen=(tracks, parts))
    turns = [head_turns(tracks, found) for found in times]
    said = [describe_word(word, parts, skin) for word in words]
    return Repertoire(
        movements=_movements(words, times, said, stable=stable, turns=turns),
        space=model.space,
        seconds=float(sum(track.seconds for track in tracks)),
        recordings=tuple(track.recording for track in tracks),
        person_name=model.person_name,
        chance=stable.chance,
        parts=parts,
        tracks=tracks,
        rest=rest,
    )


def _stable_words(
    snippets: list[Snippets], parts: Parts, tracks: tuple[Track, ...], settings: DiscoverSettings
) -> tuple[list[Word], Stability]:
    """The movements that most repetitions find again."""
    words = find_words(snippets, parts, least=settings.least_strokes)
    stable = stability_of(
        words,
        snippets,
        parts,
        halves=halves_of(snippets, tracks),
        repeats=Repeats(
            times=settings.repeats,
            rng=np.random.default_rng(settings.seed),
            least=settings.least_strokes,
        ),
    )
    kept = np.flatnonzero(stable.by_seed >= settings.least_found)
    return [words[number] for number in kept], stable.chosen(kept)


def _with_subtle(
    words: list[Word],
    times: list[list[Occurrence]],
    stable: Stability,
    settings: DiscoverSettings,
    *,
    seen: tuple[tuple[Track, ...], Parts],
) -> tuple[list[Word], list[list[Occurrence]], Stability]:
    """The movements, and behind them those that are too small for strokes."""
    small = subtle_words(
        *seen,
        times,
        least=settings.least_strokes,
        # A search for sources takes longer than one for clusters.
        search=(max(settings.repeats // 2, 1), np.random.default_rng([settings.seed, 1])),
    )
    more = stable.joined(
        by_seed=[one.found for one in small], in_halves=[one.in_halves for one in small]
    )
    words = words + [one.word for one in small]
    return words, times + [list(one.times) for one in small], more


def _movements(
    words: list[Word],
    times: list[list[Occurrence]],
    told: list[Description],
    *,
    stable: Stability,
    turns: list[dict[str, float]],
) -> tuple[Movement, ...]:
    seen = [number for number, found in enumerate(times) if len(found) >= LEAST_TIMES]
    order = sorted(seen, key=lambda number: (bool(turns[number]), -len(times[number])))
    said = [told[number] for number in order]
    names = distinct_names([one.name for one in said])
    return tuple(
        Movement(
            number=place,
            name=names[place],
            part=tuple(PARTS)[words[number].part],
            side=said[place].side,
            regions=said[place].regions,
            actions=said[place].actions,
            change=words[number].change,
            shape=words[number].shape,
            move_ed=said[place].move_ed,
            strokes=words[number].strokes,
            occurrences=tuple(times[number]),
            head_deg=turns[number],
            found_by_seed=float(stable.by_seed[number]),
            found_in_halves=float(stable.in_halves[number]),
            filter=words[number].filter,
        )
        for place, number in enumerate(order)
    )
