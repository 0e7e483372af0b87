"""A trained model as a folder: config.toml, weights.npz, card.md, provenance.json. No pickle.

What is in the files is the business of the system that writes them; that they are whole, of
one kind and version, and not exchanged, is the business of this module.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ModelError
from mimetic.io.disk import disk_errors, replace_file

CONFIG, WEIGHTS, CARD, ABOUT = "config.toml", "weights.npz", "card.md", "provenance.json"
FILES = (CONFIG, WEIGHTS, CARD, ABOUT)
Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelFiles:
    """What the files of a model folder hold; ``about`` is provenance.json."""

    config: str
    arrays: Arrays
    card: str
    about: Mapping[str, Any]


def write_model_folder(folder: Path, files: ModelFiles) -> None:
    """Write a model folder; each file is whole or absent.

    provenance.json comes last: a folder that has it is complete. Raises DiskError where the
    disk is full or refuses.
    """
    packed = io.BytesIO()
    np.savez_compressed(packed, **files.arrays)  # type: ignore[arg-type]
    text = json.dumps(files.about, indent=2, sort_keys=True, allow_nan=False) + "\n"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / WEIGHTS, packed.getvalue())
        replace_file(folder / CONFIG, files.config.encode())
        replace_file(folder / CARD, files.card.encode())
        replace_file(folder / ABOUT, text.encode())


def read_about(folder: Path) -> dict[str, Any]:
    """What provenance.json says, without reading weights; ModelError where there is none."""
    if not (folder / ABOUT).is_file():
        there = "a folder without it" if folder.is_dir() else "none"
        raise ModelError(
            f"{folder}: expected a model folder with {', '.join(FILES)}, as the commands that fit "
            f"and train write, got {there}; check the name, or make the model first"
        )
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a model folder with {', '.join(FILES)}, got {error}"
        ) from error
    if not isinstance(about, dict):
        raise ModelError(f"{folder}: expected facts in {ABOUT}, got {type(about).__name__}")
    return about


def check_about(folder: Path, *, kind: str, version: int) -> dict[str, Any]:
    """The same for a model of one kind and version; ModelError for any other."""
    about = read_about(folder)
    found = (about.get("kind"), about.get("format"))
    if found != (kind, version):
        raise ModelError(
            f"{folder}: expected a {kind} of format {version}, got {found}; make it again with "
            "this version, or read it with the mimetic that wrote it"
        )
    return about


def read_config_text(folder: Path) -> str:
    """The text of config.toml; ModelError where it cannot be read."""
    try:
        return (folder / CONFIG).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / CONFIG}: expected settings, got {error}") from error


def read_arrays(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of weights.npz; ModelError where the file is missing or damaged."""
    try:
        with (folder / WEIGHTS).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{folder / WEIGHTS}: expected a model's arrays, got {error}") from error


def check_digest(folder: Path, *, found: str, told: object) -> None:
    """Raise ModelError where the files are not those that provenance.json was written for."""
    if found != told:
        raise ModelError(
            f"{folder}: {WEIGHTS} and {CONFIG} are not those that {ABOUT} names; they were damaged "
            "or exchanged; make the model again or copy the folder again"
        )


def arrays_hash(arrays: Arrays, *, config: str = "") -> str:
    """SHA-256 of arrays, by their names, shapes and values, and of the text of a configuration."""
    digest = hashlib.sha256(config.encode())
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
