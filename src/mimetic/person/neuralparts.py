"""What a neural model consists of, and how its features become raw numbers and codes."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mimetic.errors import MissingExtra
from mimetic.person.blend import Prior
from mimetic.person.calibrate import Projection
from mimetic.person.linear import PersonModel
from mimetic.person.places import REGIONS, nearest_point, region_of_points
from mimetic.person.reading import Reading
from mimetic.person.recipe import NeuralConfig
from mimetic.person.weights import PersonWeights
from mimetic.types import Float32, Float64

Arrays = dict[str, npt.NDArray[Any]]

# What a group of units sees: regions of the face and sides (-1 right, 0 middle, 1 left).
GROUPS = (
    (("eye", "brow"), (-1,)),
    (("eye", "brow"), (1,)),
    (("forehead", "brow"), (-1, 0, 1)),
    (("mouth",), (-1, 0, 1)),
    (("jaw",), (-1, 0, 1)),
    (("nose", "cheek"), (-1, 0, 1)),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Neural:
    """The linear model beneath, the recipe, the weights of the network, and the reading."""

    linear: PersonModel
    config: NeuralConfig
    arrays: Arrays
    reading: Reading
    gain: Float64  # [D], how far a frame leans on its neighbours (steady.py)

    @cached_property
    def network(self) -> Any:
        """The network, restored from its arrays; MissingExtra without torch."""
        return reader().restored(self.config, self.arrays)

    def raw(self, features: Float32) -> Float32:
        """Raw numbers [n M] of features [n P]."""
        return raw_numbers(self.config, self.network, features, self.linear.weights)

    def project(self, features: Float32) -> tuple[Float32, Float64]:
        """Codes [n D] in sd of their component, and distance [n] from the linear space."""
        weights = self.linear.weights
        linear = Projection(
            mean=weights.mean, scale=weights.scale, basis=weights.basis, sd=weights.sd
        )
        _, residual = linear(features)
        if not len(features):
            return np.zeros((0, self.reading.sd.size), np.float32), residual
        return self.reading(self.raw(features)), residual


@dataclass(frozen=True, kw_only=True, eq=False)
class Beginning:
    """What the network of a person starts from: weights, and how other people move in it."""

    arrays: Arrays
    others: Prior | None = None


def raw_numbers(
    config: NeuralConfig, network: Any, features: Float32, weights: PersonWeights
) -> Float32:
    """Scaled features and units [n P + U] of "neural", codes of pictures [n C] of other kinds."""
    if config.kind != "neural":
        return np.asarray(reader().raw_codes(config, network, features), np.float32)
    rows = ((features - weights.mean) * weights.scale).astype(np.float32)
    if not config.regions.energy:
        return rows
    return np.concatenate([rows, reader().raw_codes(config, network, rows)], axis=1)


class Meshed(Protocol):
    """What has a face's mesh: the weights of a model, or what a first look at video found."""

    @property
    def mean(self) -> Float32:
        """The mean features [P]."""
        ...

    @property
    def mesh_px(self) -> Float32:
        """The mesh [L 3] in crop pixels."""
        ...

    @property
    def crop_px(self) -> int:
        """The side of the crops."""
        ...


def regions_of(weights: Meshed, appearance_px: int) -> list[list[int]]:
    """Columns of the features that belong to each group of units."""
    region, side = region_of_points(weights.mesh_px)
    pixel = np.zeros(0, np.int64)
    if appearance_px:
        pixel = nearest_point(weights.mesh_px, weights.crop_px, appearance_px=appearance_px)
    groups = []
    for names, sides in GROUPS:
        inside = np.isin(region, [REGIONS.index(name) for name in names]) & np.isin(side, sides)
        points = np.flatnonzero(np.repeat(inside, 2)) + pixel.size
        # Channels of the eyes come last; units of either eye see those of both.
        eyes = range(pixel.size + 2 * region.size, weights.mean.size if "eye" in names else 0)
        groups.append([*np.flatnonzero(inside[pixel]).tolist(), *points.tolist(), *eyes])
    return [columns for columns in groups if columns]


def reader() -> Any:
    """The module that runs networks; MissingExtra without torch."""
    return _with_torch("mimetic.person.networks.reading")


def trainer() -> Any:
    """The module that trains networks; MissingExtra without torch."""
    return _with_torch("mimetic.person.train")


def _with_torch(name: str) -> Any:
    if find_spec("torch") is None:
        raise MissingExtra(
            'a neural person model needs torch; install it with: pip install "mimetic[neural]"'
        )
    return importlib.import_module(name)
