"""``mimetic flow``: dense displacement of the skin, measured, compared, learnt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.flow_bench import bench
from mimetic.cli.flow_labels import labels
from mimetic.cli.flow_train import train
from mimetic.cli.output import print_json, print_rows, progress
from mimetic.cli.settings import settings_from
from mimetic.errors import ArgumentError

if TYPE_CHECKING:
    from mimetic.io.result import Result
    from mimetic.types import Against

OUT = typer.Option(None, "--out", "-o", help="Result folder; default results/<name of the video>.")
METHOD = typer.Option("auto", "--method", help="A name of mimetic flow methods, or a model folder.")
AGAINST = typer.Option(
    "neighbour", help="neighbour, neutral, or seconds back: which frame flow leads from."
)
MODELS = typer.Option(None, "--models", help="Folder of trained methods to list too.")
IMAGES_HZ = typer.Option(None, "--images-hz", help="Rate of a folder of pictures, per second.")
CONFIG = typer.Option(None, "--config", help="TOML file of settings; flags given beside it win.")
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")

app = typer.Typer(help="Dense flow of the face: measure, compare, train.", no_args_is_help=True)
app.command()(bench)
app.command()(labels)
app.command()(train)
app.command()(labels)


@app.command()
def estimate(
    video: Path = typer.Argument(..., help="A video, or a folder of pictures."),
    out: Path | None = OUT,
    method: str = METHOD,
    against: str = AGAINST,
    three_frames: bool = typer.Option(
        False, "--three-frames", help="Use the frame before each pair too."
    ),
    check: bool = typer.Option(False, "--check", help="Drop what is not found again backwards."),
    overlay: bool = typer.Option(False, "--overlay", help="Write flow.mp4: arrows, colours."),
    person: int | None = typer.Option(None, help="Number of the person to measure."),
    start: float | None = typer.Option(None, help="Seconds of the video to begin at."),
    end: float | None = typer.Option(None, help="Seconds of the video to end at."),
    images_hz: float | None = IMAGES_HZ,
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> None:
    """Measure and store the dense flow of one face; stages that are missing are made first."""
    from mimetic.flow.predict import FlowSettings
    from mimetic.pipeline.flow import FlowWish, estimate_flow

    folder = out or Path("results") / video.stem
    given = {"person": person, "start_s": start, "end_s": end, "images_hz": images_hz}
    asked = config is not None or any(value is not None for value in given.values())
    wish = FlowWish(
        method=method,
        against=_against(against),
        settings=FlowSettings(frames=3 if three_frames else 2, check=check),
        overlay=overlay,
    )
    result = estimate_flow(
        video,
        out=folder,
        wish=wish,
        config=settings_from(config, given) if asked else None,
        progress=progress(video.name, quiet=json_out),
    )
    _tell(result, files=[folder / "flow.mp4"] if overlay else [], json_out=json_out)


@app.command()
def methods(
    models: Path | None = MODELS,
    results: Path | None = typer.Option(None, help="JSON file of mimetic flow bench of your own."),
    json_out: bool = JSON,
) -> None:
    """List the methods of flow: what they are, weights, licence, speed and measured error."""
    from mimetic.bench.flow.listing import list_methods

    rows = list_methods(results, models=models)
    if json_out:
        print_json("flow methods", {"methods": rows})
        return
    shown = [{**row, "default": "*" if row["default"] else ""} for row in rows]
    columns = ("default", "method", "here", "weights_kib", "ms_192px", "error_ratio",
               "moving_ratio", "licence", "words")  # fmt: skip
    print_rows(shown, columns)
    typer.echo("error_ratio: geometric mean of endpoint error over that of dis-vr, mimetic flow "
               "bench")  # fmt: skip


def _tell(result: Result, *, files: list[Path], json_out: bool) -> None:
    facts = result.facts("flow")
    if json_out:
        told = {"result": str(result.path), **facts, "files": [str(name) for name in files]}
        print_json("flow estimate", told)
        return
    columns = ("method", "against", "pairs", "median_peak_px", "largest_peak_px", "sigma_px",
               "cpu_ms_pair")  # fmt: skip
    print_rows([facts], columns)
    for name in (result.path, *files):
        typer.echo(name)


def _against(text: str) -> Against:
    if text in ("neighbour", "neutral"):
        return text  # type: ignore[return-value]
    try:
        return float(text)
    except ValueError as error:
        raise ArgumentError(
            f"--against: expected neighbour, neutral or seconds, got {text!r}"
        ) from error


def add_to(program: typer.Typer) -> None:
    """Put the group of commands into the program."""
    program.add_typer(app, name="flow")
