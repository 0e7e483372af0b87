"""``mimetic micro bench``: what is spotted, magnified and recognised, where the truth is known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mimetic.cli.output import complain, print_json, print_rows
from mimetic.errors import ArgumentError

if TYPE_CHECKING:
    from mimetic.micro.loso import Scores
    from mimetic.micro.mapset import MapSet

RESULTS, QUICK = Path("benchmarks/results/micro.json"), Path("results/micro-quick.json")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SCORES = ("kind", "protocol", "maps", "subjects", "uf1", "uf1_low", "uf1_high", "uar", "uar_low",
          "uar_high", "cpu_s")  # fmt: skip
PART = typer.Option(
    [],
    "--part",
    help="Only maps, spotting, flows, recognition, magnification or real; may be repeated.",
)
FILMS = typer.Option(
    None, "--films", help="Keep films in this folder, 60 kB a frame; they are made once."
)
REAL = typer.Option(
    None, "--results", help="Spot in these result folders of real people too: the part real."
)


def bench(
    maps: Path | None = typer.Option(
        None, "--maps", help="Only recognition, on this folder of 28x28 flow maps."
    ),
    kind: str = typer.Option("kernel", "--kind", help="Of --maps: kernel or ststnet."),
    seed: int = typer.Option(0, "--seed", min=0, help="Of --maps: of the intervals."),
    part: list[str] = PART,
    most: int | None = typer.Option(
        None, "--most", min=1, help="At most so many recordings of a scene; 30 take an hour."
    ),
    films: Path | None = FILMS,
    results: Path | None = REAL,
    out: Path | None = typer.Option(
        None, "--out", "-o", help=f"JSON file of the table; {RESULTS}, of --quick {QUICK}."
    ),
    quick: bool = typer.Option(False, "--quick", help="Little of everything; about a minute."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object, not the tables."),
) -> None:
    """Measure on virtual faces and populations, or test recognition on a folder of maps."""
    # Before numpy is loaded: threads that wait for each other burn CPU time that nobody used.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    if maps is not None:
        if part or most or out or quick or films or results:
            raise ArgumentError("--maps: stands alone, with --kind, --seed and --json")
        _on_maps(maps, kind, seed, json_out=json_out)
        return
    if (kind, seed) != ("kernel", 0):
        raise ArgumentError("--kind, --seed: belong to --maps")
    from mimetic.bench.micro.run import Asked, bench_micro
    from mimetic.bench.micro.tables import render

    asked = Asked(parts=part, most=most, quick=quick, films=films, results=results)
    table = bench_micro(out or (QUICK if quick else RESULTS), asked, tell=complain)
    if json_out:
        print_json("micro bench", table)
    else:
        typer.echo(render(table))


def _on_maps(folder: Path, kind: str, seed: int, *, json_out: bool) -> None:
    from mimetic.micro.mapset import read_maps
    from mimetic.micro.registry import check_kind

    check_kind(kind)
    found = tell_scores(read_maps(folder), kind=kind, seed=seed, quiet=json_out)
    if json_out:
        print_json("micro bench", {"folder": folder, **found[1]})


def tell_scores(
    maps: MapSet, *, kind: str, seed: int, quiet: bool
) -> tuple[Scores, dict[str, Any]]:
    """Test maps with each person left out, and print what came out unless ``quiet``."""
    from mimetic.pipeline.microlearn import told_scores, try_maps

    found, cpu_s = try_maps(maps, kind=kind, seed=seed)
    facts = told_scores(found, maps, cpu_s=cpu_s)
    if not quiet:
        print_rows([facts], SCORES)
        print_rows(facts["classes"], ("class", "maps", "f1", "recall"))
    return found, facts
