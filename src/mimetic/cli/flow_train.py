"""``mimetic flow train``: learn a network of flow from faces, by a recipe."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mimetic.cli.output import complain, print_json, progress
from mimetic.errors import ArgumentError, MissingExtra

if TYPE_CHECKING:
    from mimetic.flow.records import FaceSequence

VIRTUAL = 12  # people where no folder is given
DATA = typer.Option(
    None, "--data", help="Folder of clips and pictures of faces; without it, virtual people."
)
OUT = typer.Option(None, "--out", "-o", help="Model folder; default results/<name of the recipe>.")
CHANGE = typer.Option(
    None, "--set", help="Change one value of the recipe: data.jitter_px=0.3; may be repeated."
)
CACHE = typer.Option(
    None, "--cache", help="Keep faces and pairs here for other trainings; they show people."
)


def train(
    recipe: Path = typer.Argument(..., help="TOML file, such as those in recipes/."),
    data: Path | None = DATA,
    out: Path | None = OUT,
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda, cuda:N or mps."),
    resume: bool = typer.Option(False, "--resume", help="Go on from the last checkpoint."),
    change: list[str] | None = CHANGE,
    cache: Path | None = CACHE,
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Train a network of flow by a recipe and write a model folder; restart-safe with --resume."""
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra('training needs torch; install it with: pip install "mimetic[neural]"')
    from mimetic.flow.recipe import read_recipe
    from mimetic.flow.train import RunSettings, train_flow

    wanted = read_recipe(recipe, change or ())
    folder = out or Path("results") / recipe.stem
    if folder.exists() and not folder.is_dir():
        raise ArgumentError(f"--out: expected a folder, {folder} is a file")
    rank = os.environ.get("RANK", "0")  # of torchrun; two processes cannot write one file
    kept = (cache or folder / "cache") / ("" if rank == "0" else f"process-{rank}")
    run = RunSettings(
        device=device,
        resume=resume,
        cache=kept,
        tell=progress(recipe.stem, quiet=json_out or rank != "0"),
    )
    about = train_flow(wanted, lambda: _faces(data, kept), folder, run=run)
    if rank != "0":
        return
    if cache is None:
        shutil.rmtree(kept, ignore_errors=True)
    _show(about, folder, json_out=json_out)


def _faces(data: Path | None, cache: Path) -> list[FaceSequence]:
    from mimetic.pipeline.faces import read_faces, virtual_faces

    if data is None:
        complain(f"no --data: {VIRTUAL} virtual people made from one portrait are learnt from")
        return virtual_faces(VIRTUAL, seed=0)
    return read_faces(data, cache=cache, tell=complain)


def _show(about: dict[str, Any], folder: Path, *, json_out: bool) -> None:
    if json_out:
        print_json("flow train", {"model": folder, **about})
        return
    for name, value in about["metrics"].items():
        typer.echo(f"{name:<16}{value:.4g}")
    typer.echo(folder)
