"""Whether movements are found again: on other strokes, in half the video, by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.person.parts import Parts
from mimetic.person.segments import Track
from mimetic.person.snippets import Snippets
from mimetic.person.vocabulary import Word, alike, find_words, mean_word
from mimetic.types import Float64, Int64

AGAIN = 0.85  # cosine from which a movement counts as found again
DRAWN = 0.8  # of the strokes, in every repetition


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """How a search is repeated: how often, from which generator, for how many strokes at least."""

    times: int
    rng: np.random.Generator
    least: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Stability:
    """How often movements are found again, 0 to 1.

    ``by_seed`` [M] over random parts of the strokes, ``in_halves`` [M] over the two
    halves of the measured time. ``chance`` is ``by_seed`` for groups of strokes
    drawn at random, as large as the movements' and of the same parts of the face.
    """

    by_seed: Float64
    in_halves: Float64
    chance: float

    def chosen(self, which: Int64) -> Stability:
        """The same for some of the movements."""
        return Stability(
            by_seed=self.by_seed[which], in_halves=self.in_halves[which], chance=self.chance
        )

    def joined(self, *, by_seed: Sequence[float], in_halves: Sequence[float]) -> Stability:
        """The same with more movements behind."""
        return Stability(
            by_seed=np.concatenate([self.by_seed, by_seed]),
            in_halves=np.concatenate([self.in_halves, in_halves]),
            chance=self.chance,
        )


def stability_of(
    words: Sequence[Word],
    snippets: Sequence[Snippets],
    parts: Parts,
    *,
    halves: Sequence[Sequence[Snippets]],
    repeats: Repeats,
) -> Stability:
    """How stable movements are that were found in ``snippets`` (one entry for each part)."""
    rng, least = repeats.rng, repeats.least
    fewer = max(2, round(DRAWN * least))
    runs = [
        find_words([_drawn(one, rng) for one in snippets], parts, least=fewer)
        for _ in range(repeats.times)
    ]
    sides = [find_words(half, parts, least=max(2, least // 2)) for half in halves]
    random = [_random_word(word, snippets[word.part], parts, rng) for word in words]
    return Stability(
        by_seed=_found(words, runs),
        in_halves=_found(words, sides),
        chance=float(_found(random, runs).mean()) if random else 0.0,
    )


def halves_of(
    snippets: Sequence[Snippets], tracks: Sequence[Track]
) -> tuple[list[Snippets], list[Snippets]]:
    """The strokes of the first and of the second half of the measured time."""
    measured = [np.cumsum(np.isfinite(track.codes[:, 0])) for track in tracks]
    before = np.cumsum([0, *(int(count[-1]) for count in measured)])
    first, second = [], []
    for one in snippets:
        at = np.array(
            [before[t] + measured[t][row] for t, row in zip(one.track, one.rows[:, 0], strict=True)]
        )
        early = at <= before[-1] / 2
        first.append(one.chosen(np.flatnonzero(early)))
        second.append(one.chosen(np.flatnonzero(~early)))
    return first, second


def _found(words: Sequence[Word], runs: Sequence[Sequence[Word]]) -> Float64:
    """The share of runs [M] in which each movement is found again."""
    again = [
        [max((alike(word, other) for other in run), default=0.0) >= AGAIN for run in runs]
        for word in words
    ]
    return np.asarray(np.array(again, np.float64).reshape(len(words), len(runs)).mean(1))


def _drawn(snippets: Snippets, rng: np.random.Generator) -> Snippets:
    count = round(DRAWN * len(snippets))
    chosen: Int64 = np.sort(rng.permutation(len(snippets))[:count])
    return snippets.chosen(chosen)


def _random_word(word: Word, snippets: Snippets, parts: Parts, rng: np.random.Generator) -> Word:
    chosen = rng.permutation(len(snippets))[: word.strokes]
    return mean_word(snippets, chosen, parts)
