"""Virtual people who make brief, small movements of known class, size and moment.

Each class is a set of muscle programs, of which a person prefers some, on one side or both.
Between them lie what must not be taken for them: blinks, speech, lasting movements, a swaying
head, changing light. Everything is exact: the events, and the flow of any two frames
(``recording.flow``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mimetic.datasets.virtual import (
    CONTROLS,
    Camera,
    HeadMotion,
    Person,
    Program,
    Pulse,
    VirtualFace,
    VirtualRecording,
)
from mimetic.datasets.virtual_distractors import DISTRACTORS
from mimetic.errors import ArgumentError
from mimetic.types import ExpressionEvent

Parts = tuple[tuple[str, float], ...]  # muscles and their shares of the strongest

CLASSES = ("negative", "positive", "surprise")
PROGRAMS: dict[str, tuple[tuple[float, Parts], ...]] = {
    "negative": (
        (0.40, (("brow_lower", 1.0),)),
        (0.20, (("lip_corner_down", 1.0),)),
        (0.20, (("nose_wrinkle", 1.0), ("cheek", 0.5))),
        (0.20, (("lip_stretch", 1.0),)),
    ),
    "positive": (
        (0.6, (("lip_corner_up", 1.0), ("cheek", 0.5))),
        (0.4, (("lip_corner_up", 1.0),)),
    ),
    "surprise": (
        (0.6, (("inner_brow", 1.0), ("outer_brow", 0.9))),
        (0.2, (("outer_brow", 1.0),)),
        (0.2, (("inner_brow", 1.0),)),
    ),
}
SIDES = ("both", "left", "right")
_PROBE = 0.05  # activation at which the size of a program is measured
_MARGIN = 1.25  # of the picture over the face
_EDGE_S = 0.6  # at both ends of a recording nothing happens


@dataclass(frozen=True, kw_only=True)
class MicroSettings:
    """What is filmed, and how; shares are of all movements, the rest is micro-expressions.

    ``amplitudes_px`` are the largest displacements of skin at the apex, in pixels of the video,
    taken in turn. ``length_s`` bounds the time from onset to offset, ``pause_s`` that between
    two movements. ``head_size`` is that of ``HeadMotion.random``.
    """

    rate_hz: float = 100.0
    duration_s: float = 20.0
    face_px: float = 192.0  # from the forehead's rim to the chin
    amplitudes_px: tuple[float, ...] = (0.5,)
    length_s: tuple[float, float] = (0.12, 0.45)
    pause_s: tuple[float, float] = (0.7, 1.6)
    blinks: float = 0.0
    speech: float = 0.0
    macro: float = 0.0
    head_size: float = 0.25
    light: float = 0.05
    noise_sigma: float = 1.0

    def __post_init__(self) -> None:
        others = (self.blinks, self.speech, self.macro)
        if min(others) < 0 or sum(others) > 1:
            raise ArgumentError(
                f"blinks, speech, macro: expected shares that sum to at most 1, got {others}"
            )
        if self.amplitudes_px and min(self.amplitudes_px) <= 0:
            raise ArgumentError(f"amplitudes_px: expected pixels above 0, got {self.amplitudes_px}")
        for name in ("length_s", "pause_s"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ArgumentError(f"{name}: expected 0 < low <= high, got {(low, high)}")

    @property
    def camera(self) -> Camera:
        """The camera that films so."""
        side = int(np.ceil(_MARGIN * self.face_px / 16)) * 16
        landmarks = VirtualFace().landmarks_px
        return Camera(
            rate_hz=self.rate_hz,
            size_px=(side, side),
            zoom=self.face_px / float(np.ptp(landmarks[:, 1])),
            noise_sigma=self.noise_sigma,
            light=self.light,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class MicroRecording:
    """A filmed recording, its micro-expressions, and what else happened in it."""

    recording: VirtualRecording
    events: tuple[ExpressionEvent, ...]
    distractors: tuple[ExpressionEvent, ...]


class MicroActor:
    """One virtual person (``Person(seed)``) who makes brief movements in front of a camera."""

    def __init__(self, person: Person, settings: MicroSettings | None = None) -> None:
        self.person = person
        self.settings = settings or MicroSettings()
        self._face = VirtualFace(person=person)
        self._peaks: dict[Parts, float] = {}

    @cached_property
    def habits(self) -> dict[str, tuple[float, ...]]:
        """How often this person uses each program of each class, and each of the sides."""
        rng = np.random.default_rng([self.person.seed, 31])
        liked = {
            label: tuple(rng.dirichlet([6 * share for share, _ in programs]).tolist())
            for label, programs in PROGRAMS.items()
        }
        return {**liked, "sides": tuple(rng.dirichlet([5.0, 2.5, 2.5]).tolist())}

    def film(self, seed: int) -> MicroRecording:
        """A recording of its own for every seed; no amplitudes and no shares mean a still face."""
        rng = np.random.default_rng([self.person.seed, seed, 32])
        pulses, events, distractors = self._plan(rng)
        size = self.settings.head_size
        program = Program(
            duration_s=self.settings.duration_s,
            pulses=tuple(pulses),
            head=HeadMotion.random(seed, size=size) if size else HeadMotion(),
        )
        return MicroRecording(
            recording=self._face.record(program, self.settings.camera, seed=seed),
            events=tuple(events),
            distractors=tuple(distractors),
        )

    def peak_px(self, parts: Parts) -> float:
        """The largest displacement in pixels of the video, per activation, of muscles by name."""
        if parts not in self._peaks:
            pulses = tuple(
                Pulse(control=name, onset_s=0.2, apex_s=1.0, offset_s=1.8, size=_PROBE * share)
                for name, share in parts
            )
            camera = self.settings.camera
            probe = Camera(times_s=(0.0, 1.0), size_px=camera.size_px, zoom=camera.zoom)
            filmed = self._face.record(Program(duration_s=2.0, pulses=pulses), probe)
            moved = filmed.flow(0, 1).flow_px[0]
            self._peaks[parts] = float(np.nanmax(np.hypot(*moved))) / _PROBE
        return self._peaks[parts]

    def _plan(
        self, rng: np.random.Generator
    ) -> tuple[list[Pulse], list[ExpressionEvent], list[ExpressionEvent]]:
        """Everything that happens, one after the other."""
        settings = self.settings
        kinds = ("micro", "blink", "speech", "macro")
        others = (settings.blinks, settings.speech, settings.macro)
        shares = np.array([1 - sum(others) if settings.amplitudes_px else 0.0, *others])
        pulses: list[Pulse] = []
        events: list[ExpressionEvent] = []
        distractors: list[ExpressionEvent] = []
        now_s = _EDGE_S
        while shares.sum() > 0:
            kind = str(rng.choice(kinds, p=shares / shares.sum()))
            if kind == "micro":
                made, event = self._micro(rng, now_s, number=len(events))
            else:
                made, event = DISTRACTORS[kind](rng, now_s)
            if event.offset_s > settings.duration_s - _EDGE_S:
                break
            pulses += made
            (events if kind == "micro" else distractors).append(event)
            now_s = event.offset_s + float(rng.uniform(*settings.pause_s))
        return pulses, events, distractors

    def _micro(
        self, rng: np.random.Generator, onset_s: float, *, number: int
    ) -> tuple[list[Pulse], ExpressionEvent]:
        amplitudes = self.settings.amplitudes_px
        amplitude_px = amplitudes[number % len(amplitudes)]
        label = str(rng.choice(CLASSES))
        programs = PROGRAMS[label]
        muscles = programs[rng.choice(len(programs), p=self.habits[label])][1]
        side = str(rng.choice(SIDES, p=self.habits["sides"]))
        parts, side = _sided(muscles, side)
        length_s = float(rng.uniform(*self.settings.length_s))
        apex_s = onset_s + length_s * float(rng.uniform(0.35, 0.55))
        size = amplitude_px / self.peak_px(parts)
        pulses = [
            Pulse(
                control=name,
                onset_s=onset_s,
                apex_s=apex_s,
                offset_s=onset_s + length_s,
                size=size * share,
            )
            for name, share in parts
        ]
        return pulses, ExpressionEvent(
            onset_s=onset_s,
            apex_s=apex_s,
            offset_s=onset_s + length_s,
            kind="micro",
            label=label,
            scheme="virtual",
            side=side,
            amplitude_px=amplitude_px,
        )


def _sided(muscles: Parts, side: str) -> tuple[Parts, str]:
    """Muscles as controls of one side or both; one without sides moves in the middle."""
    if any(name in CONTROLS for name, _ in muscles):
        side = "both"
    sides = ("left", "right") if side == "both" else (side,)
    parts: list[tuple[str, float]] = []
    for name, share in muscles:
        names = [name] if name in CONTROLS else [f"{name}_{each}" for each in sides]
        parts += [(each, share) for each in names]
    return tuple(parts), side
