"""A movement space as a folder: config.toml, weights.npz, provenance.json, card.md."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.config import config_hash, read_config, to_toml
from mimetic.errors import MimeticError, ModelError
from mimetic.io.models import (
    CONFIG,
    ModelFiles,
    check_digest,
    read_about,
    read_arrays,
    write_model_folder,
)
from mimetic.io.provenance import make_provenance
from mimetic.person.weights import (
    FORMAT,
    GeneralFacts,
    PersonConfig,
    PersonFacts,
    PersonWeights,
    space_hash,
    weights_hash,
)
from mimetic.types import Float32, Provenance

LINEAR, GENERAL = "linear", "general"
NEURAL_KINDS = ("neural", "cycle", "fabnet")
KINDS = "mimetic person "  # before the kind in provenance.json


@dataclasses.dataclass(frozen=True, kw_only=True)
class StoredSpace:
    """All that a model folder holds."""

    kind: str
    weights: PersonWeights
    config: PersonConfig
    facts: Any  # PersonFacts, GeneralFacts
    person_name: str = ""
    rows: Any = None  # [R, P], directions of a general model


def write_space(
    folder: Path, stored: StoredSpace, *, card: str, provenance: Provenance | None
) -> None:
    """Write a model folder; see ``io.models``."""
    own = make_provenance(
        config_hash=config_hash(stored.config), weights_hash=weights_hash(stored.weights)
    )
    about = {
        "format": FORMAT,
        "kind": KINDS + stored.kind,
        "person_name": stored.person_name,
        "space": space_hash(stored.weights, stored.config),
        "facts": dataclasses.asdict(stored.facts),
        "provenance": dataclasses.asdict(provenance or own),
    }
    arrays = {
        field.name: np.asarray(value)
        for field in dataclasses.fields(PersonWeights)
        if (value := getattr(stored.weights, field.name)) is not None
    }
    if stored.rows is not None:
        arrays["rows"] = stored.rows
    files = ModelFiles(config=to_toml(stored.config), arrays=arrays, card=card, about=about)
    write_model_folder(folder, files)


def kind_of(folder: Path) -> str:
    """Which kind of model a folder holds; ModelError where it holds none."""
    kind = read_about(folder).get("kind")
    if not isinstance(kind, str) or not kind.startswith(KINDS):
        raise ModelError(f"{folder}: expected a stored movement space, got one of kind {kind!r}")
    return kind.removeprefix(KINDS)


def read_space(folder: Path, *, kind: str) -> StoredSpace:
    """Read a model folder; ModelError where it is missing, damaged, another kind or version."""
    found = kind_of(folder)
    if found != kind:
        raise ModelError(
            f"{folder}: expected a model of kind {kind}, got {found}; GeneralModel.load reads "
            "general models, PersonModel.load those of a person"
        )
    about = _check_format(folder, read_about(folder))
    try:
        config = read_config(PersonConfig, folder / CONFIG)
        facts = (GeneralFacts if kind == GENERAL else PersonFacts)(**about["facts"])
        weights, rows = _read_weights(folder, general=kind == GENERAL)
        person_name, space = str(about["person_name"]), about["space"]
    except (MimeticError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder}: expected a stored movement space, got a fault ({error}); fit it again"
        ) from error
    check_digest(folder, found=space_hash(weights, config), told=space)
    return StoredSpace(
        kind=kind, weights=weights, config=config, facts=facts, person_name=person_name, rows=rows
    )


def _check_format(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    found = about.get("format")
    if found != FORMAT:
        raise ModelError(
            f"{folder}: expected a movement space of format {FORMAT}, got {found}; fit it again "
            "with this version, or read it with the mimetic that wrote it"
        )
    return about


def _read_weights(folder: Path, *, general: bool) -> tuple[PersonWeights, Float32 | None]:
    """The weights, and the directions of a general model; KeyError where one is missing."""
    stored = read_arrays(folder)
    wanted = [field.name for field in dataclasses.fields(PersonWeights)]
    arrays: dict[str, Any] = {"neutral_pixels": None}
    arrays |= {name: stored[name] for name in wanted if name in stored or name not in arrays}
    arrays["residual"] = float(arrays["residual"])
    arrays["crop_px"] = int(arrays["crop_px"])
    return PersonWeights(**arrays), stored["rows"] if general else None
