"""How much of one series another one tells: ridge decoding on guarded splits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.learn.protocols import Split, contiguous_splits
from mimetic.types import Float64, Floats, Int64
from mimetic.types.arrays import check_shape


@dataclass(frozen=True, kw_only=True)
class DecodeConfig:
    """How ``decode_ridge`` splits and how strongly it may be held back.

    The penalties are per training row, for features of unit total variance.
    """

    folds: int = 5
    guard_s: float = 1.0
    inner_folds: int = 4
    penalties: tuple[float, ...] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoding:
    """What held-out rows said about every target.

    ``r2`` is 1 - squared error over squared distance to the mean, over all
    held-out rows together: 0 is as good as knowing the mean of the target, and
    less than 0 is worse. NaN for a target that does not vary.
    """

    r2: Float64  # [K]
    correlation: Float64  # [K]
    predicted: Float64  # [T, K], NaN where a row was in no tested part
    penalty: Float64  # [folds, K]


def r2_score(truth: Floats, predicted: Floats) -> Float64:
    """Explained share [K] of ``truth`` [T K], NaN where it does not vary."""
    error = ((truth - predicted) ** 2).sum(0)
    spread = ((truth - truth.mean(0)) ** 2).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, 1 - error / spread, np.nan)


def decode_ridge(
    features: Floats,
    targets: Floats,
    *,
    times_s: Float64,
    config: DecodeConfig | None = None,
    splits: list[Split] | None = None,
) -> Decoding:
    """How well ``features`` [T D] tell ``targets`` [T K] on stretches of time never learnt from.

    Ridge regression; the penalty of each target is chosen on contiguous folds
    inside the rows learnt from, with the same guard. Features are centred and
    brought to a total variance of one, but not to one each: give them in their
    natural scale, so that directions with little movement, which are mostly noise,
    weigh little. ``splits`` defaults to ``contiguous_splits``.
    """
    config = config or DecodeConfig()
    check_shape("features", features, "T D", T=times_s.size)
    check_shape("targets", targets, "T K", T=times_s.size)
    if not (np.isfinite(features).all() and np.isfinite(targets).all()):
        raise ArgumentError("features, targets: expected numbers, got NaN; leave those rows out")
    if splits is None:
        splits = contiguous_splits(times_s, folds=config.folds, guard_s=config.guard_s)
    known, wanted = features.astype(np.float64), targets.astype(np.float64)
    predicted = np.full(targets.shape, np.nan)
    penalties = []
    for split in splits:
        chosen = _choose_penalty(known, wanted, times_s, split=split, config=config)
        path = _ridge_path(known, wanted, split, config.penalties)
        predicted[split.test] = np.take_along_axis(path, chosen[None, None], 0)[0]
        penalties.append(np.asarray(config.penalties)[chosen])
    seen = np.isfinite(predicted).all(1)
    return Decoding(
        r2=r2_score(targets[seen], predicted[seen]),
        correlation=correlation(targets[seen], predicted[seen]),
        predicted=predicted,
        penalty=np.asarray(penalties),
    )


def correlation(first: Floats, second: Floats) -> Float64:
    """Pearson's r [K] between the columns of two arrays [T K], NaN where one is constant."""
    left, right = first - first.mean(0), second - second.mean(0)
    size = np.sqrt((left**2).sum(0) * (right**2).sum(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(size > 0, (left * right).sum(0) / size, np.nan)


def _choose_penalty(
    features: Float64, targets: Float64, times_s: Float64, *, split: Split, config: DecodeConfig
) -> Int64:
    """The place [K] in ``config.penalties`` with the least error inside the training rows."""
    rows = split.train
    try:
        inner = contiguous_splits(times_s[rows], folds=config.inner_folds, guard_s=config.guard_s)
    except ArgumentError:
        # Too short to choose: the middle of the range, the same for all targets.
        return np.full(targets.shape[1], len(config.penalties) // 2)
    error = np.zeros((len(config.penalties), targets.shape[1]))
    for part in inner:
        path = _ridge_path(features[rows], targets[rows], part, config.penalties)
        error += ((path - targets[rows][part.test]) ** 2).sum(1)
    return np.asarray(error.argmin(0))


def _ridge_path(
    features: Float64, targets: Float64, split: Split, penalties: tuple[float, ...]
) -> Float64:
    """Predictions [penalties, test rows, K], all penalties from one decomposition."""
    train, test = features[split.train], features[split.test]
    middle, spread = train.mean(0), float(np.sqrt(train.var(0).sum())) or 1.0
    train, test = (train - middle) / spread, (test - middle) / spread
    mean = targets[split.train].mean(0)
    energy, axes = np.linalg.eigh(train.T @ train / len(train))
    drive = axes.T @ (train.T @ (targets[split.train] - mean)) / len(train)
    turned = test @ axes
    energy = np.maximum(energy, 0)[:, None]
    return np.stack([turned @ (drive / (energy + penalty)) + mean for penalty in penalties])
