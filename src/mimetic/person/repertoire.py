"""What a face does: its movements, each with its name, its place, and every time it happens."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.person.occurrences import Occurrence
from mimetic.person.parts import Parts
from mimetic.person.retrieve import Hit, find_moments
from mimetic.person.segments import Track
from mimetic.types import Float32, Float64

EXAMPLES = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Movement:
    """One movement that this face keeps making.

    ``name`` says in words what it moves which way; ``part`` is where it is at home;
    ``side`` the person's own "left", "right" or "both"; ``regions`` shares of its
    energy that sum to one. ``change`` [D] is the change of the scaled codes from rest
    to apex, ``move_ed`` [L 2] that of the landmarks in eye distances, both at the usual
    size. ``found_by_seed`` is the share of repetitions on random parts of the strokes
    that find it again, ``found_in_halves`` the same for the two halves of the video by
    themselves (0, 0.5 or 1). ``head_deg`` says how the head usually turns from onset
    to apex, where it does so consistently: part of what is seen may then be the turn.
    """

    number: int
    name: str
    part: str
    side: str
    regions: dict[str, float]
    actions: tuple[tuple[str, float], ...]
    change: Float64  # [D]
    shape: Float64  # [K]
    move_ed: Float32  # [L, 2]
    strokes: int  # that founded it
    occurrences: tuple[Occurrence, ...]  # in the order of recordings and time
    head_deg: dict[str, float]  # of yaw, pitch, roll; empty where the head has no part in it
    found_by_seed: float
    found_in_halves: float
    filter: Float64 | None = None  # [D], of the scaled codes, of movements too small for strokes

    @property
    def count(self) -> int:
        """How often it happens."""
        return len(self.occurrences)

    @property
    def examples(self) -> tuple[Occurrence, ...]:
        """The clearest occurrences, at most EXAMPLES, best first."""
        order = sorted(self.occurrences, key=lambda one: -one.strength)
        return tuple(order[:EXAMPLES])

    @property
    def duration_s(self) -> float:
        """Median time from onset to offset, NaN where it was never seen whole."""
        return _median([one.offset_s - one.onset_s for one in self.occurrences])

    @property
    def rise_s(self) -> float:
        """Median time from onset to apex."""
        return _median([one.apex_s - one.onset_s for one in self.occurrences])

    @property
    def amplitude_ed(self) -> float:
        """How far the point that moves most goes, at the usual size, in eye distances."""
        return float(np.linalg.norm(self.move_ed, axis=1).max())


@dataclass(frozen=True, kw_only=True, eq=False)
class Repertoire:
    """The movements of one person: those of the face alone, then those with turns of the head.

    Of both, the most frequent come first. ``space`` names the model whose codes they
    were found in, ``seconds`` is how long the face was measured, ``chance`` what
    ``found_by_seed`` is for strokes grouped at random.
    """

    movements: tuple[Movement, ...]
    space: str
    seconds: float
    recordings: tuple[str, ...]
    person_name: str
    chance: float
    parts: Parts = field(repr=False)
    tracks: tuple[Track, ...] = field(repr=False)
    rest: Float64 = field(repr=False)  # [D], scaled codes of the neutral face

    def find(
        self,
        like: int | str | Movement | Occurrence | tuple[str, float, float],
        *,
        least: float = 0.5,
    ) -> list[Hit]:
        """Every time that the face does this, the most alike first.

        ``like`` is a movement, its number or its name (its occurrences are then given,
        ``alike`` being their strength), an occurrence, or a stretch of video: the name
        of a recording and from when to when in seconds. Hits less alike than ``least``
        are left out. ArgumentError for a movement or a stretch that is not there.
        """
        if isinstance(like, Occurrence):
            like = (like.recording, like.onset_s, like.offset_s)
        if isinstance(like, tuple):
            return find_moments(self.tracks, self.parts.maps, example=like, least=least)
        wanted = like if isinstance(like, Movement) else self.movement(like)
        hits = [
            Hit(
                recording=one.recording,
                start_s=one.onset_s,
                end_s=one.offset_s,
                alike=one.strength,
            )
            for one in wanted.occurrences
            if one.strength >= least
        ]
        return sorted(hits, key=lambda hit: -hit.alike)

    def __len__(self) -> int:
        return len(self.movements)

    def movement(self, name: int | str) -> Movement:
        """A movement by its number or its name; ArgumentError where there is none."""
        for one in self.movements:
            if name in (one.number, one.name):
                return one
        known = ", ".join(f"{one.number} {one.name}" for one in self.movements) or "none"
        raise ArgumentError(f"movement: expected one of {known}; got {name!r}")


def _median(values: list[float]) -> float:
    return float(np.median(values)) if values else float("nan")
