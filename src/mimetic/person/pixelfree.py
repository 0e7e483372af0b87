"""A person's space without any picture of them: what their landmarks did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mimetic.ops.lowrank import PrincipalComponents
from mimetic.person.fit import turn
from mimetic.person.weights import PersonConfig, PersonFacts, PersonWeights
from mimetic.types import Float64

SMALLEST = 1e-4  # of the largest sd: below it there is nothing but rounding


def landmarks_alone(
    weights: PersonWeights, config: PersonConfig, facts: PersonFacts
) -> tuple[PersonWeights, PersonConfig, PersonFacts]:
    """The space of landmarks and eyes that a joint space implies, and no picture.

    Mean and components of appearance are pictures of the person, so they go, not only the
    neutral face. What the joint components say of the landmarks has a covariance, and its
    principal components are the new space: another space, whose noise is not known. A
    space that was fitted without appearance stays what it is.
    """
    if not config.appearance_px:
        return replace(weights, neutral_pixels=None), config, facts
    part = slice(weights.appearance_size, None)
    more = _in_full(weights, config)
    scale = (weights.scale[part] * more).astype("f4")
    loads = weights.basis[:, part] * weights.sd[:, None] * more
    _, sizes, axes = np.linalg.svd(loads, full_matrices=False)
    sizes, axes = sizes[sizes > SMALLEST * sizes[0]], axes[sizes > SMALLEST * sizes[0]]
    # One of landmarks, and what the eyes were given; more where a general model weighed in.
    total = max(1 + config.lids_energy + config.gaze_energy, float((sizes**2).sum()))
    found = turn(
        PrincipalComponents(basis=axes.astype("f4"), sd=sizes, share=sizes**2 / total),
        scale,
        weights.mesh_px,
    )
    neutral = weights.neutral_codes @ loads @ found.basis.T / found.sd
    kept = replace(
        weights,
        mean=weights.mean[part],
        scale=scale,
        basis=found.basis,
        sd=found.sd,
        share=found.share,
        noise_sd=np.full(sizes.size, np.nan),
        neutral_pixels=None,
        neutral_codes=neutral.astype("f4"),
    )
    told = float(found.share.sum())
    known = replace(facts, explained=told, jitter=None, pose_leak_r2={}, pose_share=None)
    return kept, replace(config, appearance_px=0), known


def _in_full(weights: PersonWeights, config: PersonConfig) -> Float64:
    """What brings landmarks to the weight that they have by themselves; eyes stay as they are."""
    more = np.ones(weights.mean.size - weights.appearance_size)
    more[: 2 * weights.points] /= np.sqrt(config.landmarks_energy)
    return more
