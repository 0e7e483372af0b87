"""Which frames of a clip are compared, and how stretches of a recording are joined for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Against, Bool, FaceClip, Float64, FlowField, Int64

EVEN = 1.5  # two steps are alike where neither is longer than so many times the other
NEUTRAL = -1  # the row that stands for the neutral picture


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Rows of the frames to compare [N], with the frame before each pair where one is known.

    ``first`` and ``before`` are -1 for the neutral picture and for no frame; ``known``
    says that both frames show the face.
    """

    before: Int64
    first: Int64
    second: Int64
    known: Bool
    start_s: Float64
    end_s: Float64


def find_pairs(clip: FaceClip, against: Against) -> Pairs:
    """The pairs of ``FlowEstimator.predict``; ArgumentError where the clip cannot be paired so."""
    check_against(against)
    if against == "neutral":
        return _from_neutral(clip)
    distinct = np.flatnonzero(~clip.repeated)
    if against == "neighbour":
        return _between(clip, distinct[:-1], distinct[1:])
    return _between(clip, *_lagged(clip.times_s, distinct, float(against)))


def check_against(against: object) -> None:
    """Refuse what is neither "neighbour", "neutral" nor positive seconds; ArgumentError."""
    if against in ("neighbour", "neutral"):
        return
    if not isinstance(against, int | float) or not 0 < against < np.inf:
        raise ArgumentError(
            f"against: expected neighbour, neutral or positive seconds, got {against!r}"
        )


def _from_neutral(clip: FaceClip) -> Pairs:
    if clip.neutral_pixels is None:
        raise ArgumentError(
            "clip: expected neutral_pixels, which this clip lacks; "
            "find the neutral frame first, or measure against neighbours"
        )
    rows = np.arange(clip.times_s.size)
    none = np.full(rows.size, NEUTRAL)
    return Pairs(
        before=none,
        first=none,
        second=rows,
        known=clip.valid & ~clip.repeated,
        start_s=np.full(rows.size, np.nan),
        end_s=clip.times_s,
    )


def _between(clip: FaceClip, first: Int64, second: Int64) -> Pairs:
    return Pairs(
        before=_before(clip, first, second),
        first=first,
        second=second,
        known=clip.valid[first] & clip.valid[second],
        start_s=clip.times_s[first],
        end_s=clip.times_s[second],
    )


def _before(clip: FaceClip, first: Int64, second: Int64) -> Int64:
    """The frame from which each pair's first is reached in a step of about the same length."""
    step_s = clip.times_s[second] - clip.times_s[first]
    pair_ending_at = {int(end): n for n, end in enumerate(second)}
    before = np.full(first.size, NEUTRAL)
    for n, start in enumerate(first.tolist()):
        earlier = pair_ending_at.get(start)
        if earlier is None or not clip.valid[first[earlier]]:
            continue
        # A gap or a jump of the clock between them: what moved then says little of now.
        if 1 / EVEN <= step_s[n] / step_s[earlier] <= EVEN:
            before[n] = first[earlier]
    return before


def _lagged(times_s: Float64, distinct: Int64, lag_s: float) -> tuple[Int64, Int64]:
    moments = times_s[distinct]
    if distinct.size < 2:
        return distinct[:0], distinct[:0]
    # The frame before or after the moment wanted, whichever is nearer, but an earlier frame.
    after = np.clip(np.searchsorted(moments, moments - lag_s), 1, distinct.size - 1)
    earlier = np.abs(moments - lag_s - moments[after - 1])
    later = np.abs(moments - lag_s - moments[after])
    end = np.arange(distinct.size)
    start = np.where(later <= earlier, after, after - 1)
    start = np.minimum(start, np.maximum(end - 1, 0))
    span = moments - moments[start]
    near = np.abs(span - lag_s) <= np.median(np.diff(moments)) / 2
    next_one = (start == end - 1) & (span >= lag_s)
    kept = (near | next_one) & (start < end)
    return distinct[start[kept]], distinct[kept]


def first_needed(times_s: Float64, repeated: Bool, *, seconds: float) -> int:
    """The row of frames [T] from which pairs that end after them can begin.

    The last distinct frame that lies at least ``seconds`` before the last distinct
    one, or the first frame where none does. Needs a distinct frame.
    """
    distinct = np.flatnonzero(~repeated)
    early = times_s[distinct[-1]] - times_s[distinct] >= seconds - 1e-9
    return int(distinct[early][-1]) if early.any() else 0


def last_frames(clip: FaceClip, *, seconds: float = 0.0) -> FaceClip:
    """The end of a stretch, to put before the next one so that no pair is lost.

    From the last distinct frame that lies at least ``seconds`` before the last
    distinct one, or from the first frame where none does; 0 gives the last alone.
    """
    distinct = np.flatnonzero(~clip.repeated)
    if not distinct.size:
        raise ArgumentError("clip: expected at least one distinct frame, all are repeated")
    first = first_needed(clip.times_s, clip.repeated, seconds=seconds)
    rows = slice(first, int(distinct[-1]) + 1)
    kept: dict[str, Any] = {name: getattr(clip, name)[rows] for name in _PER_FRAME}
    return replace(clip, **kept)


def join_clips(first: FaceClip, second: FaceClip) -> FaceClip:
    """Two stretches of one recording as one clip, so that no pair of neighbours is lost."""
    same = first.person == second.person and first.pixels.shape[1:] == second.pixels.shape[1:]
    if not same or first.times_s[-1] >= second.times_s[0]:
        raise ArgumentError("first, second: expected stretches of one person, one after the other")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in _PER_FRAME
    }
    return replace(second, **joined)


_PER_FRAME: tuple[str, ...]
_PER_FRAME = ("pixels", "times_s", "crop_to_video", "alignment", "landmarks_px", "shape_ed")
_PER_FRAME += ("yaw_deg", "pitch_deg", "roll_deg", "residual", "repeated", "valid")


def a_row_a_frame(flow: FlowField, times_s: Float64) -> FlowField:
    """Flow between frames with one row for each frame [T], missing where no pair ends."""
    rows = {float(end): n for n, end in enumerate(flow.end_s)}
    size = (times_s.size, *flow.flow_px.shape[1:])
    flow_px = np.full(size, np.nan, np.float32)
    sigma_px = None if flow.sigma_px is None else np.full((size[0], *size[2:]), np.nan, np.float32)
    valid = np.zeros((size[0], *size[2:]), bool)
    start_s = np.full(size[0], np.nan)
    for row, time_s in enumerate(times_s.tolist()):
        if time_s not in rows:
            continue
        pair = rows[time_s]
        flow_px[row], valid[row] = flow.flow_px[pair], flow.valid[pair]
        start_s[row] = flow.start_s[pair]
        if sigma_px is not None and flow.sigma_px is not None:
            sigma_px[row] = flow.sigma_px[pair]
    return replace(
        flow, flow_px=flow_px, valid=valid, sigma_px=sigma_px, start_s=start_s, end_s=times_s
    )
