"""From strokes to movements: dense groups of alike strokes, each counted where it is at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.person.density import dense_clusters
from mimetic.person.parts import Parts
from mimetic.person.snippets import Snippets, snippet_distance
from mimetic.types import Float64, Int64

SAME = 0.8  # cosine from which two movements are one
SEEN_ED = 0.02  # a movement carries some landmark this far; half a pixel of the usual crop is .01
ECHO = 0.5  # share of strokes that coincide with those of a movement at home elsewhere


@dataclass(frozen=True, kw_only=True, eq=False)
class Word:
    """One movement that keeps coming back, as its founding strokes show it.

    ``change`` [D] is the mean change of the scaled codes from rest to movement,
    ``shape`` [K] that of the parts' axes, both shrunk where parts move along by chance.
    ``filter`` [D] weighs the codes of a movement that is too small for strokes, so that
    their sum says how much of it there is.
    """

    part: int
    change: Float64
    shape: Float64
    size: float  # median length of the strokes in the home part
    strokes: int
    spans: frozenset[tuple[int, int, int]]  # track, first and last row
    filter: Float64 | None = None


def least_strokes(count: int, least: int) -> int:
    """How many strokes found a movement: ``least``, more where there are many strokes."""
    return max(least, round(count / 60))


def find_words(snippets: Sequence[Snippets], parts: Parts, *, least: int) -> list[Word]:
    """The movements of a face from the strokes of its parts, those with most strokes first."""
    words = []
    for one in snippets:
        labels = dense_clusters(snippet_distance(one), least=least_strokes(len(one), least))
        groups = [np.flatnonzero(labels == label) for label in range(labels.max(initial=-1) + 1)]
        words += [mean_word(one, group, parts) for group in groups]
    words = [word for word in words if _reach_ed(word, parts) >= SEEN_ED]
    at_home = [word for word in words if word.part == home_of(word.shape, parts)]
    others = [word for word in words if word.part != home_of(word.shape, parts)]
    kept: list[Word] = []
    for word in sorted(at_home, key=lambda one: -one.strokes):
        if max((alike(word, other) for other in kept), default=0.0) < SAME:
            kept.append(word)
    for word in sorted(others, key=lambda one: -one.strokes):
        twin = max((alike(word, other) for other in kept), default=0.0) >= SAME
        if not twin and _echo(word, kept) < ECHO:
            kept.append(word)
    return sorted(kept, key=lambda one: -one.strokes)


def alike(first: Word, second: Word) -> float:
    """The cosine of two movements over all parts of the face."""
    norms = np.linalg.norm(first.shape) * np.linalg.norm(second.shape)
    return float(first.shape @ second.shape / norms) if norms > 0 else 0.0


def mean_word(snippets: Snippets, group: Int64, parts: Parts) -> Word:
    """What a group of strokes has in common."""
    change = snippets.change[group]
    moved = change @ parts.maps
    mean = moved.mean(0)
    error = moved.var(0, ddof=1) / len(group) if len(group) > 1 else np.zeros(mean.size)
    shape = mean.copy()
    for part in set(parts.part.tolist()) - {snippets.part}:
        own = parts.part == part
        energy = float((mean[own] ** 2).sum())
        # What chance alone leaves in a mean; James and Stein's shrinkage, part by part.
        left = max(0.0, 1 - 2 * float(error[own].sum()) / energy) if energy > 0 else 0.0
        shape[own] *= left
    ends = np.concatenate([snippets.track[group][:, None], snippets.rows[group]], 1)
    return Word(
        part=snippets.part,
        # The smallest change of the codes that makes the shrunk movement.
        change=change.mean(0) - (mean - shape) @ np.linalg.pinv(parts.maps, rcond=1e-3),
        shape=shape,
        size=float(np.median(snippets.size[group])),
        strokes=len(group),
        spans=frozenset((int(t), int(a), int(b)) for t, a, b in ends),
    )


def _reach_ed(word: Word, parts: Parts) -> float:
    """How far the landmark goes that a movement carries farthest."""
    return float(np.linalg.norm(np.tensordot(word.change, parts.moves_ed, 1), axis=1).max())


def home_of(shape: Float64, parts: Parts) -> int:
    """The part in which a movement is largest."""
    energies = [float((shape[parts.part == p] ** 2).sum()) for p in np.unique(parts.part)]
    return int(np.argmax(energies))


def _echo(word: Word, kept: Sequence[Word]) -> float:
    """The largest share of a movement's strokes that happen in strokes of another one."""
    shares = [
        sum(any(_meet(span, other) for other in one.spans) for span in word.spans) / word.strokes
        for one in kept
    ]
    return max(shares, default=0.0)


def _meet(first: tuple[int, int, int], second: tuple[int, int, int]) -> bool:
    """Whether two strokes share more than half of the shorter one."""
    common = min(first[2], second[2]) - max(first[1], second[1])
    shorter = min(first[2] - first[1], second[2] - second[1])
    return first[0] == second[0] and common > shorter / 2
