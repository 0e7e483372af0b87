"""``mimetic person embed``: codes of each frame, in the result folders."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.output import complain, print_json, print_rows, progress
from mimetic.cli.person_words import recordings_of

MODEL = typer.Argument(..., help="Model folder, as mimetic person fit wrote it.")
RESULTS = typer.Argument(..., help="Result folders of one person, as analyze wrote them.")
NAME = typer.Option(None, "--name", help="What the codes are called; default: the model's name.")
TABLE = typer.Option(None, "--table", help="All codes in one .csv, .tsv or .parquet file too.")
TOGETHER = typer.Option(
    False, "--together", help="General model: one average face for all, of one person."
)
WITHOUT_POSE = typer.Option(
    False, "--without-pose", help="Take out what goes with head pose, and say what it costs."
)
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")


def embed(
    model: Path = MODEL,
    results: list[Path] = RESULTS,
    name: str | None = NAME,
    table: Path | None = TABLE,
    together: bool = TOGETHER,
    without_pose: bool = WITHOUT_POSE,
    json_out: bool = JSON,
) -> int:
    """Write the codes of each frame into the result folders, for one model over all sessions."""
    from mimetic.pipeline import embedding
    from mimetic.pipeline.modelling import open_model
    from mimetic.pipeline.posefree import ENDING, free_all

    called = embedding.code_name(model, name)
    embedding.check_table(table)
    loaded = open_model(model)
    recordings = recordings_of(results)
    shown = progress(called, quiet=json_out)
    rows = embedding.embed_all(loaded, recordings, name=called, together=together, progress=shown)
    left_out, written = list(recordings.left_out), called
    if without_pose:
        rows, with_pose = free_all(loaded, rows, name=called)
        left_out, written = left_out + with_pose, called + ENDING
        for one in with_pose:
            complain(one.error)
    if table is not None:
        embedding.save_table(table, embedding.joined_table(recordings, written))
    if json_out:
        facts = {"model": model, "space": loaded.space, "name": written, "recordings": rows}
        print_json("person embed", {**facts, "table": table, "left_out": left_out})
    else:
        columns = ("recording", "frames", "embedded", "components", "movement", "noise")
        print_rows(rows, (*columns, "pose_cost") if without_pose else columns)
        typer.echo(f"codes: stage and table embedding_{written} in each result folder")
        if table is not None:
            typer.echo(table)
    return left_out[0].exit_code if left_out else 0
