"""A recogniser as a folder: config.toml, weights.npz, card.md, provenance.json."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from mimetic.config import config_hash, from_mapping, to_toml
from mimetic.errors import MimeticError, ModelError
from mimetic.io.models import (
    ModelFiles,
    arrays_hash,
    check_about,
    check_digest,
    read_arrays,
    read_config_text,
    write_model_folder,
)
from mimetic.io.provenance import make_provenance, to_plain
from mimetic.micro.card import Facts
from mimetic.micro.kinds import Learnt
from mimetic.micro.registry import restore

FORMAT = 1  # raise it when the meaning of an array changes
KIND = "mimetic micro recogniser"


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """All that a model folder holds."""

    learnt: Learnt
    facts: Facts


def write_model(folder: Path, stored: Stored, *, card: str) -> None:
    """Write a model folder; see ``io.models``."""
    arrays = stored.learnt.arrays()
    config = to_toml(stored.learnt.settings)
    digest = arrays_hash(arrays, config=config)
    made = make_provenance(
        config_hash=config_hash(stored.learnt.settings),
        weights_hash=digest,
        seed=stored.facts.seed,
    )
    about = {
        "format": FORMAT,
        "kind": KIND,
        "sha256": digest,
        "facts": to_plain(stored.facts),
        "provenance": to_plain(made),
    }
    write_model_folder(folder, ModelFiles(config=config, arrays=arrays, card=card, about=about))


def read_model(folder: Path) -> Stored:
    """Read a model folder; ModelError where it is missing, damaged or of another version."""
    about = check_about(folder, kind=KIND, version=FORMAT)
    config, arrays = read_config_text(folder), read_arrays(folder)
    check_digest(folder, found=arrays_hash(arrays, config=config), told=about.get("sha256"))
    try:
        facts: Facts = from_mapping(Facts, about["facts"], where="facts")
        settings = tomllib.loads(config)
    except (ValueError, KeyError, MimeticError) as error:
        raise ModelError(
            f"{folder}: expected a stored recogniser, got a fault ({error}); fit it again"
        ) from error
    return Stored(learnt=restore(facts.kind, settings, arrays), facts=facts)
