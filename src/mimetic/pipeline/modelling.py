"""Models of all kinds on stored recordings: fitted, opened, and told in plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mimetic.errors import ArgumentError, ModelError
from mimetic.person.general import GeneralModel
from mimetic.person.linear import PersonModel
from mimetic.person.store import GENERAL, kind_of
from mimetic.pipeline.person import Recordings

MODEL_FILE = "provenance.json"  # what every model folder holds
AnyModel = PersonModel | GeneralModel


def check_out(out: Path) -> None:
    """ArgumentError where a model would be written over something that is no model."""
    if out.exists() and not out.is_dir():
        raise ArgumentError(f"--out: expected a folder, {out} is a file")
    if out.is_dir() and any(out.iterdir()) and not (out / MODEL_FILE).is_file():
        raise ArgumentError(
            f"--out: {out} holds files that are no model; give a new folder, such as "
            f"{out / 'person.model'}"
        )


def open_model(folder: str | Path) -> AnyModel:
    """A stored model of any kind; ModelError where the folder holds none."""
    if kind_of(Path(folder)) == GENERAL:
        return GeneralModel.load(folder)
    return PersonModel.load(folder)


def open_general(folder: str | Path) -> GeneralModel:
    """A stored general model; ModelError where it is one of a person, or none."""
    return GeneralModel.load(folder)


def fit_person(
    recordings: Recordings,
    out: Path,
    *,
    kind: str = "linear",
    general: Path | None = None,
    person_name: str = "",
) -> PersonModel:
    """A model of the person in the recordings, stored in the folder ``out``."""
    check_out(out)
    across = None if general is None else open_general(general)
    model = PersonModel.fit(recordings, kind=kind, general=across, person_name=person_name)
    model.save(out)
    found: PersonModel = model
    return found


def holds_picture(model: AnyModel) -> bool:
    """Whether a model can draw the face of its person."""
    if isinstance(model, GeneralModel):
        return False
    try:
        model.render(model.neutral_codes[None])
    except ModelError:
        return False
    return True


def title_of(model: AnyModel) -> str:
    """What a model is called in headings."""
    if isinstance(model, GeneralModel):
        return f"Movement space of {len(model.facts.seconds)} people"
    return f"Movement space of {model.person_name or 'one person'}"


def limits_of(model: AnyModel) -> tuple[str, ...]:
    """What a model is too thin for, in sentences; a general model says nothing of a person."""
    return () if isinstance(model, GeneralModel) else model.limits


def told_model(model: AnyModel, kind: str) -> dict[str, Any]:
    """What is known about a model, in plain values."""
    facts = model.facts
    told: dict[str, Any] = {
        "kind": kind,
        "space": model.space,
        "components": len(model.components),
        "explained": facts.explained,
        "jitter": facts.jitter,
        "pose_leak_r2": facts.pose_leak_r2,
    }
    if isinstance(model, PersonModel):
        own = model.facts
        told |= {
            "person": model.person_name,
            "seconds": own.seconds,
            "frames": own.distinct_frames,
            "pose_share": own.pose_share,
            "general_energy": own.general_energy,
        }
    told["movements"] = [
        {"component": one.number, "name": one.name, "share": one.share, "side": one.side}
        for one in model.components
    ]
    return told | {"warnings": list(limits_of(model))}
