"""Flow of a clip: between neighbours, from the neutral face, or over a lag.

Flow is measured inside the face ellipse of the crop; outside, where hair and
background move by other laws, it is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow.check import found_again
from mimetic.flow.clips import NEUTRAL, Pairs, find_pairs
from mimetic.flow.methods import AUTO, METHODS, Measure, find_method
from mimetic.flow.records import Estimate
from mimetic.flow.tiles import in_tiles, spans
from mimetic.flow.triple import three_frames
from mimetic.ops.stabilise import ellipse_mask
from mimetic.types import Against, Bool, FaceClip, Float32, FlowField, UInt8

__all__ = ["AUTO", "METHODS", "FlowEstimator", "FlowSettings"]

SMALLEST_PX = 16
FARTHEST_PX = 127  # stored flow (int16 of 1/256 px) ends at 127.99

Picture = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class FlowSettings:
    """How a method is used, whichever it is.

    ``frames`` 3 lets ``predict`` use the frame before each pair too, where there is one
    about as long before (never before the neutral face); ``check`` measures both ways and drops
    what is not found again (``flow.check``); larger pictures than ``tile_px`` go in tiles that
    overlap by ``overlap_px``.
    """

    frames: int = 2
    check: bool = False
    tile_px: int = 1024
    overlap_px: int = 128

    def __post_init__(self) -> None:
        if self.frames not in (2, 3):
            raise ArgumentError(f"frames: expected 2 or 3, got {self.frames}")
        if self.tile_px < 4 * SMALLEST_PX:
            raise ArgumentError(
                f"tile_px: expected at least {4 * SMALLEST_PX} px, got {self.tile_px}"
            )
        spans(1, tile=self.tile_px, overlap=self.overlap_px)  # refuses an overlap of no use


DEFAULTS = FlowSettings()


@dataclass(frozen=True)
class FlowEstimator:
    """A method of dense flow under the name that is stored with its results.

    ``measure`` takes two grey ``uint8`` pictures [H W] and gives an ``Estimate``.
    """

    name: str
    measure: Measure
    settings: FlowSettings = field(default=DEFAULTS)
    weights_hash: str = ""

    @classmethod
    def load(cls, name: str = "auto", settings: FlowSettings = DEFAULTS) -> FlowEstimator:
        """The method of a name (``mimetic flow methods`` lists them) or of a trained folder.

        ArgumentError for a name that is none, ModelError for a folder that holds other
        weights, MissingExtra where a network needs torch.
        """
        method = find_method(name)
        parts = [method.name]
        parts += ["three-frames"] if settings.frames == 3 else []
        parts += ["checked"] if settings.check else []
        return cls("+".join(parts), method.make(), settings, method.weights_hash)

    def pair(self, first: Picture, second: Picture) -> Float32:
        """Displacement [2 H W] in pixels, x right then y down, of the points of ``first``.

        Both pictures are ``uint8``, grey [H W] or RGB [H W 3], of one size. NaN where the
        settings ask for a check and the point was not found again.
        """
        return self.estimate(first, second).flow_px

    def estimate(self, first: Picture, second: Picture) -> Estimate:
        """The same with one standard deviation of its error [H W], for methods that know it."""
        check_pictures({"first": first, "second": second})
        one, other = grey(first), grey(second)
        return self._checked(self._tiled(self.measure, one, other), one, other)

    def triple(self, before: Picture, first: Picture, second: Picture) -> Estimate:
        """The displacement from ``first`` to ``second``, with the help of the frame before.

        ``before`` lies about as long before ``first`` as ``second`` after it.
        """
        check_pictures({"before": before, "first": first, "second": second})

        def measure(zero: UInt8, one: UInt8, two: UInt8) -> Estimate:
            return three_frames(self.measure, zero, one, two)

        zero, one, two = grey(before), grey(first), grey(second)
        return self._checked(self._tiled(measure, zero, one, two), one, two)

    def batch(self, pairs: Iterable[tuple[Picture, Picture]]) -> Iterator[Estimate]:
        """The estimate of one pair after the other, each made when it is asked for."""
        return (self.estimate(first, second) for first, second in pairs)

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
        pairs = find_pairs(clip, against)
        if not pairs.known.size:
            return _no_pair(clip, self.name)
        return self._field(clip, pairs)

    def _field(self, clip: FaceClip, pairs: Pairs) -> FlowField:
        h, w = clip.pixels.shape[1:3]
        inside = ellipse_mask(h)
        valid = np.zeros((pairs.known.size, h, w), bool)
        flow = np.full((pairs.known.size, 2, h, w), np.nan, np.float32)
        sigma = np.full(valid.shape, np.nan, np.float32)
        for n in np.flatnonzero(pairs.known).tolist():
            found = self._one(clip, pairs, n)
            valid[n] = inside & _within(found.flow_px)
            flow[n][:, valid[n]] = found.flow_px[:, valid[n]]
            if found.sigma_px is not None:
                sigma[n][valid[n]] = found.sigma_px[valid[n]]
        return FlowField(
            flow_px=flow,
            valid=valid,
            sigma_px=sigma if np.isfinite(sigma).any() else None,
            start_s=pairs.start_s,
            end_s=pairs.end_s,
            method=self.name,
        )

    def _one(self, clip: FaceClip, pairs: Pairs, n: int) -> Estimate:
        first, second = _picture(clip, pairs.first[n]), clip.pixels[pairs.second[n]]
        if self.settings.frames == 3 and pairs.before[n] != NEUTRAL:
            return self.triple(clip.pixels[pairs.before[n]], first, second)
        return self.estimate(first, second)

    def _tiled(self, measure: Any, *pictures: UInt8) -> Estimate:
        tile, overlap = self.settings.tile_px, self.settings.overlap_px
        return in_tiles(measure, pictures, tile=tile, overlap=overlap)

    def _checked(self, found: Estimate, first: UInt8, second: UInt8) -> Estimate:
        if not self.settings.check:
            return found
        back = self._tiled(self.measure, second, first)
        kept = np.where(found_again(found.flow_px, back.flow_px), found.flow_px, np.nan)
        return Estimate(kept.astype(np.float32), found.sigma_px)


def check_pictures(pictures: dict[str, Picture]) -> None:
    """Refuse pictures that are not uint8, of one size and large enough; ShapeError names all."""
    for name, picture in pictures.items():
        if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
            raise ShapeError(f"{name}: expected [H W] or [H W 3], got {list(picture.shape)}")
        if picture.dtype != np.uint8:
            raise ShapeError(
                f"{name}: expected uint8 of 0 to 255, got {picture.dtype}; "
                "scale and round pictures first, and leave frames with NaN out"
            )
        if min(picture.shape[:2]) < SMALLEST_PX:
            raise ShapeError(
                f"{name}: expected at least {SMALLEST_PX} px a side, got {list(picture.shape[:2])}"
            )
    sizes = [list(picture.shape[:2]) for picture in pictures.values()]
    if any(size != sizes[0] for size in sizes):
        raise ShapeError(
            f"{', '.join(pictures)}: expected one size, got {' and '.join(map(str, sizes))}"
        )


def grey(picture: Picture) -> UInt8:
    """A grey picture [H W] as it is, an RGB one [H W 3] by its luminance."""
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), np.uint8)


def _picture(clip: FaceClip, row: int) -> UInt8:
    if row == NEUTRAL and clip.neutral_pixels is not None:
        return clip.neutral_pixels
    return np.asarray(clip.pixels[row], np.uint8)


def _within(flow_px: Float32) -> Bool:
    # No skin leaves the crop: a match from beyond its edges is a failure.
    h, w = flow_px.shape[1:]
    return np.asarray((np.abs(flow_px) <= min(h - 1, w - 1, FARTHEST_PX)).all(0))


def _no_pair(clip: FaceClip, method: str) -> FlowField:
    h, w = clip.pixels.shape[1:3]
    return FlowField(
        flow_px=np.full((1, 2, h, w), np.nan, np.float32),
        valid=np.zeros((1, h, w), bool),
        start_s=np.full(1, np.nan),
        end_s=np.full(1, np.nan),
        method=method,
    )
