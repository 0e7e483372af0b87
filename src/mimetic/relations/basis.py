"""From features to the columns of the additive model: main terms, and pairs made pure.

What is usual is learnt from the training clips alone: region features become normal
scores of their ranks. Columns of a pair are freed of what its two regions tell on
their own, by regression on them: what one region explains goes to its own term, as in a
functional analysis of variance. The comparisons of two features are the first terms of
wide families (products, distances, waves over ranks), so that relations of other
shapes than a correlation are found too.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import ndtr, ndtri

from mimetic.relations.features import FeatureTable
from mimetic.types import Bool, Float64, Int64

CLIP_SD = 3.0
RIDGE_ROWS = 5.0  # weight of "no relation" in the regression on single regions, in clips
KNOTS = 33  # of the ranks of a feature
# Region features that pairs are compared by; the rest are mostly functions of these.
COMPARED = (
    "log_amplitude",
    "onset_s",
    "log_fine",
    "peak_s",
    "offset_s",
    "duration_s",
    "log_onset_speed",
)
WAVED = 3  # so many of them by waves of their ranks too
CROSSED = (
    ("log_amplitude", "onset_s"),
    ("log_amplitude", "log_fine"),
    ("log_amplitude", "duration_s"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """Standardised columns of n clips."""

    main: Float64  # [n, R, M]
    pairs: Float64  # [n, P, C]


@dataclass(frozen=True, kw_only=True, eq=False)
class Basis:
    """How features become columns; made by ``fit_basis``."""

    knots: Float64  # [R, K, KNOTS], values of the region features at equal steps of rank
    cross_middle: Float64  # [P, Q]
    cross_spread: Float64  # [P, Q]
    own: Float64  # [P, 4 J + 1, C], what single regions tell of a pair's columns
    pair_spread: Float64  # [P, C]
    compared: Int64  # [J], places in K
    crossed: Int64  # [X, 2], places in K

    def columns(self, table: FeatureTable) -> Columns:
        """The columns of clips, 0 for regions that were not seen and all their pairs."""
        main, single, pairs = self.raw(table)
        pure = pairs - np.einsum("nps,psc->npc", single, self.own)
        pure = np.clip(pure / self.pair_spread, -CLIP_SD - 1, CLIP_SD + 1)
        seen: Bool = np.asarray(np.isfinite(table.phi).any(2))
        left, right = np.triu_indices(len(table.regions), 1)
        both = seen[:, left] & seen[:, right]
        return Columns(main=main * seen[..., None], pairs=pure * both[..., None])

    def raw(self, table: FeatureTable) -> tuple[Float64, Float64, Float64]:
        """Main columns, what single regions tell, and pair columns with that still in them."""
        usual = self._scores(table.phi)
        main = np.concatenate([usual, (usual**2 - 1) / np.sqrt(2)], axis=2)
        left, right = np.triu_indices(len(table.regions), 1)
        first, second = usual[:, left], usual[:, right]
        one, other = first[..., self.compared], second[..., self.compared]
        cross = (table.cross - self.cross_middle) / self.cross_spread
        cross = np.clip(np.nan_to_num(cross), -CLIP_SD, CLIP_SD)
        parts = [one * other, np.abs(one - other), _sign(one) * _sign(other)]
        parts += _waves(one, other)
        for ahead, behind in (self.crossed.T, self.crossed.T[::-1]):
            parts += [first[..., ahead] * second[..., behind]]
            parts += [_sign(first[..., ahead]) * _sign(second[..., behind])]
        ones = np.ones((*one.shape[:2], 1))
        single = np.concatenate([ones, one, one**2 - 1, other, other**2 - 1], axis=2)
        return main, single, np.concatenate([*parts, cross], axis=2)

    def _scores(self, phi: Float64) -> Float64:
        """Normal scores [n R K] of the ranks of features."""
        ranks = (np.arange(KNOTS) + 0.5) / KNOTS
        scores = np.zeros(phi.shape)
        for region, feature in product(range(phi.shape[1]), range(phi.shape[2])):
            knots = self.knots[region, feature]
            if knots[-1] > knots[0]:
                found = np.interp(phi[:, region, feature], knots, ndtri(ranks))
                scores[:, region, feature] = np.nan_to_num(found)
        return scores


def _sign(values: Float64) -> Float64:
    """The side of usual on which values lie, with a soft edge."""
    return np.asarray(np.tanh(2 * values))


def _waves(one: Float64, other: Float64) -> list[Float64]:
    """Products of one turn of a sine and a cosine over the ranks of both regions."""
    turns = (2 * np.pi * ndtr(one), 2 * np.pi * ndtr(other))
    (sine, sine_other), (cosine, cosine_other) = (
        tuple(wave(turn) for turn in turns) for wave in (np.sin, np.cos)
    )
    some = np.s_[..., :WAVED]
    return [
        cosine * cosine_other,
        (sine * sine_other)[some],
        (sine * cosine_other)[some],
        (cosine * sine_other)[some],
    ]


def fit_basis(table: FeatureTable, weights: Float64) -> Basis:
    """Learn what is usual from training clips with weights [n]."""
    keys = [name.split(".", 1)[1] for name in table.region_names]
    cross_middle, cross_spread = _usual(table.cross)
    shape = (table.cross.shape[1], 1, 1)
    rough = Basis(
        knots=_knots(table.phi),
        cross_middle=cross_middle,
        cross_spread=cross_spread,
        own=np.zeros(shape),
        pair_spread=np.ones(shape[:2]),
        compared=np.array([keys.index(name) for name in COMPARED]),
        crossed=np.array([[keys.index(name) for name in pair] for pair in CROSSED]),
    )
    _, single, pairs = rough.raw(table)
    root = np.sqrt(weights)[:, None, None]
    single, pairs = (single * root).swapaxes(0, 1), (pairs * root).swapaxes(0, 1)
    hold = RIDGE_ROWS * np.eye(single.shape[2])
    hold[0, 0] = 1e-9  # the mean is taken out whole
    turned = single.swapaxes(1, 2)
    own: Float64 = np.linalg.solve(turned @ single + hold, turned @ pairs).astype("f8")
    left = pairs - single @ own
    size = np.sqrt((left**2).sum(1) / weights.sum())
    return dataclasses.replace(rough, own=own, pair_spread=np.where(size > 1e-9, size, np.inf))


def _knots(phi: Float64) -> Float64:
    """Values of features at equal steps of rank [R K KNOTS]; all alike where nothing varies."""
    ranks = (np.arange(KNOTS) + 0.5) / KNOTS
    knots = np.zeros((*phi.shape[1:], KNOTS))
    for place in np.ndindex(*phi.shape[1:]):
        values = phi[(slice(None), *place)]
        values = values[np.isfinite(values)]
        if values.size and np.ptp(values) > 1e-9:
            # A slope too small to matter keeps equal values apart.
            rise = 1e-9 * np.ptp(values) * np.arange(KNOTS)
            knots[place] = np.quantile(values, ranks) + rise
    return knots


def _usual(values: Float64) -> tuple[Float64, Float64]:
    """Mean and spread over clips of what was seen; infinite spread where nothing varies."""
    seen = np.isfinite(values)
    number = np.maximum(seen.sum(0), 1)
    middle = np.where(seen, values, 0).sum(0) / number
    away = np.where(seen, values - middle, 0)
    spread = np.sqrt((away**2).sum(0) / number)
    return middle, np.where(spread > 1e-9, spread, np.inf)


def column_names(table: FeatureTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the M main columns and the C pair columns are."""
    main = (*table.region_names, *(f"{name}, squared" for name in table.region_names))
    pairs = [f"{kind} of {name}" for kind in ("product", "distance", "side") for name in COMPARED]
    pairs += [f"cosines of {name}" for name in COMPARED]
    some = COMPARED[:WAVED]
    pairs += [
        f"{kind} of {name}" for kind in ("sines", "sine, cosine", "cosine, sine") for name in some
    ]
    for order in (1, -1):
        for kind in ("product", "side"):
            pairs += [f"{kind} of {' and '.join(pair[::order])}" for pair in CROSSED]
    return main, (*pairs, *table.pair_names)
