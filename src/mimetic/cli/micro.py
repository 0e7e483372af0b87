"""``mimetic micro``: brief, small movements of a face: spotted, shown, recognised."""

from __future__ import annotations

from pathlib import Path

import typer

from mimetic.cli.micro_bench import bench
from mimetic.cli.micro_learn import recognise, train
from mimetic.cli.micro_show import magnify
from mimetic.cli.output import complain, print_json, print_rows

RESULT = typer.Argument(..., help="Result folder, as mimetic analyze wrote it.")
METHOD = typer.Option("auto", "--method", help="Method of flow that events are measured by.")
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")
COLUMNS = ("event", "onset_s", "apex_s", "offset_s", "regions", "side", "amplitude_px",
           "amplitude_ed", "snr", "peak_px", "motions")  # fmt: skip
OTHERS = ("event", "kind", "onset_s", "apex_s", "offset_s", "regions", "snr", "rejected")

app = typer.Typer(
    help="Micro-expressions: spot, magnify, recognise, train, bench.", no_args_is_help=True
)


@app.command()
def spot(
    result: Path = RESULT,
    rate_per_minute: float = typer.Option(
        1.0, "--rate-per-minute", help="False alarms a minute that are put up with."
    ),
    shortest: float = typer.Option(1 / 25, help="Seconds; what is briefer does not count."),
    longest: float = typer.Option(0.5, help="Seconds; what lasts longer is told apart."),
    every: bool = typer.Option(False, "--all", help="Tell lasting and rejected movements too."),
    method: str = METHOD,
    json_out: bool = JSON,
) -> None:
    """Find brief movements: when, where, how large, how sure; they are kept in the folder."""
    from mimetic.micro.spot import SpotSettings
    from mimetic.pipeline.micro import spot_result, told_spotting

    settings = SpotSettings(
        false_alarms_per_min=rate_per_minute, shortest_s=shortest, longest_s=longest
    )
    facts = told_spotting(spot_result(result, settings, method=method))
    if json_out:
        print_json("micro spot", {"result": result, **facts})
        return
    counted = [row for row in facts["events"] if row["kind"] == "micro" and not row["rejected"]]
    print_rows([_in_words(row) for row in counted], COLUMNS)
    typer.echo(f"\n{facts['micro']} micro-expressions, {facts['macro']} lasting movements, "
               f"{facts['rejected']} rejected in {facts['minutes']:.2f} minutes of face at "
               f"{facts['rate_hz']:.0f} frames a second")  # fmt: skip
    if every:
        rest = [row for row in facts["events"] if row not in counted]
        print_rows([_in_words(row) for row in rest], OTHERS)
    typer.echo(result / "micro.html")
    for note in facts["notes"]:
        complain(note)


def _in_words(row: dict[str, object]) -> dict[str, object]:
    """An event with its lists as words."""
    lists = {name: "; ".join(map(str, value)) for name, value in row.items()
             if isinstance(value, list)}  # fmt: skip
    return {**row, **lists}


for command in (magnify, recognise, train, bench):
    app.command()(command)


def add_to(program: typer.Typer) -> None:
    """Put the group of commands into the program."""
    program.add_typer(app, name="micro")
