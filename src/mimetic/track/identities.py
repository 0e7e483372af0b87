"""Mending by hand: exchanging or joining the persons of a tracked video.

Persons are assignments: for each frame [T] the number of the tracklet that
shows the person, -1 where none does. So nothing of the landmarks is touched.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, PersonError
from mimetic.types import Float64

Assignment = npt.NDArray[np.int32]  # [T]


def swap_identities(
    persons: Mapping[int, Assignment], first: int, second: int, *, at_row: int
) -> dict[int, Assignment]:
    """The persons with two of them exchanged from frame ``at_row`` on."""
    _check_pair(persons, first, second)
    one, other = persons[first].copy(), persons[second].copy()
    one[at_row:], other[at_row:] = persons[second][at_row:], persons[first][at_row:]
    return {**persons, first: one, second: other}


def merge_identities(
    persons: Mapping[int, Assignment], first: int, second: int, *, times_s: Float64
) -> dict[int, Assignment]:
    """The persons with ``second`` joined into ``first``; refused where one frame shows both."""
    _check_pair(persons, first, second)
    one, other = persons[first], persons[second]
    both = (one >= 0) & (other >= 0)
    if both.any():
        raise ArgumentError(
            f"persons {first} and {second}: expected two who are never seen together, got "
            f"{int(both.sum())} frames with both, the first at "
            f"{times_s[int(both.argmax())]:.3f} s; they are two people, or the tracker has mixed "
            "them up from there on"
        )
    joined = {**persons, first: np.where(one >= 0, one, other)}
    del joined[second]
    return joined


def _check_pair(persons: Mapping[int, Assignment], first: int, second: int) -> None:
    missing = [str(person) for person in (first, second) if person not in persons]
    if missing:
        there = ", ".join(map(str, sorted(persons))) or "nobody"
        raise PersonError(f"person {', '.join(missing)}: not in this video; there: {there}")
    if first == second:
        raise ArgumentError(f"expected two different persons, got {first} twice")
