"""``mimetic micro bench``: what is spotted, magnified and recognised, where the truth is known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.output import print_json, print_rows

if TYPE_CHECKING:
    from mimetic.micro.loso import Scores
    from mimetic.micro.mapset import MapSet

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SCORES = ("kind", "protocol", "maps", "subjects", "uf1", "uf1_low", "uf1_high", "uar", "uar_low",
          "uar_high", "cpu_s")  # fmt: skip


def bench(
    maps: Path | None = typer.Option(
        None, "--maps", help="Only recognition, on this folder of 28x28 flow maps."
    ),
    kind: str = typer.Option("kernel", "--kind", help="Of --maps: kernel or ststnet."),
    seed: int = typer.Option(0, "--seed", min=0, help="Of --maps: of the intervals."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object, not the tables."),
) -> None:
    """Measure on virtual faces and populations, or test recognition on a folder of maps."""
    # Before numpy is loaded: threads that wait for each other burn CPU time that nobody used.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    if maps is not None:
        _on_maps(maps, kind, seed, json_out=json_out)


def _on_maps(folder: Path, kind: str, seed: int, *, json_out: bool) -> None:
    from mimetic.micro.mapset import read_maps
    from mimetic.micro.registry import check_kind

    check_kind(kind)
    maps = read_maps(folder)
    tell_scores("micro bench", maps, kind=kind, seed=seed, json_out=json_out, place=folder)


def tell_scores(
    command: str, maps: MapSet, *, kind: str, seed: int, json_out: bool, place: Path
) -> Scores:
    """Test maps with each person left out, and print what came out."""
    from mimetic.pipeline.microlearn import told_scores, try_maps

    found, cpu_s = try_maps(maps, kind=kind, seed=seed)
    facts = told_scores(found, maps, cpu_s=cpu_s)
    if json_out:
        print_json(command, {"folder": place, **facts})
        return found
    print_rows([facts], SCORES)
    print_rows(facts["classes"], ("class", "maps", "f1", "recall"))
    return found
