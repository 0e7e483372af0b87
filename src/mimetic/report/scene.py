"""What every section of the page shares, worked out once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimetic.report import faces, rows
from mimetic.report.clock import Gap, clock_of, gaps_of
from mimetic.report.data import ReportData
from mimetic.report.facts import end_of
from mimetic.report.figures import Frame, Series
from mimetic.types import Bool, Float64

SERIES = {  # arrays with a row for each frame
    "dynamics": ("values", "valid"),
    "lids": ("aperture_ed", "relative"),
    "embedding": ("codes", "code_sd", "valid"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """What every section shares: the data, the clock with gaps and trials, the drawn regions."""

    data: ReportData
    frame: Frame
    shapes: tuple[str, ...]  # SVG path of each region, empty without masks
    anonymous: bool


def scene_of(data: ReportData, *, anonymous: bool) -> Scene:
    """Work out once what the sections draw from; repeated frames are left out."""
    data = without_repeats(data)
    clock = clock_of(data.video)
    bands = [
        Gap(start_s=trial.onset_s, end_s=end_of(trial), why=trial.trial_type)
        for trial in data.trials
        if clock.meets(trial.onset_s, end_of(trial))  # others would be drawn at the edge
    ]
    frame = Frame(clock=clock, gaps=gaps_of(data.video, data.track), bands=bands)
    shapes = () if data.region_masks is None else tuple(faces.region_paths(data.region_masks))
    return Scene(data=data, frame=frame, shapes=shapes, anonymous=anonymous)


def shared_gaps(scene: Scene, series: list[Series]) -> list[Gap]:
    """Gaps of the page, and stretches where no side of this row was measured."""
    together = np.stack([np.asarray(one.values, np.float64) for one in series])
    any_side = np.where(np.isfinite(together).any(axis=0), 0.0, np.nan)
    why = "this region was not measured"
    return rows.own_gaps(series[0].times_s, any_side, gaps=scene.frame.gaps, why=why)


def breaks_at(scene: Scene, times_s: Float64) -> Bool:
    """True at the first sample after frames that are missing in the video."""
    video = scene.data.video
    return rows.breaks_of(times_s, video.times_s[video.dropped])


def without_repeats(data: ReportData) -> ReportData:
    """The same recording with series on distinct frames only.

    A repeated frame shows a moment that was measured already; its missing row is
    no gap.
    """
    repeated_s = data.video.times_s[data.video.repeated]
    if repeated_s.size == 0:
        return data
    changed: dict[str, Any] = {}
    for name, fields in SERIES.items():
        record = getattr(data, name)
        if record is not None:
            kept = ~np.isin(record.times_s, repeated_s)
            parts = {field: getattr(record, field) for field in ("times_s", *fields)}
            cut = {field: part[kept] for field, part in parts.items() if part is not None}
            changed[name] = dataclasses.replace(record, **cut)
    return dataclasses.replace(data, **changed)
