"""``mimetic person find``: every time that she does this."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from mimetic.cli.output import print_json, print_rows

SHOWN = 40


def find(
    repertoire: Path = typer.Argument(
        ..., help="Folder that discover wrote, or the model that it lies beside."
    ),
    like: str = typer.Argument(
        ..., help="Number or name of a movement, or seconds of an example as 12.0-12.8."
    ),
    recording: str | None = typer.Option(
        None, "--recording", help="Where the seconds are; needed where there are several."
    ),
    least: float = typer.Option(0.5, "--least", help="How alike a time must be, 0 to 1."),
    table: Path | None = typer.Option(
        None, "--table", help="All times in a .csv, .tsv or .parquet file."
    ),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object instead of words."),
) -> int:
    """Find every time that a face does this, the most alike first."""
    from mimetic.io.tables import make_table
    from mimetic.pipeline.embedding import check_table, save_table
    from mimetic.pipeline.finding import find_like, hit_columns, open_repertoire

    check_table(table)
    hits = find_like(open_repertoire(repertoire), like, recording=recording, least=least)
    if table is not None:
        save_table(table, make_table(hit_columns(hits)))
    rows = [asdict(hit) for hit in hits]
    if json_out:
        print_json("person find", {"like": like, "least": least, "hits": rows, "table": table})
        return 0
    # Three digits, as tables have otherwise, do not tell moments after 100 s apart.
    told = [
        row | {name: f"{row[name]:.2f}" for name in ("start_s", "end_s")} for row in rows[:SHOWN]
    ]
    print_rows(told, ("recording", "start_s", "end_s", "alike"))
    more = f", the first {SHOWN} shown" if len(hits) > SHOWN else ""
    typer.echo(f"\n{len(hits)} times{more}")
    if table is not None:
        typer.echo(table)
    return 0
