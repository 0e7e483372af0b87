"""Whether several recordings show one person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.features import appearance, fit_rows
from mimetic.types import FaceClip, Float64

FACE_PX = 32
EVERY = 5  # frames: an average face needs no more


class AverageFaces:
    """The average face of every recording, in local contrast, as clips come by.

    A recording has one mesh, so that stretches with the same mesh are of one. The shape
    of the mesh itself does not tell people apart: on eighteen real people two differ by
    as little as .03 of their size, and two stretches of one person by up to .08, because
    the landmark network sees a turned head as another shape. Average faces do: on the
    same clips those of 5 s of one person correlate by .77 or more, head turns included,
    those of different people by .28 in the middle, by less than .55 in 95 of 100 pairs and
    by .78 at most, so that a few pairs of people pass. Measured at 64 px, and within
    recordings: no second session of a person was at hand.
    """

    def __init__(self) -> None:
        self._sums: dict[bytes, Float64] = {}
        self._inside = ellipse_mask(FACE_PX)

    def take(self, clip: FaceClip) -> None:
        """Take in a stretch."""
        key = clip.mesh_px.tobytes()
        for row in np.flatnonzero(fit_rows(clip))[::EVERY]:
            seen = appearance(clip.pixels[row], FACE_PX)[self._inside].astype(np.float64)
            self._sums[key] = self._sums.get(key, 0.0) + seen

    def correlations(self) -> Float64:
        """Correlation [R R] between the average faces of the recordings, in their order."""
        return np.atleast_2d(np.corrcoef(np.stack(list(self._sums.values()))))

    def check(self, *, least_r: float, names: Sequence[str] = ()) -> None:
        """Raise ArgumentError where two recordings look like different people.

        ``names`` are what the recordings are called; without one for each they are numbered.
        """
        if len(self._sums) < 2:
            return
        found = self.correlations()
        one, other = np.unravel_index(int(found.argmin()), found.shape)
        if not found[one, other] < least_r:
            return
        numbers = [str(number + 1) for number in range(len(found))]
        called = names if len(names) == len(found) else numbers
        first, second = (called[int(number)] for number in sorted((one, other)))
        raise ArgumentError(
            f"clips: expected recordings of one person, but of {len(found)} recordings {first} "
            f"and {second} look like two people: their average faces "
            f"correlate by {found[one, other]:.2f} (one person .77 or more, different people .28 "
            "as a rule); fit a model for each, or, if you know that it is one person, lower "
            "same_person_r (PersonConfig; a line of the file of --config)"
        )
