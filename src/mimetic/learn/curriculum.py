"""Time as a teacher: how far apart the two frames of a pair are, and how it grows.

All lags are seconds of the video's own clock, so that a schedule means the same at 25 and at
100 frames a second, and on clocks with gaps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Float64, Int64
from mimetic.types.arrays import check_shape

LAGS = ("linear", "jumps", "constant", "random")
# Tazi, Berger and Freiwald 2022: 2 e, 4 e from epoch 50, 5 e from epoch 100 frames of 25 Hz video
# at epoch e of 500. So one epoch adds .08, then .16, then .2 s, and the lag jumps twice.
PAPER_EPOCHS = 500
PAPER_STEPS_S = ((100, 5 / 25), (50, 4 / 25), (0, 2 / 25))
NEAR_STEPS = 0.75  # of the usual step: so far may the time of a partner be off
LONGEST_SHARE = 0.5  # of the longest recording: beyond, few frames would ever be met


@dataclass(frozen=True, kw_only=True)
class LagSchedule:
    """Time between the two frames of a pair over a training.

    "linear" grows from ``first_s`` to ``last_s``, "constant" stays at ``first_s``, "jumps" is
    the paper's schedule brought to the length of the training and never beyond ``last_s``, and
    "random" asks for any two frames of a person.
    """

    kind: str = "linear"
    first_s: float = 0.04
    last_s: float = 4.0

    def __post_init__(self) -> None:
        if self.kind not in LAGS:
            raise ArgumentError(f"kind: expected one of {LAGS}, got {self.kind!r}")
        if not 0 < self.first_s <= self.last_s:
            raise ArgumentError(
                "first_s, last_s: expected more than 0 and growing seconds, got "
                f"{self.first_s}, {self.last_s}"
            )

    def lag_s(self, share: float) -> float | None:
        """Lag in seconds once ``share`` of the training is done (0 to 1); None for any lag."""
        done = min(max(share, 0.0), 1.0)
        if self.kind == "random":
            return None
        if self.kind == "constant":
            return self.first_s
        if self.kind == "jumps":
            epoch = max(math.floor(done * PAPER_EPOCHS), 1)
            a_step_s = next(step_s for begin, step_s in PAPER_STEPS_S if epoch >= begin)
            return min(max(a_step_s * epoch, self.first_s), self.last_s)
        return self.first_s + done * (self.last_s - self.first_s)


def draw_pairs(
    times_s: Float64,
    recording: Int64,
    lag_s: float | None,
    *,
    count: int,
    rng: np.random.Generator,
) -> tuple[Int64, Int64]:
    """Row numbers [count] of first frames and of their partners, ``lag_s`` away in time.

    ``recording`` [n] numbers the recordings; partners share one and lie before or after with
    equal chance. A partner is the frame nearest to the wanted time; first frames without one
    within three quarters of the usual step are not drawn. A lag below the usual step is one step,
    one beyond half of the longest recording is cut to that. None draws any two rows.
    ArgumentError for fewer than two rows.
    """
    check_shape("times_s", times_s, "T")
    check_shape("recording", recording, "T", T=times_s.size)
    if times_s.size < 2:
        raise ArgumentError(f"times_s: expected at least two frames, got {times_s.size}")
    if lag_s is None:
        first = rng.integers(times_s.size, size=count)
        other = rng.integers(times_s.size - 1, size=count)
        return first, other + (other >= first)
    numbers = np.unique(recording)
    rows_of = [np.flatnonzero(recording == number) for number in numbers]
    longest_s = max(float(np.ptp(times_s[rows])) for rows in rows_of)
    lag_s = min(lag_s, LONGEST_SHARE * longest_s)
    found = [_partners(times_s, rows, lag_s * sign) for rows in rows_of for sign in (1, -1)]
    first, second = (np.concatenate(rows) for rows in zip(*found, strict=True))
    if not first.size:  # sparser than the lag: the nearest frames are the best there is
        return draw_pairs(times_s, recording, None, count=count, rng=rng)
    drawn = rng.integers(first.size, size=count)
    return first[drawn], second[drawn]


def _partners(times_s: Float64, rows: Int64, lag_s: float) -> tuple[Int64, Int64]:
    """All rows with a frame near the time wanted, and that frame."""
    order = rows[np.argsort(times_s[rows], kind="stable")]
    clock = times_s[order]
    usual_s = float(np.median(np.diff(clock))) if order.size > 1 else 0.0
    wanted = clock + np.copysign(max(abs(lag_s), usual_s), lag_s)
    after = np.clip(np.searchsorted(clock, wanted), 1, max(order.size - 1, 1))
    after = np.minimum(after, order.size - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(wanted - clock[before] <= clock[after] - wanted, before, after)
    off = np.abs(clock[nearest] - wanted)
    good = (off <= NEAR_STEPS * usual_s) & (nearest != np.arange(order.size))
    return order[good], order[nearest[good]]
