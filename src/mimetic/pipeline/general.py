"""A model across people from result folders, and a person's model that starts from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mimetic.config import read_config
from mimetic.datasets.table import read_list
from mimetic.errors import ArgumentError
from mimetic.person.general import GeneralModel
from mimetic.person.neuralstart import NeuralStart
from mimetic.person.recipe import NeuralConfig
from mimetic.person.store import LINEAR
from mimetic.person.weights import PersonConfig
from mimetic.pipeline.modelling import check_out, told_model
from mimetic.pipeline.person import LeftOut, Recordings, open_recordings


def people_of_folders(results: Sequence[str | Path]) -> dict[str, Recordings]:
    """Each result folder as a person of its own, by the name of the folder."""
    joined = open_recordings(results)
    people = {
        name: Recordings((result,))
        for name, result in zip(joined.names, joined.results, strict=True)
    }
    first = next(iter(people))
    people[first] = Recordings(people[first].results, joined.left_out)
    return people


def people_of_list(path: str | Path) -> dict[str, Recordings]:
    """The people of a CSV file: ``path`` are result folders, ``subject`` says who is in them.

    DatasetError where the file has faults, and what ``open_recordings`` raises for a person of
    whom no recording can be used.
    """
    folders: dict[str, list[Path]] = {}
    for one in read_list(path):
        folders.setdefault(one.subject, []).append(one.source)
    return {subject: open_recordings(each) for subject, each in folders.items()}


def fit_general(
    people: dict[str, Recordings], out: Path, *, kind: str = LINEAR, config: Path | None = None
) -> GeneralModel | NeuralStart:
    """A model across people, or a network learnt on them, stored in the folder ``out``.

    ``config`` is a TOML file of ``PersonConfig``, for networks of their recipe.
    """
    check_out(out)
    model: GeneralModel | NeuralStart
    if kind == LINEAR:
        space = None if config is None else read_config(PersonConfig, config)
        model = GeneralModel.fit(people, config=space)
    else:
        recipe = NeuralConfig.of(kind) if config is None else read_config(NeuralConfig, config)
        if recipe.kind != kind:
            raise ArgumentError(f"--kind: {kind}, but {config} is the recipe of {recipe.kind}")
        model = NeuralStart.learn(people, config=recipe)
    model.save(out)
    return model


def left_out_of(people: dict[str, Recordings]) -> tuple[LeftOut, ...]:
    """The result folders that were not used, of all people."""
    return tuple(one for each in people.values() for one in each.left_out)


def told_general(
    model: GeneralModel | NeuralStart, people: dict[str, Recordings]
) -> dict[str, Any]:
    """A general model in plain values, with its people and their recordings."""
    seconds: dict[str, float] = {}
    if isinstance(model, GeneralModel):
        told, seconds = told_model(model, "general"), model.facts.seconds
    else:
        told = {"kind": model.kind, "updates": model.config.updates}
    rows = [
        {"person": name, "results": list(each.names), "seconds": seconds.get(name)}
        for name, each in people.items()
    ]
    return told | {"people": rows, "left_out": [asdict(one) for one in left_out_of(people)]}
