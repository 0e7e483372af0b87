"""``mimetic flow labels``: the paper's landmark-made ground truth for one's own video."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.output import print_json, progress
from mimetic.cli.settings import settings_from

if TYPE_CHECKING:
    from mimetic.io.result import Result

OUT = typer.Option(
    None, "--out", "-o", help="Folder of the labels; default results/<name of the video>."
)
POINTS = typer.Option("mesh478", "--points", help="mesh478, or 68 as in the paper.")
SIZE = typer.Option(192, "--size", min=32, max=384, help="Side of the labelled pictures, pixels.")
MARGIN = typer.Option(10.0, "--margin", help="Around the landmarks, pixels of the picture.")
JITTER = typer.Option(
    0.0, "--jitter", help="Noise laid on every landmark, pixels of the picture, for trials."
)


def labels(
    video: Path = typer.Argument(..., help="A video, or a folder of pictures."),
    out: Path | None = OUT,
    points: str = POINTS,
    size: int = SIZE,
    margin: float = MARGIN,
    jitter: float = JITTER,
    person: int | None = typer.Option(None, help="Number of the person to label."),
    start: float | None = typer.Option(None, help="Seconds of the video to begin at."),
    end: float | None = typer.Option(None, help="Seconds of the video to end at."),
    images_hz: float | None = typer.Option(
        None, "--images-hz", help="Rate of a folder of pictures, per second."
    ),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Label neighbouring frames by the movement of landmarks; the folder shows the face."""
    from mimetic.flow.labels import LabelSettings
    from mimetic.pipeline.labels import make_labels

    settings = LabelSettings(size_px=size, points=points, jitter_px=jitter, margin_px=margin)
    given = {"person": person, "start_s": start, "end_s": end, "images_hz": images_hz}
    result = make_labels(
        video,
        out=out or Path("results") / video.stem,
        settings=settings,
        config=settings_from(None, given),
        progress=progress(video.name, quiet=json_out),
    )
    _tell(result, json_out=json_out)


def _tell(result: Result, *, json_out: bool) -> None:
    from mimetic.pipeline.labels import describe_labels

    told = describe_labels(result)
    if json_out:
        print_json("flow labels", told)
        return
    typer.echo(
        f"{told['pairs']} pairs of {told['size_px']} px, labelled from {told['points']}; "
        f"movement between frames {told['median_px']:.2f} px in the median, "
        f"{told['most_px']:.2f} px at most"
    )
    typer.echo(f"labels: {told['labels']}\npreview: {told['preview']}")
