"""What the refiner learns from: pairs with a start, cut and mirrored, and their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.flow.evidence import fill_up, gather
from mimetic.flow.pairset import PairSet, Tell
from mimetic.flow.starts import make_start
from mimetic.types import Bool, Float32, UInt8

_FLOOR_PX = 0.01  # errors below it are as good as none
_MOVING = 0.25  # of the longest movement of a pair: what the bench calls moving
_MOVING_WEIGHT = 0.6

Halves = npt.NDArray[np.float16]


@dataclass(frozen=True, kw_only=True, eq=False)
class Started:
    """Pairs of one size and the flow that a method found for them."""

    first: UInt8  # [B, H, W]
    second: UInt8  # [B, H, W]
    flow_px: Float32  # [B, 2, H, W]
    valid: Bool  # [B, H, W]
    start_px: Float32  # [B, 2, H, W]

    def __len__(self) -> int:
        return len(self.first)

    def moving(self) -> Bool:
        """Known pixels [B H W] that move a quarter as far as the farthest of their pair."""
        length = np.sqrt((self.flow_px.astype(np.float32) ** 2).sum(1))
        farthest = length.max((1, 2), keepdims=True)
        return np.asarray(self.valid & (length >= _MOVING * farthest) & (length > 0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Gathered:
    """The evidence of pairs and what their starts lack, sides filled up."""

    planes: Float32  # [B, C, h, w]
    scales: Float32  # [B, 2], unit and length in px
    missing: Float32  # [B, 2, H, W], label - start
    weight: Float32  # [B, H, W], of every pixel's error; the start's errors sum to about 1.6


def find_starts(pairs: PairSet, start: str, *, tell: Tell, cache: Path | None = None) -> Halves:
    """The start [K 2 S S] of every pair, in half precision, kept in a file for the next run."""
    if cache is not None and cache.exists():
        return np.asarray(np.load(cache))
    measure = make_start(start)
    found = np.empty(pairs.flow_px.shape, np.float16)
    for number in range(len(pairs)):
        found[number] = measure(pairs.first[number], pairs.second[number]).flow_px
        tell("starts", (number + 1) / len(pairs))
    if cache is not None:
        np.save(cache, found)
    return np.asarray(found)


def draw_started(
    pairs: PairSet, starts: Halves, *, size: int, crop_px: int, rng: np.random.Generator
) -> Started:
    """Pairs drawn at random, each cut to ``crop_px``, half of them mirrored.

    Left and right change places, up and down do not: where lips and lids meet and
    which way they part is worth knowing.
    """
    side = pairs.first.shape[-1]
    rows = []
    for number in rng.integers(len(pairs), size=size):
        top, left = rng.integers(0, side - crop_px + 1, size=2)
        window = (..., slice(top, top + crop_px), slice(left, left + crop_px))
        planes = (pairs.first, pairs.second, pairs.valid, pairs.flow_px, starts)
        row = [plane[number][window] for plane in planes]
        rows.append(_mirrored(row) if rng.random() < 0.5 else row)
    return _started([np.stack(column) for column in zip(*rows, strict=True)])


def take_started(pairs: PairSet, starts: Halves, rows: slice) -> Started:
    """Some pairs of a set as they are."""
    planes = (pairs.first, pairs.second, pairs.valid, pairs.flow_px, starts)
    return _started([np.asarray(plane[rows]) for plane in planes])


def gather_all(pairs: Started) -> Gathered:
    """The evidence of every pair about its start."""
    found = [gather(*each) for each in zip(pairs.first, pairs.second, pairs.start_px, strict=True)]
    missing = pairs.flow_px - pairs.start_px
    return Gathered(
        planes=np.stack([each.planes for each in found]),
        scales=np.array([(each.unit_px, each.length_px) for each in found], np.float32),
        missing=fill_up(missing),
        weight=_filled_with_zeros(_weights(missing, pairs.valid, pairs.moving())),
    )


def _weights(missing: Float32, valid: Bool, moving: Bool) -> Float32:
    """What the error of every pixel [B H W] counts: over the start's of its pair."""
    wrong = np.sqrt((missing**2).sum(1))
    total = np.zeros(valid.shape, np.float32)
    for mask, share in ((valid, 1.0), (moving, _MOVING_WEIGHT)):
        count = np.maximum(mask.sum((1, 2), keepdims=True), 1)
        mean = (wrong * mask).sum((1, 2), keepdims=True) / count
        total += (share / count / (mean + _FLOOR_PX)) * mask
    return total


def _filled_with_zeros(weights: Float32) -> Float32:
    filled = fill_up(weights)
    filled[:, weights.shape[1] :] = 0
    filled[:, :, weights.shape[2] :] = 0
    return filled


def _mirrored(row: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """Planes [H W] and displacements [2 H W] with left and right exchanged."""
    other = np.array([-1, 1], np.float16)[:, None, None]
    turned = [plane[..., ::-1] for plane in row]
    return [plane * other if plane.ndim == 3 else plane for plane in turned]


def _started(columns: list[npt.NDArray[Any]]) -> Started:
    first, second, valid, flow, start = columns
    return Started(
        first=first,
        second=second,
        valid=valid,
        flow_px=flow.astype(np.float32),
        start_px=start.astype(np.float32),
    )
