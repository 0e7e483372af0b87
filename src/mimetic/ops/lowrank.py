"""Mean, variance and principal components of more rows than fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types.arrays import Float32, Float64, Floats, check_shape


def blocks_of(pieces: Iterable[Floats], rows: int) -> Iterator[Float32]:
    """Cut a stream of [n P] pieces anew into blocks of exactly ``rows``, the last one shorter.

    The blocks, and so the bits of all that is summed over them, do not depend on
    how the stream was cut.
    """
    waiting: list[Float32] = []
    held = 0
    for piece in pieces:
        waiting.append(np.asarray(piece, np.float32))
        held += len(piece)
        while held >= rows:
            joined = np.concatenate(waiting)
            yield joined[:rows]
            waiting, held = [joined[rows:]], held - rows
    if held:
        yield np.concatenate(waiting)


class RunningMoments:
    """Mean [P] and variance [P] of rows that come in blocks (Chan, Golub, LeVeque 1983)."""

    def __init__(self, size: int) -> None:
        self.count = 0
        self.mean = np.zeros(size)
        self._squares = np.zeros(size)

    def update(self, rows: Floats) -> None:
        """Take in a block [n P]."""
        check_shape("rows", rows, "n P", P=self.mean.size)
        block = np.asarray(rows, np.float64)
        total = self.count + len(block)
        if not len(block):
            return
        shift = block.mean(0) - self.mean
        centred = block - block.mean(0)
        self._squares += (centred**2).sum(0) + shift**2 * (self.count * len(block) / total)
        self.mean = self.mean + shift * (len(block) / total)
        self.count = total

    @property
    def variance(self) -> Float64:
        """Variance [P] with n - 1 in the denominator."""
        return np.asarray(self._squares / max(self.count - 1, 1))


@dataclass(frozen=True, kw_only=True, eq=False)
class PrincipalComponents:
    """Orthonormal directions, largest spread first, with a fixed sign.

    The entry of largest size in every row of ``basis`` is positive. ``sd`` is
    the standard deviation of the data along the row, ``share`` its part of the
    total variance.
    """

    basis: Float32  # [D, P]
    sd: Float64  # [D]
    share: Float64  # [D]


class StreamedComponents:
    """Principal components of centred rows in one pass and constant memory.

    A block is stacked under the ``keep`` scaled directions found so far, and the
    stack is cut back to its ``keep`` leading directions through its small Gram
    matrix (Levy and Lindenbaum 2000; Ross et al. 2008). With the rows centred
    beforehand and ``keep`` twice the number of components asked for, the result
    is that of a full decomposition but for what fell below direction ``keep``.
    """

    def __init__(self, size: int, *, keep: int) -> None:
        self.count = 0
        self._size = size
        self._keep = keep
        self._scaled = np.zeros((0, size))  # singular value times direction
        self._energy = 0.0

    def update(self, rows: Floats) -> None:
        """Take in a block of centred rows [n P]."""
        check_shape("rows", rows, "n P", P=self._size)
        block = np.asarray(rows, np.float64)
        self.count += len(block)
        self._energy += float((block**2).sum())
        self._scaled = _leading(np.concatenate([self._scaled, block]), self._keep)

    def blend(self, rows: Floats, *, energy: float) -> None:
        """Let directions from elsewhere [R P] weigh in, with ``energy`` times what was seen.

        The total energy and the count stay those of the rows seen, so that standard
        deviations keep their scale.
        """
        check_shape("rows", rows, "R P", P=self._size)
        other = np.asarray(rows, np.float64)
        size = float((other**2).sum())
        if not (energy >= 0 and size > 0 and self._energy > 0):
            raise ArgumentError(
                f"rows, energy: expected rows that vary and an energy of 0 or more, got {energy}"
            )
        stack = np.concatenate([self._scaled, other * np.sqrt(energy * self._energy / size)])
        self._scaled = _leading(stack / np.sqrt(1 + energy), self._keep)

    def finish(self, components: int, *, smallest: float = 1e-4) -> PrincipalComponents:
        """At most ``components`` directions, those with sd above ``smallest`` of the first.

        Raises ArgumentError when the rows do not vary at all.
        """
        sizes = np.linalg.norm(self._scaled, axis=1)
        if self.count < 2 or self._energy == 0:
            raise ArgumentError("rows: expected at least two different rows, got no variance")
        used = int((sizes > smallest * sizes[0]).sum())
        used = min(used, components)
        basis = self._scaled[:used] / sizes[:used, None]
        basis *= natural_signs(basis)[:, None]
        return PrincipalComponents(
            basis=basis.astype(np.float32),
            sd=sizes[:used] / np.sqrt(self.count - 1),
            share=sizes[:used] ** 2 / self._energy,
        )


def natural_signs(basis: Floats) -> Float64:
    """The signs [D] that make the largest entry of every row [D P] positive."""
    largest = np.abs(basis).argmax(axis=1)
    return np.where(basis[np.arange(len(basis)), largest] < 0, -1.0, 1.0)


def _leading(stack: Float64, keep: int) -> Float64:
    """The ``keep`` leading right singular vectors of ``stack``, times their singular values."""
    _, vectors = np.linalg.eigh(stack @ stack.T)
    return np.asarray(vectors[:, ::-1][:, :keep].T @ stack)
