"""``mimetic person show``: a model as pictures."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.output import complain, print_json, progress

MODEL = typer.Argument(..., help="Model folder, of a person or general.")
RESULTS = typer.Argument(
    None, help="Result folders: adds a map, codes over time, frames of the video."
)
OUT = typer.Option(Path("pictures"), "--out", "-o", help="Folder of the pictures.")
COMPONENTS = typer.Option(8, "--components", help="How many components are drawn.")
SIZE = typer.Option(2.0, "--size", help="How far each goes from the average, in its sd.")


def show(
    model: Path = MODEL,
    results: list[Path] | None = RESULTS,
    out: Path = OUT,
    components: int = COMPONENTS,
    size: float = SIZE,
    anonymous: bool = typer.Option(False, "--anonymous", help="Show no face, only outlines."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Draw each component as a movement of the person's own face, and what was done when."""
    from mimetic.pipeline.modelling import open_model
    from mimetic.pipeline.person import open_recordings
    from mimetic.pipeline.showing import ShowWish, show_model

    wish = ShowWish(components=components, size_sd=size, anonymous=anonymous)
    loaded = open_model(model)
    recordings = open_recordings(results) if results else None
    left_out = recordings.left_out if recordings else ()
    for one in left_out:
        complain(f"left out: {one.error}")
    shown = progress(model.stem, quiet=json_out)
    files = show_model(loaded, out, recordings=recordings, wish=wish, progress=shown)
    if json_out:
        print_json("person show", {"model": model, "files": files, "left_out": left_out})
    else:
        typer.echo(files[0])
    return left_out[0].exit_code if left_out else 0
