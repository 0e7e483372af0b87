"""One subject left out after the other, with settings that the subject had no part in choosing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mimetic.learn.classes import (
    class_f1,
    class_recall,
    confusion,
    count_pairs,
    subject_interval,
    uar,
    uf1,
)
from mimetic.micro.kinds import Fold, Recogniser, Samples, Words, choose, read_samples
from mimetic.micro.registry import make_recogniser
from mimetic.types import Float64, Floats, Int64

DRAWS = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """What a left-out-subject test found, all subjects together.

    ``protocol`` is "nested" where it is honest, "leaky" where the left-out subject chose.
    Intervals are 95 % over subjects drawn anew. ``settings`` names, for each subject, what was
    averaged.
    """

    protocol: str
    kind: str
    classes: tuple[str, ...]
    uf1: float
    uar: float
    uf1_low: float
    uf1_high: float
    uar_low: float
    uar_high: float
    f1: tuple[float, ...]  # by class
    recall: tuple[float, ...]  # by class
    confusion: Int64  # [C, C], rows are the truth
    told: tuple[str, ...]  # [n], for each map
    scores: Float64  # [n, C]
    settings: dict[str, tuple[str, ...]]


def loso(
    maps: Floats, labels: Words, subjects: Words, *, kind: str = "kernel", seed: int = 0
) -> Scores:
    """Leave each subject out: learn from the others, choose settings among them, test on the one.

    Inside the people learnt from, each is left out again for every setting; the best settings
    are averaged. A class that nobody else shows cannot be told in that fold, and is counted
    as wrong. ``seed`` is that of the bootstrap and of kinds that draw. Errors are those of
    ``read_samples``.
    """
    samples = read_samples(maps, labels, subjects)
    recogniser = make_recogniser(kind, samples, seed=seed)

    def chosen(fold: Fold, train: Int64, test: Int64) -> Int64:
        return choose(fold.inner, samples.y[train], kept=recogniser.kept)

    return _test(recogniser, samples, subjects, (kind, "nested", seed), chosen)


def leaky_loso(
    maps: Floats, labels: Words, subjects: Words, *, kind: str = "kernel", seed: int = 0
) -> Scores:
    """The same with the setting that suits each left-out subject best: NOT a result.

    Code that keeps the best epoch by the accuracy of the very subject it tests does this. It is
    here to show by how much that inflates scores (see Varanka et al., arXiv 2211.11425).
    """
    samples = read_samples(maps, labels, subjects)
    recogniser = make_recogniser(kind, samples, seed=seed)

    def chosen(fold: Fold, train: Int64, test: Int64) -> Int64:
        right = (fold.outer.argmax(2) == samples.y[test]).sum(1)
        return np.array([right.argmax()])

    return _test(recogniser, samples, subjects, (kind, "leaky", seed), chosen)


def fixed_loso(
    maps: Floats, labels: Words, subjects: Words, *, kind: str = "kernel", seed: int = 0
) -> dict[str, tuple[float, float]]:
    """UF1 and UAR of every setting, taken alone for all left-out subjects.

    Each is what the setting is worth that somebody had fixed before; the best of them, known
    only afterwards, is no result.
    """
    samples = read_samples(maps, labels, subjects)
    recogniser = make_recogniser(kind, samples, seed=seed)
    told = np.zeros((len(recogniser.names), samples.y.size), np.int64)
    for group in np.unique(samples.groups):
        test = np.flatnonzero(samples.groups == group)
        fold = recogniser.fold(np.flatnonzero(samples.groups != group), test)
        told[:, test] = fold.outer.argmax(2)
    tables = [count_pairs(samples.y, each, samples.classes) for each in told]
    found = [(uf1(table), uar(table)) for table in tables]
    return dict(zip(recogniser.names, found, strict=True))


Chooser = Callable[[Fold, Int64, Int64], Int64]


def _test(
    recogniser: Recogniser,
    samples: Samples,
    subjects: Words,
    about: tuple[str, str, int],
    chosen: Chooser,
) -> Scores:
    kind, protocol, seed = about
    scores = np.full((samples.y.size, samples.classes), np.nan)
    settings = {}
    for group in np.unique(samples.groups):
        test = np.flatnonzero(samples.groups == group)
        train = np.flatnonzero(samples.groups != group)
        fold = recogniser.fold(train, test)
        picks = chosen(fold, train, test)
        scores[test] = fold.outer[picks].mean(0)
        settings[str(subjects[int(test[0])])] = tuple(recogniser.names[pick] for pick in picks)
    return _scores(scores, samples, settings, about=(kind, protocol, seed))


def _scores(
    scores: Float64,
    samples: Samples,
    settings: dict[str, tuple[str, ...]],
    *,
    about: tuple[str, str, int],
) -> Scores:
    names = np.asarray(samples.names)
    truth, told = names[samples.y], names[scores.argmax(1)]

    table = confusion(truth, told, classes=samples.names)
    rng = np.random.default_rng(about[2])
    low, high = subject_interval(truth, told, samples.groups, rng=rng, draws=DRAWS)
    return Scores(
        protocol=about[1],
        kind=about[0],
        classes=samples.names,
        uf1=uf1(table),
        uar=uar(table),
        uf1_low=float(low[0]),
        uf1_high=float(high[0]),
        uar_low=float(low[1]),
        uar_high=float(high[1]),
        f1=tuple(class_f1(table).tolist()),
        recall=tuple(class_recall(table).tolist()),
        confusion=table,
        told=tuple(told.tolist()),
        scores=scores,
        settings=settings,
    )
