"""``mimetic bench clips``: the main job on every clip of a folder, one row a clip."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from mimetic.bench.cells import Cells, in_own_process
from mimetic.bench.tables import Table, markdown
from mimetic.errors import VideoError
from mimetic.io.result import open_result
from mimetic.io.video import Video
from mimetic.pipeline.batch import Input, find_inputs, measure
from mimetic.pipeline.settings import AnalyzeConfig

COLUMNS = {
    "clip": "clip",
    "codec": "codec",
    "size_px": "size",
    "frames": "frames",
    "tracked": "tracked share",
    "repeated": "repeated share",
    "cpu_ms_frame": "CPU ms a frame",
    "peak_mib": "peak MiB",
    "outcome": "outcome",
}


def bench_clips(folder: Path, out: Path, *, results: Path | None = None) -> dict[str, Any]:
    """Analyze every clip of ``folder``, each in a process of its own.

    Rows go to the JSON file ``out`` as they come, so an interrupted run goes on.
    Result folders are kept in ``results`` if it is given. Returns the table; a
    clip without a face is a row that says so, not a failure.
    """
    with tempfile.TemporaryDirectory() as temporary:
        inputs = find_inputs([folder], results or Path(temporary))
        cells = Cells(out, "clips", {"folder": folder.name})
        for one in inputs:
            cells.run(one.name, lambda one=one: in_own_process(measure_clip, one))  # type: ignore[misc]
    return cells.content()


def measure_clip(one: Input) -> dict[str, Any]:
    """One row: what the clip is, what came out, what it cost."""
    try:
        video = Video.open(one.path)
    except VideoError as error:
        return {"outcome": _first_line(error, one)}
    row: dict[str, Any] = {
        "codec": video.decoder.rsplit(" / ", 1)[-1],
        "size_px": f"{video.width_px}x{video.height_px}",
    }
    measured = measure(one, AnalyzeConfig())
    if measured["error"]:
        return row | {"outcome": _first_line(measured["error"], one)}
    info = open_result(one.out).video
    return row | {
        "frames": measured["frames"],
        "tracked": measured["tracked"],
        "repeated": float(info.repeated.mean()),
        "cpu_ms_frame": measured["cpu_ms_frame"],
        "peak_mib": measured["peak_mib"],
        "outcome": "report",
    }


def _first_line(error: object, one: Input) -> str:
    """What went wrong, without the path of this machine."""
    return str(error).splitlines()[0].replace(str(one.path), one.name)


def render(table: Table) -> str:
    """The table of the docs."""
    rows = [{"clip": name} | row for name, row in table["cells"].items()]
    return markdown(rows, COLUMNS)
