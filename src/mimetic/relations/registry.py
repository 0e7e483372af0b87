"""The list of all kinds of models that estimate a trait, and how each is made."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from mimetic.config import from_mapping
from mimetic.errors import ArgumentError, MissingExtra
from mimetic.relations.kinds import Opponent


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Where a kind is made: ``home`` is "module:name", called with the settings or None.

    ``settings`` is the "module:name" of their dataclass.
    """

    home: str
    about: str
    settings: str = ""
    pixels: bool = False


_HERE = "mimetic.relations"
KINDS: dict[str, Kind] = {
    "additive": Kind(
        home=f"{_HERE}.additive:AdditivePairs",
        about="main effects and pairs that add up, group lasso over pairs",
        settings=f"{_HERE}.additive:AdditiveSettings",
    ),
    "mean-pool": Kind(
        home=f"{_HERE}.opponents:mean_pool",
        about="means and spreads over time of each region, a linear model",
        settings=f"{_HERE}.opponents:LinearSettings",
    ),
    "logistic-regions": Kind(
        home=f"{_HERE}.opponents:single_regions",
        about="what single regions did, a linear model: no relations",
        settings=f"{_HERE}.opponents:LinearSettings",
    ),
    "forest": Kind(
        home=f"{_HERE}.forests:forest",
        about="random forest on what single regions did",
        settings=f"{_HERE}.forests:ForestSettings",
    ),
    "forest-pairs": Kind(
        home=f"{_HERE}.forests:forest_pairs",
        about="random forest on regions and pairs",
        settings=f"{_HERE}.forests:ForestSettings",
    ),
    "fdin-softmax": Kind(
        home=f"{_HERE}.neural:fdin_softmax",
        about="the network of Kim and Ro 2018, importance by softmax over pairs",
        settings=f"{_HERE}.tries:NetworkSettings",
    ),
    "fdin-sigmoid": Kind(
        home=f"{_HERE}.neural:fdin_sigmoid",
        about="the same, the importance of each pair by itself",
        settings=f"{_HERE}.tries:NetworkSettings",
    ),
    "fdin-cnn": Kind(
        home=f"{_HERE}.neural:fdin_cnn",
        about="the same on pictures of the regions, from crops",
        settings=f"{_HERE}.tries:NetworkSettings",
        pixels=True,
    ),
    "lstm": Kind(
        home=f"{_HERE}.neural:lstm",
        about="an LSTM over the whole face: no pairs",
        settings=f"{_HERE}.tries:NetworkSettings",
    ),
    "tcn": Kind(
        home=f"{_HERE}.neural:tcn",
        about="convolutions over time of the whole face: no pairs",
        settings=f"{_HERE}.tries:NetworkSettings",
    ),
    "neutral-shape": Kind(
        home=f"{_HERE}.opponents:neutral_shape",
        about="probe: the shape of the neutral face, from crops",
        settings=f"{_HERE}.opponents:LinearSettings",
        pixels=True,
    ),
    "frozen-frame": Kind(
        home=f"{_HERE}.opponents:frozen_frame",
        about="probe: the frame nearest to rest, no movement",
        settings=f"{_HERE}.opponents:LinearSettings",
    ),
    "tracker-noise": Kind(
        home=f"{_HERE}.opponents:tracker_noise",
        about="probe: tremble and gaps of the tracker, frame rate",
        settings=f"{_HERE}.opponents:LinearSettings",
    ),
}


def make_kind(name: str, settings: Any = None) -> Opponent:
    """A fresh, unfitted model of a kind; MissingExtra where its library is not installed.

    ``settings`` are the kind's own record, or the plain values of one.
    """
    if name not in KINDS:
        raise ArgumentError(f"kind: expected one of {', '.join(KINDS)}, got {name!r}")
    if isinstance(settings, dict) and KINDS[name].settings:
        settings = from_mapping(_find(name, KINDS[name].settings), settings, where="settings")
    made: Opponent = _find(name, KINDS[name].home)(settings)
    return made


def _find(name: str, home: str) -> Any:
    module, _, wanted = home.partition(":")
    try:
        return getattr(importlib.import_module(module), wanted)
    except ModuleNotFoundError as error:
        extra = {"torch": "neural", "sklearn": "bench"}.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        raise MissingExtra(
            f'kind {name!r} needs {error.name}; install it with: pip install "mimetic[{extra}]"'
        ) from error
