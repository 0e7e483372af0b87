"""Virtual people whose movements are planted: two-sided, one-sided, and one private to each."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.filming import film, stretches, tracked_landmarks
from mimetic.bench.person.pieces import join
from mimetic.bench.person.recorded import Recorded
from mimetic.bench.person.sources import plain_crop
from mimetic.datasets.virtual import (
    Camera,
    HeadMotion,
    Person,
    Program,
    Pulse,
    VirtualFace,
    people,
    write_video,
)
from mimetic.datasets.virtual.controls import CENTRAL, SIDED
from mimetic.io.disk import disk_errors
from mimetic.io.video import Video
from mimetic.types import FaceClip, Float64, UInt8

PRIVATE = "quirk"
TWO_SIDED, ONE_SIDED, MIDDLE = 3, 2, 2  # kinds of movement a person has of each
EVERY_S = 1.1  # a movement about this often
BLINKS_HZ = 0.25
EARLIEST_S = 0.4


@dataclass(frozen=True, kw_only=True)
class Repertoire:
    """What one virtual person does: movements by name, each as the controls it drives."""

    two_sided: tuple[str, ...]
    one_sided: tuple[str, ...]  # each on the left or on the right, never on both
    middle: tuple[str, ...]

    @classmethod
    def of(cls, person: Person) -> Repertoire:
        """The repertoire that follows from a person's seed."""
        rng = np.random.default_rng([person.seed, 21])
        sided = [str(name) for name in rng.permutation([n for n in SIDED if n != "lid_close"])]
        middle = [str(name) for name in rng.permutation([n for n in CENTRAL if n != PRIVATE])]
        return cls(
            two_sided=tuple(sided[:TWO_SIDED]),
            one_sided=tuple(sided[TWO_SIDED : TWO_SIDED + ONE_SIDED]),
            middle=tuple(middle[:MIDDLE]),
        )

    def kinds(self) -> dict[str, tuple[str, ...]]:
        """The controls behind every planted movement, by its name."""
        sides = ("left", "right")
        kinds = {name: tuple(f"{name}_{side}" for side in sides) for name in self.two_sided}
        kinds |= {
            f"{name}_{side}": (f"{name}_{side}",) for name in self.one_sided for side in sides
        }
        return kinds | {name: (name,) for name in (*self.middle, PRIVATE)}


@dataclass(frozen=True, kw_only=True)
class Take:
    """How a virtual person is filmed once."""

    seconds: float = 30.0
    rate_hz: float = 10.0
    noise_sigma: float = 1.5
    light: float = 0.03
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    head_size: float = 1.0
    size_px: int = 192
    zoom: float = 0.75  # eyes about as far apart as in the crop
    rests_s: float = 0.0  # the usual rest before each movement, added to EVERY_S


def planted(repertoire: Repertoire, take: Take, *, seed: int) -> Program:
    """A program in which every planted movement comes about equally often, in random order."""
    rng = np.random.default_rng([seed, 22])
    kinds = repertoire.kinds()
    pulses: list[Pulse] = []
    deck: list[str] = []
    onset_s = EARLIEST_S
    while onset_s < take.seconds - 1.5:
        if not deck:
            deck = [str(name) for name in rng.permutation(list(kinds))]
        pulses += _movement(rng, kinds[deck.pop()], onset_s)
        onset_s += EVERY_S * float(rng.uniform(0.7, 1.3))
        # Exponential: rests differ widely, and after a short one movements still overlap.
        onset_s += float(rng.exponential(take.rests_s)) if take.rests_s else 0.0
    for onset_s in np.cumsum(rng.exponential(1 / BLINKS_HZ, int(take.seconds)) + 0.4):
        if onset_s < take.seconds - 1:
            pulses += _blink(float(onset_s))
    head = HeadMotion.random(seed, size=take.head_size)
    moved = HeadMotion(yaw_deg=take.yaw_deg, pitch_deg=take.pitch_deg, waves=head.waves)
    return Program(duration_s=take.seconds, pulses=tuple(pulses), head=moved)


def _movement(rng: np.random.Generator, controls: tuple[str, ...], onset_s: float) -> list[Pulse]:
    apex_s = onset_s + float(rng.uniform(0.2, 0.5))
    hold_s, fall_s = float(rng.uniform(0.05, 0.35)), float(rng.uniform(0.3, 0.6))
    size = float(rng.uniform(0.45, 1.0))
    return [
        Pulse(
            control=control,
            onset_s=onset_s,
            apex_s=apex_s,
            hold_s=hold_s,
            offset_s=apex_s + hold_s + fall_s,
            size=size,
        )
        for control in controls
    ]


def _blink(onset_s: float) -> list[Pulse]:
    return [
        Pulse(
            control=f"lid_close_{side}",
            onset_s=onset_s,
            apex_s=onset_s + 0.1,
            offset_s=onset_s + 0.3,
        )
        for side in ("left", "right")
    ]


def family(count: int, *, seed: int) -> tuple[Person, ...]:
    """The virtual people of the bench."""
    return people(count, seed=seed)


def filmed(person: Person, take: Take, *, seed: int, cache: Path) -> Recorded:
    """One recording of a person as the bench reads it, drawn and tracked once and then kept.

    Filmed as H.264, tracked by our tracker, stabilised as a user's video; the targets are
    the true activations of the planted movements and of blinks.
    """
    name = f"person-{person.seed}-{seed}"
    kept = cache / f"{name}-{_key(take)}.npz"
    program = planted(Repertoire.of(person), take, seed=1000 * person.seed + seed)
    camera = Camera(
        rate_hz=take.rate_hz,
        noise_sigma=take.noise_sigma,
        light=take.light,
        size_px=(take.size_px, take.size_px),
        zoom=take.zoom,
    )
    recording = VirtualFace(person=person).record(program, camera, seed=seed)
    if not kept.is_file():
        clip, plain = _film(recording, person=person.seed)
        _keep(kept, clip, plain)
    clip, plain = _read(kept)
    names, targets = truth_of(Repertoire.of(person), program, recording.shown_s)
    return Recorded(name, clip, plain, targets, names)


def truth_of(
    repertoire: Repertoire, program: Program, times_s: Float64
) -> tuple[tuple[str, ...], Float64]:
    """Names and activations [T K] of the planted movements, blinks last."""
    from mimetic.datasets.virtual import CONTROLS

    activations = program.activations(times_s)
    kinds = repertoire.kinds() | {"blink": ("lid_close_left", "lid_close_right")}
    columns = [
        np.mean([activations[:, CONTROLS.index(control)] for control in controls], axis=0)
        for controls in kinds.values()
    ]
    return tuple(kinds), np.stack(columns, axis=1)


def _film(recording: Any, *, person: int) -> tuple[FaceClip, UInt8]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "virtual.mp4"
        write_video(recording, path)
        points = tracked_landmarks(Video.open(path).frames())
        track = film(path, points, times_s=recording.times_s)
        clip = join(list(stretches(track, stabilised=True)))
        plain = np.stack(
            [
                plain_crop(frame.pixels, points[frame.index], mesh_px=clip.mesh_px)
                for frame in Video.open(path).frames()
            ]
        )
    return clip, plain


def _key(take: Take) -> str:
    values = [getattr(take, field.name) for field in fields(take) if field.name != "rests_s"]
    # Films made before there were rests keep their names.
    return "-".join(f"{value:g}" for value in (*values, *([take.rests_s] if take.rests_s else [])))


def _keep(path: Path, clip: FaceClip, plain: UInt8) -> None:
    arrays: dict[str, Any] = {f.name: getattr(clip, f.name) for f in fields(clip)}
    arrays = {name: value for name, value in arrays.items() if value is not None}
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, plain=plain, **arrays)
        part.replace(path)


def _read(path: Path) -> tuple[FaceClip, UInt8]:
    with np.load(path) as stored:
        arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
    plain = arrays.pop("plain")
    return FaceClip(**arrays | {"person": int(arrays["person"])}), plain
