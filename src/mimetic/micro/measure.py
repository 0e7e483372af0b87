"""How a face moved in one event: flow and strain from rest to apex, size, speed, words.

Frames are averaged before they are compared, those of rest before the onset and, where the
face came back, after the offset, and those about the apex: noise falls, movement stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.micro.anatomy import Motion, motions_of, unit_candidates
from mimetic.ops.head import head_basis, head_motion
from mimetic.ops.stabilise import ellipse_mask
from mimetic.ops.strain import Strain, strain_of
from mimetic.types import (
    Bool,
    ExpressionEvent,
    FaceClip,
    Float32,
    Float64,
    FlowMethod,
    Int64,
    UInt8,
)

REST_S = 0.12  # before the onset, and after the offset
APEX_SHARE = 0.2  # of the event, about its apex
PEAK_PERCENT = 99.5  # of the face's pixels move less than what is called the peak
_EVERY_PX = 4  # pixels between the places that words are made from


@dataclass(frozen=True, kw_only=True, eq=False)
class EventMeasure:
    """One event in numbers and words; maps in pixels of the crop, the head's motion taken out.

    ``peak_px`` is the largest displacement of skin, ``speed_px_s`` the peak over the time from
    onset to apex. ``units`` are action units that geometry allows, candidates, with ed of
    movement.
    """

    flow_px: Float32  # [2, H, W], rest to apex, NaN where unknown
    strain: Strain
    rest: UInt8  # [H, W, 3], mean picture
    apex: UInt8  # [H, W, 3]
    frames: tuple[int, int]  # averaged for rest and for apex
    peak_px: float
    peak_ed: float
    peak_at_px: tuple[float, float]
    speed_px_s: float
    motions: tuple[Motion, ...]
    units: Mapping[str, float]


def measure_event(clip: FaceClip, event: ExpressionEvent, *, flow: FlowMethod) -> EventMeasure:
    """Measure an event in a clip that holds it and a tenth of a second on both sides.

    ArgumentError where frames of rest or apex are missing.
    """
    rest, apex = _rest_rows(clip, event), _apex_rows(clip, event)
    if not rest.size or not apex.size or np.isin(apex, rest).any():
        raise ArgumentError(
            f"event: expected frames of rest within {REST_S} s of {event.onset_s:.2f} s or "
            f"{event.offset_s:.2f} s and others about {event.apex_s:.2f} s, which this clip lacks"
        )
    first, second = _mean(clip, rest), _mean(clip, apex)
    moved, known = _skin_movement(flow.pair(first, second))
    length = np.hypot(*moved)
    peak_px = float(np.nanpercentile(length, PEAK_PERCENT))
    row, column = np.unravel_index(int(np.nanargmax(length)), length.shape)
    grid = np.argwhere(known[::_EVERY_PX, ::_EVERY_PX]) * _EVERY_PX
    motions = motions_of(
        grid[:, ::-1].astype(np.float64),
        moved[:, grid[:, 0], grid[:, 1]].T,
        mesh_px=clip.mesh_px,
        ed_px=clip.ed_px,
    )
    return EventMeasure(
        flow_px=moved,
        strain=strain_of(moved, sigma_px=max(2.0, clip.ed_px / 20)),
        rest=first,
        apex=second,
        frames=(int(rest.size), int(apex.size)),
        peak_px=peak_px,
        peak_ed=peak_px / clip.ed_px,
        peak_at_px=(float(column), float(row)),
        speed_px_s=peak_px / max(event.apex_s - event.onset_s, 1e-3),
        motions=motions,
        units=unit_candidates(motions),
    )


def _skin_movement(flow_px: Float32) -> tuple[Float32, Bool]:
    """A flow [2 H W] without the head's part, NaN where not known, and where it is known [H W]."""
    moved = np.asarray(flow_px, np.float32).copy()
    known = np.isfinite(moved).all(0) & ellipse_mask(moved.shape[1])
    moved[:, ~known] = np.nan
    whole = head_motion(np.nan_to_num(moved), known)
    moved -= np.tensordot(whole.T, head_basis(*known.shape), axes=1)
    return moved, np.asarray(known)


def _rest_rows(clip: FaceClip, event: ExpressionEvent) -> Int64:
    times_s, usable = clip.times_s, clip.valid & ~clip.repeated
    before = (times_s <= event.onset_s) & (times_s >= event.onset_s - REST_S)
    after = (times_s >= event.offset_s) & (times_s <= event.offset_s + REST_S)
    chosen = before | after if event.kind == "micro" else before
    rows = np.flatnonzero(chosen & usable)
    if rows.size:
        return rows
    earlier = np.flatnonzero(usable & (times_s <= event.onset_s))
    return earlier[-1:][event.onset_s - times_s[earlier[-1:]] <= 2 * REST_S]


def _apex_rows(clip: FaceClip, event: ExpressionEvent) -> Int64:
    usable = np.flatnonzero(clip.valid & ~clip.repeated)
    reach_s = APEX_SHARE / 2 * (event.offset_s - event.onset_s)
    away_s: Float64 = np.abs(clip.times_s[usable] - event.apex_s)
    near = usable[away_s <= reach_s]
    if near.size or not usable.size:
        return near
    nearest = usable[[int(away_s.argmin())]]
    inside = (clip.times_s[nearest] > event.onset_s) & (clip.times_s[nearest] < event.offset_s)
    return nearest[inside]


def _mean(clip: FaceClip, rows: Int64) -> UInt8:
    total = np.zeros(clip.pixels.shape[1:], np.int64)
    for row in rows:
        total += clip.pixels[row]
    return np.asarray(np.clip(np.rint(total / rows.size), 0, 255), np.uint8)
