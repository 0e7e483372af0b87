"""How the head of the virtual face rests and sways, as functions of time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Float64

CHANNELS = ("yaw_deg", "pitch_deg", "roll_deg", "right_ed", "down_ed", "log_scale")
MOST_TURN_DEG = 25.0  # beyond, a face seen from the front folds over itself


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One sinusoid of head motion: size * sin(2 pi rate_hz t + phase) on a channel."""

    channel: str
    size: float
    rate_hz: float
    phase: float

    def __post_init__(self) -> None:
        if self.channel not in CHANNELS:
            raise ArgumentError(
                f"channel: expected one of {', '.join(CHANNELS)}; got {self.channel!r}"
            )


@dataclass(frozen=True, kw_only=True)
class HeadMotion:
    """A resting pose and slow waves around it; angles as in STYLE, shifts in eye distances."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    right_ed: float = 0.0
    down_ed: float = 0.0
    scale: float = 1.0
    waves: tuple[Wave, ...] = ()

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ArgumentError(f"scale: expected more than 0, got {self.scale}")
        for channel in ("yaw_deg", "pitch_deg", "roll_deg"):
            waves = sum(abs(w.size) for w in self.waves if w.channel == channel)
            reach = abs(getattr(self, channel)) + waves
            if reach > MOST_TURN_DEG:
                raise ArgumentError(
                    f"{channel}: expected at most {MOST_TURN_DEG:g} degrees with all waves, "
                    f"got {reach:.1f}; the portrait does not show what lies beyond"
                )

    @classmethod
    def random(cls, seed: int, *, size: float = 1.0, fastest_hz: float = 0.8) -> HeadMotion:
        """Natural swaying: waves between 0.05 and ``fastest_hz``, the slower the larger.

        At ``size`` 1 the angles stay within about 10 degrees, shifts within 0.15 ed.
        """
        rng = np.random.default_rng([seed, 7])
        most = {"yaw_deg": 9.0, "pitch_deg": 6.0, "roll_deg": 5.0}
        most |= {"right_ed": 0.13, "down_ed": 0.08, "log_scale": 0.04}
        waves = []
        for channel, reach in most.items():
            rates = np.exp(rng.uniform(np.log(0.05), np.log(fastest_hz), 5))
            sizes = rng.uniform(0.3, 1.0, 5) / rates**0.7
            sizes *= size * reach / sizes.sum()
            phases = rng.uniform(0, 2 * np.pi, 5)
            waves += [
                Wave(channel=channel, size=float(s), rate_hz=float(r), phase=float(p))
                for s, r, p in zip(sizes, rates, phases, strict=True)
            ]
        return cls(waves=tuple(waves))

    def __call__(self, times_s: Float64) -> dict[str, Float64]:
        """Every channel [T] at times [T]; ``scale`` instead of its logarithm."""
        values = {
            "yaw_deg": np.full(times_s.shape, self.yaw_deg),
            "pitch_deg": np.full(times_s.shape, self.pitch_deg),
            "roll_deg": np.full(times_s.shape, self.roll_deg),
            "right_ed": np.full(times_s.shape, self.right_ed),
            "down_ed": np.full(times_s.shape, self.down_ed),
            "log_scale": np.full(times_s.shape, math.log(self.scale)),
        }
        for wave in self.waves:
            turn = 2 * np.pi * wave.rate_hz * times_s + wave.phase
            values[wave.channel] = values[wave.channel] + wave.size * np.sin(turn)
        values["scale"] = np.exp(values.pop("log_scale"))
        return values
