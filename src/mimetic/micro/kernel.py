"""Class-weighted kernel ridge: closed form, and each person's scores without that person.

A map and its mirror image are one sample: the kernel is the mean over both, which gives the same
model as learning from twice the samples. Kernels of several views are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from mimetic.errors import ArgumentError
from mimetic.micro.kinds import Fold, Samples
from mimetic.micro.views import VIEWS, likeness
from mimetic.types import Float32, Float64, Floats, Int64

Cosines = dict[str, tuple[Float64, Float64]]


@dataclass(frozen=True, kw_only=True)
class KernelSettings:
    """One way to compare maps, and how firmly the model is held back."""

    views: tuple[str, ...] = ("still", "directions")
    sharpness: float = 2.0  # exp(-sharpness (1 - cosine))
    ridge: float = 1.0

    def __post_init__(self) -> None:
        strange = [view for view in self.views if view not in VIEWS]
        if strange or not self.views:
            raise ArgumentError(f"views: expected some of {', '.join(VIEWS)}, got {self.views}")
        if not (self.sharpness > 0 and self.ridge > 0):
            raise ArgumentError(
                f"sharpness, ridge: expected more than 0, got {self.sharpness}, {self.ridge}"
            )

    @property
    def name(self) -> str:
        """The setting in words, for reports."""
        return f"{'+'.join(self.views)}, sharpness {self.sharpness:g}, ridge {self.ridge:g}"


GRID = tuple(
    KernelSettings(views=views, sharpness=sharpness, ridge=ridge)
    for views in (("maps",), ("still",), ("directions",), ("still", "directions"))
    for sharpness in (1.0, 2.0)
    for ridge in (0.3, 1.0, 3.0)
)
KEPT = 6


def kernel_of(cosines: Cosines, settings: KernelSettings) -> Float64:
    """The kernel [n m] of a setting: over its views, the mean of maps and mirror images."""
    parts = [
        np.exp(settings.sharpness * (each - 1)) for view in settings.views for each in cosines[view]
    ]
    return np.asarray(np.mean(parts, axis=0))


def all_cosines(first: Floats, second: Floats, views: Sequence[str]) -> Cosines:
    """How alike maps are, by view."""
    return {view: likeness(first, second, view=view) for view in views}


def class_weights(y: Int64, classes: int) -> Float64:
    """A weight [n] a sample, so that every class that is there weighs the same; mean 1."""
    count = np.bincount(y, minlength=classes)
    return np.asarray(y.size / (np.count_nonzero(count) * count[y]), np.float64)


def targets(y: Int64, classes: int) -> Float64:
    """1 for the class and 0 for others, less their mean: a score of 0 says nothing."""
    return np.asarray(np.eye(classes)[y] - 1 / classes)


@dataclass(frozen=True, kw_only=True, eq=False)
class Solved:
    """A fitted kernel ridge."""

    weights: Float64  # [n, C], of the samples' kernels
    held_out: Float64  # [n, C], scores of each sample without the samples of its group


def solve(kernel: Float64, y: Int64, groups: Groups, *, classes: int, ridge: float) -> Solved:
    """Fit on a kernel [n n]; the held-out scores follow from the same inverse, exactly.

    With A = K + ridge / weights, the error of a group left out is the inverse of the group's block
    of A^-1 times its part of A^-1 y (the leave-one-out formula of ridge regression, for blocks).
    """
    system = np.array(kernel, order="F")
    system[np.diag_indices(y.size)] += ridge / class_weights(y, classes)
    factor, fault = lapack.dpotrf(system, lower=1, overwrite_a=1, clean=0)
    if fault:
        raise ArgumentError(f"ridge: {ridge:g} is too small for this kernel; take a larger one")
    wanted = targets(y, classes)
    weights = lapack.dpotrs(factor, wanted, lower=1)[0]
    inverse = lapack.dpotri(factor, lower=1, overwrite_c=1)[0]  # its lower triangle alone
    held = np.empty_like(wanted)
    for rows in groups:
        one, other = rows[:, :, None], rows[:, None, :]
        blocks = inverse[np.maximum(one, other), np.minimum(one, other)]
        held[rows] = wanted[rows] - np.linalg.solve(blocks, weights[rows])
    return Solved(weights=weights, held_out=held)


Groups = list[Int64]  # for each size that occurs, the rows [k, size] of the groups of that size


def by_size(groups: Int64) -> Groups:
    """The rows of each group, groups of one size together, so that they are solved at once."""
    order = np.argsort(groups, kind="stable")
    _, first, count = np.unique(groups[order], return_index=True, return_counts=True)
    return [
        np.stack([order[start : start + size] for start in first[count == size]])
        for size in np.unique(count)
    ]


class KernelRecogniser:
    """All settings of the kernel model on one set of samples; kernels are computed once."""

    def __init__(
        self, samples: Samples, settings: Sequence[KernelSettings] = GRID, *, kept: int = KEPT
    ) -> None:
        self.samples, self.settings = samples, tuple(settings)
        self.kept = min(kept, len(self.settings))
        views = sorted({view for each in self.settings for view in each.views})
        cosines = all_cosines(samples.maps, samples.maps, views)
        self._kernels = {_key(each): kernel_of(cosines, each) for each in self.settings}

    @property
    def names(self) -> tuple[str, ...]:
        """The settings in words."""
        return tuple(each.name for each in self.settings)

    def fold(self, train: Int64, test: Int64) -> Fold:
        """Scores of all settings on the people learnt from, each left out, and on ``test``."""
        found = self._solved(train, self.settings)
        outer = [
            self._kernels[_key(each)][np.ix_(test, train)] @ one.weights
            for each, one in zip(self.settings, found, strict=True)
        ]
        return Fold(inner=np.stack([each.held_out for each in found]), outer=np.stack(outer))

    def inner(self, train: Int64) -> Float64:
        """Scores [S n C] of the people learnt from, each left out."""
        return np.stack([each.held_out for each in self._solved(train, self.settings)])

    def learn(self, train: Int64, picks: Int64) -> KernelModel:
        """The model that averages the picked settings."""
        chosen = [self.settings[pick] for pick in picks.tolist()]
        return KernelModel(
            KernelConfig.of(chosen),
            maps=self.samples.maps[train],
            weights=np.stack([each.weights for each in self._solved(train, chosen)]),
        )

    def _solved(self, train: Int64, settings: Sequence[KernelSettings]) -> list[Solved]:
        y, groups = self.samples.y[train], by_size(self.samples.groups[train])
        keys, classes = {_key(each) for each in settings}, self.samples.classes
        squares = {key: self._kernels[key][np.ix_(train, train)] for key in keys}
        return [
            solve(squares[_key(each)], y, groups, classes=classes, ridge=each.ridge)
            for each in settings
        ]


def _key(settings: KernelSettings) -> tuple[tuple[str, ...], float]:
    return settings.views, settings.sharpness


@dataclass(frozen=True, kw_only=True)
class KernelConfig:
    """The settings that a model averages, one entry for each; views are joined by "+"."""

    views: tuple[str, ...] = ()
    sharpness: tuple[float, ...] = ()
    ridge: tuple[float, ...] = ()

    @classmethod
    def of(cls, settings: Sequence[KernelSettings]) -> KernelConfig:
        """The record of a list of settings."""
        return cls(
            views=tuple("+".join(each.views) for each in settings),
            sharpness=tuple(each.sharpness for each in settings),
            ridge=tuple(each.ridge for each in settings),
        )

    def listed(self) -> list[KernelSettings]:
        """The list of settings that the record was made of."""
        rows = zip(self.views, self.sharpness, self.ridge, strict=True)
        return [
            KernelSettings(views=tuple(views.split("+")), sharpness=sharpness, ridge=ridge)
            for views, sharpness, ridge in rows
        ]


class KernelModel:
    """A fitted kernel model. It holds the maps it was learnt from, by which it compares."""

    def __init__(self, settings: KernelConfig, *, maps: Float32, weights: Float64) -> None:
        self.settings, self.maps, self.weights = settings, maps, weights

    def scores(self, maps: Floats) -> Float64:
        """Scores [n C] of maps, the mean over the settings."""
        listed = self.settings.listed()
        views = sorted({view for each in listed for view in each.views})
        cosines = all_cosines(maps, self.maps, views)
        pairs = zip(listed, self.weights, strict=True)
        return np.asarray(np.mean([kernel_of(cosines, each) @ one for each, one in pairs], axis=0))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The maps learnt from and their weights."""
        return {"maps": self.maps, "weights": self.weights}
