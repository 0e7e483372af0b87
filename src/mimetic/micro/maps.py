"""The input of recognition: how the face moved from onset to apex, as 28 x 28 maps.

u, v and optical strain on a small grid, after STSTNet (Liong et al. 2019). The grid spans the
person's own mesh, so that a muscle lies in about the same cell in everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.micro.views import SIDE
from mimetic.ops.strain import strain_of
from mimetic.types import (
    ExpressionEvent,
    FaceClip,
    Float32,
    Float64,
    FlowMethod,
    Int64,
)

PHASES = ("rise", "fall", "both")
_FEWEST = 0.5  # cells of the grid that must be known
_KNOWN = 0.25  # of a cell

Clips = FaceClip | Sequence[FaceClip]
Methods = FlowMethod | Sequence[FlowMethod]


def micro_maps(
    clips: Clips,
    events: Sequence[ExpressionEvent],
    *,
    flow: Methods,
    phase: str = "rise",
) -> Float32:
    """Maps [n 28 28 3] of events: u (x right), v (y down) in eye distances, and strain.

    ``clips`` is one clip, or one for each event. ``flow`` is a method, or several whose flow is
    averaged. ``phase`` "rise" is onset to apex; "fall" is offset to apex, which moves alike; "both"
    is their mean. Cells that no method measured hold the median of their channel.

    Raises ArgumentError that names the events whose frames are missing or fall together at this
    frame rate, and those with less than half a face measured.
    """
    if phase not in PHASES:
        raise ArgumentError(f"phase: expected one of {', '.join(PHASES)}, got {phase!r}")
    listed = [clips] * len(events) if isinstance(clips, FaceClip) else list(clips)
    methods = list(flow) if isinstance(flow, Sequence) else [flow]
    if len(listed) != len(events) or not methods or not events:
        raise ArgumentError(
            "clips, events, flow: expected a clip for each event and at least one method, got "
            f"{len(listed)}, {len(events)}, {len(methods)}"
        )
    wanted = [_frames(clip, event, phase) for clip, event in zip(listed, events, strict=True)]
    faults = [f"event {n}: {found}" for n, found in enumerate(wanted) if isinstance(found, str)]
    if faults:
        raise ArgumentError("\n".join(faults))
    maps = []
    for clip, pairs in zip(listed, wanted, strict=True):
        maps.append(_map(clip, [pair for pair in pairs if isinstance(pair, _Pair)], methods))
    few = [n for n, each in enumerate(maps) if np.isfinite(each).all(-1).mean() < _FEWEST]
    if few:
        raise ArgumentError(
            f"events {few}: expected flow in at least half of the face, got less; take a method "
            "that measures more of it, or leave them out"
        )
    return np.stack([_filled(each) for each in maps])


@dataclass(frozen=True)
class _Pair:
    first: int
    second: int


def _frames(clip: FaceClip, event: ExpressionEvent, phase: str) -> list[_Pair] | str:
    """The frames to compare, or what is wrong."""
    ends = {"rise": ["onset"], "fall": ["offset"], "both": ["onset", "offset"]}[phase]
    usable = np.flatnonzero(clip.valid & ~clip.repeated)
    if usable.size < 2:
        return "the clip has fewer than two usable frames"
    step_s = float(np.median(np.diff(clip.times_s)))
    found = {}
    for name in ["apex", *ends]:
        time_s = getattr(event, f"{name}_s")
        near = _nearest(clip.times_s, usable, time_s)
        if abs(clip.times_s[near] - time_s) > 0.75 * step_s:
            return f"no usable frame at its {name} ({time_s:.3f} s)"
        found[name] = near
    if any(found[name] == found["apex"] for name in ends):
        return (
            f"{' and '.join(ends)} and apex are the same frame, frames are {step_s:.3f} s apart; "
            "film at a higher rate"
        )
    return [_Pair(found[name], found["apex"]) for name in ends]


def _nearest(times_s: Float64, usable: Int64, time_s: float) -> int:
    return int(usable[np.abs(times_s[usable] - time_s).argmin()])


def _map(clip: FaceClip, pairs: list[_Pair], methods: list[FlowMethod]) -> Float64:
    """The map [28 28 3] of one event, NaN where nothing was measured."""
    flows = [
        method.pair(clip.pixels[pair.first], clip.pixels[pair.second])
        for pair in pairs
        for method in methods
    ]
    stacked = np.asarray(flows, np.float64)
    known = np.isfinite(stacked).all(1, keepdims=True)
    count = known.sum(0)
    mean = np.where(known, stacked, 0).sum(0) / np.where(count > 0, count, np.nan)
    strain = strain_of(mean.astype(np.float32), sigma_px=max(2.0, clip.ed_px / 40)).magnitude
    whole = np.dstack([*(mean / clip.ed_px), strain])
    return _gridded(whole, _face_box(clip))


def _face_box(clip: FaceClip) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in crop pixels: what the mesh spans within the crop."""
    h, w = clip.pixels.shape[1:3]
    low, high = np.floor(clip.mesh_px[:, :2].min(0)), np.ceil(clip.mesh_px[:, :2].max(0)) + 1
    left, top = (int(each) for each in np.clip(low, 0, [w - SIDE, h - SIDE]))
    right, bottom = (int(each) for each in np.clip(high, [left + SIDE, top + SIDE], [w, h]))
    return left, top, right, bottom


def _gridded(whole: Float64, box: tuple[int, int, int, int]) -> Float64:
    """Means over the 28 x 28 cells of a box, of what is known there."""
    left, top, right, bottom = box
    part = whole[top:bottom, left:right]
    known = np.isfinite(part).astype(np.float64)
    total, share = (
        cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        for each in (np.where(known > 0, part, 0), known)
    )
    return np.where(share >= _KNOWN, total / np.maximum(share, _KNOWN), np.nan)


def _filled(cells: Float64) -> Float32:
    return np.where(np.isfinite(cells), cells, np.nanmedian(cells, axis=(0, 1))).astype(np.float32)
