"""Methods of flow compared on the same movements: who tells more, and whether that is chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mimetic.bench.micro.spotting import matched
from mimetic.learn.classes import confusion, mcnemar, swap_test, uf1
from mimetic.types import Bool, Int64

Cell = Mapping[str, Any]
DRAWS = 1000


def recognised_apart(first: Cell, second: Cell) -> tuple[float, float]:
    """That two methods recognise alike, p by McNemar over movements and by people exchanged.

    The second is the honest one, as movements of one person are not independent.
    """
    truth, one, other = (np.asarray(each) for each in (first["labels"], first["told"],
                                                        second["told"]))  # fmt: skip

    def difference(rows: Bool) -> float:
        swapped = np.where(rows, other, one), np.where(rows, one, other)
        left, right = (uf1(confusion(truth, each)) for each in swapped)
        return left - right

    people = swap_test(difference, first["subjects"], rng=np.random.default_rng(0), draws=DRAWS)
    return mcnemar(truth, one, other), people


def found_apart(first: Sequence[Cell], second: Sequence[Cell]) -> float:
    """That two methods find equally many movements of the same recordings, p by McNemar."""
    one, other = (np.concatenate([_hits(cell) for cell in cells]) for cells in (first, second))
    return mcnemar(np.ones_like(one), one, other)


def _hits(cell: Cell) -> Int64:
    hits = np.zeros(len(cell["wanted"]), np.int64)
    hits[[number for number in matched(cell) if number >= 0]] = 1
    return hits
