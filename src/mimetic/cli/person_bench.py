"""``mimetic person bench``: models of one person on virtual people and on real clips."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from mimetic.cli.output import complain, print_json

RESULTS, QUICK = Path("benchmarks/results/person.json"), Path("results/person-quick.json")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def bench(
    data: Path | None = typer.Option(None, "--data", help="Folder of real clips, with --models."),
    models: Path | None = typer.Option(
        None, "--models", help="Folder of face_landmarker.task, whose networks label the clips."
    ),
    kind: list[str] = typer.Option(
        [], "--kind", help="Networks to measure as well: neural, cycle, fabnet; may be repeated."
    ),
    cache: Path | None = typer.Option(None, "--cache", help="Keep what was filmed and tracked."),
    out: Path | None = typer.Option(
        None, "--out", "-o", help=f"JSON file of the table; {RESULTS}, of --quick {QUICK}."
    ),
    quick: bool = typer.Option(False, "--quick", help="Three virtual people, few seconds of each."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object, not the tables."),
) -> None:
    """Measure models of one person: decoding, leaks, transfer, discovery, cost; goes on."""
    # Before numpy is loaded: threads that wait for each other burn CPU time that nobody used.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    from mimetic.bench.person.run import Asked, bench_person
    from mimetic.bench.person.tables import TABLES

    file = out or (QUICK if quick else RESULTS)
    asked = Asked(quick=quick, data=data, models=models, kinds=kind, cache=cache)
    table = bench_person(file, asked, tell=complain)
    if json_out:
        print_json("person bench", table)
        return
    for name, render in TABLES.items():
        typer.echo(f"{name}\n\n{render(table)}\n")
