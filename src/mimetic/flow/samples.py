"""Pairs whose flow is known exactly: a face moved by a known field, filmed twice."""

from __future__ import annotations

import numpy as np

from mimetic.flow.crops import cut_face
from mimetic.flow.degrade import develop, draw_filming, to_bytes
from mimetic.flow.film import Scene
from mimetic.flow.laws import draw_law
from mimetic.flow.pairs import PairSettings
from mimetic.flow.records import FaceSequence, FlowPair
from mimetic.learn.filming import Filming
from mimetic.types import UInt8


def make_pair(
    face: FaceSequence,
    kind: str,
    *,
    settings: PairSettings,
    peak_px: float,
    rng: np.random.Generator,
) -> FlowPair:
    """A labelled pair of one kind of motion (``laws.KINDS``); all chance comes from ``rng``.

    The label is exact to a hundredth of a pixel, its largest length is ``peak_px``.
    It is valid where the point stays in the second picture and the source picture
    shows it.
    """
    scene = draw_scene(face, kind, settings=settings, peak_px=peak_px, rng=rng)
    filming = draw_filming(settings, 1, rng)
    pictures = develop([scene.first(), scene.second()], filming, rng)
    return _labelled(scene, pictures, filming, named=(face.identity, kind, peak_px))


def make_triplet(
    face: FaceSequence,
    kind: str,
    *,
    settings: PairSettings,
    peak_px: float,
    rng: np.random.Generator,
) -> FlowPair:
    """A labelled pair and the picture before it, one step of (1 - acceleration) earlier.

    ``settings.acceleration`` is drawn evenly from its range; 0 is constant velocity.
    """
    reach_px = peak_px * (2 - min(1.0, settings.acceleration[0]))  # of both steps together
    crop = cut_face(face, settings=settings, peak_px=reach_px, rng=rng)
    field = draw_law(kind, crop, peak_px=peak_px, rng=rng, both_ways=True)
    scene = Scene(crop=crop, field_px=field, shift_px=rng.uniform(-0.5, 0.5, 2))
    acceleration = float(rng.uniform(*settings.acceleration))
    films = [scene.first(), scene.second(), scene.before(acceleration)]
    filming = draw_filming(settings, 1, rng)
    pictures = develop(films, filming, rng)
    return _labelled(scene, pictures, filming, named=(face.identity, kind, peak_px))


def draw_scene(
    face: FaceSequence,
    kind: str,
    *,
    settings: PairSettings,
    peak_px: float,
    rng: np.random.Generator,
) -> Scene:
    """The texture, movement and shift of a pair, before anything is filmed."""
    crop = cut_face(face, settings=settings, peak_px=peak_px, rng=rng)
    field = draw_law(kind, crop, peak_px=peak_px, rng=rng)
    return Scene(crop=crop, field_px=field, shift_px=rng.uniform(-0.5, 0.5, 2))


def random_texture(rng: np.random.Generator, size: int) -> UInt8:
    """A picture [size size] of nothing: noise of all scales under patches with edges.

    The counterpart of a face in the ablation of textures: spectrum and contrast are
    alike (energy falls with the square of the frequency), the anatomy is missing.
    """
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    frequency[0, 0] = 1.0
    wave = np.fft.rfft2(rng.standard_normal((size, size))) / frequency
    wave[0, 0] = 0
    picture = np.fft.irfft2(wave, s=(size, size))
    picture = 120 + 30 * picture / picture.std()
    y, x = np.mgrid[:size, :size]
    for _ in range(int(rng.integers(8, 25))):
        middle, turn = rng.uniform(0, size, 2), rng.uniform(0, np.pi)
        radii = size * np.exp(rng.uniform(np.log(0.02), np.log(0.2), 2))
        along = np.cos(turn) * (x - middle[0]) + np.sin(turn) * (y - middle[1])
        aside = np.cos(turn) * (y - middle[1]) - np.sin(turn) * (x - middle[0])
        away = np.sqrt((along / radii[0]) ** 2 + (aside / radii[1]) ** 2)
        # An edge of about a pixel and a half, as optics leave it.
        inside = 1 / (1 + np.exp(np.clip((away - 1) * radii.min() * 2, -60, 60)))
        picture += rng.normal(0, 25) * inside
    return to_bytes(picture)


def _labelled(
    scene: Scene, pictures: list[UInt8], filming: Filming, *, named: tuple[str, str, float]
) -> FlowPair:
    identity, kind, peak_px = named
    return FlowPair(
        first=pictures[0],
        second=pictures[1],
        before=pictures[2] if len(pictures) > 2 else None,
        flow_px=scene.field_px,
        valid=scene.valid(),
        kind=kind,
        peak_px=peak_px,
        noise_sigma=float(filming.sigma[0]),
        identity=identity,
    )
