"""What a movement space costs: seconds, memory, parameters; and a frame held still."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from mimetic.bench.cells import in_own_process
from mimetic.bench.person.recorded import STRETCH
from mimetic.datasets.virtual import Camera, Program, VirtualFace
from mimetic.ops.landmarks import POINTS
from mimetic.ops.mesh import CANONICAL_SIZE
from mimetic.person import PersonModel
from mimetic.person.weights import PersonConfig
from mimetic.track.crop import CropConfig, Cropper, cut_patch, fit_template
from mimetic.types import FaceClip

LONG_S, SHORT_S, RATE_HZ = 200.0, 50.0, 25.0
WAVES = 12  # ways in which the made-up face moves
MIB = 2**20


class MadeUp:
    """Stretches of a face-like clip of any length that is made as it is read.

    Pixels and points are random smooth patterns that come and go: what is fitted does not
    change what a fit costs.
    """

    def __init__(self, seconds: float) -> None:
        self.count = round(seconds * RATE_HZ)
        rng = np.random.default_rng(8)
        size = CANONICAL_SIZE
        small = rng.normal(0, 30, (WAVES, 8, 8, 1))
        self._patterns = np.kron(small, np.ones((1, size // 8, size // 8, 3)))
        self._moves = rng.normal(0, 0.01, (WAVES, POINTS, 3))
        self._mesh = np.concatenate([rng.uniform(20, 108, (POINTS, 2)), np.zeros((POINTS, 1))], 1)
        self._mesh[33], self._mesh[263] = (36, 46, 0), (92, 46, 0)
        self._rates = rng.uniform(0.2, 3, WAVES)

    def __iter__(self) -> Iterator[FaceClip]:
        for start in range(0, self.count, STRETCH):
            times_s = np.arange(start, min(start + STRETCH, self.count)) / RATE_HZ
            yield self._clip(times_s)

    def _clip(self, times_s: Any) -> FaceClip:
        frames, size = times_s.size, CANONICAL_SIZE
        amounts = np.sin(times_s[:, None] * self._rates)
        pixels = 120 + np.tensordot(amounts, self._patterns, 1)
        shape = (self._mesh - [64, 46, 0]) / 56 + np.tensordot(amounts, self._moves, 1)
        angle = np.zeros(frames, np.float32)
        return FaceClip(
            person=0,
            pixels=np.clip(pixels, 0, 255).astype(np.uint8),
            times_s=times_s,
            crop_to_video=np.tile(np.eye(2, 4), (frames, 1, 1)),
            depth_px=np.zeros((size, size), np.float32),
            mesh_px=self._mesh.astype(np.float32),
            alignment=np.tile(np.eye(2, 3), (frames, 1, 1)),
            landmarks_px=(shape[..., :2] * 56 + [64, 46]).astype(np.float32),
            shape_ed=shape.astype(np.float32),
            yaw_deg=angle,
            pitch_deg=angle,
            roll_deg=angle,
            residual=angle,
            repeated=np.zeros(frames, bool),
            valid=np.ones(frames, bool),
        )


def measure_cost(components: int) -> dict[str, float]:
    """CPU seconds and peak memory of a linear fit, and CPU milliseconds of a crop."""
    long, short = (in_own_process(fit_cost, s, components) for s in (LONG_S, SHORT_S))
    return {
        "fit_cpu_s": long["cpu_s"],
        "peak_mib": long["peak_mib"],
        "short_peak_mib": short["peak_mib"],
        "parameters": long["parameters"],
        "embed_ms": long["embed_ms"],
        "crop_ms": crop_ms(),
    }


def fit_cost(seconds: float, components: int) -> dict[str, float]:
    """A linear fit of so many seconds of video at 25 Hz; for a process of its own.

    The making of the clips is timed by itself and taken off.
    """
    clips = MadeUp(seconds)
    started = time.process_time()
    for _ in range(3):
        for _ in clips:
            pass
    making = time.process_time() - started
    started = time.process_time()
    model = PersonModel.fit(clips, config=PersonConfig(components=components))
    spent = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    one = next(iter(clips))
    started = time.process_time()
    model.embed(one)
    return {
        "cpu_s": spent - making,
        "embed_ms": 1e3 * (time.process_time() - started) / one.times_s.size,
        # Kilobytes on Linux, bytes on macOS.
        "peak_mib": peak / (MIB if sys.platform == "darwin" else 1024),
        "parameters": float(model.weights.basis.size + 2 * model.weights.mean.size),
    }


def crop_ms(frames: int = 40) -> float:
    """CPU milliseconds in which a frame of a virtual face is held still at 128 px."""
    camera = Camera(rate_hz=10.0, noise_sigma=1.5)
    recording = VirtualFace().record(Program.random(3, frames / 10), camera, seed=3)
    points = recording.truth.landmarks_px
    pictures = [frame.pixels for frame in recording.frames()]
    patches = [cut_patch(p, points[n], frame=n) for n, p in enumerate(pictures)]
    config = replace(CropConfig(), size_px=CANONICAL_SIZE)
    cropper = Cropper(fit_template(patches, points, config), config)
    started = time.process_time()
    for picture, landmarks in zip(pictures, points, strict=True):
        cropper.crop(picture, landmarks)
    return 1e3 * (time.process_time() - started) / frames
