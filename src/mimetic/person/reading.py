"""From raw numbers of a network to codes: principal components in a scale that means something."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from mimetic.ops.lowrank import RunningMoments, StreamedComponents, blocks_of
from mimetic.person.blend import Prior
from mimetic.types import Float32, Float64, Floats
from mimetic.types.arrays import check_shape, freeze

BLOCK = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """Codes ``(raw - mean) @ basis.T / sd`` [n D] of raw numbers [n M]."""

    mean: Float32  # [M]
    basis: Float32  # [D, M], what scales the raw numbers included
    sd: Float64  # [D], over the fitted video
    share: Float64  # [D], of the variance of the scaled raw numbers

    def __post_init__(self) -> None:
        freeze(self, mean="f4", basis="f4", sd="f8", share="f8")
        check_shape("basis", self.basis, "D M", M=self.mean.size, D=self.sd.size)
        check_shape("share", self.share, "D", D=self.sd.size)

    def __call__(self, raw: Floats) -> Float32:
        """Codes [n D] in sd of their component."""
        along = (np.asarray(raw, np.float32) - self.mean) @ self.basis.T
        return np.asarray(along / self.sd.astype(np.float32), np.float32)

    def turned(self, signs: Float64) -> Reading:
        """The same with the components [D] turned round where ``signs`` are -1."""
        basis = (self.basis * signs[:, None]).astype(np.float32)
        return Reading(mean=self.mean, basis=basis, sd=self.sd, share=self.share)


def moments_of(pieces: Iterable[Floats]) -> RunningMoments:
    """Mean and variance of raw numbers that come in pieces [n M], of which there is one or more."""
    moments: RunningMoments | None = None
    for block in blocks_of(pieces, BLOCK):
        moments = moments or RunningMoments(block.shape[1])
        moments.update(block)
    return moments or RunningMoments(0)


def fit_reading(
    pieces: Callable[[], Iterable[Floats]],
    scale: Floats,
    *,
    mean: Float64,
    components: int,
    others: Prior | None = None,
) -> Reading:
    """The leading components of raw numbers once ``scale`` brought them to what counts.

    ``scale`` is a factor for each [M], or a symmetric matrix [M M]; ``pieces`` gives the raw
    numbers [n M] of the fitted frames. ``others`` are raw numbers [R M] of other people, about
    their own averages, that weigh in with the ``energy`` they come with.
    """

    def scaled(centred: Floats) -> Floats:
        return centred * scale if scale.ndim == 1 else centred @ scale

    streamed = StreamedComponents(mean.size, keep=2 * components)
    for block in blocks_of(pieces(), BLOCK):
        streamed.update(scaled(block - mean))
    if others is not None and others.energy:
        streamed.blend(scaled(others.rows), energy=others.energy)
    found = streamed.finish(components)
    basis = scaled(found.basis)
    return Reading(
        mean=mean.astype(np.float32),
        basis=basis.astype(np.float32),
        sd=found.sd,
        share=found.share,
    )
