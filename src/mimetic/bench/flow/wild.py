"""S3: real clips without labels, where a flow is tested against the pictures and itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from mimetic.bench.flow.rivals import Rival
from mimetic.errors import ArgumentError
from mimetic.flow.check import round_trip_px
from mimetic.flow.records import FaceSequence, FlowPair
from mimetic.ops.landmarks import SKIN_POINTS
from mimetic.ops.warp import sample_exact
from mimetic.types import Bool, Float32, Float64, Floats, Int64, UInt8

STEPS = 5  # neighbours whose flows are composed
LONGEST_STEP = 2.5  # times the usual one; beyond, frames are missing
MARGIN = 0.08
CENSUS_REACH = 3  # px: squares of 7 x 7
# Soft census (Meister et al. 2018, after Stein 2004): differences pressed together, then compared.
CENSUS_SOFT, CENSUS_FLOOR = 0.81, 0.1
CONTRAST_LEVELS = 3.0  # grey levels; differences below are mostly noise
MEASURES: tuple[str, ...]
MEASURES = ("census", "forward_backward_px", "far_forward_backward_px", "composition_px")
MEASURES = (*MEASURES, "landmark_px")

Flow = Callable[[UInt8, UInt8], Float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Walk:
    """Six neighbouring frames of a face in a fixed window, with their landmarks."""

    pictures: UInt8  # [6, S, S]
    points_px: Float64  # [6, 468, 2]

    @cached_property
    def face(self) -> Bool:
        """The convex hull [S S] of the landmarks of the first frame."""
        hull = cv2.convexHull(np.rint(self.points_px[0]).astype(np.int32))
        inside = np.zeros(self.pictures.shape[1:], np.uint8)
        return cv2.fillConvexPoly(inside, hull, 1).astype(bool)

    @cached_property
    def unlike(self) -> Float32:
        """Census distance [S S] of the first to the last frame as they are."""
        return _distance(self.census, _census(self.pictures[-1]))

    @cached_property
    def census(self) -> Float32:
        """The soft census [48 S S] of the first frame."""
        return _census(self.pictures[0])

    def unlike_after(self, flow_px: Float32) -> Float32:
        """Census distance [S S] of the first frame to the last one brought back by a flow.

        Light does not count, only which neighbour is brighter and, near equality, by how much.
        """
        y, x = np.indices(flow_px.shape[1:], np.float64)
        brought = sample_exact(self.pictures[-1], x + flow_px[0], y + flow_px[1])
        return _distance(self.census, _census(brought))


def measure_clips(
    faces: dict[str, FaceSequence], rivals: Sequence[Rival], settings: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Cells by method: a list of persons for each of ``MEASURES``.

    ``census`` is relative to that of no movement on the same frames; the others are
    mean lengths in pixels. A method that sees no movement has no forward-backward
    and composition error, so that no measure says anything alone.
    """
    found = {rival.name: {name: [] for name in MEASURES} for rival in rivals}  # type: ignore[var-annotated]
    for face in faces.values():
        walks = cut_walks(face, starts=settings["starts"], size_px=settings["size_px"])
        for rival in rivals:
            rows = [measure_walk(walk, _flow_of(rival)) for walk in walks]
            for name in MEASURES:
                values = [row[name] for row in rows]
                found[rival.name][name].append(float(np.mean(values)) if values else None)
    return {name: {"persons": list(faces), **values} for name, values in found.items()}


def cut_walks(face: FaceSequence, *, starts: int, size_px: int) -> list[Walk]:
    """Up to ``starts`` walks, evenly spread over the places where six frames follow each other."""
    first = walk_starts(face.times_s)
    chosen = first[np.linspace(0, first.size - 1, min(starts, first.size)).round().astype(int)]
    return [_cut(face, int(row), size_px) for row in chosen]


def walk_starts(times_s: Float64) -> Int64:
    """Rows from which five more follow without a gap; none in a short sequence."""
    if times_s.size <= STEPS:
        return np.zeros(0, np.int64)
    steps = np.diff(times_s)
    near = steps <= LONGEST_STEP * np.median(steps)
    return np.flatnonzero(np.lib.stride_tricks.sliding_window_view(near, STEPS).all(1))


def measure_walk(walk: Walk, flow: Flow) -> dict[str, float]:
    """All measures on one walk, over the pixels of the face."""
    first, *_, last = walk.pictures
    steps = [flow(a, b) for a, b in zip(walk.pictures[:-1], walk.pictures[1:], strict=True)]
    direct, back = flow(first, last), flow(last, first)
    near_back = flow(walk.pictures[1], first)
    whole, inside = compose(steps)
    mask = walk.face & inside
    carried = _at_points(whole, walk.points_px[0])
    return {
        "census": _mean(walk.unlike_after(whole)[mask]) / _mean(walk.unlike[mask]),
        "forward_backward_px": _mean(round_trip_px(steps[0], near_back)[mask]),
        "far_forward_backward_px": _mean(round_trip_px(direct, back)[mask]),
        "composition_px": _mean(np.hypot(*(whole - direct))[mask]),
        "landmark_px": _mean(np.hypot(*(carried - walk.points_px[-1]).T)),
    }


def compose(flows: Sequence[Float32]) -> tuple[Float32, Bool]:
    """The flow [2 H W] of some steps one after the other, and where it stayed in the picture."""
    height, width = flows[0].shape[1:]
    y, x = np.indices((height, width), np.float64)
    whole = np.zeros((2, height, width))
    inside = np.ones((height, width), bool)
    for flow in flows:
        at_x, at_y = x + whole[0], y + whole[1]
        inside &= (at_x >= 0) & (at_x <= width - 1) & (at_y >= 0) & (at_y <= height - 1)
        whole += [ndimage.map_coordinates(f, (at_y, at_x), order=1, mode="nearest") for f in flow]
    return whole.astype(np.float32), inside


def _census(picture: npt.NDArray[Any]) -> Float32:
    """Pressed differences [48 H W] to the neighbours in a square of 7 x 7."""
    r = CENSUS_REACH
    height, width = picture.shape
    wide = np.pad(picture.astype(np.float32) / CONTRAST_LEVELS, r, mode="edge")
    shifts = [(i, j) for i in range(2 * r + 1) for j in range(2 * r + 1) if (i, j) != (r, r)]
    away = np.stack([wide[i : i + height, j : j + width] for i, j in shifts])
    away -= wide[r : r + height, r : r + width]
    away /= np.sqrt(away * away + np.float32(CENSUS_SOFT))
    return away


def _distance(one: Float32, other: Float32) -> Float32:
    """How unlike two soft censuses are, 0 to 1, the mean over neighbours [H W]."""
    square = one - other
    square *= square
    return np.asarray((square / (square + np.float32(CENSUS_FLOOR))).mean(0))


def _flow_of(rival: Rival) -> Flow:
    def flow(first: UInt8, second: UInt8) -> Float32:
        nothing = np.zeros((2, *first.shape), np.float32)
        known = np.ones(first.shape, bool)
        pair = FlowPair(first=first, second=second, flow_px=nothing, valid=known)
        return rival.estimate(pair).flow_px

    return flow


def _cut(face: FaceSequence, row: int, size_px: int) -> Walk:
    """The window around the face in six frames, shrunk to ``size_px`` if it is larger."""
    rows = slice(row, row + STEPS + 1)
    points = face.landmarks_px[rows, :SKIN_POINTS, :2].astype(np.float64)
    if not np.isfinite(points).all():
        raise ArgumentError(f"face: expected landmarks in every frame, {face.identity!r} has NaN")
    low, high = points.min((0, 1)), points.max((0, 1))
    side = (high - low).max() * (1 + 2 * MARGIN)
    height, width = face.pictures.shape[1:]
    left, top = np.maximum(np.floor((low + high - side) / 2), 0).astype(int)
    right, bottom = (
        min(int(np.ceil(start + side)), end) for start, end in ((left, width), (top, height))
    )
    part = face.pictures[rows, top:bottom, left:right]
    scale = min(1.0, size_px / max(part.shape[1:]))
    shape = [max(1, round(scale * length)) for length in part.shape[:0:-1]]
    pictures = [cv2.resize(picture, shape, interpolation=cv2.INTER_AREA) for picture in part]
    ratio = np.array(shape) / part.shape[:0:-1]
    placed = (points - [left, top] + 0.5) * ratio - 0.5
    return Walk(pictures=np.stack(pictures), points_px=placed)


def _at_points(flow: Float32, points_px: Float64) -> Float64:
    """Where points [P 2] are carried."""
    x, y = points_px.T
    moved = [ndimage.map_coordinates(f, (y, x), order=1, mode="nearest") for f in flow]
    return np.asarray(points_px + np.stack(moved, axis=-1), np.float64)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
