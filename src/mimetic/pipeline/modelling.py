"""Models of all kinds on stored recordings: fitted, opened, and told in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimetic.config import read_config
from mimetic.errors import ArgumentError, ModelError
from mimetic.person.general import GeneralModel
from mimetic.person.linear import PersonModel
from mimetic.person.neuralstart import WEIGHTS, NeuralStart
from mimetic.person.recipe import NeuralConfig
from mimetic.person.store import GENERAL, LINEAR, NEURAL_KINDS, kind_of
from mimetic.person.weights import PersonConfig
from mimetic.pipeline.person import Recordings

MODEL_FILE = "provenance.json"  # what every model folder holds
NETWORK = WEIGHTS  # in the folder of a network learnt on many people
AnyModel = PersonModel | GeneralModel


def check_out(out: Path) -> None:
    """ArgumentError where a model would be written over something that is no model."""
    if out.exists() and not out.is_dir():
        raise ArgumentError(f"--out: expected a folder, {out} is a file")
    known = any((out / name).is_file() for name in (MODEL_FILE, NETWORK))
    if out.is_dir() and any(out.iterdir()) and not known:
        raise ArgumentError(
            f"--out: {out} holds files that are no model; give a new folder, such as "
            f"{out / 'person.model'}"
        )


def open_model(folder: str | Path) -> AnyModel:
    """A stored model of any kind; ModelError where the folder holds none."""
    if kind_of(Path(folder)) == GENERAL:
        return GeneralModel.load(folder)
    return PersonModel.load(folder)


def open_start(folder: str | Path, kind: str) -> Any:
    """What a fit of a kind may start from: a general model, or for a network a network.

    ModelError where the folder holds neither, or a person's linear model.
    """
    if kind != LINEAR and (Path(folder) / NETWORK).is_file():
        return NeuralStart.load(folder)
    if kind != LINEAR and kind_of(Path(folder)) == kind:
        return PersonModel.load(folder)
    return GeneralModel.load(folder)


def kind_from(folder: str | Path) -> str:
    """The kind of model that a fit which starts from a folder has, if nothing else is asked."""
    if (Path(folder) / NETWORK).is_file():
        return NeuralStart.load(folder).kind
    found = kind_of(Path(folder))
    return found if found in NEURAL_KINDS else LINEAR


@dataclass(frozen=True, kw_only=True)
class FitWish:
    """How a person's model is fitted.

    ``general`` is the folder of what it starts from, ``config`` a TOML file of
    ``PersonConfig``, for networks of their recipe. Without ``template`` the model holds
    no picture of the face.
    """

    kind: str = LINEAR
    general: Path | None = None
    config: Path | None = None
    template: bool = True

    def __post_init__(self) -> None:
        if not self.template and self.kind != LINEAR:
            raise ArgumentError(
                f"--no-template: a model of kind {self.kind} looks at pixels and holds them; fit "
                "kind linear"
            )

    def read_config(self) -> Any:
        """The settings of the fit, None for the usual ones."""
        if self.config is None:
            return None
        return read_config(PersonConfig if self.kind == LINEAR else NeuralConfig, self.config)


def fit_person(
    recordings: Recordings, out: Path, wish: FitWish, *, person_name: str = ""
) -> PersonModel:
    """A model of the person in the recordings, stored in the folder ``out``."""
    check_out(out)
    start = None if wish.general is None else open_start(wish.general, wish.kind)
    config = wish.read_config()
    model = PersonModel.fit(
        recordings, kind=wish.kind, general=start, config=config, person_name=person_name
    )
    model = model if wish.template else model.without_pixels()
    model.save(out)
    return model


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
