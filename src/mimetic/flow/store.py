"""A trained flow network as a folder: config.toml, weights.npz, provenance.json, card.md."""

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

from mimetic.errors import ModelError
from mimetic.io.disk import disk_errors, replace_file

FORMAT = 1
KIND = "mimetic flow network"
FILES = ("config.toml", "weights.npz", "provenance.json", "card.md")
Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class StoredNetwork:
    """All that a model folder holds: recipe, weights, and what is known of both.

    ``about`` has at least ``network`` (its name), ``weights_sha256``, ``metrics`` and
    ``provenance``; ``config`` are the plain values of config.toml.
    """

    config: dict[str, Any]
    weights: dict[str, npt.NDArray[Any]]
    about: dict[str, Any]
    card: str = ""


def write_network(
    folder: Path, *, config_toml: str, weights: Weights, about: Mapping[str, Any], card: str
) -> None:
    """Write a model folder, weights in half precision; each file is whole or absent.

    provenance.json comes last: a folder that has it is complete.
    """
    stored = {name: _half(values) for name, values in weights.items()}
    packed = io.BytesIO()
    np.savez_compressed(packed, **stored)  # type: ignore[arg-type]
    facts = {"format": FORMAT, "kind": KIND, "weights_sha256": weights_hash(stored), **about}
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "weights.npz", packed.getvalue())
        replace_file(folder / "config.toml", config_toml.encode())
        replace_file(folder / "card.md", card.encode())
        text = json.dumps(facts, indent=2, sort_keys=True, allow_nan=False) + "\n"
        replace_file(folder / "provenance.json", text.encode())


def read_network(folder: Path) -> StoredNetwork:
    """Read a model folder; ModelError where it is missing, damaged or of another version."""
    about = read_about(folder)
    try:
        config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
        card = (folder / "card.md").read_text(encoding="utf-8")
        with (folder / "weights.npz").open("rb") as file, np.load(file) as archive:
            weights = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{folder}: expected a trained flow network, got a fault ({error}); "
            "train it again or copy the folder again"
        ) from error
    if weights_hash(weights) != about.get("weights_sha256"):
        raise ModelError(
            f"{folder}: weights.npz is not the file that provenance.json names; it was damaged "
            "or exchanged; train the network again or copy the folder again"
        )
    return StoredNetwork(config=config, weights=weights, about=about, card=card)


def read_about(folder: Path) -> dict[str, Any]:
    """What provenance.json says of a model folder, without reading its weights."""
    try:
        about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a model folder with {', '.join(FILES)}, got {error}"
        ) from error
    found = (about.get("kind"), about.get("format")) if isinstance(about, dict) else about
    if found != (KIND, FORMAT):
        raise ModelError(
            f"{folder}: expected a {KIND} of format {FORMAT}, got {found}; train it again "
            "with this version, or use the mimetic that wrote it"
        )
    return dict(about)


def weights_hash(weights: Weights) -> str:
    """SHA-256 of weights, by their names, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        values = np.ascontiguousarray(weights[name])
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _half(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Floats in half precision where they fit; anything else as it is."""
    if values.dtype.kind != "f" or np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        return values
    return values.astype(np.float16)
