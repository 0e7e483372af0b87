"""What codes of a linear space mean, whoever the space belongs to."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from mimetic.errors import ArgumentError, SpaceError
from mimetic.person import render
from mimetic.person.calibrate import Projection
from mimetic.person.describe import Component, describe
from mimetic.person.features import check_size, extract
from mimetic.person.pose import Head, WithoutPose, without_pose
from mimetic.person.weights import PersonConfig, PersonWeights, space_hash
from mimetic.types import FaceClip, Float32, Float64, MovementEmbedding


class Space:
    """Components of movement, and what can be said of codes along them."""

    scope = "person"

    def __init__(self, weights: PersonWeights, *, config: PersonConfig) -> None:
        self.weights = weights
        self.config = config

    @cached_property
    def space(self) -> str:
        """The name of this space: a hash of its weights and configuration."""
        return space_hash(self.weights, self.config)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The components in words and shares, largest first."""
        return describe(self.weights, self.config.appearance_px)

    @property
    def neutral_codes(self) -> Float32:
        """Where the neutral face lies [D]."""
        return self.weights.neutral_codes

    def scaled(self, embedding: MovementEmbedding) -> Float64:
        """Codes [T D] weighted by how much each component moves, NaN where not valid.

        Use these for regression, clustering and distances: in ``codes`` the last
        component, mostly noise, counts as much as the first. The fitted video has
        a total variance of one. SpaceError for codes of another model.
        """
        self._check_space(embedding)
        weight = self.weights.sd / np.sqrt((self.weights.sd**2).sum())
        return np.asarray(embedding.codes * weight)

    def distance(self, first: MovementEmbedding, second: MovementEmbedding) -> Float64:
        """How different two embeddings look, frame by frame [T1 T2], NaN where not valid.

        1 is the usual (rms) distance of a frame from the person's average face.
        SpaceError for codes of another model.
        """
        left, right = self.scaled(first), self.scaled(second)
        squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
        return np.asarray(np.sqrt(np.maximum(squares, 0)))

    def movement(self, component: int, *, size_sd: float = 2.0) -> Float32:
        """What ``size_sd`` of a component moves [2 H W], in crop px, NaN off the face."""
        self._check_component(component)
        return render.movement_field(self.weights, component, size_sd=size_sd)

    def arrows(self, component: int, *, size_sd: float = 2.0) -> tuple[Float64, Float64]:
        """The neutral face's points [L 2] and how far a component carries them [L 2], crop px."""
        self._check_component(component)
        return render.arrows(self.weights, component, size_sd=size_sd)

    def without_pose(self, embedding: MovementEmbedding, head: Head) -> WithoutPose:
        """Codes with head pose regressed out, and the share of the movement that this cost.

        ``head`` is the FaceTrack or FaceClip of the same frames. Pose and expression come
        together in real video: on six people half of what codes told of expressions went
        with it. The codes stay those of this space. TooLittleMovementError below 60 s.
        """
        self._check_space(embedding)
        return without_pose(embedding, head, share=self.weights.share)

    def check(self, clip: FaceClip) -> None:
        """Raise SpaceError when a clip does not have the size that this space was fitted on."""
        check_size(clip, self.weights.crop_px, points=self.weights.points)

    def _embedded(self, clip: FaceClip, project: Projection) -> MovementEmbedding:
        """The codes of a clip's valid frames by this projection, and their noise."""
        weights = self.weights
        codes = np.full((clip.times_s.size, weights.sd.size), np.nan, np.float32)
        spread = codes.copy()
        found, residual = project(
            extract(clip, clip.valid, appearance_px=self.config.appearance_px)
        )
        codes[clip.valid] = found
        farther = np.maximum(residual / weights.residual, 1)
        spread[clip.valid] = farther[:, None] * weights.noise_sd
        return MovementEmbedding(
            codes=codes,
            code_sd=spread if np.isfinite(weights.noise_sd).all() else None,
            times_s=clip.times_s,
            valid=clip.valid,
            space=self.space,
            scope=self.scope,
        )

    def _check_space(self, embedding: MovementEmbedding) -> None:
        if embedding.space != self.space:
            raise SpaceError(
                f"these codes come from another model ({embedding.space[:12]}) than this one "
                f"({self.space[:12]}); embed the clip with this model"
            )

    def _check_component(self, component: int) -> None:
        if not 0 <= component < self.weights.sd.size:
            raise ArgumentError(
                f"component: expected 0 to {self.weights.sd.size - 1}, got {component}"
            )
