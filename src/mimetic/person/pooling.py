"""What people's features come to together: the parts of a general model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.person.fit import Start, measure, stream
from mimetic.person.weights import GeneralFacts, PersonConfig, PersonFacts, PersonWeights
from mimetic.types import FaceClip, Float32

KEPT = 2  # directions kept for each component, so that a blend is not cut at the last one


def directions(name: str, clips: Iterable[FaceClip], config: PersonConfig) -> tuple[Start, Float32]:
    """A person's mean and scale, and the leading directions [R P] that hold their variance."""
    try:
        start = measure(clips, config)
        streamed = stream(clips, config, start=start)
        found = streamed.finish(KEPT * config.components)
    except ArgumentError as error:
        raise type(error)(f"{name}: {error}") from error
    return start, (found.basis * found.sd[:, None]).astype(np.float32)


def check_alike(starts: Mapping[str, Start]) -> None:
    """Raise ArgumentError for people whose crops or landmark schemes differ."""
    kinds = {name: (each.crop_px, len(each.mesh_px)) for name, each in starts.items()}
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{name} {size} px, {points}" for name, (size, points) in kinds.items())
        raise ArgumentError(
            f"people: expected crops of one size and one number of landmarks, got {listed}"
        )


def common(starts: list[Start]) -> Start:
    """The average of people's means, meshes and (geometric) scales."""
    scale = np.exp(np.mean([np.log(np.maximum(each.scale, 1e-30)) for each in starts], axis=0))
    return replace(
        starts[0],
        mean=np.mean([each.mean for each in starts], axis=0, dtype=np.float64).astype("f4"),
        scale=scale.astype("f4"),
        mesh_px=np.mean([each.mesh_px for each in starts], axis=0, dtype=np.float64).astype("f4"),
        seconds=sum(each.seconds for each in starts),
    )


def without_person(tried: list[PersonWeights], start: Start) -> PersonWeights:
    """The space of all people: noise averaged, the average of faces in place of one."""
    noise = np.stack([each.noise_sd for each in tried])
    known = noise[np.isfinite(noise).all(1)]
    return replace(
        tried[0],
        mean=start.mean,
        mesh_px=start.mesh_px,
        noise_sd=np.sqrt((known**2).mean(0)) if len(known) else noise[0],
        residual=float(np.mean([each.residual for each in tried])),
        neutral_pixels=None,
        neutral_codes=np.mean([each.neutral_codes for each in tried], axis=0).astype("f4"),
    )


def pooled_facts(tried: dict[str, PersonFacts]) -> GeneralFacts:
    """What is known about a general model, from its trial on every person."""
    jitters = [each.jitter for each in tried.values() if each.jitter is not None]
    axes = dict.fromkeys(axis for each in tried.values() for axis in each.pose_leak_r2)
    return GeneralFacts(
        seconds={name: each.seconds for name, each in tried.items()},
        explained=float(np.mean([each.explained for each in tried.values()])),
        jitter=float(np.sqrt(np.mean(np.square(jitters)))) if jitters else None,
        pose_leak_r2={
            axis: float(
                np.mean([f.pose_leak_r2[axis] for f in tried.values() if axis in f.pose_leak_r2])
            )
            for axis in axes
        },
    )
