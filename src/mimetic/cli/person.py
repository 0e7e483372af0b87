"""``mimetic person``: the movement space of one person, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.person_bench import bench
from mimetic.cli.person_embed import embed
from mimetic.cli.person_find import find
from mimetic.cli.person_general import general, transfer
from mimetic.cli.person_moves import compare, discover
from mimetic.cli.person_show import show
from mimetic.cli.person_words import code_of, recordings_of, tell_model

RESULTS = typer.Argument(..., help="Result folders of one person, as analyze wrote them.")
OUT = typer.Option(..., "--out", "-o", help="Model folder to write.")
KIND = typer.Option("linear", "--kind", help="linear, neural, cycle or fabnet.")
GENERAL = typer.Option(None, "--general", help="General model that helps where the video is short.")
PERSON = typer.Option("", "--person", help="Whose model it is; written into it.")
NO_TEMPLATE = typer.Option(
    False, "--no-template", help="Keep no picture of the face: landmarks alone."
)
CONFIG = typer.Option(
    None, "--config", help="TOML file of settings; for networks one of recipes/person-*.toml."
)
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")

app = typer.Typer(
    help="One person's movement space: fit, embed, discover, find, compare, show.",
    no_args_is_help=True,
)


@app.command()
def fit(
    results: list[Path] = RESULTS,
    out: Path = OUT,
    kind: str = KIND,
    general_model: Path | None = GENERAL,
    person: str = PERSON,
    no_template: bool = NO_TEMPLATE,
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> int:
    """Learn how one person's face moves from all recordings given."""
    from mimetic.pipeline.modelling import FitWish, fit_person

    wish = FitWish(kind=kind, general=general_model, config=config, template=not no_template)
    recordings = recordings_of(results, out)
    model = fit_person(recordings, out, wish, person_name=person)
    tell_model("person fit", model, out, recordings, kind=kind, json_out=json_out)
    return code_of(recordings)


for command in (embed, discover, find, compare, general, transfer, show, bench):
    app.command()(command)


def add_to(program: typer.Typer) -> None:
    """Put the group of commands into the program."""
    program.add_typer(app, name="person")
