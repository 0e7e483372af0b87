"""A recogniser as a folder: config.toml, weights.npz, card.md, provenance.json."""

from __future__ import annotations

import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.config import from_mapping, to_toml
from mimetic.errors import MimeticError, ModelError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.provenance import make_provenance, to_plain
from mimetic.micro.card import Facts
from mimetic.micro.kinds import Learnt
from mimetic.micro.registry import restore

FORMAT = 1  # raise it when the meaning of an array changes
KIND = "mimetic micro recogniser"
FILES = ("config.toml", "weights.npz", "card.md", "provenance.json")


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """All that a model folder holds."""

    learnt: Learnt
    facts: Facts


def write_model(folder: Path, stored: Stored, *, card: str) -> None:
    """Write a model folder; provenance.json comes last, so a folder that has it is complete."""
    arrays = stored.learnt.arrays()
    config = to_toml(stored.learnt.settings)
    digest = _digest(arrays, config)
    about = {
        "format": FORMAT,
        "kind": KIND,
        "sha256": digest,
        "facts": to_plain(stored.facts),
        "provenance": to_plain(
            make_provenance(
                config_hash=hashlib.sha256(config.encode()).hexdigest(),
                weights_hash=digest,
                seed=stored.facts.seed,
            )
        ),
    }
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]
    text = json.dumps(about, indent=2, sort_keys=True, allow_nan=False) + "\n"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "config.toml", config.encode())
        replace_file(folder / "weights.npz", packed.getvalue())
        replace_file(folder / "card.md", card.encode())
        replace_file(folder / "provenance.json", text.encode())


def read_model(folder: Path) -> Stored:
    """Read a model folder; ModelError where it is missing, damaged or of another version."""
    about = _read_about(folder)
    try:
        config = (folder / "config.toml").read_text(encoding="utf-8")
        with (folder / "weights.npz").open("rb") as file, np.load(file) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts: Facts = from_mapping(Facts, about["facts"], where="facts")
        settings = tomllib.loads(config)
    except (OSError, ValueError, KeyError, EOFError, MimeticError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{folder}: expected a stored recogniser, got a fault ({error}); fit it again"
        ) from error
    if _digest(arrays, config) != about.get("sha256"):
        raise ModelError(
            f"{folder}: weights.npz and config.toml are not those that provenance.json names; they "
            "were damaged or exchanged; fit the model again"
        )
    return Stored(learnt=restore(facts.kind, settings, arrays), facts=facts)


def _read_about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a model folder with {', '.join(FILES)}, got {error}"
        ) from error
    found = (about.get("kind"), about.get("format")) if isinstance(about, dict) else about
    if found != (KIND, FORMAT):
        raise ModelError(
            f"{folder}: expected a {KIND} of format {FORMAT}, got {found}; fit it again with this "
            "version, or read it with the mimetic that wrote it"
        )
    return dict(about)


def _digest(arrays: Mapping[str, npt.NDArray[Any]], config: str) -> str:
    """SHA-256 of arrays, by their names, shapes and values, and of the settings."""
    digest = hashlib.sha256(config.encode())
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
