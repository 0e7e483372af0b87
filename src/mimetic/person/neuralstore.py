"""A neural model as a folder: the linear model in ``linear/``, and what is laid over it beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.config import config_hash, read_config, to_toml
from mimetic.errors import MimeticError, ModelError
from mimetic.io.models import (
    CONFIG,
    Arrays,
    ModelFiles,
    read_about,
    read_arrays,
    write_model_folder,
)
from mimetic.io.provenance import make_provenance
from mimetic.person.linear import PersonModel
from mimetic.person.neuralparts import Neural
from mimetic.person.reading import Reading
from mimetic.person.recipe import NeuralConfig
from mimetic.person.store import KINDS
from mimetic.person.weights import PersonFacts, PersonWeights
from mimetic.types import Provenance

FORMAT = 1  # of what is beside ``linear``; that has a number of its own
BESIDE = "linear"
# Of the weights of a neural model those that are not its linear model's own.
OWN = ("basis", "sd", "share", "noise_sd", "residual", "neutral_codes")


@dataclass(frozen=True, kw_only=True)
class StoredNeural:
    """All that a folder of a neural model holds."""

    parts: Neural
    own: dict[str, Any]  # the weights named in OWN
    facts: PersonFacts
    person_name: str
    space: str


def write_neural(
    folder: Path, stored: StoredNeural, *, card: str, provenance: Provenance | None
) -> None:
    """Write a model folder; provenance.json, without which it is none, comes last."""
    parts = stored.parts
    about = {
        "format": FORMAT,
        "kind": KINDS + parts.config.kind,
        "person_name": stored.person_name,
        "space": stored.space,
        "facts": asdict(stored.facts),
        "provenance": asdict(
            provenance
            or make_provenance(config_hash=config_hash(parts.config), weights_hash=stored.space)
        ),
    }
    arrays: dict[str, Any] = {f"network/{name}": each for name, each in parts.arrays.items()}
    arrays |= {
        f"reading/{each.name}": getattr(parts.reading, each.name) for each in fields(Reading)
    }
    arrays |= {f"own/{name}": np.asarray(each) for name, each in stored.own.items()}
    arrays["own/gain"] = parts.gain
    parts.linear.save(folder / BESIDE, provenance=provenance)
    files = ModelFiles(config=to_toml(parts.config), arrays=arrays, card=card, about=about)
    write_model_folder(folder, files)


def with_own(weights: PersonWeights, own: dict[str, Any]) -> PersonWeights:
    """The weights of the linear model with those that a neural model has of its own."""
    return replace(weights, **own)


def read_neural(folder: Path) -> StoredNeural:
    """Read a model folder; ModelError where it is missing, damaged or of another version."""
    try:
        about = read_about(folder)
        if about["format"] != FORMAT:
            raise ModelError(
                f"expected format {FORMAT}, got {about['format']}; fit it again with this version, "
                "or read it with the mimetic that wrote it"
            )
        config = read_config(NeuralConfig, folder / CONFIG)
        kinds = _by_kind(read_arrays(folder))
        reading = Reading(**kinds["reading"])
        own = {name: kinds["own"][name] for name in OWN}
        facts = PersonFacts(**about["facts"])
        linear = PersonModel.load(folder / BESIDE)
        parts = Neural(
            linear=linear,
            config=config,
            arrays=kinds["network"],
            reading=reading,
            gain=kinds["own"]["gain"],
        )
        return StoredNeural(
            parts=parts,
            own=own | {"residual": float(own["residual"])},
            facts=facts,
            person_name=str(about["person_name"]),
            space=str(about["space"]),
        )
    except (OSError, ValueError, KeyError, TypeError, MimeticError) as error:
        raise ModelError(
            f"{folder}: expected a stored neural model, got a fault ({error}); fit it again"
        ) from error


def _by_kind(stored: Arrays) -> dict[str, dict[str, Any]]:
    """Arrays by what stands before the stroke of their names."""
    kinds: dict[str, dict[str, Any]] = {"network": {}, "reading": {}, "own": {}}
    for full, each in stored.items():
        kind, name = full.split("/", 1)
        kinds[kind][name] = each
    return kinds
