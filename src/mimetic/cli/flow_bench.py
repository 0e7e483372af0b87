"""``mimetic flow bench``: every method of flow, every regime."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from mimetic.cli.output import complain, print_json

RESULTS, QUICK = Path("benchmarks/results/flow.json"), Path("results/flow-quick.json")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def bench(
    data: Path | None = typer.Option(
        None, help="Clips and pictures of faces; only people who are held out are used."
    ),
    facekit: Path | None = typer.Option(None, help="File of the 3-D face (ict_facekit.npz)."),
    models: Path | None = typer.Option(
        None, help="Folder of models of mimetic flow train; each becomes a row."
    ),
    method: list[str] = typer.Option([], "--method", help="Only these methods; may be repeated."),
    again: list[str] = typer.Option([], "--again", help="Measure these methods anew."),
    without: list[str] = typer.Option([], "--without", help="People to leave out, by name."),
    cache: Path | None = typer.Option(None, help="Keep the faces that were read here."),
    out: Path | None = typer.Option(
        None, "--out", "-o", help=f"JSON file of the table; {RESULTS}, of --quick {QUICK}."
    ),
    picture: Path | None = typer.Option(
        None, help="Page (HTML) of what each method sees, and how far it is off, to write."
    ),
    quick: bool = typer.Option(False, "--quick", help="Virtual faces alone; below a minute."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object, not the tables."),
) -> None:
    """Measure every method of flow: error by kind, amplitude and regime, time, calibration."""
    # Before numpy is loaded: threads that wait for each other burn CPU time that nobody used.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    from mimetic.bench.flow.run import Asked, bench_flow
    from mimetic.bench.flow.tables import render

    asked = Asked(
        data=data, facekit=facekit, models=models, methods=method, again=again, without=without,
        cache=cache, picture=picture, quick=quick,
    )  # fmt: skip
    file = out or (QUICK if quick else RESULTS)
    table = bench_flow(file, asked, tell=complain)
    if json_out:
        print_json("flow bench", table)
    else:
        typer.echo(render(table))
