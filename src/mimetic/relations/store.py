"""A fitted trait model as a folder: config.toml, weights.npz, provenance.json, card.md."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.config import config_hash, from_mapping, to_toml
from mimetic.errors import MimeticError, ModelError
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
from mimetic.io.provenance import make_provenance, to_plain
from mimetic.relations.calibrate import Calibration, Scale
from mimetic.relations.explain import Evidence
from mimetic.relations.facts import TraitFacts
from mimetic.relations.kinds import Parts, Storable, Target
from mimetic.relations.registry import make_kind

FORMAT = 1  # raise it when the meaning of an array changes
KIND = "mimetic trait model"


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredTrait:
    """All that a model folder holds."""

    opponent: Storable
    facts: TraitFacts
    scale: Scale
    evidence: Evidence | None


def write_trait(folder: Path, stored: StoredTrait, *, card: str) -> None:
    """Write a model folder; see ``io.models``."""
    arrays = {f"model.{name}": each for name, each in stored.opponent.arrays().items()}
    arrays |= _scale_arrays(stored.scale)
    if stored.evidence is not None:
        arrays |= _evidence_arrays(stored.evidence)
    config = to_toml(stored.opponent.settings)
    digest = arrays_hash(arrays, config=config)
    made = make_provenance(
        config_hash=config_hash(stored.opponent.settings),
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


def read_trait(folder: Path) -> StoredTrait:
    """Read a model folder; ModelError where it is missing, damaged or of another version."""
    about = check_about(folder, kind=KIND, version=FORMAT)
    config, arrays = read_config_text(folder), read_arrays(folder)
    check_digest(folder, found=arrays_hash(arrays, config=config), told=about.get("sha256"))
    try:
        facts = _facts(about["facts"])
    except (ValueError, KeyError, MimeticError) as error:
        raise ModelError(
            f"{folder}: expected a stored trait model, got a fault ({error}); fit it again"
        ) from error
    opponent = _opponent(facts.kind, config, _after(arrays, "model."), folder=folder)
    evidence = _evidence(_after(arrays, "evidence."), facts) if "evidence.y" in arrays else None
    return StoredTrait(
        opponent=opponent, facts=facts, scale=_scale(_after(arrays, "scale.")), evidence=evidence
    )


def _opponent(kind: str, config: str, arrays: Arrays, *, folder: Path) -> Storable:
    """The model itself, from its settings and numbers."""
    try:
        opponent = make_kind(kind, tomllib.loads(config))
        if isinstance(opponent, Storable):
            opponent.restore(arrays)
            return opponent
        fault: object = "it cannot be stored"
    except (KeyError, ValueError) as error:
        fault = error
    raise ModelError(f"{folder}: expected a model of kind {kind!r}, got a fault ({fault})")


def _facts(values: dict[str, Any]) -> TraitFacts:
    known: TraitFacts = from_mapping(TraitFacts, values, where="facts")
    return known


def _after(arrays: Arrays, prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {name[len(prefix) :]: each for name, each in arrays.items() if name.startswith(prefix)}


def _scale_arrays(scale: Scale) -> dict[str, npt.NDArray[Any]]:
    line = np.array([scale.line.slope, scale.line.shift])
    return {"scale.line": line, "scale.drawn": scale.drawn, "scale.residual": scale.residual}


def _scale(arrays: Arrays) -> Scale:
    slope, shift = map(float, arrays["line"])
    line = Calibration(slope=slope, shift=shift)
    return Scale(line=line, drawn=arrays["drawn"], residual=arrays["residual"])


_TESTED = ("pair_p", "pair_statistic", "main_p")


def _evidence_arrays(evidence: Evidence) -> dict[str, npt.NDArray[Any]]:
    """Contributions and labels of the clips learnt from: numbers without names."""
    parts, target = evidence.parts, evidence.target
    return {
        "evidence.baseline": np.array(parts.baseline),
        "evidence.main": parts.main,
        "evidence.pairs": parts.pairs,
        **{f"evidence.{name}": getattr(target, name) for name in ("y", "subjects", "groups")},
        **{f"evidence.{name}": getattr(evidence, name) for name in _TESTED},
        "evidence.stability": np.array(evidence.stability),
    }


def _evidence(arrays: Arrays, facts: TraitFacts) -> Evidence:
    return Evidence(
        regions=facts.regions,
        parts=Parts(baseline=float(arrays["baseline"]), main=arrays["main"], pairs=arrays["pairs"]),
        target=Target(
            y=arrays["y"],
            subjects=arrays["subjects"],
            groups=arrays["groups"],
            task=facts.task,
        ),
        **{name: arrays[name] for name in _TESTED},
        stability=float(arrays["stability"]),
    )
