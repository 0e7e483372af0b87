"""A trained flow network as a folder: config.toml, weights.npz, provenance.json, card.md."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ModelError
from mimetic.io.models import (
    Arrays,
    ModelFiles,
    arrays_hash,
    check_about,
    check_digest,
    read_arrays,
    read_config_text,
    write_model_folder,
)

FORMAT = 1
KIND = "mimetic flow network"


@dataclass(frozen=True, kw_only=True)
class StoredNetwork:
    """All that a model folder holds: recipe, weights, and what is known of both.

    ``about`` has at least ``network`` (its name), ``weights_sha256``, ``metrics`` and
    ``provenance``; ``config`` are the plain values of config.toml.
    """

    config: dict[str, Any]
    weights: dict[str, npt.NDArray[Any]]
    about: dict[str, Any]


def write_network(
    folder: Path, *, config_toml: str, weights: Arrays, about: Mapping[str, Any], card: str
) -> None:
    """Write a model folder, weights in half precision; see ``io.models``."""
    stored = {name: _half(values) for name, values in weights.items()}
    facts = {"format": FORMAT, "kind": KIND, "weights_sha256": arrays_hash(stored), **about}
    files = ModelFiles(config=config_toml, arrays=stored, card=card, about=facts)
    write_model_folder(folder, files)


def read_network(folder: Path) -> StoredNetwork:
    """Read a model folder; ModelError where it is missing, damaged or of another version."""
    about = about_network(folder)
    weights = read_arrays(folder)
    check_digest(folder, found=arrays_hash(weights), told=about.get("weights_sha256"))
    try:
        config = tomllib.loads(read_config_text(folder))
    except ValueError as error:
        raise ModelError(f"{folder}: expected a recipe in config.toml, got {error}") from error
    return StoredNetwork(config=config, weights=weights, about=about)


def about_network(folder: Path) -> dict[str, Any]:
    """What provenance.json says of a trained flow network, without reading its weights."""
    return check_about(folder, kind=KIND, version=FORMAT)


def _half(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Floats in half precision where they fit; anything else as it is."""
    if values.dtype.kind != "f" or np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        return values
    return values.astype(np.float16)
