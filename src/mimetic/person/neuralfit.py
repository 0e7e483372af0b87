"""Fitting neural models: the linear model, the network, the reading, and a trial of it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.person.actions import pleasing_signs
from mimetic.person.blend import Prior
from mimetic.person.calibrate import Projection, Trial, noise_of, pose_leak
from mimetic.person.features import fit_rows
from mimetic.person.linear import PersonModel
from mimetic.person.neuralparts import (
    Arrays,
    Beginning,
    Neural,
    raw_numbers,
    reader,
    regions_of,
    trainer,
)
from mimetic.person.reading import Reading, fit_reading, moments_of
from mimetic.person.recipe import NeuralConfig
from mimetic.person.samples import FrameSet, gather_frames
from mimetic.person.steady import lean_gain, noise_left
from mimetic.person.weights import PersonFacts, PersonWeights
from mimetic.types import FaceClip, Float32, Float64

BLOCK = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """A fitted neural model in its parts."""

    parts: Neural
    weights: PersonWeights
    facts: PersonFacts


def fit_parts(
    clips: Iterable[FaceClip],
    config: NeuralConfig,
    *,
    linear: PersonModel,
    start: Beginning | None = None,
) -> Fitted:
    """The neural model of a person; ``start`` is a network learnt on others."""
    frames = gather_frames({"": clips}, appearance_px=config.linear.appearance_px)
    weights = linear.weights
    arrays = taught(config, frames, weights=weights, start=start).last
    others = None if start is None else weighed(start.others, linear.facts.seconds)
    reading = reading_of(config, arrays, frames=frames, weights=weights, others=others)
    parts = Neural(
        linear=linear,
        config=config,
        arrays=arrays,
        reading=reading,
        gain=np.zeros(reading.sd.size),
    )
    return _try_out(parts, clips, frames)


def taught(
    config: NeuralConfig,
    frames: FrameSet,
    *,
    weights: PersonWeights,
    start: Beginning | None = None,
    run: Any = None,
) -> Any:
    """The ``train.Learnt`` of a person's frames, whose linear model has ``weights``.

    ``run`` is a ``train.TrainingRun``, whose ``at`` asks for weights along the way.
    """
    network = (
        reader().begin(config, regions_of(weights, config.linear.appearance_px))
        if start is None
        else reader().restored(config, start.arrays)
    )
    if config.kind == "neural":
        frames = scaled_frames(frames, {0: weights})
        reader().suit(network, frames.rows)
    return trainer().learn(config, frames, network, run=run)


class Scaled(Protocol):
    """What centres and scales features: the weights of a model, or a first look at video."""

    @property
    def mean(self) -> Float32:
        """The mean [P]."""
        ...

    @property
    def scale(self) -> Float32:
        """The factors [P]."""
        ...


def scaled_frames(frames: FrameSet, weights: Mapping[int, Scaled]) -> FrameSet:
    """The frames with rows centred and scaled as in their person's linear model, by number."""
    rows = np.empty_like(frames.rows)
    for number, each in weights.items():
        own = frames.person == number
        rows[own] = (frames.rows[own] - each.mean) * each.scale
    return replace(frames, rows=rows)


def _blocks(rows: Float32) -> Iterator[Float32]:
    return (rows[begin : begin + BLOCK] for begin in range(0, len(rows), BLOCK))


def weighed(others: Prior | None, seconds: float) -> Prior | None:
    """How others move, with the energy that suits so many seconds of a person's own video."""
    return others and replace(others, energy=others.energy_after(seconds))


def reading_of(
    config: NeuralConfig,
    arrays: Arrays,
    *,
    frames: FrameSet,
    weights: PersonWeights,
    others: Prior | None,
) -> Reading:
    """The reading of a network on the frames that it is fitted on.

    ``others`` weigh in with their energy; ``weights`` are those of the linear model.
    """
    energy = config.regions.energy
    if config.kind == "neural" and not energy:
        none = np.zeros(weights.mean.size, np.float32)
        return Reading(mean=none, basis=weights.basis, sd=weights.sd, share=weights.share)
    network = reader().restored(config, arrays)

    def pieces() -> Iterator[Float32]:
        return (raw_numbers(config, network, block, weights) for block in _blocks(frames.rows))

    moments = moments_of(pieces())
    if config.kind == "neural":
        units = slice(weights.mean.size, None)
        scale = np.empty(moments.mean.size)
        scale[: weights.mean.size] = _part(moments.variance[: weights.mean.size], 1 - energy)
        scale[units] = _part(moments.variance[units], energy)
    else:
        scale = reader().pixel_metric(config, network, frames.rows)
    count = max(len(frames.rows) // config.linear.frames_per_component, 1)
    if others is not None:
        count = max(count, len(others.rows) // 2)
    components = min(config.linear.components, count)
    return fit_reading(pieces, scale, mean=moments.mean, components=components, others=others)


def _part(variance: Float64, energy: float) -> float:
    """What brings numbers of these variances to ``energy`` in all."""
    return float(np.sqrt(energy / max(float(variance.sum()), 1e-12)))


def _try_out(parts: Neural, clips: Iterable[FaceClip], frames: FrameSet) -> Fitted:
    """Noise, neutral face, pose leak of a neural model, and what goes along with its codes."""
    codes = np.concatenate([parts.project(block)[0] for block in _blocks(frames.rows)])
    moved = _effects(parts.linear.weights, codes, frames.rows, sd=parts.reading.sd)
    signs = pleasing_signs(moved.landmark_sd_ed(), moved.mesh_px)
    reading = parts.reading.turned(signs)
    parts = replace(parts, reading=reading)
    trial, neutral = _trial(parts, clips, frames)
    told, residual, pose_deg, times_s = trial.series()
    noise_sd = noise_of(told.astype(np.float64), times_s, share=reading.share)
    if parts.config.steady:
        gain = lean_gain(
            codes * signs, frames.times_s, noise_sd=noise_sd, recording=frames.recording
        )
        parts, noise_sd = replace(parts, gain=gain), noise_sd * noise_left(gain)
    leak, pose_share = pose_leak(told, pose_deg, times_s=times_s, share=reading.share)
    jitter = float(np.sqrt((reading.share * noise_sd**2).sum() / reading.share.sum()))
    facts = replace(
        parts.linear.facts,
        jitter=jitter if np.isfinite(jitter) else None,
        explained=float(reading.share.sum()),
        pose_leak_r2=leak,
        pose_share=pose_share,
    )
    weights = replace(
        moved,
        basis=moved.basis * signs[:, None].astype(np.float32),
        share=reading.share,
        noise_sd=noise_sd,
        residual=float(max(np.median(residual), 1e-9)),
        neutral_codes=neutral,
    )
    return Fitted(parts=parts, weights=weights, facts=facts)


def _trial(parts: Neural, clips: Iterable[FaceClip], frames: FrameSet) -> tuple[Trial, Float32]:
    """The codes of the fitted frames as they come by, and that of the neutral face [D]."""
    # A trial calls what projects; it asks for nothing else of it.
    trial = Trial(cast(Projection, parts.project), parts.config.linear.appearance_px)
    begin = 0
    for clip in clips:
        count = int(fit_rows(clip).sum())
        trial.take(clip, frames.rows[begin : begin + count])
        begin += count
    if trial.neutral is None:
        raise ArgumentError("clips: expected the same frames every time they are read, got none")
    return trial, trial.neutral[1]


def _effects(
    weights: PersonWeights, codes: Float32, features: Float32, *, sd: Float64
) -> PersonWeights:
    """The linear movement that goes along with each code: least squares on the fitted frames."""
    linear = Projection(mean=weights.mean, scale=weights.scale, basis=weights.basis, sd=weights.sd)
    base = np.concatenate([linear(block)[0] for block in _blocks(features)]).astype(np.float64)
    told = np.linalg.lstsq(codes.astype(np.float64), base, rcond=1e-6)[0]  # [D, D of linear]
    basis = (told * weights.sd) @ weights.basis / sd[:, None]
    count = sd.size
    return replace(
        weights,
        basis=basis.astype(np.float32),
        sd=sd,
        share=np.ones(count),
        noise_sd=np.ones(count),
        neutral_codes=np.zeros(count, np.float32),
    )
