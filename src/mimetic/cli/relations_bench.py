"""``mimetic relations bench``: whether models name the pairs that carry a trait."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from mimetic.cli.output import complain, print_json

RESULTS, QUICK = Path("benchmarks/results/relations.json"), Path("results/relations-quick.json")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def bench(
    kind: list[str] = typer.Option([], "--kind", help="Only these kinds; may be repeated."),
    scene: list[str] = typer.Option([], "--scene", help="Only these populations; may be repeated."),
    again: list[str] = typer.Option([], "--again", help="Measure these kinds anew."),
    cache: Path | None = typer.Option(
        None, help="Keep films of virtual people here; without it none are made (20 CPU minutes)."
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help=f"JSON file of the table; {RESULTS}, of --quick {QUICK}."
    ),
    quick: bool = typer.Option(False, "--quick", help="Few people; below a minute."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object, not the tables."),
) -> None:
    """Fit every kind on populations whose pairs are known: estimates, pairs, false discoveries."""
    # Before numpy is loaded: threads that wait for each other burn CPU time that nobody used.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    from mimetic.bench.relations.run import Asked, bench_relations
    from mimetic.bench.relations.tables import render

    asked = Asked(kinds=kind, scenes=scene, again=again, cache=cache, quick=quick)
    file = out or (QUICK if quick else RESULTS)
    table = bench_relations(file, asked, tell=complain)
    if json_out:
        print_json("relations bench", table)
    else:
        typer.echo(render(table))
