"""The movement that faces have in common: a model across people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from mimetic.errors import ArgumentError, SpaceError, TooLittleMovementError
from mimetic.ops.lowrank import PrincipalComponents, StreamedComponents
from mimetic.person.blend import Prior
from mimetic.person.calibrate import Projection
from mimetic.person.card import general_card
from mimetic.person.codes import Space
from mimetic.person.features import extract, fit_rows
from mimetic.person.fit import Start, measure, try_out, turn
from mimetic.person.linear import PersonModel
from mimetic.person.pooling import (
    KEPT,
    check_alike,
    common,
    directions,
    pooled_facts,
    without_person,
)
from mimetic.person.store import GENERAL, StoredSpace, read_space, write_space
from mimetic.person.weights import GeneralFacts, PersonConfig, PersonWeights
from mimetic.types import FaceClip, Float32, MovementEmbedding, Provenance


class GeneralModel(Space):
    """Principal components of the movement of several people, each about their own average face.

    Every person counts the same, however long their video. The model holds nobody's picture
    and nobody's average face: a clip is centred on its own person, who is given by
    ``centre``. ``PersonModel.fit(clips, general=...)`` blends it into a person's own model,
    ``person(clips)`` gives a person's model that has these components alone.
    """

    scope = "general"

    def __init__(
        self,
        weights: PersonWeights,
        *,
        rows: Float32,
        config: PersonConfig,
        facts: GeneralFacts,
    ) -> None:
        super().__init__(weights, config=config)
        self.rows = rows
        self.facts = facts

    @classmethod
    def fit(
        cls,
        people: Mapping[str, Iterable[FaceClip]],
        *,
        config: PersonConfig | None = None,
    ) -> GeneralModel:
        """Fit on the clips of at least two people, by name; each is read three times.

        Raises ArgumentError for less than two people and for clips of different crop
        sizes or landmark schemes, and what ``PersonModel.fit`` raises for a person.
        """
        config = config or PersonConfig()
        if len(people) < 2:
            raise ArgumentError(
                f"people: expected at least two, got {len(people)}; a model of one is made by "
                "mimetic person fit"
            )
        starts: dict[str, Start] = {}
        found: dict[str, Float32] = {}
        for name, clips in people.items():
            starts[name], found[name] = directions(name, clips, config)
            check_alike(starts)
        size = next(iter(found.values())).shape[1]
        joined = StreamedComponents(size, keep=KEPT * config.components)
        for rows in found.values():
            joined.update(rows)
        return cls._finished(people, config, starts=starts, joined=joined)

    @classmethod
    def _finished(
        cls,
        people: Mapping[str, Iterable[FaceClip]],
        config: PersonConfig,
        *,
        starts: dict[str, Start],
        joined: StreamedComponents,
    ) -> GeneralModel:
        start = common(list(starts.values()))
        # The rows that came in are directions whose squares sum to a person's variance.
        joined.count = len(starts) + 1
        found = turn(joined.finish(KEPT * config.components), start.scale, start.mesh_px)
        rows = (found.basis * found.sd[:, None]).astype(np.float32)
        count = min(config.components, found.sd.size)
        first = PrincipalComponents(
            basis=found.basis[:count], sd=found.sd[:count], share=found.share[:count]
        )
        tried = {
            name: try_out(
                clips, config, start=replace(starts[name], scale=start.scale), found=first
            )
            for name, clips in people.items()
        }
        weights = without_person([each for each, _ in tried.values()], start)
        facts = pooled_facts({name: each for name, (_, each) in tried.items()})
        return cls(weights, rows=rows, config=config, facts=facts)

    @property
    def prior(self) -> Prior:
        """What this model brings into the fit of a person."""
        return Prior(rows=self.rows)

    def centre(self, clips: Iterable[FaceClip]) -> Float32:
        """The average features [P] of a person, about whom codes are told; reads once.

        Raises TooLittleMovementError where no frame is measured.
        """
        total, count = np.zeros(self.weights.mean.size), 0
        for clip in clips:
            self.check(clip)
            rows = fit_rows(clip)
            total += extract(clip, rows, appearance_px=self.config.appearance_px).sum(
                0, dtype=np.float64
            )
            count += int(rows.sum())
        if not count:
            raise TooLittleMovementError("clips: expected at least one measured frame, got none")
        return (total / count).astype(np.float32)

    def embed(self, clip: FaceClip, *, centre: Float32 | None = None) -> MovementEmbedding:
        """Codes of every valid frame, about ``centre`` or, without it, about this clip's average.

        Give the ``centre`` of all of a person's video for stretches of it. SpaceError
        for a clip of another crop size.
        """
        self.check(clip)
        if centre is None and not clip.valid.any():
            centre = self.weights.mean
        about = self.centre([clip]) if centre is None else centre
        project = Projection(
            mean=about,
            scale=self.weights.scale,
            basis=self.weights.basis,
            sd=self.weights.sd,
        )
        return self._embedded(clip, project)

    def person(
        self,
        clips: Iterable[FaceClip],
        *,
        person_name: str = "",
    ) -> PersonModel:
        """The model of a person that has this model's components and the person's own face.

        For a person of whom too little video is there to find components in, and to
        draw these on a face; raises what ``PersonModel.fit`` raises.
        """
        start = replace(measure(clips, self.config), scale=self.weights.scale)
        if start.mean.size != self.weights.mean.size:
            raise SpaceError(
                f"clips: expected {self.weights.mean.size} features a frame, as this model has, "
                f"got {start.mean.size}; use clips with as many landmarks"
            )
        found = PrincipalComponents(
            basis=self.weights.basis, sd=self.weights.sd, share=self.weights.share
        )
        weights, facts = try_out(clips, self.config, start=start, found=found)
        return PersonModel(
            weights,
            config=self.config,
            facts=replace(facts, general_energy=None),
            person_name=person_name,
        )

    def save(self, folder: str | Path, *, provenance: Provenance | None = None) -> None:
        """Write config.toml, weights.npz, provenance.json and card.md into a folder."""
        stored = StoredSpace(
            kind=GENERAL,
            weights=self.weights,
            config=self.config,
            facts=self.facts,
            rows=self.rows,
        )
        card = general_card(self.facts, self.components, space=self.space)
        write_space(Path(folder), stored, card=card, provenance=provenance)

    @classmethod
    def load(cls, folder: str | Path) -> GeneralModel:
        """Read a stored model back; ModelError for a damaged folder or a person's model."""
        stored = read_space(Path(folder), kind=GENERAL)
        return cls(stored.weights, rows=stored.rows, config=stored.config, facts=stored.facts)
