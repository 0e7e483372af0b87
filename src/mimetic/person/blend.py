"""How much a general model weighs in the fit of one person."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.types import Float32

SHORT_S = 5.0  # up to here the general model weighs fully; people move little in so short a time
SHORT_ENERGY = 0.3  # times the person's own


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

    .3 up to 5 s, then falling as their inverse square. The error of the person's own
    covariance falls as the inverse, but what a longer video adds are ever smaller movements,
    and with the inverse those of others push them out (settled on four of the bench's virtual
    people and one real face).
    """
    return SHORT_ENERGY * min(1.0, SHORT_S / max(seconds, 1e-9)) ** 2
