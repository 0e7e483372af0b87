"""``mimetic info`` and ``mimetic export``: what is in a result folder, and how to take it out."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.output import print_json, print_rows

RESULT = typer.Argument(..., help="A result folder, as analyze wrote it.")
FORMAT = typer.Option(..., "--format", help="csv, openface, mat, h5 or nwb.")


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into the program."""
    app.command()(info)
    app.command()(export)


def info(
    result: Path = RESULT,
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Say what a result folder holds, from which video, made by what."""
    from mimetic.io.result import open_result

    summary = open_result(result).summary()
    if json_out:
        print_json("info", summary)
        return
    rows = [
        {"what": key.replace("_", " "), "value": _words(value)}
        for key, value in summary.items()
        if not _is_table(value)
    ]
    print_rows(rows, ("what", "value"))
    for key, value in summary.items():
        if _is_table(value):
            typer.echo(f"\n{key}")
            print_rows(value, tuple(value[0]))


def export(
    result: Path = RESULT,
    kind: str = FORMAT,
    out: Path | None = typer.Option(
        None, "--out", "-o", help="File or folder; default: RESULT/export."
    ),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Write a result in a format of other programs."""
    from mimetic.io.export import export as write
    from mimetic.io.result import open_result

    opened = open_result(result)
    written = write(opened, kind, _destination(opened.path, kind, out))
    if json_out:
        print_json("export", {"files": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(path)


def _destination(result: Path, kind: str, out: Path | None) -> Path:
    """The folder of CSV files, or the one file of the other formats."""
    place = result / "export" if out is None else out
    if kind == "csv" or place.suffix:
        return place
    return place / f"{result.name}.{'openface.csv' if kind == 'openface' else kind}"


def _words(value: object) -> object:
    """Lists and states as a person would write them."""
    if isinstance(value, dict):
        return ", ".join(f"{name}{'' if done else ' (not done)'}" for name, done in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
