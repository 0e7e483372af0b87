"""The kinds of relation that can be planted, each with a sign that a trait may turn.

A relation couples a latent of one region (the driver) with a latent of another (the
follower). Whatever the sign, each latent alone is distributed as ever, so that one
region tells nothing; log densities let an oracle weigh what it sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import logsumexp, ndtr, ndtri

from mimetic.types import Float64

AMPLITUDE, LATENCY, FINE, PHASE = "amplitude", "latency", "fine", "phase"


class Law(Protocol):
    """How a follower depends on its driver; values [n] or [n D], signs [n] of -1 and 1."""

    def draw(self, driver: Float64, own: Float64, sign: Float64) -> Float64:
        """The follower, ``own`` being what it would have been by itself."""
        ...

    def log_density(self, follower: Float64, driver: Float64, sign: Float64) -> Float64:
        """Of the follower given its driver and the sign [n], up to what no sign changes."""
        ...


@dataclass(frozen=True, kw_only=True)
class Follow:
    """The follower is the driver, or its opposite, and some of its own; all standard normal."""

    coupling: float

    def draw(self, driver: Float64, own: Float64, sign: Float64) -> Float64:
        """A correlation of ``coupling`` times the sign."""
        sign = sign.reshape(-1, *[1] * (driver.ndim - 1))
        return np.asarray(sign * self.coupling * driver + np.sqrt(1 - self.coupling**2) * own)

    def log_density(self, follower: Float64, driver: Float64, sign: Float64) -> Float64:
        """That of a normal about the driver's share."""
        sign = sign.reshape(-1, *[1] * (driver.ndim - 1))
        rest = (follower - sign * self.coupling * driver) ** 2 / (1 - self.coupling**2)
        return np.asarray(-0.5 * rest.reshape(len(rest), -1).sum(1))


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The follower's rank lies a turn of the circle of ranks beyond the driver's.

    ``turns`` are those of the signs -1 and 1, as shares of the circle; ``width`` is one
    standard deviation. A uniform rank stays uniform whatever is added to it. ``ranked``
    latents are ranks themselves, others standard normal.
    """

    turns: tuple[float, float]
    width: float
    ranked: bool = False

    def draw(self, driver: Float64, own: Float64, sign: Float64) -> Float64:
        """The driver's rank, turned, with some noise."""
        noise = ndtri(_inside(own)) if self.ranked else own
        rank = np.mod(self._rank(driver) + self._turn(sign) + self.width * noise, 1.0)
        return rank if self.ranked else np.asarray(ndtri(_inside(rank)))

    def log_density(self, follower: Float64, driver: Float64, sign: Float64) -> Float64:
        """That of a wrapped normal, and of the follower's own scale."""
        away = self._rank(follower) - self._rank(driver) - self._turn(sign)
        away = np.mod(away + 0.5, 1.0) - 0.5
        rounds = (away[:, None] + np.arange(-1, 2)) / self.width
        scale = 0.0 if self.ranked else -0.5 * follower**2
        return np.asarray(logsumexp(-0.5 * rounds**2, axis=1) + scale)

    def _rank(self, values: Float64) -> Float64:
        return values if self.ranked else np.asarray(ndtr(values))

    def _turn(self, sign: Float64) -> Float64:
        return np.where(sign > 0, self.turns[1], self.turns[0])


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Both are unusual together (sign 1) or one is unusual where the other is not (-1).

    Only how far from the middle the ranks lie is coupled; the side is the follower's own, so
    that no product of the two tells the sign.
    """

    width: float

    def draw(self, driver: Float64, own: Float64, sign: Float64) -> Float64:
        """As far out as the driver or as far in, to a side of its own."""
        far = self._far(driver)
        target = np.where(sign > 0, far, 1 - far)
        # How far out ``own`` lies is independent of its side.
        target = target + self.width * ndtri(_inside(self._far(own)))
        reflected = 1 - np.abs(np.mod(target, 2.0) - 1)
        rank = 0.5 + 0.5 * np.sign(own) * reflected
        return np.asarray(ndtri(_inside(rank)))

    def log_density(self, follower: Float64, driver: Float64, sign: Float64) -> Float64:
        """That of a normal reflected at both ends, and of the follower's own scale."""
        far, seen = self._far(driver), self._far(follower)
        target = np.where(sign > 0, far, 1 - far)[:, None]
        images = seen[:, None] * np.array([1, -1, -1, 1]) + np.array([0, 0, 2, 2])
        images = np.concatenate([images, seen[:, None] - 2], axis=1)
        rest = (images - target) / self.width
        return np.asarray(logsumexp(-0.5 * rest**2, axis=1) - 0.5 * follower**2)

    def _far(self, values: Float64) -> Float64:
        return np.asarray(np.abs(2 * ndtr(values) - 1))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of relation: which latents of the two regions it couples, and by what law.

    ``law`` is "follow", "near" (ranks alike or opposite), "beyond" (the follower's rank
    a quarter turn above or below) or "fold".
    """

    driver: str
    follower: str
    law: str
    says: str


KINDS: dict[str, Kind] = {
    "amplitude": Kind(
        driver=AMPLITUDE, follower=AMPLITUDE, law="follow",
        says="where one moves far, the other does too, or does not",
    ),
    "lag": Kind(
        driver=LATENCY, follower=LATENCY, law="follow",
        says="where one is late, the other is too, or is early",
    ),
    "synchrony": Kind(
        driver=FINE, follower=FINE, law="follow",
        says="fine movements go the same way at the same time, or opposite ways",
    ),
    "crossed": Kind(
        driver=AMPLITUDE, follower=LATENCY, law="follow",
        says="where one moves far, the other is late, or early",
    ),
    "closeness": Kind(
        driver=AMPLITUDE, follower=AMPLITUDE, law="near",
        says="amplitudes are alike, or as different as can be",
    ),
    "overlap": Kind(
        driver=LATENCY, follower=LATENCY, law="near",
        says="latencies are alike, or as different as can be",
    ),
    "ratio": Kind(
        driver=AMPLITUDE, follower=AMPLITUDE, law="beyond",
        says="one moves farther, for itself, than the other, or less far",
    ),
    "lead": Kind(
        driver=LATENCY, follower=LATENCY, law="beyond",
        says="one is later, for itself, than the other, or earlier",
    ),
    "extremity": Kind(
        driver=AMPLITUDE, follower=AMPLITUDE, law="fold",
        says="amplitudes are unusual together, or one where the other is usual",
    ),
    "bursts": Kind(
        driver=PHASE, follower=PHASE, law="near",
        says="fine movements swell at the same time, or in turns",
    ),
}  # fmt: skip


def make_law(kind: Kind, *, coupling: float) -> Law:
    """The law of a kind, as tight as a correlation of ``coupling``."""
    if kind.law == "follow":
        return Follow(coupling=coupling)
    if kind.law == "fold":
        return Fold(width=1 - coupling)
    turns = (0.5, 0.0) if kind.law == "near" else (-0.25, 0.25)
    return Turn(turns=turns, width=0.6 * (1 - coupling), ranked=kind.driver == PHASE)


def _inside(rank: Float64) -> Float64:
    """Ranks a little inside 0 to 1, where the normal scale is finite."""
    return np.clip(rank, 1e-9, 1 - 1e-9)
