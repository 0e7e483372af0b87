"""The rendered tier: planted movement on virtual faces, filmed, tracked and measured.

Between the planted latents and the dynamics lies all that lies between a real face and its
dynamics: other people's faces, a camera, a codec, the tracker, stabilisation and flow.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mimetic.datasets.planted import Population
from mimetic.datasets.planted.face import Driven, RegionFace
from mimetic.datasets.planted.filming import course_of
from mimetic.datasets.virtual import Camera, HeadMotion, Person, VirtualRecording, write_video
from mimetic.errors import ArgumentError
from mimetic.flow.classical import one_thread
from mimetic.flow.methods import AUTO
from mimetic.flow.predict import FlowEstimator
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.layout import REGIONS
from mimetic.ops.regions import REGIONS_9
from mimetic.pipeline.analysis import Run, open_video
from mimetic.pipeline.motion import run_motion
from mimetic.pipeline.origins import NETWORKS_HASH, config_hash_of
from mimetic.pipeline.settings import AnalyzeConfig, silent
from mimetic.pipeline.stretches import Material
from mimetic.types import Float64, LocalDynamics

VERSION = 1  # of what is cached; raise it when clips are drawn or measured otherwise
NEUTRAL_S = 0.2  # before anything moves; the plateau of a movement is as still as rest
_ARRAYS = ("values", "times_s", "valid", "noise_floor")

Tell = Callable[[int, int], None]


def tell_nobody(done: int, total: int) -> None:
    """Keep to oneself how many clips are done."""


@dataclass(frozen=True, kw_only=True)
class RenderSettings:
    """How planted movement is filmed; frame rate and length are the population's own."""

    size_px: int = 192
    noise_sigma: float = 1.0  # grey levels, before the codec
    head_size: float = 0.2  # of the head's swaying; 1 is that of somebody speaking
    drive: float = 0.5  # of a bump at the typical amplitude
    faces: int = 0  # seed of the people's faces

    def __post_init__(self) -> None:
        if not 0 < self.drive <= 1:
            raise ArgumentError(f"drive: expected more than 0 and at most 1, got {self.drive}")
        if not 0 <= self.head_size <= 1:
            raise ArgumentError(f"head_size: expected 0 to 1, got {self.head_size}")


def render(
    population: Population,
    cache: str | Path,
    *,
    settings: RenderSettings | None = None,
    tell: Tell = tell_nobody,
) -> Population:
    """The same population with dynamics as measured from film: nine regions, flow-based.

    ``cache`` is a folder with a file for each clip: an interrupted call goes on where it was,
    and a clip is the same whatever others are rendered beside it. The planted jitter, dropouts
    and looks do not enter. Raises ArgumentError for other regions than the nine, and the
    errors of ``analyze``.
    """
    settings = settings or RenderSettings()
    if population.settings.region_names != REGIONS_9:
        raise ArgumentError(
            f'regions: expected a population of the nine regions ("9"), got '
            f"{population.settings.regions!r}"
        )
    studio = _Studio(population, settings)
    found = []
    for row in range(len(population)):
        kept = Path(cache) / f"{clip_key(population, row, settings)}.npz"
        dynamics = _load(kept)
        if dynamics is None:
            with one_thread():
                dynamics = measure_film(studio.film(row))
            _keep(kept, dynamics)
        found.append(dataclasses.replace(dynamics, subject=population.subjects[row]))
        tell(row + 1, len(population))
    return dataclasses.replace(population, dynamics=tuple(found))


class _Studio:
    """Films clips; the face of the last person is kept, as making one takes time."""

    def __init__(self, population: Population, settings: RenderSettings) -> None:
        self._population, self._settings = population, settings
        self._camera = Camera(
            rate_hz=population.settings.rate_hz,
            size_px=(settings.size_px, settings.size_px),
            noise_sigma=settings.noise_sigma,
        )
        self._number = -1
        self._face: RegionFace

    def film(self, row: int) -> VirtualRecording:
        number = int(self._population.cast.person[row])
        if number != self._number:
            person = Person(seed=100_000 * self._settings.faces + number + 1)
            self._number, self._face = number, RegionFace(person, self._camera)
        program = clip_program(self._population, row, self._settings)
        return self._face.record(program, seed=clip_seed(self._population, row, self._settings))


def clip_program(population: Population, row: int, settings: RenderSettings) -> Driven:
    """What the face does in one clip, for any frame rate."""

    def course(times_s: Float64) -> Float64:
        moved = course_of(population.settings, population.latents, row, times_s)
        return settings.drive * moved

    sway = clip_seed(population, row, settings)
    return Driven(
        duration_s=population.settings.duration_s,
        head=HeadMotion.random(sway, size=settings.head_size)
        if settings.head_size
        else HeadMotion(),
        course=course,
    )


def clip_key(population: Population, row: int, settings: RenderSettings) -> str:
    """A name for one clip that follows from all that decides what it shows."""
    one = population.latents.take(np.array([row]))
    latents = hashlib.sha256(
        b"".join(getattr(one, name).tobytes() for name in one.__dataclass_fields__)
    )
    planted = population.settings
    swelling = "bursts" in planted.kinds
    return config_hash_of(
        VERSION, NETWORKS_HASH, AUTO, settings, latents.hexdigest(), swelling,
        planted.steps, planted.rate_hz, int(population.cast.person[row]),
    )[:32]  # fmt: skip


def clip_seed(population: Population, row: int, settings: RenderSettings) -> int:
    """The seed of a clip's swaying and noise."""
    return int(clip_key(population, row, settings)[:6], 16)


def measure_film(recording: VirtualRecording) -> LocalDynamics:
    """What this package measures of a recording: written as H.264, then as in ``analyze``."""
    config = AnalyzeConfig(regions="9", neutral_s=NEUTRAL_S)
    with tempfile.TemporaryDirectory(prefix="mimetic-") as temporary:
        path = Path(temporary) / "clip.mp4"
        write_video(recording, path)
        run = Run(open_video(path, config), Path(temporary) / "result", config, silent)
        with run.folder() as folder:
            stretches, made = run.to_neutral(folder)
            material = Material(stretches=stretches, method=FlowEstimator.load(AUTO))
            stage = run_motion(folder, config, material=material, inputs=made, progress=silent)
            dynamics: LocalDynamics = stage.read_record(REGIONS)
    return dynamics


def _keep(kept: Path, dynamics: LocalDynamics) -> None:
    packed = io.BytesIO()
    arrays = {name: value for name in _ARRAYS if (value := getattr(dynamics, name)) is not None}
    np.savez(packed, features=np.array(dynamics.features), **arrays)
    with disk_errors(kept):
        kept.parent.mkdir(parents=True, exist_ok=True)
        replace_file(kept, packed.getvalue())


def _load(kept: Path) -> LocalDynamics | None:
    """What the cache has; a damaged file counts as none."""
    try:
        with kept.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return LocalDynamics(
                regions=REGIONS_9,
                features=tuple(str(name) for name in stored["features"]),
                **{name: stored[name] for name in _ARRAYS if name in stored},
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
