"""Fitting a person's movement space in two passes over the video, and a third to try it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from mimetic.errors import ArgumentError, SpaceError, TooLittleMovementError
from mimetic.ops.lowrank import (
    PrincipalComponents,
    RunningMoments,
    StreamedComponents,
    blocks_of,
)
from mimetic.person.actions import pleasing_signs
from mimetic.person.balance import balance
from mimetic.person.blend import Prior
from mimetic.person.calibrate import Clock, Projection, Trial, noise_of, pose_leak
from mimetic.person.features import extract, eye_count, fit_rows, guarded
from mimetic.person.identity import AverageFaces
from mimetic.person.weights import PersonConfig, PersonFacts, PersonWeights
from mimetic.types import FaceClip, Float32, Float64


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """What the first pass over a person's video finds."""

    mean: Float32  # [P]
    scale: Float32  # [P]
    mesh_px: Float32  # [L, 3]
    crop_px: int
    seconds: float


def fit_space(
    clips: Iterable[FaceClip], config: PersonConfig, *, prior: Prior | None = None
) -> tuple[PersonWeights, PersonFacts]:
    """The movement space of the person in ``clips``, and what is known about the fit.

    ``clips`` is gone through three times: mean and scale, components, noise.
    Raises TooLittleMovementError for a recording too short or too still, and
    ArgumentError for anything else that cannot be fitted.
    """
    start = measure(clips, config)
    streamed = stream(clips, config, start=start)
    count = max(streamed.count // config.frames_per_component, 1)
    energy = 0.0
    if prior is not None:
        _check_prior(prior, start)
        energy = prior.energy_after(start.seconds)
        streamed.blend(prior.rows, energy=energy)
        count = max(count, len(prior.rows) // 2) if energy else count
    found = turn(streamed.finish(min(count, config.components)), start.scale, start.mesh_px)
    weights, facts = try_out(clips, config, start=start, found=found)
    return weights, replace(facts, general_energy=energy)


def try_out(
    clips: Iterable[FaceClip],
    config: PersonConfig,
    *,
    start: Start,
    found: PrincipalComponents,
) -> tuple[PersonWeights, PersonFacts]:
    """The whole space of a person from its components: noise, neutral face, pose leak."""
    mean, scale = start.mean, start.scale
    project = Projection(mean=mean, scale=scale, basis=found.basis, sd=found.sd)
    trial = Trial(project, config.appearance_px)
    for clip in clips:
        trial.take(clip, extract(clip, fit_rows(clip), appearance_px=config.appearance_px))
    return _judge(trial, project, found=found, start=start)


def feature_rows(clips: Iterable[FaceClip], config: PersonConfig) -> Iterator[Float32]:
    """The features of all distinct valid frames, in blocks of one size."""
    pieces = (
        extract(clip, fit_rows(clip), appearance_px=config.appearance_px) for clip in guarded(clips)
    )
    return blocks_of(pieces, config.block_frames)


def measure(clips: Iterable[FaceClip], config: PersonConfig) -> Start:
    """Mean and scale of a person's features; the first pass over the video."""
    if iter(clips) is clips:
        raise ArgumentError("clips: expected something that can be read again, got an iterator")
    first = next(iter(clips), None)
    if first is None:
        raise TooLittleMovementError("clips: expected at least one stretch of a face, got none")
    clock, faces = Clock(), AverageFaces()
    moments: RunningMoments | None = None
    for rows in feature_rows(_watched(clips, clock, faces), config):
        moments = moments or RunningMoments(rows.shape[1])
        moments.update(rows)
    count = moments.count if moments else 0
    if moments is None or count < config.least_frames:
        raise TooLittleMovementError(
            f"clips: expected at least {config.least_frames} valid frames that differ from the "
            f"one before, got {count}; bring a longer video"
        )
    # Stored recordings know what they are called; a list of clips does not.
    faces.check(least_r=config.same_person_r, names=getattr(clips, "names", ()))
    return Start(
        mean=moments.mean.astype(np.float32),
        scale=balance(moments.variance, first.mesh_px, first.pixels.shape[1], config=config),
        mesh_px=first.mesh_px,
        crop_px=first.pixels.shape[1],
        seconds=clock.seconds,
    )


def _watched(clips: Iterable[FaceClip], clock: Clock, faces: AverageFaces) -> Iterator[FaceClip]:
    for clip in clips:
        clock.take(clip.times_s[fit_rows(clip)])
        faces.take(clip)
        yield clip


def stream(clips: Iterable[FaceClip], config: PersonConfig, *, start: Start) -> StreamedComponents:
    """The leading directions of a person's scaled features; the second pass over the video."""
    streamed = StreamedComponents(start.mean.size, keep=2 * config.components)
    for rows in feature_rows(clips, config):
        streamed.update((rows - start.mean) * start.scale)
    return streamed


def turn(found: PrincipalComponents, scale: Float32, mesh_px: Float32) -> PrincipalComponents:
    """The same components, each pointing the way its movement is usually named."""
    points = len(mesh_px)
    first = scale.size - 2 * points - eye_count(points)
    part = slice(first, first + 2 * points)
    move = found.basis[:, part] / scale[part] * found.sd[:, None]
    signs = pleasing_signs(move.reshape(len(move), points, 2).astype(np.float64), mesh_px)
    turned = (found.basis * signs[:, None]).astype(np.float32)
    return PrincipalComponents(basis=turned, sd=found.sd, share=found.share)


def _check_prior(prior: Prior, start: Start) -> None:
    if prior.rows.shape[1] != start.mean.size:
        raise SpaceError(
            f"general: expected a model of {start.mean.size} features a frame, as these clips have "
            f"with this configuration, got one of {prior.rows.shape[1]}; fit the general model on "
            "clips with as many landmarks and with the same appearance_px"
        )


def _judge(
    trial: Trial, project: Projection, *, found: PrincipalComponents, start: Start
) -> tuple[PersonWeights, PersonFacts]:
    if trial.neutral is None:
        raise ArgumentError("clips: expected the same frames every time they are read, got none")
    codes, residual, pose_deg, times_s = trial.series()
    noise_sd = noise_of(codes.astype(np.float64), times_s, share=found.share)
    leak, pose_share = pose_leak(codes, pose_deg, times_s=times_s, share=found.share)
    weights = PersonWeights(
        mean=project.mean,
        scale=project.scale,
        basis=found.basis,
        sd=found.sd,
        share=found.share,
        noise_sd=noise_sd,
        residual=float(max(np.median(residual), 1e-9)),
        mesh_px=start.mesh_px,
        crop_px=start.crop_px,
        neutral_pixels=trial.neutral[0],
        neutral_codes=trial.neutral[1],
    )
    facts = PersonFacts(
        frames=trial.frames,
        distinct_frames=trial.distinct_frames,
        seconds=trial.seconds,
        explained=float(found.share.sum()),
        jitter=_jitter(noise_sd, found.share),
        pose_leak_r2=leak,
        pose_share=pose_share,
    )
    return weights, facts


def _jitter(noise_sd: Float64, share: Float64) -> float | None:
    jitter = float(np.sqrt((share * noise_sd**2).sum() / share.sum()))
    return jitter if np.isfinite(jitter) else None
