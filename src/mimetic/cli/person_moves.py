"""``mimetic person discover`` and ``compare``: a repertoire, and what is new in it."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.output import print_json, print_rows
from mimetic.cli.person_words import code_of, recordings_of

MODEL = typer.Argument(..., help="Model folder of the person.")
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")
SHOWN = 20


def discover(
    model: Path = MODEL,
    results: list[Path] = typer.Argument(..., help="Result folders of the person."),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="Folder of the repertoire; default NAME.repertoire by the model."
    ),
    anonymous: bool = typer.Option(False, "--anonymous", help="Show no face, only outlines."),
    json_out: bool = JSON,
) -> int:
    """Find the movements that a face keeps making: examples, times, counts, stability."""
    from mimetic.pipeline.discovering import (
        FILES,
        check_folder,
        discover_results,
        repertoire_folder,
        told_repertoire,
    )
    from mimetic.pipeline.modelling import open_model

    folder = out or repertoire_folder(model)
    check_folder(folder)
    loaded = open_model(model)
    recordings = recordings_of(results)
    facts = told_repertoire(discover_results(loaded, recordings, folder, anonymous=anonymous))
    if json_out:
        files = [folder / name for name in FILES]
        told = {"model": model, **facts, "files": files, "left_out": recordings.left_out}
        print_json("person discover", told)
    else:
        columns = ("movement", "name", "side", "count", "duration_s", "amplitude_ed",
                   "found_by_seed", "found_in_halves")  # fmt: skip
        print_rows(facts["movements"][:SHOWN], columns)
        typer.echo(f"\n{len(facts['movements'])} movements; groups drawn at random are found "
                   f"again with {facts['chance']:.2f}")  # fmt: skip
        typer.echo(folder / FILES[0])
    return code_of(recordings)


def compare(
    model: Path = MODEL,
    other: Path = typer.Argument(..., help="Model of somebody else, or a general model."),
    results: list[Path] | None = typer.Argument(
        None, help="Result folders of the person; default: those of discover."
    ),
    json_out: bool = JSON,
) -> int:
    """Say which movements of a person another model has no words for, against a null."""
    from mimetic.pipeline.discovering import (
        compare_models,
        repertoire_folder,
        stored_repertoire,
        told_comparison,
    )
    from mimetic.pipeline.modelling import open_model

    mine, theirs = open_model(model), open_model(other)
    repertoire = None
    if results:
        recordings = recordings_of(results)
    else:
        repertoire, recordings = stored_repertoire(repertoire_folder(model), mine)
    facts = told_comparison(compare_models(mine, theirs, recordings, repertoire))
    if json_out:
        told = {"model": model, "other": other, **facts, "left_out": recordings.left_out}
        print_json("person compare", told)
    else:
        columns = ("movement", "name", "told", "null", "lost", "low", "high", "novel")
        print_rows(facts["movements"][:SHOWN], columns)
        typer.echo(f"\n{facts['novel']} of {len(facts['movements'])} movements are new to {other}; "
                   f"to another model of the same person {facts['novel_by_chance']}")  # fmt: skip
    return code_of(recordings)
