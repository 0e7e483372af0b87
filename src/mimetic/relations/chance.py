"""Whether a pair or region carries a trait beyond chance: permutations of whole people.

The statistic of a pair is the largest correlation of any of its columns with what the
rest of the model leaves of the labels (a score test; residuals are permuted after
Freedman and Lane 1983). The null takes the maximum over all pairs in each permutation
(Westfall and Young 1993), so that p values hold for all pairs together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.relations.kinds import Target
from mimetic.types import Float64, Int64

DRAWS = 999


@dataclass(frozen=True, kw_only=True, eq=False)
class Tested:
    """Statistic [P] (a correlation, 0 to 1) and family-wise p value [P] of each term."""

    statistic: Float64
    p: Float64


def permutation_test(
    columns: Float64, own: Float64, rest: Float64, *, target: Target, rng: np.random.Generator
) -> Tested:
    """Test the terms of columns [n P C], given what other terms say.

    ``own`` [n P] are held-out contributions of the terms tested, ``rest`` [n] the sum of
    all other held-out contributions. Labels are exchanged between people (between
    families, where they share one), or between the clips of a person where they vary
    within people.
    """
    units, blocks = _units(target)
    score = _ScoreTest(columns, own, rest, y=target.y, units=units)
    orders = _orders(blocks, rng)
    highest = np.zeros(len(orders))
    found = np.zeros(columns.shape[1])
    for place in range(columns.shape[1]):
        left, free = score.residuals(place)
        found[place] = np.abs(left @ free).max()
        highest = np.maximum(highest, np.abs(left[orders] @ free).max(1))
    p = (1 + (highest[:, None] >= found - 1e-12).sum(0)) / (1 + len(orders))
    return Tested(statistic=found, p=p)


def term_statistics(columns: Float64, own: Float64, rest: Float64, *, target: Target) -> Float64:
    """The statistics [P] of ``permutation_test`` without their p values."""
    score = _ScoreTest(columns, own, rest, y=target.y, units=_units(target)[0])
    every = (score.residuals(place) for place in range(columns.shape[1]))
    return np.array([np.abs(left @ free).max() for left, free in every])


class _ScoreTest:
    """Means over units, and what is left of labels and columns beside the other terms."""

    def __init__(
        self, columns: Float64, own: Float64, rest: Float64, *, y: Float64, units: Int64
    ) -> None:
        mean = _averages(units)
        self._y, self._own, self._rest = mean @ y, mean @ own, mean @ rest
        self._columns = np.tensordot(mean, columns, 1)
        self._all = self._own.sum(1)

    def residuals(self, place: int) -> tuple[Float64, Float64]:
        """Labels [U] and the columns [U C] of one term, both of unit length."""
        others = self._all - self._own[:, place]
        basis = _orthonormal(np.stack([np.ones_like(others), self._rest, others], axis=1))
        left = self._y - basis @ (basis.T @ self._y)
        column = self._columns[:, place]
        free = column - basis @ (basis.T @ column)
        free = free / np.maximum(np.linalg.norm(free, axis=0), 1e-9)
        return left / max(float(np.linalg.norm(left)), 1e-12), free


def _units(target: Target) -> tuple[Int64, Int64]:
    """What is exchanged, numbered per clip, and the block that each unit belongs to.

    Units are people in blocks of families, or clips in blocks of people where labels vary
    within people.
    """
    _, where, person = np.unique(target.subjects, return_index=True, return_inverse=True)
    if (target.y[where][person] == target.y).all():
        return np.asarray(person), target.groups[where]
    return np.arange(target.y.size), target.subjects


def _averages(units: Int64) -> Float64:
    """The matrix [U n] that averages clips to units."""
    member = (np.arange(units.max() + 1)[:, None] == units).astype(float)
    return np.asarray(member / member.sum(1, keepdims=True))


def _orthonormal(columns: Float64) -> Float64:
    """An orthonormal basis of columns, without those that others make up."""
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, size > 1e-9 * size[0]])


def _orders(blocks: Int64, rng: np.random.Generator) -> Int64:
    """Orders [draws U] in which labels are dealt out anew.

    Whole blocks change places with blocks of the same size, and the units inside a
    block among themselves.
    """
    members = [np.flatnonzero(blocks == each) for each in np.unique(blocks)]
    by_size: dict[int, list[Int64]] = {}
    for block in members:
        by_size.setdefault(block.size, []).append(block)
    alike = [np.stack(same) for same in by_size.values()]
    orders = np.empty((DRAWS, blocks.size), np.int64)
    for order in orders:
        for same in alike:
            order[same] = rng.permuted(same[rng.permutation(len(same))], axis=1)
    return orders
