"""The stage "tables": what was measured as tidy tables, one row an observation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.io.events import Trial, read_events
from mimetic.io.layout import (
    CODES,
    CROP,
    EVENTS,
    FACE,
    MOTION,
    PEOPLE,
    PERSON,
    REGIONS,
    TABLES,
    TRACK,
    VIDEO,
)
from mimetic.io.store import ResultFolder, Stage
from mimetic.io.stored import Stored
from mimetic.ops.lids import relative_lids
from mimetic.ops.timeseries import resample
from mimetic.ops.trials import TrialMean, TrialWindow, trial_means
from mimetic.pipeline.crops import LOOKS
from mimetic.pipeline.motion import LID_APERTURE
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.settings import AnalyzeConfig
from mimetic.types import ExpressionEvent, Float64, LocalDynamics, MovementEmbedding, Reason

Columns = dict[str, Any]
WINDOW = TrialWindow()
REASONS = np.array([reason.name.lower() for reason in Reason])


def run_tables(folder: ResultFolder, config: AnalyzeConfig, *, inputs: tuple[str, ...]) -> Stage:
    """Write frames, movements, floors, lids, blinks, events, asymmetry, codes; trials if given.

    With ``rate_hz`` movements, lids and codes are written once more on a regular
    clock. Missing values are empty.
    """
    events = read_trials(config)
    settings = config_hash_of(config.csv, config.rate_hz, *events)
    stage = folder.stage(TABLES, config_hash=settings, inputs=inputs)
    if stage.done:
        return stage
    stored = folder.stored()
    provenance = provenance_of(folder, settings)
    for name, columns in _tables(stored, config, events):
        stage.write_table(name, columns, csv=config.csv, provenance=provenance)
    stage.finish(provenance=provenance)
    return stage


def read_trials(config: AnalyzeConfig) -> tuple[Trial, ...]:
    """The trial times that the settings name, none where they name no file."""
    return () if config.events is None else read_events(Path(config.events))


def trial_responses(
    dynamics: LocalDynamics, trials: tuple[Trial, ...], feature: str
) -> tuple[TrialMean, ...]:
    """Mean movement [K R] of all regions around each type of trial."""
    values = dynamics.values[:, :, dynamics.features.index(feature)]
    return trial_means(
        dynamics.times_s,
        values,
        onsets_s=np.array([trial.onset_s for trial in trials]),
        trial_types=[trial.trial_type for trial in trials],
        window=WINDOW,
    )


def _tables(
    stored: Stored, config: AnalyzeConfig, trials: tuple[Trial, ...]
) -> Iterator[tuple[str, Columns]]:
    """Name and columns of each table, made one at a time because they are large."""
    dynamics: LocalDynamics = stored.record(MOTION, REGIONS)
    aperture = stored.array(MOTION, LID_APERTURE)
    found: tuple[ExpressionEvent, ...] = stored.record(MOTION, EVENTS)
    first = int(stored.facts(TRACK)["first_index"])
    frame = np.arange(first, first + dynamics.times_s.size)
    blinks = [event for event in found if event.kind == "blink" and event.rejected is None]
    yield "frames", _frames(stored, frame)
    yield "movements", _movements(dynamics, {"frame": frame})
    yield "floors", _floors(dynamics)
    yield "lids", _lids(aperture, dynamics.times_s, {"frame": frame})
    yield "blinks", _blinks(blinks)
    yield "events", _events(found)
    yield "asymmetry", _rows(stored.facts(MOTION)["asymmetry"])
    codes = None if "refused" in stored.facts(PERSON) else stored.record(PERSON, CODES)
    if codes is not None:
        yield "codes", _codes(codes, {"frame": frame})
    if config.rate_hz is not None:
        yield from _regular(dynamics, aperture, codes, config.rate_hz)
    if trials:
        yield "trials", _trials(dynamics, trials)


def _frames(stored: Stored, frame: Any) -> Columns:
    video = stored.record(TRACK, VIDEO)
    columns: Columns = {"frame": frame, "time_s": video.times_s}
    columns |= {"repeated": video.repeated, "dropped_before": video.dropped}

    def of_track(field: str) -> Any:
        return stored.array(PEOPLE, f"{FACE}/{field}")

    missing, unaligned = of_track("reason"), stored.array(CROP, "reason")
    reason = np.where(missing > 0, missing, unaligned)
    columns |= {"tracked": missing == 0, "measured": reason == 0, "reason": REASONS[reason]}
    columns["confidence"] = of_track("confidence")
    for number, name in enumerate(("left", "top", "right", "bottom")):
        columns[f"box_{name}_px"] = of_track("box_px")[:, number]
    columns |= {name: of_track(name) for name in ("yaw_deg", "pitch_deg", "roll_deg")}
    columns["residual"] = stored.array(CROP, "clip/residual")
    look = stored.array(CROP, "look")
    return columns | {name: look[:, number] for number, name in enumerate(LOOKS)}


def _movements(dynamics: LocalDynamics, keys: Columns) -> Columns:
    """A row for every frame and region."""
    frames, regions, _ = dynamics.values.shape
    columns: Columns = {name: np.repeat(values, regions) for name, values in keys.items()}
    columns["time_s"] = np.repeat(dynamics.times_s, regions)
    columns["region"] = np.tile(np.array(dynamics.regions), frames)
    columns["valid"] = dynamics.valid.ravel()
    for number, name in enumerate(dynamics.features):
        columns[name] = dynamics.values[:, :, number].ravel()
    return columns


def _floors(dynamics: LocalDynamics) -> Columns:
    """A row for every region: what each feature reads at rest in this recording."""
    unknown = np.full((len(dynamics.regions), len(dynamics.features)), np.nan)
    floor = unknown if dynamics.noise_floor is None else dynamics.noise_floor
    columns: Columns = {"region": list(dynamics.regions)}
    return columns | {name: floor[:, n] for n, name in enumerate(dynamics.features)}


def _lids(aperture: Float64, times_s: Float64, keys: Columns) -> Columns:
    relative = relative_lids(aperture, times_s).relative
    columns = {**keys, "time_s": times_s}
    for number, side in enumerate(("left", "right")):
        columns[f"aperture_{side}_ed"] = aperture[:, number]
        columns[f"openness_{side}"] = relative[:, number]
    return columns


def _blinks(blinks: list[ExpressionEvent]) -> Columns:
    columns = _events(tuple(blinks))
    kept = ("onset_s", "apex_s", "offset_s", "duration_s", "side", "amplitude_ed", "snr")
    table = {name: columns[name] for name in kept}
    for side in ("left", "right"):
        name = f"completeness_{side}"
        table[name] = np.array([blink.scores.get(name, np.nan) for blink in blinks])
    return table


def _events(events: tuple[ExpressionEvent, ...]) -> Columns:
    columns: Columns = {
        name: np.array([getattr(event, name) for event in events], np.float64)
        for name in ("onset_s", "apex_s", "offset_s", "amplitude_px", "amplitude_ed", "snr")
    }
    columns["duration_s"] = columns["offset_s"] - columns["onset_s"]
    for name in ("kind", "label", "side", "rejected"):
        columns[name] = [getattr(event, name) for event in events]
    columns["regions"] = [" ".join(event.regions) for event in events]
    return columns


def _rows(rows: list[dict[str, Any]]) -> Columns:
    """Rows with the same names as columns."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def _codes(codes: MovementEmbedding, keys: Columns) -> Columns:
    columns = {**keys, "time_s": codes.times_s, "valid": codes.valid}
    return columns | {f"code_{d:02d}": codes.codes[:, d] for d in range(codes.codes.shape[1])}


def _regular(
    dynamics: LocalDynamics, aperture: Float64, codes: MovementEmbedding | None, rate_hz: float
) -> Iterator[tuple[str, Columns]]:
    """Movements, lids and codes on a regular clock."""
    clock_s, values = resample(dynamics.times_s, dynamics.values, rate_hz=rate_hz)
    even = LocalDynamics(
        values=values.astype(np.float32),
        times_s=clock_s,
        regions=dynamics.regions,
        features=dynamics.features,
        valid=np.asarray(np.isfinite(values).any(-1)),
    )
    yield "movements_regular", _movements(even, {})
    yield (
        "lids_regular",
        _lids(resample(dynamics.times_s, aperture, rate_hz=rate_hz)[1], clock_s, {}),
    )
    if codes is not None:
        smooth = resample(codes.times_s, codes.codes, rate_hz=rate_hz)[1]
        columns: Columns = {"time_s": clock_s}
        columns |= {f"code_{d:02d}": smooth[:, d] for d in range(smooth.shape[1])}
        yield "codes_regular", columns


def _trials(dynamics: LocalDynamics, trials: tuple[Trial, ...]) -> Columns:
    """A row for every type of trial, feature, region and lag."""
    names = ("trial_type", "feature", "region", "lag_s", "mean", "low", "high", "trials")
    parts: dict[str, list[Any]] = {name: [] for name in names}
    for feature in dynamics.features:
        for response in trial_responses(dynamics, trials, feature):
            lags, regions = response.mean.shape
            parts["trial_type"] += [response.trial_type] * (lags * regions)
            parts["feature"] += [feature] * (lags * regions)
            parts["region"] += list(dynamics.regions) * lags
            parts["lag_s"] += np.repeat(response.lags_s, regions).tolist()
            for name in ("mean", "low", "high", "trials"):
                parts[name] += getattr(response, name).ravel().tolist()
    return {
        name: values if isinstance(values[0], str) else np.array(values)
        for name, values in parts.items()
    }
