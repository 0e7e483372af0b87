"""What the virtual face does, as functions of time: pulses of its controls, and head motion."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mimetic.datasets.virtual.controls import CENTRAL, CONTROLS, SIDED
from mimetic.datasets.virtual.head import HeadMotion
from mimetic.errors import ArgumentError
from mimetic.types import ExpressionEvent, Float64

# What may lead a movement; lids close in blinks instead.
MOVEMENTS = tuple(name for name in SIDED if name != "lid_close") + CENTRAL


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """One movement of one control: rises from onset to apex, falls to offset.

    Both flanks are minimum-jerk curves (Flash and Hogan 1985); ``size`` is the
    activation at the apex. ``hold_s`` keeps the apex before the fall.
    """

    control: str
    onset_s: float
    apex_s: float
    offset_s: float
    size: float = 1.0
    hold_s: float = 0.0

    def __post_init__(self) -> None:
        if self.control not in CONTROLS:
            raise ArgumentError(
                f"control: expected one of {', '.join(CONTROLS)}; got {self.control!r}"
            )
        if not self.onset_s < self.apex_s or not self.apex_s + self.hold_s < self.offset_s:
            raise ArgumentError(
                "onset_s, apex_s, offset_s: expected onset < apex and apex + hold < offset, got "
                f"{self.onset_s}, {self.apex_s} + {self.hold_s}, {self.offset_s}"
            )
        if not 0 <= self.size <= 1 or self.hold_s < 0:
            raise ArgumentError(
                f"size, hold_s: expected 0 to 1 and 0 or more, got {self.size}, {self.hold_s}"
            )

    def __call__(self, times_s: Float64) -> Float64:
        """The activation [T] at times [T]."""
        rise = _minimum_jerk((times_s - self.onset_s) / (self.apex_s - self.onset_s))
        fall_s = self.apex_s + self.hold_s
        fall = _minimum_jerk((times_s - fall_s) / (self.offset_s - fall_s))
        return np.asarray(self.size * (rise - fall))


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How somebody tends to move: what leads, how often, how fast, how large."""

    weights: tuple[float, ...] = (1 / len(MOVEMENTS),) * len(MOVEMENTS)  # of MOVEMENTS, sum 1
    pulses_hz: float = 0.8
    blinks_hz: float = 0.3
    tempo: float = 1.0  # larger is faster
    size: float = 0.9
    asymmetry: float = 0.0  # -1 (right only) to 1 (left only)

    def __post_init__(self) -> None:
        if len(self.weights) != len(MOVEMENTS) or abs(sum(self.weights) - 1) > 1e-6:
            raise ArgumentError(
                f"weights: expected {len(MOVEMENTS)} shares that sum to 1 "
                f"({', '.join(MOVEMENTS)}), got {len(self.weights)} of sum {sum(self.weights):g}"
            )


@dataclass(frozen=True, kw_only=True)
class Program:
    """Everything that happens in a recording, for any frame rate."""

    duration_s: float
    pulses: tuple[Pulse, ...] = ()
    head: HeadMotion = field(default_factory=HeadMotion)

    def __post_init__(self) -> None:
        if not self.duration_s > 0:
            raise ArgumentError(f"duration_s: expected more than 0, got {self.duration_s}")

    @classmethod
    def still(cls, duration_s: float, *, head: HeadMotion | None = None) -> Program:
        """Nothing moves but, if given, the head."""
        return cls(duration_s=duration_s, head=head or HeadMotion())

    @classmethod
    def single(
        cls, control: str, *, size: float = 1.0, onset_s: float = 0.5, rise_s: float = 0.4
    ) -> Program:
        """One movement of one control, up and down in equal times, then a pause."""
        apex_s = onset_s + rise_s
        pulse = Pulse(
            control=control, onset_s=onset_s, apex_s=apex_s, offset_s=apex_s + rise_s, size=size
        )
        return cls(duration_s=apex_s + rise_s + onset_s, pulses=(pulse,))

    @classmethod
    def random(
        cls, seed: int, duration_s: float, *, habits: Habits | None = None, head_size: float = 1.0
    ) -> Program:
        """A natural sequence: movements, mostly of both sides, blinks, and a swaying head."""
        rng = np.random.default_rng([seed, 5])
        habits = habits or Habits()
        pulses: list[Pulse] = []
        for onset_s in _arrivals(rng, habits.pulses_hz, duration_s):
            pulses += _movement(rng, habits, onset_s)
        for onset_s in _arrivals(rng, habits.blinks_hz, duration_s):
            pulses += _blink(rng, onset_s)
        head = HeadMotion.random(seed, size=head_size) if head_size else HeadMotion()
        return cls(duration_s=duration_s, pulses=tuple(pulses), head=head)

    @classmethod
    def held(cls, head: HeadMotion | None = None, **sizes: float) -> Program:
        """Half a second in which the named controls stay at the given activations."""
        pulses = tuple(
            Pulse(control=name, onset_s=-2, apex_s=-1, hold_s=3, offset_s=3, size=size)
            for name, size in sizes.items()
        )
        return cls(duration_s=0.5, pulses=pulses, head=head or HeadMotion())

    def activations(self, times_s: Float64) -> Float64:
        """The activations [T K] at times [T], never above 1."""
        times_s = np.asarray(times_s, np.float64)
        total = np.zeros((times_s.size, len(CONTROLS)))
        for pulse in self.pulses:
            total[:, CONTROLS.index(pulse.control)] += pulse(times_s)
        return np.minimum(total, 1.0)

    def events(self) -> tuple[ExpressionEvent, ...]:
        """The pulses as events, in order of their onset; lid closures are blinks."""
        return tuple(
            _event(pulse) for pulse in sorted(self.pulses, key=lambda p: (p.onset_s, p.control))
        )


def _arrivals(rng: np.random.Generator, rate_hz: float, duration_s: float) -> list[float]:
    """Times of a point process that never fires twice within 0.4 s."""
    times, now = [], 0.0
    while rate_hz > 0:
        now += 0.4 + rng.exponential(max(1 / rate_hz - 0.4, 0.01))
        if now > duration_s - 0.4:
            break
        times.append(now)
    return times


def _movement(rng: np.random.Generator, habits: Habits, onset_s: float) -> list[Pulse]:
    leader = str(rng.choice(MOVEMENTS, p=np.array(habits.weights)))
    rise_s = float(rng.uniform(0.15, 0.7)) / habits.tempo
    hold_s = float(rng.exponential(0.3))
    fall_s = rise_s * float(rng.uniform(1.0, 2.0))
    size = habits.size * float(rng.uniform(0.35, 1.0))
    sides = {"left": 1 + min(0.0, habits.asymmetry), "right": 1 - max(0.0, habits.asymmetry)}
    if leader in SIDED and rng.uniform() < 0.12:
        sides[str(rng.choice(["left", "right"]))] = 0.0
    named = {f"{leader}_{s}": share for s, share in sides.items()} if leader in SIDED else {}
    return [
        Pulse(
            control=control,
            onset_s=onset_s,
            apex_s=onset_s + rise_s,
            hold_s=hold_s,
            offset_s=onset_s + rise_s + hold_s + fall_s,
            size=min(1.0, size * share * float(rng.uniform(0.9, 1.0))),
        )
        for control, share in (named or {leader: 1.0}).items()
        if share
    ]


def _blink(rng: np.random.Generator, onset_s: float) -> list[Pulse]:
    """Both lids close in about 90 ms and open in about 170."""
    close_s, open_s = rng.uniform(0.07, 0.11), rng.uniform(0.14, 0.22)
    size = float(rng.uniform(0.85, 1.0))
    return [
        Pulse(
            control=f"lid_close_{side}",
            onset_s=onset_s,
            apex_s=onset_s + close_s,
            offset_s=onset_s + close_s + open_s,
            size=size,
        )
        for side in ("left", "right")
    ]


def _event(pulse: Pulse) -> ExpressionEvent:
    name, _, side = pulse.control.rpartition("_")
    sided = side in ("left", "right")
    long = pulse.offset_s - pulse.onset_s >= 0.5  # the usual bound of micro-expressions
    kind = "blink" if name == "lid_close" and not long else "macro" if long else "micro"
    return ExpressionEvent(
        onset_s=pulse.onset_s,
        apex_s=pulse.apex_s,
        offset_s=pulse.offset_s,
        kind=kind,
        label=pulse.control,
        scheme="virtual",
        side=side if sided else "both",
    )


def _minimum_jerk(share: Float64) -> Float64:
    share = np.clip(share, 0, 1)
    return np.asarray(share**3 * (10 - 15 * share + 6 * share**2))
