"""``mimetic track``: tracking alone, and mending identities in a stored result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.output import print_json, print_rows, progress
from mimetic.cli.settings import settings_from
from mimetic.errors import ArgumentError

if TYPE_CHECKING:
    from mimetic.io.result import Result

SWAP = typer.Option(None, "--swap", help="Two persons whose names are exchanged from --at on.")
MERGE = typer.Option(None, "--merge", help="Two persons who are one.")
AT = typer.Option(None, "--at", help="Seconds of the video from which --swap holds.")
OUT = typer.Option(None, "--out", "-o", help="Result folder; default results/<name of the video>.")


def add_to(app: typer.Typer) -> None:
    """Put the command of this file into the program."""
    app.command()(track)


def track(
    video: Path = typer.Argument(..., help="A video; or a result folder, to mend identities."),
    out: Path | None = OUT,
    person: int | None = typer.Option(None, help="Number of the person to keep."),
    swap: tuple[int, int] | None = SWAP,
    merge: tuple[int, int] | None = MERGE,
    at: float | None = AT,
    start: float | None = typer.Option(None, help="Seconds of the video to begin at."),
    end: float | None = typer.Option(None, help="Seconds of the video to end at."),
    images_hz: float | None = typer.Option(
        None, "--images-hz", help="Rate of a folder of pictures, per second."
    ),
    config: Path | None = typer.Option(None, help="TOML file of settings."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Track faces only: landmarks, pose and persons, no report."""
    from mimetic.pipeline import mend as mend_result
    from mimetic.pipeline import track as track_video

    mending = swap is not None or merge is not None
    given = {"person": person, "start_s": start, "end_s": end, "images_hz": images_hz}
    if mending and any(value is not None for value in (*given.values(), config)):
        raise ArgumentError(
            "--swap and --merge mend a stored result; leave out --person, --start, --end, "
            "--images-hz and --config"
        )
    if (at is not None) != (swap is not None):
        raise ArgumentError("--swap A B and --at SECONDS go together; give both or neither")
    folder = out or Path("results") / video.stem
    if mending:
        stored = video if (video / "manifest.json").exists() else folder
        result = mend_result(stored, swap=swap, at_s=at, merge=merge)
    else:
        settings = settings_from(config, given)
        shown = progress(video.name, quiet=json_out)
        result = track_video(video, out=folder, config=settings, progress=shown)
    _tell(result, json_out=json_out)


def _tell(result: Result, *, json_out: bool) -> None:
    from mimetic.pipeline import list_persons

    persons = list_persons(result)
    if json_out:
        print_json("track", {"result": str(result.path), "persons": persons})
        return
    print_rows(persons, ("person", "chosen", "seconds", "frames", "eye_distance_px", "confidence"))
    typer.echo(f"result folder: {result.path}")
