"""A movement space as a folder: config.toml, weights.npz, provenance.json, card.md."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.config import config_hash, read_config, to_toml
from mimetic.errors import MimeticError, ModelError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.provenance import make_provenance
from mimetic.person.weights import (
    FORMAT,
    PersonConfig,
    PersonFacts,
    PersonWeights,
    space_hash,
    weights_hash,
)
from mimetic.types import Provenance

FILES = ("config.toml", "weights.npz", "provenance.json", "card.md")


@dataclasses.dataclass(frozen=True, kw_only=True)
class StoredSpace:
    """All that a model folder holds."""

    weights: PersonWeights
    config: PersonConfig
    facts: PersonFacts
    person_name: str


def write_space(
    folder: Path, stored: StoredSpace, *, card: str, provenance: Provenance | None
) -> None:
    """Write a model folder; every file appears under its name only when complete."""
    own = make_provenance(
        config_hash=config_hash(stored.config), weights_hash=weights_hash(stored.weights)
    )
    about = {
        "format": FORMAT,
        "kind": "mimetic person linear",
        "person_name": stored.person_name,
        "space": space_hash(stored.weights, stored.config),
        "facts": dataclasses.asdict(stored.facts),
        "provenance": dataclasses.asdict(provenance or own),
    }
    arrays = {
        field.name: np.asarray(getattr(stored.weights, field.name))
        for field in dataclasses.fields(PersonWeights)
    }
    buffer = BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    facts = json.dumps(about, indent=2, sort_keys=True) + "\n"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "weights.npz", buffer.getvalue())
        replace_file(folder / "config.toml", to_toml(stored.config).encode())
        replace_file(folder / "card.md", card.encode())
        replace_file(folder / "provenance.json", facts.encode())


def read_space(folder: Path) -> StoredSpace:
    """Read a model folder; ModelError where it is missing, damaged or of another version."""
    about = _read_about(folder)
    try:
        config = read_config(PersonConfig, folder / "config.toml")
        facts = PersonFacts(**about["facts"])
        weights = _read_weights(folder / "weights.npz")
        person_name, space = str(about["person_name"]), about["space"]
    except (MimeticError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder}: expected a stored movement space, got a fault ({error}); fit it again"
        ) from error
    if space_hash(weights, config) != space:
        raise ModelError(
            f"{folder}: weights.npz and config.toml are not those that provenance.json names; they "
            "were damaged or exchanged; fit the model again"
        )
    return StoredSpace(weights=weights, config=config, facts=facts, person_name=person_name)


def _read_about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a model folder with {', '.join(FILES)}, got {error}"
        ) from error
    found = about.get("format") if isinstance(about, dict) else None
    if found != FORMAT:
        raise ModelError(
            f"{folder}: expected a movement space of format {FORMAT}, got {found}; fit it again "
            "with this version, or read it with the mimetic that wrote it"
        )
    return dict(about)


def _read_weights(path: Path) -> PersonWeights:
    wanted = [field.name for field in dataclasses.fields(PersonWeights)]
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays: dict[str, Any] = {name: archive[name] for name in wanted}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: expected the arrays of a movement space, got {error}") from error
    arrays["residual"] = float(arrays["residual"])
    return PersonWeights(**arrays)
