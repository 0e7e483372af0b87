"""Neural models of one person's movement: networks whose codes are used like the linear model's.

Every kind turns a frame's features into raw numbers; a linear reading, fitted in closed form
on the person's own frames, makes codes of them, largest first. For "neural" that reading sees
the linear features beside the units, so that without the units it is the linear model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from mimetic.config import config_hash
from mimetic.errors import ArgumentError, ModelError
from mimetic.person.calibrate import Projection
from mimetic.person.card import model_card
from mimetic.person.general import GeneralModel
from mimetic.person.linear import PersonModel
from mimetic.person.neuralfit import Fitted, fit_parts
from mimetic.person.neuralparts import Beginning, Neural
from mimetic.person.neuralstart import NeuralStart
from mimetic.person.neuralstore import OWN, StoredNeural, read_neural, with_own, write_neural
from mimetic.person.recipe import NeuralConfig
from mimetic.person.steady import lean
from mimetic.person.weights import PersonFacts, PersonWeights
from mimetic.types import FaceClip, MovementEmbedding, Provenance

__all__ = ["NeuralConfig", "NeuralModel", "NeuralStart", "fit_neural", "load_neural"]

FEW_UPDATES = 100  # of a person's own, where the network starts from others


class NeuralModel(PersonModel):
    """A person's movement as a network tells it; has all methods of ``PersonModel``.

    Names, pictures and arrows of components are those of the linear movement that goes
    along with a code on the fitted video (least squares), for codes themselves are no
    longer straight lines in pictures.
    """

    def __init__(
        self, parts: Neural, *, weights: PersonWeights, facts: PersonFacts, person_name: str = ""
    ) -> None:
        super().__init__(weights, config=parts.config.linear, facts=facts, person_name=person_name)
        self.parts = parts

    @property
    def kind(self) -> str:
        """Which kind of network this is: "neural", "cycle" or "fabnet"."""
        return self.parts.config.kind

    @cached_property
    def space(self) -> str:
        """The name of this space: a hash of everything that codes depend on."""
        digest = hashlib.sha256(f"mimetic person {config_hash(self.parts.config)}".encode())
        digest.update(self.parts.linear.space.encode())
        reading = self.parts.reading
        named = self.parts.arrays | {"mean": reading.mean, "basis": reading.basis, "sd": reading.sd}
        named |= {"gain": self.parts.gain}
        for name in sorted(named):
            array = np.ascontiguousarray(named[name])
            digest.update(f"{name} {array.shape} {array.dtype.str}".encode() + array.tobytes())
        return digest.hexdigest()

    def embed(self, clip: FaceClip) -> MovementEmbedding:
        """Codes of every valid frame of a clip, with the standard deviation of their noise.

        As ``PersonModel.embed``; a frame's distance is that from the linear space. A component
        that is mostly noise leans on the frames just before and after (``config.steady``), so
        that the first and last frame of a clip are noisier than the others.
        """
        self.check(clip)
        told = self._embedded(clip, cast(Projection, self.parts.project))
        rows = np.flatnonzero(clip.valid & ~clip.repeated)
        codes = told.codes.copy()
        codes[rows] = lean(codes[rows], clip.times_s[rows], self.parts.gain)
        again = np.flatnonzero(clip.valid & clip.repeated)
        shown = rows[np.maximum(np.searchsorted(rows, again) - 1, 0)] if rows.size else again
        same = shown == again - 1  # a frame shown twice has the code that it had at first
        codes[again[same]] = codes[shown[same]]
        return replace(told, codes=codes)

    def save(
        self,
        folder: str | Path,
        *,
        provenance: Provenance | None = None,
        template: bool = True,
    ) -> None:
        """Write the model, and the linear one beneath it in ``linear/``, into a folder.

        ArgumentError without ``template``: a network that was learnt from pixels holds them.
        """
        if not template:
            raise ArgumentError(
                f"template: a model of kind {self.kind} cannot be kept without pictures, since its "
                "network was learnt from them; save a linear model without template"
            )
        card = model_card(
            self.facts, self.components, name=self.person_name or "one person", space=self.space
        ).replace("a linear model (principal components of", f'a model of kind "{self.kind}" (of')
        stored = StoredNeural(
            parts=self.parts,
            own={name: getattr(self.weights, name) for name in OWN},
            facts=self.facts,
            person_name=self.person_name,
            space=self.space,
        )
        write_neural(Path(folder), stored, card=card, provenance=provenance)


def fit_neural(
    clips: Iterable[FaceClip],
    *,
    kind: str = "neural",
    general: GeneralModel | NeuralStart | NeuralModel | None = None,
    config: NeuralConfig | None = None,
    person_name: str = "",
) -> NeuralModel:
    """Fit a neural model on stretches of one person's video, whose features it holds in memory.

    ``general`` is where the network starts: one learnt on many people (``NeuralStart``), or
    another person's, whose recipe then counts unless another is given, with FEW_UPDATES of this
    person's own; a general linear model blends into the linear model beneath alone. Raises
    what ``PersonModel.fit`` raises, ArgumentError for a start of another kind, MissingExtra
    without torch.
    """
    config = _checked(config, kind, general)
    found = _fit(clips, config, general)
    return NeuralModel(
        found.parts, weights=found.weights, facts=found.facts, person_name=person_name
    )


def load_neural(folder: str | Path) -> NeuralModel:
    """Read a stored neural model back; ModelError for a damaged or foreign folder."""
    stored = read_neural(Path(folder))
    weights = with_own(stored.parts.linear.weights, stored.own)
    model = NeuralModel(
        stored.parts, weights=weights, facts=stored.facts, person_name=stored.person_name
    )
    if model.space != stored.space:
        raise ModelError(
            f"{folder}: weights.npz and config.toml are not those that provenance.json names; they "
            "were damaged or exchanged; fit the model again"
        )
    return model


def few_updates(general: object) -> NeuralConfig | None:
    """The recipe of the network that a person starts from, with few updates; None without one."""
    if isinstance(general, NeuralStart):
        config = general.config
    elif isinstance(general, NeuralModel):
        config = general.parts.config
    else:
        return None
    return replace(config, updates=min(config.updates, FEW_UPDATES))


def _checked(config: NeuralConfig | None, kind: str, general: object) -> NeuralConfig:
    told = getattr(general, "kind", kind)
    if told != kind:
        raise ArgumentError(f"general: expected a start of kind {kind}, got one of kind {told}")
    if config is None:
        config = few_updates(general) or NeuralConfig.of(kind)
    if config.kind != kind:
        raise ArgumentError(f"kind: expected {config.kind}, as the configuration says, got {kind}")
    return config


def _fit(
    clips: Iterable[FaceClip],
    config: NeuralConfig,
    general: GeneralModel | NeuralStart | NeuralModel | None,
) -> Fitted:
    beneath = general if isinstance(general, GeneralModel) else None
    linear = PersonModel.fit(clips, config=config.linear, general=beneath)
    start = None
    if isinstance(general, NeuralStart):
        start = general.beginning
    elif isinstance(general, NeuralModel):
        start = Beginning(arrays=general.parts.arrays)
    return fit_parts(clips, config, linear=linear, start=start)
