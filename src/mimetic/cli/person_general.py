"""``mimetic person general`` and ``transfer``: a model across people, and one person from it."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.output import complain, print_json, print_rows
from mimetic.cli.person_words import code_of, recordings_of, tell_model
from mimetic.errors import ArgumentError

OUT = typer.Option(..., "--out", "-o", help="Model folder to write.")
KIND = typer.Option("linear", "--kind", help="linear, neural, cycle or fabnet.")
CONFIG = typer.Option(
    None, "--config", help="TOML file of settings; for networks one of recipes/person-*.toml."
)
OF_MODEL = typer.Option(
    None, "--kind", help="linear, neural, cycle or fabnet; that of the general model by default."
)
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")


def general(
    results: list[Path] | None = typer.Argument(None, help="Result folders, each a person."),
    out: Path = OUT,
    people: Path | None = typer.Option(
        None, "--people", help="CSV file instead: path of a result folder, subject."
    ),
    kind: str = KIND,
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> int:
    """Learn what the movement of several people has in common."""
    from mimetic.pipeline.general import (
        fit_general,
        left_out_of,
        people_of_folders,
        people_of_list,
        told_general,
    )
    from mimetic.pipeline.modelling import check_out

    check_out(out)
    if (people is None) != bool(results):
        raise ArgumentError(
            "expected result folders, each of another person, or --people with a list of them"
        )
    found = people_of_folders(results or []) if people is None else people_of_list(people)
    left_out = left_out_of(found)
    for one in left_out:
        complain(f"left out: {one.error}")
    facts = told_general(fit_general(found, out, kind=kind, config=config), found)
    if json_out:
        print_json("person general", {"model": out, **facts})
    else:
        print_rows(facts["people"], ("person", "results", "seconds"))
        typer.echo()
        linear = ("components", "explained", "jitter")
        print_rows([facts], ("kind", "updates") if "updates" in facts else linear)
        typer.echo(out)
    return left_out[0].exit_code if left_out else 0


def transfer(
    model: Path = typer.Argument(..., help="What mimetic person general wrote."),
    results: list[Path] = typer.Argument(..., help="Result folders of the new person."),
    out: Path = OUT,
    kind: str | None = OF_MODEL,
    person: str = typer.Option("", "--person", help="Whose model it is; written into it."),
    no_template: bool = typer.Option(False, "--no-template", help="Keep no picture of the face."),
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> int:
    """Make the model of a new person from little video, with the help of a general model."""
    from mimetic.pipeline.modelling import FitWish, fit_person, kind_from

    kind = kind or kind_from(model)
    wish = FitWish(kind=kind, general=model, config=config, template=not no_template)
    recordings = recordings_of(results, out)
    own = fit_person(recordings, out, wish, person_name=person)
    tell_model("person transfer", own, out, recordings, kind=kind, json_out=json_out)
    return code_of(recordings)
