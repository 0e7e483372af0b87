"""Batches out of a set of pairs: cut at random, mirrored and turned, with their flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.flow.pairset import PairSet
from mimetic.types import Bool, Float32


@dataclass(frozen=True, kw_only=True, eq=False)
class PairBatch:
    """Pairs as a network takes them, grey levels as 0 to 1."""

    first: Float32  # [B, 1, H, W]
    second: Float32  # [B, 1, H, W]
    flow_px: Float32  # [B, 2, H, W]
    valid: Bool  # [B, H, W]


def draw_batch(pairs: PairSet, *, size: int, crop_px: int, rng: np.random.Generator) -> PairBatch:
    """Pairs drawn at random, each cut to ``crop_px`` and turned into one of its eight mirrorings.

    Faces stand upright, but movement of skin does not: the mirrorings make eight pairs of one.
    """
    side = pairs.first.shape[-1]
    rows, planes = [], _planes(pairs)
    for number in rng.integers(len(pairs), size=size):
        top, left = rng.integers(0, side - crop_px + 1, size=2)
        window = (slice(top, top + crop_px), slice(left, left + crop_px))
        turn = rng.random(3) < 0.5
        rows.append([_turned(plane[number][..., *window], turn) for plane in planes])
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    return _to_batch(columns)


def whole_pairs(pairs: PairSet, numbers: slice) -> PairBatch:
    """Some pairs of a set as they are."""
    return _to_batch([plane[numbers] for plane in _planes(pairs)])


def _planes(pairs: PairSet) -> list[np.ndarray]:
    return [pairs.first, pairs.second, pairs.valid, pairs.flow_px]


def _turned(plane: np.ndarray, turn: Bool) -> np.ndarray:
    """A plane [H W] or field [2 H W] mirrored in x, in y and across the diagonal, as told."""
    field = plane.ndim == 3
    if turn[0]:
        plane = plane[..., ::-1]
    if turn[1]:
        plane = plane[..., ::-1, :]
    if field:
        sign = np.where(turn[:2], -1, 1).astype(plane.dtype)
        plane = plane * sign[:, None, None]
    if turn[2]:
        plane = np.swapaxes(plane, -1, -2)
        plane = plane[::-1] if field else plane
    return plane


def _to_batch(columns: list[np.ndarray]) -> PairBatch:
    first, second, valid, flow = columns
    return PairBatch(
        first=first[:, None].astype(np.float32) / np.float32(255),
        second=second[:, None].astype(np.float32) / np.float32(255),
        flow_px=flow.astype(np.float32),
        valid=valid,
    )
