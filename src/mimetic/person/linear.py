"""The linear model of one person's facial movement."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np

from mimetic.errors import ArgumentError, SpaceError
from mimetic.person import render
from mimetic.person.calibrate import Projection
from mimetic.person.card import limits_of, model_card
from mimetic.person.describe import Component, describe
from mimetic.person.features import check_size, extract
from mimetic.person.fit import fit_space
from mimetic.person.store import StoredSpace, read_space, write_space
from mimetic.person.weights import PersonConfig, PersonFacts, PersonWeights, space_hash
from mimetic.types import (
    FaceClip,
    Float32,
    Float64,
    Floats,
    MovementEmbedding,
    Provenance,
    UInt8,
)

__all__ = ["PersonConfig", "PersonFacts", "PersonModel"]


class PersonModel:
    """What one face can do: principal components of its landmarks and appearance together.

    Codes are in standard deviations of their component over the fitted video,
    zero being the person's average face; component 0 carries most variance.
    Named movements point to plus. Head pose is not regressed out
    (``facts.pose_leak_r2`` says how much of it the codes know).
    """

    def __init__(
        self,
        weights: PersonWeights,
        *,
        config: PersonConfig,
        facts: PersonFacts,
        person_name: str = "",
    ) -> None:
        self.weights = weights
        self.config = config
        self.facts = facts
        self.person_name = person_name

    @classmethod
    def fit(
        cls,
        clips: Iterable[FaceClip],
        *,
        config: PersonConfig | None = None,
        person_name: str = "",
    ) -> PersonModel:
        """Fit on stretches of one person's video, which are read three times.

        Raises TooLittleMovementError for no stretch, fewer than ten distinct valid
        frames or a still face, and ArgumentError for an iterator or stretches of
        different persons or sizes.
        """
        config = config or PersonConfig()
        weights, facts = fit_space(clips, config)
        return cls(weights, config=config, facts=facts, person_name=person_name)

    @cached_property
    def space(self) -> str:
        """The name of this space: a hash of its weights and configuration."""
        return space_hash(self.weights, self.config)

    @property
    def limits(self) -> tuple[str, ...]:
        """What this fit is too thin for, in sentences for the report; empty where nothing is."""
        return limits_of(self.facts)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The components in words and shares, largest first."""
        return describe(self.weights, self.config.appearance_px)

    @property
    def neutral_codes(self) -> Float32:
        """Where the person's neutral face lies [D]."""
        return self.weights.neutral_codes

    def embed(self, clip: FaceClip) -> MovementEmbedding:
        """Codes of every valid frame of a clip, with the standard deviation of their noise.

        ``code_sd`` is the noise of a frame on a still face, taken from the fitted
        video, times how much farther than usual the frame lies from the space
        (never less than once): for noise alike in all directions, as in
        probabilistic PCA (Tipping and Bishop 1999), both grow together. None where
        the fitted video was too short to measure noise. SpaceError for a clip of
        another crop size.
        """
        weights = self.weights
        check_size(clip, weights.neutral_pixels.shape[0], points=weights.points)
        project = Projection(
            mean=weights.mean, scale=weights.scale, basis=weights.basis, sd=weights.sd
        )
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
        )

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

    def render(self, codes: Floats) -> UInt8:
        """Pictures [N H W 3] of this person's neutral face moved to codes [N D]."""
        return render.render_codes(self.weights, codes, appearance_px=self.config.appearance_px)

    def pictures(self, component: int, *, size_sd: float = 2.0) -> UInt8:
        """The neutral face at minus and plus ``size_sd`` of a component [2 H W 3]."""
        self._check_component(component)
        codes = np.repeat(self.neutral_codes[None].astype(np.float64), 2, axis=0)
        codes[:, component] += [-size_sd, size_sd]
        return self.render(codes)

    def movement(self, component: int, *, size_sd: float = 2.0) -> Float32:
        """What ``size_sd`` of a component moves [2 H W], in crop px, NaN off the face."""
        self._check_component(component)
        return render.movement_field(self.weights, component, size_sd=size_sd)

    def arrows(self, component: int, *, size_sd: float = 2.0) -> tuple[Float64, Float64]:
        """The neutral face's points [L 2] and how far a component carries them [L 2], crop px."""
        self._check_component(component)
        return render.arrows(self.weights, component, size_sd=size_sd)

    def save(self, folder: str | Path, *, provenance: Provenance | None = None) -> None:
        """Write config.toml, weights.npz, provenance.json and card.md into a folder."""
        card = model_card(
            self.facts, self.components, name=self.person_name or "one person", space=self.space
        )
        write_space(Path(folder), self._stored(), card=card, provenance=provenance)

    @classmethod
    def load(cls, folder: str | Path) -> PersonModel:
        """Read a stored model back, to the bit; ModelError for a damaged or foreign folder."""
        stored = read_space(Path(folder))
        return cls(
            stored.weights,
            config=stored.config,
            facts=stored.facts,
            person_name=stored.person_name,
        )

    def _stored(self) -> StoredSpace:
        return StoredSpace(
            weights=self.weights,
            config=self.config,
            facts=self.facts,
            person_name=self.person_name,
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
