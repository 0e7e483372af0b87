"""``mimetic bench``: the figures of the docs, measured again on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from mimetic.cli.output import print_json

app = typer.Typer(help="Measure speed, memory and accuracy.", no_args_is_help=True)
RESULTS = Path("benchmarks/results")
CLIPS = typer.Option(..., "--clips", help="Folder of video clips.")
JSON = typer.Option(False, "--json", help="Print one JSON object instead of the table.")


@app.command()
def clips(
    folder: Path = CLIPS,
    out: Path = typer.Option(RESULTS / "clips.json", "--out", "-o", help="JSON file of the table."),
    results: Path | None = typer.Option(None, help="Keep the result folders here."),
    json_out: bool = JSON,
) -> None:
    """Run the main job on every clip of a folder: one row a clip."""
    from mimetic.bench.clips import bench_clips, render

    _show("bench clips", bench_clips(folder, out, results=results), render, json_out=json_out)


@app.command()
def speed(
    out: Path = typer.Option(RESULTS / "speed.json", "--out", "-o", help="JSON file of the table."),
    minutes: float = typer.Option(10.0, min=0.1, help="Length of the long video."),
    quick: bool = typer.Option(False, "--quick", help="Ten seconds of video, no memory test."),
    json_out: bool = JSON,
) -> None:
    """Measure CPU time by stage with rivals in the same run, and memory of a long video."""
    from mimetic.bench.speed import bench_speed, render

    table = bench_speed(out, minutes=minutes, quick=quick)
    _show("bench speed", table, render, json_out=json_out)


@app.command()
def stabilise(
    folder: Path = CLIPS,
    out: Path = typer.Option(RESULTS / "stabilise.json", "--out", "-o", help="JSON file."),
    json_out: bool = JSON,
) -> None:
    """Show what each step of stabilisation brings on real clips."""
    from mimetic.bench.stabilise import bench_stabilise, render

    _show("bench stabilise", bench_stabilise(folder, out), render, json_out=json_out)


@app.command()
def decode(
    out: Path = typer.Option(RESULTS / "decode.json", "--out", "-o", help="JSON file."),
    quick: bool = typer.Option(False, "--quick", help="One short recording of one person."),
    json_out: bool = JSON,
) -> None:
    """Decode the virtual face's true activations from the codes of the movement space."""
    from mimetic.bench.decode import bench_decode, render

    _show("bench decode", bench_decode(out, quick=quick), render, json_out=json_out)


@app.command()
def tables(
    docs: Path = typer.Option(Path("docs"), help="Folder of Markdown pages."),
    results: Path = typer.Option(RESULTS, help="Folder of JSON files."),
) -> None:
    """Write the tables and draw the figures of the docs anew from the JSON files."""
    from mimetic.bench.registry import FIGURES, RENDERERS, SUMMARIES
    from mimetic.bench.tables import draw_figures, fill_tables, write_summaries

    changed = fill_tables(docs, results, RENDERERS)
    changed += draw_figures(docs / "pictures", results, FIGURES)
    for file in [*changed, *write_summaries(docs.parent, results, SUMMARIES)]:
        typer.echo(file)


def _show(command: str, table: dict[str, Any], render: Any, *, json_out: bool) -> None:
    if json_out:
        print_json(command, table)
    else:
        typer.echo(render(table))
