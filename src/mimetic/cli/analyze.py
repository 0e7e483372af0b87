"""``mimetic analyze`` and ``mimetic demo``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mimetic.cli.output import complain, print_json, print_rows, progress
from mimetic.cli.settings import settings_from

if TYPE_CHECKING:
    from mimetic.pipeline import AnalyzeConfig

VIDEOS = typer.Argument(..., help="Videos, folders of videos, or folders of pictures.")
OUT = typer.Option(Path("results"), "--out", "-o", help="Results go to OUT/<name of the video>.")
PERSON = typer.Option(
    None, help="Number of the person to measure; default: seen longest and largest."
)
START = typer.Option(None, "--start", help="Seconds of the video to begin at.")
END = typer.Option(None, "--end", help="Seconds of the video to end at.")
CONFIG = typer.Option(None, "--config", help="TOML file of settings; flags given beside it win.")
JOBS = typer.Option(1, "--jobs", min=1, help="Videos measured side by side.")
JSON = typer.Option(False, "--json", help="Print one JSON object instead of words.")
IMAGES_HZ = typer.Option(None, "--images-hz", help="Rate of folders of pictures, per second.")
TABLE_COLUMNS = ("video", "frames", "tracked", "person", "cpu_ms_frame", "seconds", "report")


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file into the program."""
    app.command()(analyze)
    app.command()(demo)


def analyze(
    videos: list[str] = VIDEOS,
    out: Path = OUT,
    person: int | None = PERSON,
    no_pixels: bool = typer.Option(
        False, help="Keep no pixels of the face; the report still shows it: add --anonymous."
    ),
    flow: bool = typer.Option(False, "--flow", help="Store the dense flow too."),
    csv: bool = typer.Option(False, "--csv", help="Write each table as CSV beside Parquet."),
    overlay: bool = typer.Option(False, "--overlay", help="Write the video, drawn on."),
    anonymous: bool = typer.Option(False, "--anonymous", help="Show no face, only its mesh."),
    start: float | None = START,
    end: float | None = END,
    neutral: float | None = typer.Option(None, help="Seconds at which the face is at rest."),
    events: Path | None = typer.Option(
        None, help="Trial times: onset, duration, trial_type (TSV)."
    ),
    rate_hz: float | None = typer.Option(None, "--rate-hz", help="Also tables on a regular clock."),
    images_hz: float | None = IMAGES_HZ,
    jobs: int = JOBS,
    config: Path | None = CONFIG,
    json_out: bool = JSON,
) -> int:
    """Measure the movement of one face in each video, up to a report."""
    given = {
        "person": person, "start_s": start, "end_s": end, "neutral_s": neutral, "rate_hz": rate_hz,
        "images_hz": images_hz, "events": None if events is None else str(events),
    }  # fmt: skip
    wished = {"keep_pixels": not no_pixels, "keep_flow": flow, "csv": csv, "overlay": overlay}
    # A flag that was not given leaves the file's word alone: only departures are passed on.
    flags = {name: on for name, on in wished.items() if on != (name == "keep_pixels")}
    if anonymous:
        flags["anonymous"] = True
    settings = settings_from(config, {**given, **flags})
    return _measure(videos, out, settings, jobs=jobs, json_out=json_out, command="analyze")


def demo(
    out: Path = typer.Option(Path("results/demo"), "--out", "-o", help="Folder of the demo."),
    json_out: bool = JSON,
) -> int:
    """Set the built-in portrait in motion, measure it, and name the report."""
    from mimetic.pipeline import AnalyzeConfig
    from mimetic.pipeline.demo import demo_video

    video = demo_video(out)
    return _measure([str(video)], out, AnalyzeConfig(), jobs=1, json_out=json_out, command="demo")


def _measure(
    videos: list[str],
    out: Path,
    settings: AnalyzeConfig,
    *,
    jobs: int,
    json_out: bool,
    command: str,
) -> int:
    from mimetic.pipeline.batch import find_inputs, run_batch

    inputs = find_inputs(videos, out)
    if len(inputs) == 1:
        jobs = 1
    shown = progress(inputs[0].name, quiet=json_out or jobs > 1 or len(inputs) > 1)
    rows, code = [], 0
    for row in run_batch(inputs, settings, jobs=jobs, progress=shown):
        rows.append(row)
        if row["error"]:
            complain(f"{row['video']}: {row['error']}")
            code = code or row["exit_code"]
    if json_out:
        print_json(command, {"videos": rows})
        return code
    done = [row for row in rows if not row["error"]]
    if done:
        print_rows([row | {"tracked": f"{row['tracked']:.0%}"} for row in done], TABLE_COLUMNS)
    for row in done:
        if row["others"]:
            complain(
                f"{row['video']}: others seen too: {row['others']}; the measured one is "
                f"person {row['person']}, choose another with --person"
            )
    return code
