"""``mimetic relations score``: how well a kind estimates a trait, by published or dealt folds."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.output import complain, print_json, print_rows, progress
from mimetic.cli.settings import settings_from
from mimetic.errors import ArgumentError

if TYPE_CHECKING:
    from mimetic.pipeline.crossing import Crossed
    from mimetic.pipeline.traits import People


def score(
    people: Path = typer.Argument(..., help="CSV file: path, subject, family, label columns."),
    trait: str = typer.Option(..., "--trait", help="The label column: numbers, or words."),
    folds: str = typer.Option(
        "10", "--folds", help="So many folds, or a file or folder of published ones."
    ),
    kind: str = typer.Option("additive", "--kind", help="The kind of model."),
    label: str | None = typer.Option(None, "--label", help="The class to tell from the rest."),
    features: str = typer.Option("flow", "--features", help="flow, landmarks, or both."),
    results: Path | None = typer.Option(None, "--results", help="As of mimetic relations fit."),
    seed: int = typer.Option(0, "--seed", min=0, help="Of folds and draws."),
    config: Path | None = typer.Option(None, "--config", help="TOML file of settings."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object, not words."),
) -> int:
    """Estimate a trait of people that a model has not seen, one fold of them after another."""
    from mimetic.pipeline.crossing import cross_people
    from mimetic.pipeline.traitfits import check_seen
    from mimetic.pipeline.traits import measure_with, read_people
    from mimetic.relations.model import FitOptions

    chosen = _folds(folds)
    check_seen(kind)
    measure = measure_with(
        settings_from(config, {}), progress(people.name, quiet=json_out), features=features
    )
    found = read_people(people, trait, label=label, results=results, measure=measure)
    for one in found.left_out:
        complain(f"{people.name}: row {one.row}: {one.path}: left out: {one.error}")
    options: FitOptions = {"trait": trait, "seed": seed}
    options |= {"label": label} if label is not None else {}
    _tell(cross_people(found, folds=chosen, kind=kind, **options), found, json_out=json_out)
    return next((one.exit_code for one in found.left_out if one.exit_code), 0)


def _tell(crossed: Crossed, people: People, *, json_out: bool) -> None:
    facts = {**dataclasses.asdict(crossed), "warnings": list(crossed.warnings)}
    if json_out:
        left_out = [dataclasses.asdict(one) for one in people.left_out]
        print_json("relations score", {**facts, "left_out": left_out})
        return
    columns = ("trait", "label", "kind", "clips", "people", "families", "score", "score_low",
               "score_high", "chance")  # fmt: skip
    print_rows([facts], columns)
    typer.echo()
    rows = [{"fold": number, **one} for number, one in enumerate(crossed.folds, 1)]
    print_rows(rows, ("fold", "people", "score"))
    for warning in crossed.warnings:
        complain(warning)


def _folds(text: str) -> int | Path:
    """A number of folds, or where published ones lie."""
    if text.isdigit():
        if not 2 <= int(text) <= 100:
            raise ArgumentError(f"--folds: expected 2 to 100, or a file of folds; got {text}")
        return int(text)
    if not Path(text).exists():
        raise ArgumentError(f"--folds: expected a number or a file of folds; {text} is not there")
    return Path(text)
