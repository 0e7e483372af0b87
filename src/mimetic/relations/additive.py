"""The additive pair model: what regions say alone plus what pairs say together, exactly.

score = baseline + sum over regions + sum over pairs. The terms of a pair share a
penalty (group lasso, Yuan and Lin 2006), so that few pairs have any; what they add is
the explanation, in log-odds or in the unit of the number. The penalty is chosen on
inner folds; held-out scores calibrate the whole.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ConfigError
from mimetic.learn.protocols import Split
from mimetic.relations.basis import Basis, Columns, fit_basis
from mimetic.relations.chance import term_statistics
from mimetic.relations.effects import effects, square
from mimetic.relations.features import FeatureTable
from mimetic.relations.kinds import CLASS, INNER_FOLDS, TRIES, Material, Parts, Target
from mimetic.relations.link import Link, fit_link, read_folds
from mimetic.relations.search import search, simplest
from mimetic.relations.solver import Problem, Terms, largest_penalty, solve_path
from mimetic.types import Float64, Int64

_TIE = 1e-6  # of a statistic, which is at most 1


@dataclass(frozen=True, kw_only=True)
class AdditiveSettings:
    """How the additive pair model is fitted."""

    tries: int = TRIES  # penalties, from the one at which nothing is left down
    smallest: float = 0.05  # of them, relative to the largest
    sparse: float = 0.5  # part of a pair's penalty that falls on single columns
    main_penalty: float = 1.0  # relative to the pairs'
    balanced: bool = False  # both classes weigh the same while learning
    folds: int = INNER_FOLDS
    draws: int = 100  # refits on people drawn with replacement

    def __post_init__(self) -> None:
        low = {"tries": 1, "folds": 2, "draws": 0}
        faults = [
            f"{name}: expected {least} or more, got {getattr(self, name)}"
            for name, least in low.items()
            if getattr(self, name) < least
        ]
        if self.tries > TRIES:
            faults.append(f"tries: expected at most {TRIES}, as all kinds have, got {self.tries}")
        if not 0 < self.smallest < 1:
            faults.append(f"smallest: expected more than 0 and below 1, got {self.smallest}")
        if not 0 <= self.sparse <= 1:
            faults.append(f"sparse: expected 0 to 1, got {self.sparse}")
        if not self.main_penalty > 0:
            faults.append(f"main_penalty: expected more than 0, got {self.main_penalty}")
        if faults:
            raise ConfigError("\n".join(faults))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fold:
    """A path learnt without one part of the people, and that part's columns."""

    path: list[Terms]
    columns: Columns


class AdditivePairs:
    """The kind "additive"."""

    def __init__(self, settings: AdditiveSettings | None = None) -> None:
        self.settings = settings or AdditiveSettings()
        self.held_out: Float64 | None = None
        self.held_out_parts: Parts | None = None
        self.held_out_alone: Float64 | None = None
        self.losses: Float64 | None = None
        self._target: Target | None = None
        self._basis: Basis
        self._terms: Terms
        self._drawn: list[Terms] = []
        self._link: Link
        self._statistic: Float64 = np.zeros(0)

    def fit(self, material: Material, target: Target, *, rng: np.random.Generator) -> None:
        """Choose the penalty on inner folds, learn from all, calibrate on held-out scores."""
        table, folds = material.table, {}
        steps = np.geomspace(1.0, self.settings.smallest, self.settings.tries)

        def score(place: int, split: Split) -> Float64:
            key = split.test.tobytes()
            if key not in folds:
                folds[key] = self._fold(table, target, split, steps)
            fold = folds[key]
            return _parts(fold.columns, fold.path[place]).scores

        found = search(range(len(steps)), score, target, rng=rng, folds=self.settings.folds)
        self.losses, self._target, best = found.losses, target, simplest(found.losses)
        self._basis = fit_basis(table, target.weights)
        columns = self._basis.columns(table)
        problem = self._problem(columns, target)
        kept = self._keep_held_out(folds, best, target)
        rest = kept.main.sum(1)
        self._statistic = term_statistics(columns.pairs, kept.pairs, rest, target=target)
        penalties = (largest_penalty(problem) * steps[: best + 1]).tolist()
        self._terms = solve_path(problem, penalties)[-1]
        self._drawn = self._draw(problem, target, penalties[-1], rng)

    def score(self, material: Material) -> Float64:
        """Log-odds of the class, or the number [n]; clips of one person are weighed together."""
        return self.parts(material).scores

    def parts(self, material: Material) -> Parts:
        """The terms of each score; they add up to it."""
        columns = self._basis.columns(material.table)
        return self._link(_parts(columns, self._terms), material.people)

    def columns(self, material: Material) -> tuple[Float64, Float64]:
        """The columns [n R M] of regions and [n P C] of pairs."""
        made = self._basis.columns(material.table)
        return made.main, made.pairs

    def drawn_parts(self, material: Material) -> Iterator[Parts]:
        """The terms by each refit on people drawn with replacement."""
        columns = self._basis.columns(material.table)
        for terms in self._drawn:
            yield self._link(_parts(columns, terms), material.people)

    def spread(self, material: Material) -> tuple[Float64, Float64]:
        """The 2.5 and 97.5 % points [n] of the score over refits on drawn people."""
        every = [parts.scores for parts in self.drawn_parts(material)] or [self.score(material)]
        low, high = np.percentile(np.stack(every), [2.5, 97.5], axis=0)
        return low, high

    def pair_importance(self) -> Float64 | None:
        """How far held-out contributions of each pair separate people [R R].

        Pairs that contribute nothing are in the order of their score tests.
        """
        if self.held_out_parts is None or self._target is None:
            return None
        ties = _TIE * self._statistic
        return square(effects(self.held_out_parts.pairs, self._target) + ties)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that ``restore`` needs to score again, by name."""
        stored: dict[str, npt.NDArray[Any]] = {
            f"basis_{field.name}": np.asarray(getattr(self._basis, field.name))
            for field in dataclasses.fields(Basis)
        }
        every = [self._terms, *self._drawn]
        kept = np.flatnonzero(np.any([np.abs(terms.pairs).any(1) for terms in every], axis=0))
        stored |= {f"link_{name}": np.asarray(each) for name, each in vars(self._link).items()}
        return stored | {
            "baselines": np.array([terms.baseline for terms in every]),
            "mains": np.stack([terms.main for terms in every]),
            "kept_pairs": kept,
            "pairs": np.stack([terms.pairs[kept] for terms in every]),
        }

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Become the model whose ``arrays`` these are; KeyError where one is missing."""
        fields = dataclasses.fields(Basis)
        self._basis = Basis(**{field.name: arrays[f"basis_{field.name}"] for field in fields})
        kept, shape = arrays["kept_pairs"], self._basis.pair_spread.shape
        every = []
        for baseline, main, some in zip(
            arrays["baselines"], arrays["mains"], arrays["pairs"], strict=True
        ):
            pairs = np.zeros(shape)
            pairs[kept] = some
            every.append(Terms(baseline=float(baseline), main=main, pairs=pairs))
        self._terms, self._drawn = every[0], every[1:]
        link: dict[str, Any] = {
            field.name: arrays[f"link_{field.name}"] for field in dataclasses.fields(Link)
        }
        link |= {name: float(link[name]) for name in ("scale", "baseline")}
        self._link = Link(**link)

    def _fold(self, table: FeatureTable, target: Target, split: Split, steps: Float64) -> _Fold:
        part = target.take(split.train)
        learnt = table.take(split.train)
        basis = fit_basis(learnt, part.weights)
        problem = self._problem(basis.columns(learnt), part)
        path = solve_path(problem, (largest_penalty(problem) * steps).tolist())
        return _Fold(path=path, columns=basis.columns(table.take(split.test)))

    def _problem(self, columns: Columns, target: Target) -> Problem:
        weights = target.weights
        if self.settings.balanced and target.task == CLASS:
            share = float(weights @ target.y) / target.y.size
            weights = weights * np.where(target.y > 0, 0.5 / share, 0.5 / (1 - share))
        return Problem(
            main=columns.main.reshape(len(columns.main), -1),
            pairs=columns.pairs,
            y=target.y,
            weights=weights / weights.sum(),
            task=target.task,
            sparse=self.settings.sparse,
            main_penalty=self.settings.main_penalty,
        )

    def _keep_held_out(self, folds: dict[bytes, _Fold], best: int, target: Target) -> Parts:
        """Link the held-out parts to the labels; each fold is read by a link of the others."""
        pieces = {key: _parts(fold.columns, fold.path[best]) for key, fold in folds.items()}
        some = next(iter(pieces.values()))
        single = Parts(
            baseline=0.0,
            main=np.zeros((target.y.size, some.main.shape[1])),
            pairs=np.zeros((target.y.size, some.pairs.shape[1])),
        )
        fold_of = np.zeros(target.y.size, np.int64)
        for number, (key, piece) in enumerate(pieces.items()):
            rows: Int64 = np.frombuffer(key, np.int64)
            single.main[rows], single.pairs[rows] = piece.main, piece.pairs
            fold_of[rows] = number
        self._link = fit_link(single, target.y, target.people, task=target.task)
        read = read_folds(single, fold_of, target)
        self.held_out, self.held_out_parts, self.held_out_alone = read
        return read[1]

    def _draw(
        self, problem: Problem, target: Target, penalty: float, rng: np.random.Generator
    ) -> list[Terms]:
        """Refits at one penalty on groups drawn with replacement."""
        _, group = np.unique(target.groups, return_inverse=True)
        number = int(group.max()) + 1
        drawn: list[Terms] = []
        while len(drawn) < self.settings.draws:
            times = np.bincount(rng.integers(number, size=number), minlength=number)[group]
            weights = problem.weights * times
            if target.task == CLASS and len(np.unique(target.y[times > 0])) < 2:
                continue
            part = dataclasses.replace(problem, weights=weights / weights.sum())
            drawn += solve_path(part, [penalty], self._terms)
        return drawn


def _parts(columns: Columns, terms: Terms) -> Parts:
    regions = columns.main.shape[1]
    return Parts(
        baseline=terms.baseline,
        main=np.einsum("nrm,rm->nr", columns.main, terms.main.reshape(regions, -1)),
        pairs=np.einsum("npc,pc->np", columns.pairs, terms.pairs),
    )
