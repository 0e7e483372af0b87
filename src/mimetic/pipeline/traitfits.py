"""Fitting a trait model on a list of people, with the probes that it has to be told beside."""

from __future__ import annotations

import dataclasses
from typing import Unpack

from mimetic.errors import ArgumentError
from mimetic.pipeline.traits import People
from mimetic.relations.facts import ProbeFacts
from mimetic.relations.kinds import Storable
from mimetic.relations.model import FitOptions, TraitModel
from mimetic.relations.registry import KINDS, make_kind

PROBES = ("frozen-frame", "tracker-noise")  # what is not movement, but may tell the trait


def check_seen(kind: str) -> None:
    """Refuse, before anything is measured, a kind that is unknown or looks at pixels."""
    if kind in KINDS and KINDS[kind].pixels:
        raise ArgumentError(f"--kind: {kind} looks at pixels; fit it in Python (TraitModel.fit)")
    make_kind(kind)


def check_kind(kind: str) -> None:
    """Refuse, before anything is measured, a kind that cannot be learnt from dynamics and kept."""
    check_seen(kind)
    if not isinstance(make_kind(kind), Storable):
        raise ArgumentError(f"--kind: models of kind {kind} are not stored; fit kind additive")


def fit_people(
    people: People, *, kind: str = "additive", **options: Unpack[FitOptions]
) -> TraitModel:
    """A model of the trait learnt from all these people."""
    return TraitModel.fit(
        people.dynamics,
        people.labels,
        subjects=people.subjects,
        families=people.families,
        kind=kind,
        **options,
    )


def fit_probes(people: People, **options: Unpack[FitOptions]) -> tuple[ProbeFacts, ...]:
    """What tells the trait without any movement, each to be at chance."""
    found = [fit_people(people, kind=kind, **options).facts for kind in PROBES]
    return tuple(
        ProbeFacts(
            kind=facts.kind,
            score=facts.score,
            score_low=facts.score_low,
            score_high=facts.score_high,
            chance=facts.chance,
            higher_is_better=facts.label is not None,
        )
        for facts in found
    )


def fit_probed(
    people: People, *, kind: str = "additive", **options: Unpack[FitOptions]
) -> TraitModel:
    """``fit_people``, the model knowing what ``fit_probes`` found, and warning of it."""
    model = fit_people(people, kind=kind, **options)
    model.facts = dataclasses.replace(model.facts, probes=fit_probes(people, **options))
    return model
