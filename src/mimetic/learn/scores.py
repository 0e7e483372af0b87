"""How good estimates of a trait are, and how well an explanation names the right pairs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.stats import kendalltau, rankdata

from mimetic.errors import ArgumentError
from mimetic.types import Bool, Float64, Floats
from mimetic.types.arrays import check_shape

Pairs = Iterable[tuple[int, int]]


def auc(scores: Floats, y: Floats) -> float:
    """The area under the ROC curve: how often a positive (y > 0) scores higher; ties count half.

    NaN where all labels are alike.
    """
    check_shape("y", y, "N", N=scores.size)
    positive = y > 0
    ranks, count = rankdata(scores), int(positive.sum())
    if not 0 < count < y.size:
        return np.nan
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (y.size - count)))


def mean_absolute_error(estimates: Floats, y: Floats) -> float:
    """Mean distance of estimates to the truth, in their unit."""
    check_shape("y", y, "N", N=estimates.size)
    return float(np.abs(estimates - y).mean())


def kendall_tau(first: Floats, second: Floats) -> float:
    """Kendall's tau-b of two rankings, 1 for the same order; NaN where one is all ties."""
    check_shape("second", second, "N", N=first.size)
    return float(kendalltau(first, second).statistic)


def precision_at_k(importance: Floats, pairs: Pairs, *, k: int | None = None) -> float:
    """The share of true ``pairs`` among the k most important of a symmetric matrix [R R].

    ``k`` defaults to the number of true pairs. Ties at the border count as if broken by
    chance, so that an explanation that says nothing scores what chance does.
    """
    values, truth = _ranked(importance, pairs)
    k = int(truth.sum()) if k is None else k
    if not 1 <= k <= values.size:
        raise ArgumentError(f"k: expected 1 to {values.size} pairs, got {k}")
    border = np.sort(values)[-k]
    above, tied = values > border, values == border
    left = k - int(above.sum())
    return float((truth[above].sum() + left * truth[tied].mean()) / k)


def pair_auroc(importance: Floats, pairs: Pairs) -> float:
    """How often a true pair is more important than another, of a symmetric matrix [R R]."""
    values, truth = _ranked(importance, pairs)
    return auc(values, truth.astype(np.float64))


def _ranked(importance: Floats, pairs: Pairs) -> tuple[Float64, Bool]:
    """The values above the diagonal, and which of them are true pairs."""
    count = len(importance)
    check_shape("importance", importance, "R R", R=count)
    if not np.isfinite(importance).all() or not np.allclose(importance, importance.T):
        raise ArgumentError("importance: expected a symmetric matrix of numbers, without NaN")
    truth = np.zeros((count, count), bool)
    listed = [(int(one), int(other)) for one, other in pairs]
    wrong = [pair for pair in listed if pair[0] == pair[1] or not set(pair) <= set(range(count))]
    if wrong or not listed:
        raise ArgumentError(f"pairs: expected places of two of {count} regions, got {wrong}")
    for one, other in listed:
        truth[one, other] = truth[other, one] = True
    upper = np.triu_indices(count, 1)
    return np.asarray(importance[upper], np.float64), truth[upper]
