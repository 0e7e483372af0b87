"""From features to the columns of the additive model: main terms, and pairs made pure.

What is usual is learnt from the training clips alone. Columns of a pair are freed of
what its two regions tell on their own, by regression on them: what one region explains
goes to its own term, as in a functional analysis of variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.relations.features import FeatureTable
from mimetic.types import Float64, Int64

CLIP_SD = 3.0
RIDGE_ROWS = 5.0  # weight of "no relation" in the regression on single regions, in clips
# Region features that pairs are compared by; the rest are mostly functions of these.
COMPARED = (
    "log_amplitude",
    "onset_s",
    "peak_s",
    "offset_s",
    "duration_s",
    "log_onset_speed",
    "log_fine",
)
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

    middle: Float64  # [R, K], of the region features
    spread: Float64  # [R, K]
    cross_middle: Float64  # [P, Q]
    cross_spread: Float64  # [P, Q]
    own: Float64  # [P, 4 J + 1, C], what single regions tell of a pair's columns
    pair_spread: Float64  # [P, C]
    compared: Int64  # [J], places in K
    crossed: Int64  # [X, 2], places in K

    def columns(self, table: FeatureTable) -> Columns:
        """The columns of clips; a region that was not seen reads as usual (0)."""
        main, single, pairs = self._raw(table)
        pure = pairs - np.einsum("nps,psc->npc", single, self.own)
        pure /= self.pair_spread
        return Columns(main=main, pairs=np.clip(pure, -CLIP_SD - 1, CLIP_SD + 1))

    def _raw(self, table: FeatureTable) -> tuple[Float64, Float64, Float64]:
        usual = np.nan_to_num((table.phi - self.middle) / self.spread)
        usual = np.clip(usual, -CLIP_SD, CLIP_SD)
        main = np.concatenate([usual, (usual**2 - 1) / np.sqrt(2)], axis=2)
        left, right = np.triu_indices(len(table.regions), 1)
        first, second = usual[:, left], usual[:, right]
        one, other = first[..., self.compared], second[..., self.compared]
        cross = (table.cross - self.cross_middle) / self.cross_spread
        cross = np.clip(np.nan_to_num(cross), -CLIP_SD, CLIP_SD)
        ahead, behind = self.crossed.T
        forth = first[..., ahead] * second[..., behind]
        back = first[..., behind] * second[..., ahead]
        parts = [one * other, np.abs(one - other), np.tanh(2 * one) * np.tanh(2 * other)]
        parts += [(one**2 - 1) * (other**2 - 1), forth + back, forth - back, cross]
        ones = np.ones((*one.shape[:2], 1))
        single = np.concatenate([ones, one, one**2 - 1, other, other**2 - 1], axis=2)
        return main, single, np.concatenate(parts, axis=2)


def column_names(table: FeatureTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the M main columns and the C pair columns are."""
    keys = [name.split(".", 1)[1] for name in table.region_names]
    main = (*table.region_names, *(f"{name} squared" for name in table.region_names))
    pairs = [
        f"{kind} of {name}"
        for kind in ("product", "distance", "agreement", "extremes")
        for name in _here(keys)
    ]
    pairs += [f"{a} with {b}, {way}" for way in ("both ways", "one way") for a, b in CROSSED]
    return main, (*pairs, *table.pair_names)


def _here(keys: list[str]) -> list[str]:
    return [name for name in COMPARED if name in keys]


def fit_basis(table: FeatureTable, weights: Float64) -> Basis:
    """Learn what is usual from training clips with weights [n]."""
    keys = [name.split(".", 1)[1] for name in table.region_names]
    middle, spread = _usual(table.phi)
    cross_middle, cross_spread = _usual(table.cross)
    shape = (table.cross.shape[1], 1, 1)
    rough = Basis(
        middle=middle,
        spread=spread,
        cross_middle=cross_middle,
        cross_spread=cross_spread,
        own=np.zeros(shape),
        pair_spread=np.ones((*shape[:1], 1)),
        compared=np.array([keys.index(name) for name in COMPARED]),
        crossed=np.array([[keys.index(name) for name in pair] for pair in CROSSED]),
    )
    _, single, pairs = rough._raw(table)
    root = np.sqrt(weights)[:, None, None]
    single, pairs = (single * root).swapaxes(0, 1), (pairs * root).swapaxes(0, 1)
    hold = RIDGE_ROWS * np.eye(single.shape[2])
    hold[0, 0] = 1e-9  # the mean is taken out whole
    turned = single.swapaxes(1, 2)
    own = np.linalg.solve(turned @ single + hold, turned @ pairs)
    left = pairs - single @ own
    size = np.sqrt((left**2).sum(1) / weights.sum())
    return Basis(
        **{
            **vars(rough),
            "own": own,
            "pair_spread": np.where(size > 1e-9, size, np.inf),
        }
    )


def _usual(values: Float64) -> tuple[Float64, Float64]:
    """Mean and spread over clips, ignoring what was not seen; inf spread where nothing varies."""
    seen = np.isfinite(values)
    number = np.maximum(seen.sum(0), 1)
    middle = np.where(seen, values, 0).sum(0) / number
    away = np.where(seen, values - middle, 0)
    spread = np.sqrt((away**2).sum(0) / number)
    return middle, np.where(spread > 1e-9, spread, np.inf)
