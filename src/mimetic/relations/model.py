"""The public face of all kinds: fit on clips with labels, predict one clip, explain, keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np

from mimetic.errors import ArgumentError, ModelError, ShapeError
from mimetic.relations.calibrate import Scale, scale_of
from mimetic.relations.card import model_card
from mimetic.relations.effects import square
from mimetic.relations.evidence import held_out_evidence, new_evidence
from mimetic.relations.explain import Evidence, Explanation, explain_evidence, explain_importance
from mimetic.relations.facts import TraitFacts, fit_facts
from mimetic.relations.intake import Label, read_target
from mimetic.relations.kinds import Additive, Material, Opponent, Parts, Storable
from mimetic.relations.moments import WINDOW_S, Moments, read_moments
from mimetic.relations.registry import KINDS, make_kind
from mimetic.relations.store import StoredTrait, read_trait, write_trait
from mimetic.types import FaceClip, Float64, Int64, LocalDynamics, TraitEstimate


class FitOptions(TypedDict, total=False):
    """What ``TraitModel.fit`` takes besides the clips and whom they show."""

    trait: str  # its name, for estimates and the card; "trait" where not given
    label: str  # the class in question
    unit: str  # of labels that are numbers; years for an age, else the trait's name
    clips: Sequence[FaceClip]  # crops, for kinds that look at pixels
    settings: Any  # of the kind: its record or plain values
    seed: int


class TraitModel:
    """Estimates a trait from how facial regions move, and says which pairs carried it."""

    def __init__(
        self, opponent: Opponent, facts: TraitFacts, *, scale: Scale, evidence: Evidence | None
    ) -> None:
        self.facts = facts
        self._opponent, self._scale, self._evidence = opponent, scale, evidence

    @classmethod
    def fit(
        cls,
        dynamics: Sequence[LocalDynamics],
        labels: Sequence[Label],
        *,
        subjects: Sequence[str],
        families: Sequence[str | None] | None = None,
        kind: str = "additive",
        **options: Unpack[FitOptions],
    ) -> TraitModel:
        """Learn from clips [n] with labels, people and families [n].

        Labels that are numbers make an estimate in their ``unit``, words make classes: two,
        or one (``label``) against the rest. ``options`` are ``FitOptions``. The same
        seed gives the same model.
        """
        if len(labels) != len(dynamics):
            raise ShapeError(f"labels: expected {len(dynamics)}, one a clip, got {len(labels)}")
        _check_pixels(kind, options.get("clips"))
        given = read_target(labels, subjects, families, label=options.get("label"))
        trait = options.get("trait", "trait")
        unit = given.unit(trait, options.get("unit"))
        target, seed = given.target, options.get("seed", 0)
        material = Material(dynamics, options.get("clips"), people=target.subjects)
        rng = np.random.default_rng(seed)
        opponent = make_kind(kind, options.get("settings"))
        opponent.fit(material, target, rng=rng)
        held, alone, evidence = opponent.held_out, None, None
        facts = fit_facts(material, given, held, names=(kind, trait, unit), seed=seed)
        if isinstance(opponent, Additive):
            alone = opponent.held_out_alone
            evidence = held_out_evidence(opponent, material, target, rng=rng)
        held = np.zeros(len(material)) if held is None else held
        scale = scale_of(held, target, rng=rng, alone=alone)
        return cls(opponent, facts, scale=scale, evidence=evidence)

    def predict(
        self,
        one: LocalDynamics | Sequence[LocalDynamics],
        *,
        clip: FaceClip | Sequence[FaceClip] | None = None,
    ) -> TraitEstimate:
        """What the movement of one clip, or of several clips of one person, says of the trait.

        ``low`` and ``high``: for classes from refits on people drawn with replacement (of
        kinds that do not add up, of their calibration alone); for numbers, where 95 % of
        held-out people's values lay about their estimates. ``clip`` are the crops.
        """
        several = [one] if isinstance(one, LocalDynamics) else list(one)
        crops = [clip] if isinstance(clip, FaceClip) else clip
        material = self._material(several, crops, people=np.zeros(len(several), np.int64))
        model, facts, parts = self._opponent, self.facts, None
        if isinstance(model, Additive):
            parts = model.parts(material).take(np.array([0]))
            value = float(parts.scores[0])
            low, high = (float(bound[0]) for bound in model.spread(material))
        else:
            scores = model.score(material).mean(keepdims=True)
            value = float(self._scale.line(scores)[0])
            low, high = (float(bound[0]) for bound in self._scale.interval(scores))
        if facts.label is None:
            low, high = value + self._scale.residual[int(len(several) > 1)]
        return TraitEstimate(
            trait=facts.trait,
            value=value,
            low=min(float(low), value),
            high=max(float(high), value),
            unit=facts.unit,
            baseline=0.0 if parts is None else parts.baseline,
            label=facts.label,
            probability=None if facts.label is None else float(1 / (1 + np.exp(-value))),
            regions=facts.regions,
            main=None if parts is None else parts.main[0],
            pairs=None if parts is None else square(parts.pairs[0]),
        )

    def scores(
        self, dynamics: Sequence[LocalDynamics], *, clips: Sequence[FaceClip] | None = None
    ) -> Float64:
        """The values [n] of many clips at once; those of one ``subject`` are weighed together."""
        material = self._material(dynamics, clips)
        scores = self._opponent.score(material)
        return scores if isinstance(self._opponent, Additive) else self._scale.line(scores)

    def explain(self, dynamics: Sequence[LocalDynamics] | None = None) -> Explanation:
        """Which pairs carried the trait: in the fit, on held-out people; or in other clips.

        For other clips, which need no labels, contributions are those to the spread of the
        model's own estimates, and the p values remain those of the fit.
        """
        if isinstance(self._opponent, Additive):
            if dynamics is not None:
                evidence = new_evidence(
                    self._opponent, self._material(dynamics), known=self._evidence
                )
                return explain_evidence(evidence, unit=self.facts.unit)
            if self._evidence is not None:
                return explain_evidence(self._evidence, unit=self.facts.unit)
        importance = self._opponent.pair_importance()
        if importance is None or dynamics is not None:
            raise ArgumentError(
                f'kind {self.facts.kind!r} cannot say which pairs mattered; fit kind "additive"'
            )
        return explain_importance(self.facts.regions, importance)

    def moments(self, one: LocalDynamics, *, window_s: float = WINDOW_S) -> Moments:
        """What each moment of a clip said: the estimate with and without it.

        Raises ArgumentError for kinds that do not add up, and what ``read_moments`` raises.
        """
        opponent = self._opponent
        if not isinstance(opponent, Additive):
            raise ArgumentError(
                f'kind {self.facts.kind!r} has no parts to follow over time; fit kind "additive"'
            )

        def judge(clips: Sequence[LocalDynamics]) -> Parts:
            # Each as a person of its own: clips of one person would be weighed together.
            return opponent.parts(self._material(clips, people=np.arange(len(clips))))

        return read_moments(one, judge, window_s=window_s)

    def save(self, folder: str | Path) -> None:
        """Write the folder of the model: config.toml, weights.npz, provenance.json, card.md.

        Raises ModelError for kinds that are for comparison only.
        """
        if not isinstance(self._opponent, Storable):
            raise ModelError(
                f'models of kind {self.facts.kind!r} are not stored; fit kind "additive"'
            )
        stored = StoredTrait(
            opponent=self._opponent, facts=self.facts, scale=self._scale, evidence=self._evidence
        )
        write_trait(Path(folder), stored, card=self.card())

    @classmethod
    def load(cls, folder: str | Path) -> TraitModel:
        """Read a model folder; ModelError where it is missing, damaged or of another version."""
        stored = read_trait(Path(folder))
        return cls(stored.opponent, stored.facts, scale=stored.scale, evidence=stored.evidence)

    def card(self) -> str:
        """The text of the model card."""
        return model_card(self.facts, self.explain() if self._evidence is not None else None)

    def _material(
        self,
        dynamics: Sequence[LocalDynamics],
        clips: Sequence[FaceClip] | None = None,
        *,
        people: Int64 | None = None,
    ) -> Material:
        _check_pixels(self.facts.kind, clips)
        material = Material(dynamics, clips, people=people)
        for name in ("regions", "features"):
            wanted, found = getattr(self.facts, name), getattr(material, name)
            if wanted != found:
                raise ShapeError(f"{name}: expected {wanted}, as in the fit, got {found}")
        return material


def _check_pixels(kind: str, clips: Sequence[FaceClip] | None) -> None:
    if kind not in KINDS:
        raise ArgumentError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    if clips is None and KINDS[kind].pixels:
        raise ArgumentError(f"clips: kind {kind!r} looks at pixels; give the crops of every clip")
    if clips is not None and not KINDS[kind].pixels:
        raise ArgumentError(f"clips: kind {kind!r} looks at no pixels; leave the crops out")
