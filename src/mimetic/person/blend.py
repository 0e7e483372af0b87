"""How much a general model weighs in the fit of one person."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.types import Float32

SHORT_S = 10.0  # up to here the general model weighs fully; people move little in so short a time
SHORT_ENERGY = 0.3  # times the person's own; 2 s of video: R2 .451, own alone .391, general .418


@dataclass(frozen=True, kw_only=True, eq=False)
class Prior:
    """What a general model brings into the fit of a person.

    ``rows`` [R P] are directions in the scaled features, as long as the movement
    along them is usual; ``energy`` is their total against that of the person's own
    video, None for the one that suits its length.
    """

    rows: Float32
    energy: float | None = None

    def energy_after(self, seconds: float) -> float:
        """The energy for so many seconds of the person's own video."""
        return general_energy(seconds) if self.energy is None else self.energy


def general_energy(seconds: float) -> float:
    """Energy of the general model for so many seconds of the person's own video.

    .3 up to 10 s, then falling as their inverse: the error of the person's own
    covariance does so too.
    """
    return SHORT_ENERGY * min(1.0, SHORT_S / max(seconds, 1e-9))
