"""What a clip says of each region, and of each pair of regions, in numbers with units.

Region features describe the course of the movement (how far, when, how fast) and its
fine part. Pair features compare the two signals moment by moment; comparisons of the
region features themselves (products, differences) belong to ``basis``, as they need to
know what is usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.relations import joint, places
from mimetic.relations.courses import read_courses, signal_names
from mimetic.types import Float64, Int64, LocalDynamics
from mimetic.types.arrays import check_shape


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureTable:
    """Features of n clips: K numbers a region, Q a pair; NaN where a region was not seen.

    The P pairs are those above the diagonal, row by row. ``bridged`` counts the steps
    of time in each clip that were filled in.
    """

    regions: tuple[str, ...]
    region_names: tuple[str, ...]  # K
    pair_names: tuple[str, ...]  # Q
    phi: Float64  # [n, R, K]
    cross: Float64  # [n, P, Q]
    bridged: Int64  # [n]

    def __post_init__(self) -> None:
        count = len(self.regions)
        pairs = count * (count - 1) // 2
        check_shape("phi", self.phi, "N R K", R=count, K=len(self.region_names))
        check_shape("cross", self.cross, "N P Q", P=pairs, Q=len(self.pair_names))

    def __len__(self) -> int:
        return len(self.phi)

    def take(self, rows: Int64) -> FeatureTable:
        """The clips of these rows."""
        return FeatureTable(
            regions=self.regions,
            region_names=self.region_names,
            pair_names=self.pair_names,
            phi=self.phi[rows],
            cross=self.cross[rows],
            bridged=self.bridged[rows],
        )


def feature_table(dynamics: Sequence[LocalDynamics]) -> FeatureTable:
    """Features of clips with the same regions and features.

    Raises ArgumentError that names the rows of clips in which nothing was seen.
    """
    courses = [read_courses(one) for one in dynamics]
    empty = [row for row, each in enumerate(courses) if each is None]
    if empty:
        raise ArgumentError(
            f"dynamics: expected clips with valid frames, rows {_listed(empty)} have fewer than "
            "eight steps in which a region was seen; leave them out"
        )
    known = [each for each in courses if each is not None]
    signals = signal_names(dynamics[0].features)
    return FeatureTable(
        regions=dynamics[0].regions,
        region_names=_named(signals, places.REGION_FEATURES, places.SHORT),
        pair_names=_named(signals, joint.PAIR_FEATURES, joint.SHORT),
        phi=np.stack([places.region_features(each) for each in known]),
        cross=np.stack([joint.pair_features(each) for each in known]),
        bridged=np.array([each.bridged for each in known]),
    )


def _listed(rows: Sequence[int], most: int = 10) -> str:
    text = ", ".join(map(str, rows[:most]))
    return text if len(rows) <= most else f"{text} and {len(rows) - most} more"


def _named(signals: tuple[str, ...], full: Sequence[str], short: Sequence[str]) -> tuple[str, ...]:
    """All features of the first signal, the short list of the others, with their names before."""
    return (
        *(f"{signals[0]}.{name}" for name in full),
        *(f"{signal}.{name}" for signal in signals[1:] for name in short),
    )
