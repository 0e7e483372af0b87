"""The groups of an export as one NWB file: behaviour time series with their own timestamps."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.io.gather import Groups, unit_of
from mimetic.io.layout import CODES, EVENTS, FACE, REGIONS, VIDEO
from mimetic.types import Provenance

_ABOUT = {
    FACE: "One person's face over the video, NaN where it was not measured",
    REGIONS: "Movement of facial regions, axes frame, region, feature",
    CODES: "Codes in this person's movement space, axes frame, component",
}


def write_nwb(path: Path, groups: Groups, *, provenance: Provenance, note: str) -> None:
    """Write ``track``, ``regions``, ``codes`` as TimeSeries, events and tables as tables.

    ``session_start_time`` is the time of the analysis: a video does not say when it
    was filmed. Times are seconds on the video's clock.
    """
    pynwb = importlib.import_module("pynwb")
    video = groups[VIDEO]
    file = pynwb.NWBFile(
        session_description=f"Facial movement measured from {Path(video['path']).name}",
        identifier=video["sha256"],
        session_start_time=datetime.fromisoformat(provenance.made_at),
        source_script=provenance.package,
        source_script_file_name="mimetic",
        notes=f"{note}; session_start_time is the time of the analysis; {asdict(provenance)}",
    )
    behavior = file.create_processing_module("behavior", "Facial movement measured by mimetic")
    for group in _ABOUT:
        if group in groups:
            _add_series(behavior, group, groups[group])
    for group, values in groups.items():
        # NWB has no tables without rows.
        if group.startswith("table_") and len(next(iter(values.values()), ())):
            behavior.add(_table(group, values))
    if EVENTS in groups and len(groups[EVENTS]["onset_s"]):
        _add_events(file, groups[EVENTS])
    with pynwb.NWBHDF5IO(str(path), "w") as out:
        out.write(file)


def _add_series(module: Any, group: str, values: Mapping[str, Any]) -> None:
    pynwb = importlib.import_module("pynwb")
    named = ", ".join(f"{key}: {item}" for key, item in values.items() if isinstance(item, list))
    plain = ", ".join(
        f"{key}: {item}" for key, item in values.items() if isinstance(item, str | int)
    )
    times_s = values["times_s"]
    for name, data in values.items():
        per_frame = isinstance(data, np.ndarray) and data.shape[:1] == times_s.shape
        if not per_frame or name == "times_s":
            continue
        module.add(
            pynwb.TimeSeries(
                name=f"{group}_{name}",
                data=data,
                timestamps=times_s,
                unit=unit_of(name),
                description=_ABOUT[group],
                comments="; ".join(text for text in (plain, named) if text) or "no comments",
            )
        )


def _table(group: str, values: Mapping[str, Any]) -> Any:
    common = importlib.import_module("hdmf.common")
    columns = [
        common.VectorData(name=name, description=f"unit {unit_of(name)}", data=column)
        for name, column in values.items()
    ]
    return common.DynamicTable(
        name=group, description=f"The table {group.removeprefix('table_')}", columns=columns
    )


def _add_events(file: Any, values: Mapping[str, Any]) -> None:
    """Events as NWB intervals: onset to offset, the other columns beside them."""
    pynwb = importlib.import_module("pynwb")
    intervals = pynwb.epoch.TimeIntervals(name=EVENTS, description="Movements that were found")
    others = [name for name in values if name not in ("onset_s", "offset_s")]
    for name in others:
        intervals.add_column(name=name, description=f"unit {unit_of(name)}")
    for row in range(len(values["onset_s"])):
        intervals.add_interval(
            start_time=values["onset_s"][row],
            stop_time=values["offset_s"][row],
            **{name: values[name][row] for name in others},
        )
    file.add_time_intervals(intervals)
