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
FILES = ("config.toml", "weights.npz", "provenance.json", "card.md")


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
    """Write a model folder; every file appears under its name only when complete."""
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
    buffer = BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    facts = json.dumps(about, indent=2, sort_keys=True) + "\n"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "weights.npz", buffer.getvalue())
        replace_file(folder / "config.toml", to_toml(stored.config).encode())
        replace_file(folder / "card.md", card.encode())
        replace_file(folder / "provenance.json", facts.encode())


def kind_of(folder: Path) -> str:
    """Which kind of model a folder holds; ModelError where it holds none."""
    kind = _read_about(folder).get("kind")
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
    about = _check_format(folder, _read_about(folder))
    try:
        config = read_config(PersonConfig, folder / "config.toml")
        facts = (GeneralFacts if kind == GENERAL else PersonFacts)(**about["facts"])
        weights, rows = _read_weights(folder / "weights.npz", general=kind == GENERAL)
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
    return StoredSpace(
        kind=kind, weights=weights, config=config, facts=facts, person_name=person_name, rows=rows
    )


def _read_about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a model folder with {', '.join(FILES)}, got {error}"
        ) from error
    if not isinstance(about, dict):
        raise ModelError(f"{folder}: expected facts in provenance.json, got {type(about).__name__}")
    return about


def _check_format(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    found = about.get("format")
    if found != FORMAT:
        raise ModelError(
            f"{folder}: expected a movement space of format {FORMAT}, got {found}; fit it again "
            "with this version, or read it with the mimetic that wrote it"
        )
    return about


def _read_weights(path: Path, *, general: bool) -> tuple[PersonWeights, Float32 | None]:
    wanted = [field.name for field in dataclasses.fields(PersonWeights)]
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            absent = {"neutral_pixels": None} if "neutral_pixels" not in archive else {}
            arrays: dict[str, Any] = absent | {
                name: archive[name] for name in wanted if name not in absent
            }
            rows = archive["rows"] if general else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: expected the arrays of a movement space, got {error}") from error
    arrays["residual"] = float(arrays["residual"])
    arrays["crop_px"] = int(arrays["crop_px"])
    return PersonWeights(**arrays), rows
