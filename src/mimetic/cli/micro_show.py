"""``mimetic micro magnify``: one event, large enough to be seen."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.output import print_json, print_rows

COLUMNS = ("event", "onset_s", "apex_s", "offset_s", "by", "method", "frames", "added_px")


def magnify(
    result: Path = typer.Argument(..., help="Result folder in which mimetic micro spot was run."),
    event: int = typer.Option(..., "--event", help="Number of the event, as spot tells it."),
    out: Path = typer.Option(..., "--out", "-o", help="Video to write, .mp4 or .mov."),
    by: float = typer.Option(8.0, "--by", help="How much larger movement is shown, 1 to 20."),
    side_by_side: bool = typer.Option(False, "--side-by-side", help="Beside the face as it was."),
    slower: float = typer.Option(1.0, "--slower", help="Slow motion: so many times as long."),
    method: str = typer.Option("auto", "--method", help="Method of flow."),
    json_out: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Write a video of one event in which its movement is larger."""
    from mimetic.micro.magnify import MagnifySettings
    from mimetic.pipeline.microshow import ShowWish, write_magnified

    settings = MagnifySettings(by=by)
    wish = ShowWish(settings=settings, method=method, side_by_side=side_by_side, slower=slower)
    facts = write_magnified(result, event, out, wish)
    if json_out:
        print_json("micro magnify", {"result": result, **facts})
        return
    print_rows([facts], COLUMNS)
    typer.echo(out)
