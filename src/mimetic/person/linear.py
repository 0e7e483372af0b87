"""The linear model of one person's facial movement."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.person import render
from mimetic.person.calibrate import Projection
from mimetic.person.card import limits_of, model_card
from mimetic.person.codes import Space
from mimetic.person.fit import fit_space
from mimetic.person.pixelfree import landmarks_alone
from mimetic.person.store import (
    LINEAR,
    NEURAL_KINDS,
    StoredSpace,
    kind_of,
    read_space,
    write_space,
)
from mimetic.person.weights import PersonConfig, PersonFacts, PersonWeights
from mimetic.types import FaceClip, Floats, MovementEmbedding, Provenance, UInt8

if TYPE_CHECKING:
    from mimetic.person.general import GeneralModel

__all__ = ["PersonConfig", "PersonFacts", "PersonModel"]


class PersonModel(Space):
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
        super().__init__(weights, config=config)
        self.facts = facts
        self.person_name = person_name

    @classmethod
    def fit(
        cls,
        clips: Iterable[FaceClip],
        *,
        kind: str = "linear",
        general: GeneralModel | None = None,
        config: Any = None,
        person_name: str = "",
    ) -> PersonModel:
        """Fit on stretches of one person's video, which are read three times.

        With a ``general`` model, its movements weigh in where the person's video is
        short (``facts.general_energy`` says how much). The kinds "neural", "cycle" and
        "fabnet" are networks and need the extra neural; their configuration is their
        own, and their models have the methods of this one.

        Raises TooLittleMovementError for no stretch, fewer than ten distinct valid
        frames or a still face, SpaceError for a general model of other features, and
        ArgumentError for an iterator, an unknown kind or stretches of different
        persons or sizes.
        """
        if kind in NEURAL_KINDS:
            neural = importlib.import_module("mimetic.person.neural")
            found: PersonModel = neural.fit_neural(
                clips, kind=kind, general=general, config=config, person_name=person_name
            )
            return found
        if kind != LINEAR:
            known = ", ".join((LINEAR, *NEURAL_KINDS))
            raise ArgumentError(f"kind: expected one of {known}, got {kind!r}")
        config = config or PersonConfig()
        prior = None if general is None else general.prior
        weights, facts = fit_space(clips, config, prior=prior)
        return cls(weights, config=config, facts=facts, person_name=person_name)

    @property
    def limits(self) -> tuple[str, ...]:
        """What this fit is too thin for, in sentences for the report; empty where nothing is."""
        return limits_of(self.facts)

    def embed(self, clip: FaceClip) -> MovementEmbedding:
        """Codes of every valid frame of a clip, with the standard deviation of their noise.

        ``code_sd`` is the noise of a frame on a still face, taken from the fitted
        video, times how much farther than usual the frame lies from the space
        (never less than once): for noise alike in all directions, as in
        probabilistic PCA (Tipping and Bishop 1999), both grow together. None where
        the fitted video was too short to measure noise. SpaceError for a clip of
        another crop size.
        """
        self.check(clip)
        weights = self.weights
        project = Projection(
            mean=weights.mean, scale=weights.scale, basis=weights.basis, sd=weights.sd
        )
        return self._embedded(clip, project)

    def render(self, codes: Floats) -> UInt8:
        """Pictures [N H W 3] of this person's neutral face moved to codes [N D]."""
        return render.render_codes(self.weights, codes, appearance_px=self.config.appearance_px)

    def pictures(self, component: int, *, size_sd: float = 2.0) -> UInt8:
        """The neutral face at minus and plus ``size_sd`` of a component [2 H W 3]."""
        self._check_component(component)
        codes = np.repeat(self.neutral_codes[None].astype(np.float64), 2, axis=0)
        codes[:, component] += [-size_sd, size_sd]
        return self.render(codes)

    def without_pixels(self) -> PersonModel:
        """The same person's space of landmarks and eyes, which holds no picture of them.

        It embeds clips (from their landmarks), measures distances, names components and
        gives ``movement`` and ``arrows``; ``render`` and ``pictures`` raise ModelError.
        Another space than this one, without ``code_sd``; a model fitted with
        ``appearance_px=0`` stays the same space and keeps it.
        """
        weights, config, facts = landmarks_alone(self.weights, self.config, self.facts)
        return PersonModel(weights, config=config, facts=facts, person_name=self.person_name)

    def save(
        self,
        folder: str | Path,
        *,
        provenance: Provenance | None = None,
        template: bool = True,
    ) -> None:
        """Write config.toml, weights.npz, provenance.json and card.md into a folder.

        ``template=False`` writes ``without_pixels()``, for a lab that must not keep faces.
        """
        if not template:
            self.without_pixels().save(folder, provenance=provenance)
            return
        card = model_card(
            self.facts,
            self.components,
            name=self.person_name or "one person",
            space=self.space,
            pictured=self.weights.neutral_pixels is not None,
        )
        write_space(Path(folder), self._stored(), card=card, provenance=provenance)

    @classmethod
    def load(cls, folder: str | Path) -> PersonModel:
        """Read a stored model of any kind back, to the bit.

        ModelError for a folder that is damaged, foreign or a general model's.
        """
        kind = kind_of(Path(folder))
        if kind in NEURAL_KINDS:
            neural = importlib.import_module("mimetic.person.neural")
            found: PersonModel = neural.load_neural(Path(folder))
            return found
        stored = read_space(Path(folder), kind=LINEAR)
        return cls(
            stored.weights,
            config=stored.config,
            facts=stored.facts,
            person_name=stored.person_name,
        )

    def _stored(self) -> StoredSpace:
        return StoredSpace(
            kind=LINEAR,
            weights=self.weights,
            config=self.config,
            facts=self.facts,
            person_name=self.person_name,
        )
