"""What is filmed for the bench of micro-expressions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from mimetic.datasets.virtual_micro import MicroSettings

FAST, SLOW, STILL = "100 Hz", "30 Hz", "still"
FASTEST, STILL_FAST = "200 Hz", "still, 100 Hz"
FIRST_PERSON = 500  # seeds of the bench's people
BUSY = MicroSettings(blinks=0.15, speech=0.05, macro=0.1)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One way of filming, and how many recordings of it there are, each of another person.

    With ``coded`` the film goes through a file of ``VideoWriter``, H.264 at a rate factor of 18.
    """

    settings: MicroSettings
    recordings: int
    coded: bool = False

    def plain(self) -> dict[str, Any]:
        """As it is stored with every cell."""
        return asdict(self.settings) | ({"coded": True} if self.coded else {})


def scenes(*, quick: bool = False) -> dict[str, Scene]:
    """The scenes in which events are spotted, by name; those called still have none to find."""
    fast = replace(BUSY, rate_hz=100.0, duration_s=20.0, amplitudes_px=(0.12, 0.25, 0.5))
    slow = replace(BUSY, rate_hz=30.0, duration_s=20.0, amplitudes_px=(0.25, 0.5, 1.0))
    still = MicroSettings(rate_hz=30.0, duration_s=60.0, amplitudes_px=(), head_size=0.5, light=0.1)
    if quick:
        short = replace(slow, duration_s=8.0, blinks=0.0, speech=0.0, macro=0.0)
        return {SLOW: Scene(settings=short, recordings=1)}
    return {
        FAST: Scene(settings=fast, recordings=15),
        SLOW: Scene(settings=slow, recordings=16),
        STILL: Scene(settings=still, recordings=32),
        STILL_FAST: Scene(settings=replace(still, rate_hz=100.0, duration_s=30.0), recordings=10),
        FASTEST: Scene(settings=replace(fast, rate_hz=200.0, duration_s=10.0), recordings=8),
        f"{SLOW}, H.264": Scene(settings=slow, recordings=16, coded=True),
        f"{FAST}, H.264": Scene(settings=fast, recordings=8, coded=True),
    }
