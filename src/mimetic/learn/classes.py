"""How well classes are told: confusion, UF1, UAR, and tests between two methods.

Micro-expression recognition counts each class the same however rare it is, over all left-out
subjects together (See et al., MEGC 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from mimetic.errors import ArgumentError
from mimetic.learn.groups import group_bootstrap
from mimetic.types import Float64, Int64
from mimetic.types.arrays import check_shape

Labels = Sequence[str] | npt.NDArray[Any]
Statistic = Callable[[Int64], float]


def confusion(truth: Labels, told: Labels, *, classes: Sequence[str] | None = None) -> Int64:
    """How often each class [C] was told as each class: rows are the truth, columns what was told.

    ``classes`` defaults to those of the truth in alphabetical order. Raises ArgumentError for
    labels of no class.
    """
    first, second = np.asarray(truth), np.asarray(told)
    check_shape("told", second, "N", N=first.size)
    names = np.unique(first) if classes is None else np.asarray(classes)
    strange = sorted({str(one) for each in (first, second) for one in each[~np.isin(each, names)]})
    if strange:
        raise ArgumentError(f"labels: expected {', '.join(map(str, names))}, got {strange[:10]}")
    order = np.argsort(names)
    rows, columns = (order[np.searchsorted(names, each, sorter=order)] for each in (first, second))
    return count_pairs(rows, columns, names.size)


def count_pairs(truth: Int64, told: Int64, classes: int) -> Int64:
    """The confusion table of classes given by their numbers."""
    pairs = np.bincount(truth * classes + told, minlength=classes**2)
    return pairs.reshape(classes, classes).astype(np.int64)


def class_f1(table: Int64) -> Float64:
    """F1 [C] of each class of a confusion table; NaN for a class that is not in the truth."""
    return _share(2 * np.diag(table), table.sum(0) + table.sum(1), table.sum(1))


def class_recall(table: Int64) -> Float64:
    """Recall [C] of each class of a confusion table; NaN for a class that is not in the truth."""
    return _share(np.diag(table), table.sum(1), table.sum(1))


def uf1(table: Int64) -> float:
    """Unweighted mean of class F1; NaN where a class is not in the truth at all."""
    return float(class_f1(table).mean())


def uar(table: Int64) -> float:
    """Unweighted mean of class recall; NaN where a class is not in the truth at all."""
    return float(class_recall(table).mean())


def subject_interval(
    truth: Labels, told: Labels, subjects: Labels, *, rng: np.random.Generator, draws: int = 1000
) -> Float64:
    """The 95 % bounds [2 2] of UF1 and UAR (columns) over subjects drawn anew.

    Draws in which a class of the truth is missing are left out.
    """
    classes = [str(name) for name in np.unique(np.asarray(truth))]
    everyone = sorted({*classes, *map(str, np.unique(np.asarray(told)))})
    people = np.unique(np.asarray(subjects), return_inverse=True)[1].reshape(-1)
    right, said = np.asarray(truth), np.asarray(told)
    tables = np.stack(
        [
            confusion(right[people == each], said[people == each], classes=everyone)
            for each in range(int(people.max()) + 1)
        ]
    )
    there = [everyone.index(name) for name in classes]

    def both(rows: Int64) -> Float64:
        table = tables[rows].sum(0)
        return np.array([class_f1(table)[there].mean(), class_recall(table)[there].mean()])

    return group_bootstrap(np.arange(len(tables)), both, rng=rng, draws=draws)


def mcnemar(truth: Labels, first: Labels, second: Labels) -> float:
    """The two-sided exact p of McNemar 1947 that two methods are wrong equally often.

    It takes samples as independent, which those of one person are not; where people have
    several, ``swap_test`` is the honest one.
    """
    right = np.asarray(truth)
    check_shape("first", np.asarray(first), "N", N=right.size)
    check_shape("second", np.asarray(second), "N", N=right.size)
    one, other = np.asarray(first) == right, np.asarray(second) == right
    only, total = int((one & ~other).sum()), int((one != other).sum())
    return float(binomtest(only, total).pvalue) if total else 1.0


def swap_test(
    difference: Callable[[npt.NDArray[np.bool_]], float],
    subjects: Labels,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
) -> float:
    """The two-sided p of a difference of methods, by exchanging them in whole subjects.

    ``difference`` takes rows [n] in which the two change places, and gives the statistic.
    """
    if draws < 1:
        raise ArgumentError(f"draws: expected 1 or more, got {draws}")
    names, place = np.unique(np.asarray(subjects), return_inverse=True)
    seen = abs(difference(np.zeros(place.size, bool)))
    drawn = (rng.random((draws, names.size)) < 0.5)[:, place.reshape(-1)]
    at_least = sum(abs(difference(rows)) >= seen - 1e-12 for rows in drawn)
    return float((at_least + 1) / (draws + 1))


def _share(part: Int64, whole: Int64, wanted: Int64) -> Float64:
    return np.where(wanted > 0, part / np.maximum(whole, 1), np.nan)
