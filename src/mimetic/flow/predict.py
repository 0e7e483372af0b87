"""Flow of a clip: between neighbours, from the neutral face, or over a lag.

Flow is measured inside the face ellipse of the crop; outside, where hair and
background move by other laws, it is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow import classical
from mimetic.flow.classical import DenseFlow
from mimetic.ops.stabilise import ellipse_mask
from mimetic.types import Against, Bool, FaceClip, Float32, Float64, FlowField, Int64, UInt8

SMALLEST_PX = 16
FARTHEST_PX = 127  # stored flow (int16 of 1/256 px) ends at 127.99

_METHODS: dict[str, Callable[[], DenseFlow]] = {
    "zero": classical.zero,
    "farneback": classical.farneback,
    "dis": classical.dis,
    "dis-vr": classical.dis_refined,
    "dis-vr-fast": classical.dis_refined_twice,
}
METHODS = tuple(_METHODS)
AUTO = "dis-vr-fast"


@dataclass(frozen=True)
class FlowEstimator:
    """A method of dense flow under the name that is stored with its results."""

    name: str
    measure: DenseFlow

    @classmethod
    def load(cls, name: str = "auto") -> FlowEstimator:
        """The method called zero, farneback, dis, dis-vr or dis-vr-fast (auto)."""
        chosen = AUTO if name == "auto" else name
        if chosen not in _METHODS:
            raise ArgumentError(f"name: expected auto or one of {', '.join(METHODS)}, got {name!r}")
        return cls(chosen, _METHODS[chosen]())

    def pair(self, first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Float32:
        """Displacement [2 H W] in pixels, x right then y down, of the points of ``first``.

        Both pictures are ``uint8``, grey [H W] or RGB [H W 3], of one size.
        """
        _check_pictures(first, second)
        flow = self.measure(_grey(first), _grey(second))
        return np.ascontiguousarray(flow.transpose(2, 0, 1), dtype=np.float32)

    def predict(self, clip: FaceClip, *, against: Against = "neighbour") -> FlowField:
        """The flow of a clip inside the face, NaN where a frame is missing or no match is.

        A displacement longer than the crop's side in x or y is no match.

        ``"neighbour"``: from each distinct frame to the next, N = distinct
        frames - 1; repeated frames are skipped, times are those of the two
        frames. ``"neutral"``: from ``clip.neutral_pixels`` to every frame, N = T,
        ``start_s`` NaN because the neutral face has no moment; a repeated frame
        shows nothing new and is missing. Seconds: to each distinct frame from
        the distinct frame nearest to that much earlier, where there is one within
        half a step, or from the one before where that is farther. A clip without any such
        pair gives one missing pair, its times NaN.
        """
        if against == "neutral":
            return self._from_neutral(clip)
        distinct = np.flatnonzero(~clip.repeated)
        if against == "neighbour":
            return self._between(clip, distinct[:-1], distinct[1:])
        return self._between(clip, *_lagged(clip.times_s, distinct, _lag_s(against)))

    def _from_neutral(self, clip: FaceClip) -> FlowField:
        if clip.neutral_pixels is None:
            raise ArgumentError(
                "clip: expected neutral_pixels, which this clip lacks; "
                "find the neutral frame first, or measure against neighbours"
            )
        known = clip.valid & ~clip.repeated
        pictures = [(clip.neutral_pixels, picture) for picture in clip.pixels]
        start_s = np.full(clip.times_s.size, np.nan)
        return self._field(pictures, known, start_s, clip.times_s)

    def _between(self, clip: FaceClip, first: Int64, second: Int64) -> FlowField:
        known = clip.valid[first] & clip.valid[second]
        pairs = [(clip.pixels[i], clip.pixels[j]) for i, j in zip(first, second, strict=True)]
        if not pairs:
            return _no_pair(clip, self.name)
        return self._field(pairs, known, clip.times_s[first], clip.times_s[second])

    def _field(
        self, pairs: list[tuple[UInt8, UInt8]], known: Bool, start_s: Float64, end_s: Float64
    ) -> FlowField:
        h, w = pairs[0][0].shape[:2]
        inside = ellipse_mask(h)
        reach = min(h - 1, w - 1, FARTHEST_PX)
        valid = np.zeros((len(pairs), h, w), bool)
        flow = np.full((len(pairs), 2, h, w), np.nan, np.float32)
        for n in np.flatnonzero(known):
            found = self.pair(*pairs[n])
            # No skin leaves the crop: a match from beyond its edges is a failure.
            valid[n] = inside & (np.abs(found) <= reach).all(0)
            flow[n][:, valid[n]] = found[:, valid[n]]
        return FlowField(flow_px=flow, valid=valid, start_s=start_s, end_s=end_s, method=self.name)


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


def _no_pair(clip: FaceClip, method: str) -> FlowField:
    h, w = clip.pixels.shape[1:3]
    return FlowField(
        flow_px=np.full((1, 2, h, w), np.nan, np.float32),
        valid=np.zeros((1, h, w), bool),
        start_s=np.full(1, np.nan),
        end_s=np.full(1, np.nan),
        method=method,
    )


def _lag_s(against: object) -> float:
    if isinstance(against, int | float) and 0 < against < np.inf:
        return float(against)
    raise ArgumentError(
        f"against: expected neighbour, neutral or positive seconds, got {against!r}"
    )


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


def _check_pictures(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> None:
    for name, picture in (("first", first), ("second", second)):
        if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
            raise ShapeError(f"{name}: expected [H W] or [H W 3], got {list(picture.shape)}")
        if picture.dtype != np.uint8:
            raise ShapeError(
                f"{name}: expected uint8 of 0 to 255, got {picture.dtype}; "
                "round pictures first, and leave frames with NaN out"
            )
        if min(picture.shape[:2]) < SMALLEST_PX:
            raise ShapeError(
                f"{name}: expected at least {SMALLEST_PX} px a side, got {list(picture.shape[:2])}"
            )
    if first.shape[:2] != second.shape[:2]:
        raise ShapeError(
            f"first, second: expected one size, got {list(first.shape[:2])} "
            f"and {list(second.shape[:2])}"
        )


def _grey(picture: npt.NDArray[Any]) -> UInt8:
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), np.uint8)
