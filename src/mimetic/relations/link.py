"""From what single clips of a person say to what they say together.

A pair that is related one way in some people and the other way in others shows its way
a little in each clip. Clips of one person add up, but only until the way is
certain: then the pair says all that it can. The contribution of pair g to a person is

    height_g tanh(slope_g sum over clips (c_g - offset_g)) - middle_g

where c_g is what the penalised fit gives one clip. For a relation whose sign agrees with
the class in a share p of people this is close to the exact log-odds, whose bound is
log(p / (1 - p)). What regions say alone, and pairs too weak for a curve of their own, is
averaged over clips and scaled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mimetic.relations.kinds import CLASS, Parts, Target
from mimetic.types import Float64, Int64

MOST = 8  # pairs with a curve of their own
WEAK = 0.1  # of the largest spread over people; below it a pair has none
PEOPLE_PER_CURVE = 15
START = 1.5  # slope over one standard deviation
HOLD = 2.0  # weight of the starting curve, in people
HUBER = 0.25  # of the spread of a number; errors beyond count by their size, not its square


@dataclass(frozen=True, kw_only=True, eq=False)
class Link:
    """The curves of G pairs, ``scale`` for everything else, and the baseline of the sum."""

    chosen: Int64  # [G], places of the pairs
    height: Float64  # [G]
    slope: Float64  # [G]
    offset: Float64  # [G]
    middle: Float64  # [G]
    scale: float
    baseline: float

    def __call__(self, parts: Parts, people: Int64) -> Parts:
        """Parts of each clip's person from all clips of that person in the list.

        ``parts`` are those of single clips [n]; ``people`` [n] number their persons. The
        clips of one person get the same parts.
        """
        place, size = _numbered(people)
        bent = _sums(parts.pairs[:, self.chosen], place) - size[:, None] * self.offset
        pairs = self.scale * _means(parts.pairs, place, size)
        pairs[:, self.chosen] = self.height * np.tanh(self.slope * bent) - self.middle
        main = self.scale * _means(parts.main, place, size)
        return Parts(baseline=self.baseline, main=main[place], pairs=pairs[place])


def fit_link(parts: Parts, y: Float64, people: Int64, *, task: str) -> Link:
    """Curves that turn held-out parts of single clips into log-odds, or a number, of people.

    Maximum likelihood for classes, Huber's loss for numbers. ``y`` [n] is the same in
    all clips of a person as numbered by ``people``.
    """
    place, size = _numbered(people)
    first = np.unique(place, return_index=True)[1]
    totals = _sums(parts.pairs, place)
    spread = totals.std(0)
    most = int(min(MOST, size.size // PEOPLE_PER_CURVE))
    order = np.argsort(-spread, kind="stable")[:most]
    chosen = order[spread[order] > max(WEAK * float(spread.max()), 1e-12)]
    rest = _means(parts.main, place, size).sum(1)
    rest += _means(np.delete(parts.pairs, chosen, axis=1), place, size).sum(1)
    curves = _Curves(
        totals=totals[:, chosen] / spread[chosen],
        clips=size[:, None] / spread[chosen],
        rest=rest,
        y=y[first],
        task=task,
    )
    found = curves.fit()
    count = chosen.size
    height, offset = found[2 + count : 2 + 2 * count], found[2 + 2 * count :]
    slope = np.exp(found[2 : 2 + count])
    middle = (height * np.tanh(slope * (curves.totals - curves.clips * offset))).mean(0)
    return Link(
        chosen=chosen,
        height=height,
        slope=slope / spread[chosen],
        offset=offset,
        middle=middle,
        scale=float(found[1]),
        baseline=float(found[0] + middle.sum()),
    )


def read_folds(parts: Parts, fold: Int64, target: Target) -> tuple[Float64, Parts, Float64]:
    """Held-out scores of people [n], their parts, and scores of single clips [n].

    Clips of each ``fold`` [n] are read by a link that was fitted on the others.
    """
    people = target.people
    scores, alone = np.zeros((2, target.y.size))
    main, pairs, baselines = np.zeros_like(parts.main), np.zeros_like(parts.pairs), []
    for number in np.unique(fold):
        here, there = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        link = fit_link(parts.take(there), target.y[there], people[there], task=target.task)
        single = parts.take(here)
        read = link(single, people[here])
        main[here], pairs[here], scores[here] = read.main, read.pairs, read.scores
        alone[here] = link(single, here).scores
        baselines.append(read.baseline)
    baseline = float(np.mean(baselines))
    return scores, Parts(baseline=baseline, main=main, pairs=pairs), alone


@dataclass(frozen=True, kw_only=True, eq=False)
class _Curves:
    """The data of a fit: totals and clips over spread [S G], the rest [S] and labels [S].

    Unknowns: baseline, scale, then logarithm of slope, height and offset of each curve.
    """

    totals: Float64
    clips: Float64
    rest: Float64
    y: Float64
    task: str

    def fit(self) -> Float64:
        """The unknowns at the least loss."""
        start = self._start()
        count = self.totals.shape[1]
        free, up = (None, None), (0.0, None)
        bounds = [free, up, *[(-3.0, 3.0)] * count, *[up] * count, *[free] * count]
        found = minimize(self._loss, start, args=(start,), jac=True, bounds=bounds)
        return np.asarray(found.x)

    @property
    def _unit(self) -> float:
        return 1.0 if self.task == CLASS else float(self.y.std())

    def _start(self) -> Float64:
        count, mean = self.totals.shape[1], float(self.y.mean())
        if self.task == CLASS:
            mean = float(np.log(mean / (1 - mean)))
        height = np.full(count, 0.5 * self._unit)
        log_slope = np.full(count, np.log(START))
        return np.concatenate([[mean, 1.0], log_slope, height, np.zeros(count)])

    def _loss(self, unknown: Float64, start: Float64) -> tuple[float, Float64]:
        """The mean loss of people with the hold of the start, and its derivatives."""
        people, count = self.totals.shape
        slope = np.exp(unknown[2 : 2 + count])
        height, offset = unknown[2 + count : 2 + 2 * count], unknown[2 + 2 * count :]
        inner = self.totals - self.clips * offset
        curve = np.tanh(slope * inner)
        value = unknown[0] + unknown[1] * self.rest + curve @ height
        loss, bend = self._fault(value)
        steep = height * slope * (1 - curve**2)
        by = np.concatenate(
            [
                np.ones((people, 1)),
                self.rest[:, None],
                steep * inner,
                curve,
                -steep * self.clips,
            ],
            axis=1,
        )
        hold = np.r_[0, 1.0, np.ones(count), np.full(count, 0.1 / self._unit**2), np.zeros(count)]
        # Offsets are held in units of a clip's share of the spread.
        hold[2 + 2 * count :] = self.clips.mean(0) ** 2
        hold *= HOLD / max(count, 1) / people
        away = unknown - start
        return loss + float(hold @ away**2), bend @ by + 2 * hold * away

    def _fault(self, value: Float64) -> tuple[float, Float64]:
        """Mean loss, and its derivative by each value [S]."""
        if self.task == CLASS:
            loss = np.logaddexp(0, np.where(self.y > 0, -value, value))
            return float(loss.mean()), (1 / (1 + np.exp(-value)) - self.y) / value.size
        away, edge = (value - self.y) / self._unit, HUBER
        near = np.abs(away) <= edge
        loss = np.where(near, 0.5 * away**2, edge * (np.abs(away) - 0.5 * edge)) / edge
        bend = np.clip(away, -edge, edge) / edge / self._unit
        return float(loss.mean()), bend / value.size


def _numbered(people: Int64) -> tuple[Int64, Float64]:
    """Persons as 0 to S - 1 [n], and how many clips each has [S]."""
    place = np.unique(people, return_inverse=True)[1].reshape(-1)
    return place, np.bincount(place).astype(np.float64)


def _sums(values: Float64, place: Int64) -> Float64:
    total = np.zeros((int(place.max()) + 1, values.shape[1]))
    np.add.at(total, place, values)
    return total


def _means(values: Float64, place: Int64, size: Float64) -> Float64:
    return np.asarray(_sums(values, place) / size[:, None])
