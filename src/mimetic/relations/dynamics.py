"""From a result folder or a clip to local dynamics: by dense flow, by landmarks, or by both.

Both are displacements from the person's own neutral face in eye distances, per region, so
that no still look can enter. Flow sees fine movement; landmarks follow what opens and
closes, where flow has nothing to follow. Bands are made by ``courses.read_courses``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.io.result import Result, open_result
from mimetic.ops.regions import RegionScheme, region_masks, region_scheme
from mimetic.ops.rest import frame_noise
from mimetic.ops.timeseries import median_shape, still_rows, still_speed
from mimetic.types import Bool, FaceClip, Float64, Int64, LocalDynamics

LANDMARK_FEATURES = ("displacement_x_ed", "displacement_y_ed", "area_change", "spread_ed")
SOURCES = ("flow", "landmarks", "both")
BESIDE = "landmark_"  # before the names of landmark features that stand beside those of flow
_FLOOR = 2.0  # standard deviations below which 95 of 100 readings of noise lie
_LEAST = 3  # points of a region


def read_dynamics(
    result: Result | str | Path, *, features: str = "flow", regions: str | None = None
) -> LocalDynamics:
    """The local dynamics of a result folder.

    ``features`` is "flow" (as stored), "landmarks", or "both": landmark features beside those of
    flow, their names beginning with ``landmark_``. ``regions`` "9" or "13" is free for
    landmarks; flow has those it was analysed with. Raises ArgumentError for others,
    StoreError where the folder lacks what is asked for.
    """
    found = result if isinstance(result, Result) else open_result(result)
    if features not in SOURCES:
        raise ArgumentError(f"features: expected one of {', '.join(SOURCES)}, got {features!r}")
    if features == "landmarks":
        return landmark_dynamics(found.stretches(), regions=regions or "13")
    flow = found.regions
    if regions is not None and region_scheme(regions).regions != flow.regions:
        raise ArgumentError(
            f"regions: expected those of {found.path} ({len(flow.regions)} regions), got "
            f"{regions!r}; analyze again, or take features='landmarks'"
        )
    if features == "flow":
        return flow
    return beside(flow, landmark_dynamics(found.stretches(), regions=str(len(flow.regions))))


def landmark_dynamics(
    clip: FaceClip | Iterable[FaceClip], *, regions: str = "13", subject: str | None = None
) -> LocalDynamics:
    """The landmark features of a clip, or of its stretches in order.

    The mean displacement of a region's points in the person's own head frame, the logarithm
    of its area over the neutral area, and how far its points moved apart (the root mean
    square of their displacements about the mean). The neutral shape is the recording's own
    where the clip carries it, else the median of its stillest frames. Repeated frames are
    missing. Raises ArgumentError without any stretch.
    """
    stretches = [clip] if isinstance(clip, FaceClip) else list(clip)
    if not stretches:
        raise ArgumentError("clip: expected at least one stretch, got none")
    first, scheme = stretches[0], region_scheme(regions)
    shapes = np.concatenate([each.shape_ed for each in stretches]).astype(np.float64)
    times_s = np.concatenate([each.times_s for each in stretches])
    valid = np.concatenate([each.valid & ~each.repeated for each in stretches])
    neutral = first.neutral_shape_ed
    rest = _neutral(shapes, times_s, valid) if neutral is None else neutral.astype(np.float64)
    values = _features(shapes, rest, scheme, _members(first, scheme))
    values[~valid] = np.nan
    seen: Bool = np.asarray(np.isfinite(values).all(2))
    values[~seen] = np.nan
    floor = [[_FLOOR * frame_noise(column) for column in region] for region in
             np.moveaxis(values, 0, 2)]  # fmt: skip
    return LocalDynamics(
        values=values.astype(np.float32),
        times_s=times_s,
        regions=scheme.regions,
        features=LANDMARK_FEATURES,
        valid=seen,
        noise_floor=np.array(floor, np.float32),
        subject=subject,
    )


def beside(flow: LocalDynamics, landmarks: LocalDynamics) -> LocalDynamics:
    """Flow features with those of landmarks beside them; a moment counts where both are known.

    Raises ArgumentError for other regions or times.
    """
    if flow.regions != landmarks.regions or not np.array_equal(flow.times_s, landmarks.times_s):
        raise ArgumentError("landmarks: expected the regions and times of the flow, got others")
    seen = flow.valid & landmarks.valid
    values = np.concatenate([flow.values, landmarks.values], axis=2)
    floors = [each.noise_floor for each in (flow, landmarks) if each.noise_floor is not None]
    return dataclasses.replace(
        flow,
        values=np.where(seen[..., None], values, np.nan).astype(np.float32),
        valid=seen,
        features=(*flow.features, *(f"{BESIDE}{name}" for name in landmarks.features)),
        noise_floor=np.concatenate(floors, axis=1) if len(floors) == 2 else None,
    )


def source_of(features: tuple[str, ...]) -> str:
    """Which of ``SOURCES`` dynamics with these features came from."""
    if features == LANDMARK_FEATURES:
        return "landmarks"
    return "both" if any(name.startswith(BESIDE) for name in features) else "flow"


def _neutral(shapes: Float64, times_s: Float64, valid: Bool) -> Float64:
    """The median shape [L 3] of the stillest valid frames."""
    if not valid.any():
        raise ArgumentError("clip: expected a frame in which the face was measured, got none")
    speed = still_speed(lambda start, stop: shapes[start:stop], times_s, known=valid)
    return median_shape(shapes[still_rows(speed, times_s, valid=valid, repeated=~valid)])[0]


def _members(clip: FaceClip, scheme: RegionScheme) -> list[Int64]:
    """The mesh points inside each region of the neutral face; on its outline where few are."""
    size = clip.pixels.shape[1]
    masks = region_masks(clip.mesh_px, size, scheme)
    column, row = np.clip(np.rint(clip.mesh_px[:, :2]), 0, size - 1).astype(np.int64).T
    inside = masks[:, row, column]
    found = []
    for place, name in enumerate(scheme.regions):
        points: Int64 = np.flatnonzero(inside[place])
        if points.size < _LEAST:
            points = np.unique([p for polygon in scheme.polygons[name] for p in polygon])
        found.append(points)
    return found


def _features(
    shapes: Float64, rest: Float64, scheme: RegionScheme, members: list[Int64]
) -> Float64:
    """The features [T R F] of shapes [T L 3]."""
    moved = (shapes - rest)[..., :2]
    columns = []
    for name, points in zip(scheme.regions, members, strict=True):
        outlines = [list(polygon) for polygon in scheme.polygons[name]]
        area = sum(_area(shapes[:, outline, :2]) for outline in outlines)
        still = sum(_area(rest[None, outline, :2]) for outline in outlines)
        ratio = np.asarray(area / still)
        # An outline that is crossed over has no area.
        growth = np.log(np.where(ratio > 0, ratio, np.nan))
        mean = moved[:, points].mean(1, keepdims=True)
        apart = np.sqrt(((moved[:, points] - mean) ** 2).sum(2).mean(1))
        columns.append(np.column_stack([mean[:, 0], growth, apart]))
    return np.stack(columns, axis=1)


def _area(corners: Float64) -> Float64:
    """The area [T] of polygons [T P 2], whichever way round."""
    after = np.roll(corners, -1, axis=1)
    turn = corners[..., 0] * after[..., 1] - corners[..., 1] * after[..., 0]
    return np.asarray(np.abs(turn.sum(1)) / 2)
