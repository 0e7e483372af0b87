"""S2: faces that hide parts of themselves, rendered in motion with exact flow and visibility."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mimetic.bench.flow.trial import Regime, seeded
from mimetic.datasets.facekit import FaceKit, FaceKitFace
from mimetic.datasets.virtual import Camera, Person, Program, VirtualFace, VirtualRecording, people
from mimetic.flow.records import FlowPair
from mimetic.types import Float32, UInt8

SECONDS, RATE_HZ = 12.0, 50.0
LONGEST = 25  # frames between the two of a pair
Draw = Callable[[tuple[str, float]], FlowPair]  # of a kind of motion and a peak in px
VIRTUAL, KIT = "virtual", "3-D face"
KIT_MOTIONS = ("expression", "both")  # both: the head turns as well


def solid_regimes(facekit: Path | None, settings: dict[str, Any]) -> list[Regime]:
    """Virtual people, and the 3-D face where its file is given, at every amplitude."""
    regimes = [_regime(VIRTUAL, (VIRTUAL,), _virtual(settings), settings)]
    if facekit is not None:
        regimes.append(_regime(KIT, KIT_MOTIONS, _kit(FaceKit.open(facekit), settings), settings))
    return regimes


def _regime(
    name: str, motions: Sequence[str], draws: dict[str, Draw], settings: dict[str, Any]
) -> Regime:
    return Regime(
        name=f"S2 {name}",
        conditions=[(motion, peak) for motion in motions for peak in settings["solid_peaks"]],
        persons=tuple(draws),
        draw=lambda condition, person: draws[person](condition),
    )


def _virtual(settings: dict[str, Any]) -> dict[str, Draw]:
    """A drawing function of the peak for each virtual person; films are made when asked for."""
    seed = settings["seed"]
    persons = people(settings["virtual_people"], seed=seed)

    def drawer(person: Person) -> Draw:
        films: list[VirtualRecording] = []

        def draw(condition: tuple[str, float]) -> FlowPair:
            if not films:
                films.append(_film(person, settings["size_px"]))
            return virtual_pair(
                films[0],
                peak_px=condition[1],
                noise_sigma=settings["noise_sigma"],
                rng=seeded(seed, *condition, person.seed),
            )

        return draw

    return {f"virtual-{person.seed}": drawer(person) for person in persons}


def _film(person: Person, size_px: int) -> VirtualRecording:
    program = Program.random(person.seed, SECONDS, habits=person.habits())
    camera = Camera(rate_hz=RATE_HZ, size_px=(size_px, size_px), exact=True)
    return VirtualFace(person=person).record(program, camera, seed=person.seed)


def virtual_pair(
    film: VirtualRecording, *, peak_px: float, noise_sigma: float, rng: np.random.Generator
) -> FlowPair:
    """Two frames of a film whose landmarks move by about ``peak_px``, with noise in grey levels.

    Of the starts in random order, the pair that comes nearest to the peak.
    """
    points = film.truth.landmarks_px[..., :2]
    starts = rng.permutation(len(film) - LONGEST)[:100]
    lags = np.arange(1, LONGEST + 1)
    away = points[starts[:, None] + lags] - points[starts][:, None]
    travel = np.hypot(away[..., 0], away[..., 1]).max(-1)
    place = np.unravel_index(np.abs(np.log(travel / peak_px + 1e-9)).argmin(), travel.shape)
    start = int(starts[place[0]])
    end = start + int(lags[place[1]])
    field = film.flow(start, end)
    flow, valid = np.nan_to_num(field.flow_px[0]), field.valid[0]
    first, second = (_grey(film, frame, noise_sigma, rng) for frame in (start, end))
    return FlowPair(
        first=first,
        second=second,
        flow_px=flow,
        valid=valid,
        kind=VIRTUAL,
        peak_px=float(np.hypot(*flow).max()),
        noise_sigma=noise_sigma,
        identity=f"virtual-{film.seed}",
    )


def _grey(film: VirtualRecording, frame: int, sigma: float, rng: np.random.Generator) -> UInt8:
    """A frame in grey; noise is added afterwards, as grey would average that of three colours."""
    grey = cv2.cvtColor(film.frame(frame).pixels, cv2.COLOR_RGB2GRAY)
    return with_noise(np.asarray(grey, np.float32), sigma, rng)


def with_noise(picture: Float32, sigma: float, rng: np.random.Generator) -> UInt8:
    """Grey levels [H W] with white noise, rounded to bytes."""
    noisy = picture + sigma * rng.standard_normal(picture.shape, dtype=np.float32)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _kit(kit: FaceKit, settings: dict[str, Any]) -> dict[str, Draw]:
    """A drawing function for each person of the 3-D face."""

    def drawer(seed: int) -> Draw:
        def draw(condition: tuple[str, float]) -> FlowPair:
            rng = seeded(settings["seed"], KIT, *condition, seed)
            face = FaceKitFace(kit, seed=seed)
            return kit_pair(face, condition, settings=settings, rng=rng)

        return draw

    first = settings["seed"]
    return {f"kit-{n}": drawer(n) for n in range(first, first + settings["kit_people"])}


def kit_pair(
    face: FaceKitFace,
    condition: tuple[str, float],
    *,
    settings: dict[str, Any],
    rng: np.random.Generator,
) -> FlowPair:
    """A rendered pair of a motion and a peak, with noise."""
    motion, peak_px = condition
    size_px, sigma = settings["size_px"], settings["noise_sigma"]
    moments = face.draw(rng, peak_px=peak_px, motion=motion, size_px=size_px)
    shown = face.pair(*moments, size_px=size_px)
    first, second = (
        with_noise(picture.astype(np.float32), sigma, rng)
        for picture in (shown.first, shown.second)
    )
    return FlowPair(
        first=first,
        second=second,
        flow_px=shown.flow_px,
        valid=shown.valid,
        kind=motion,
        peak_px=peak_px,
        noise_sigma=sigma,
    )
