"""Networks that measure flow, built by name: the paper's, its ancestor and two modern rivals.

Every network is called as ``network(first, second)`` with pictures [B C H W] of 0
to 1, any H and W, and gives a list of flows [B 2 h w], finest first: pixels of the
pictures given, x right, y down, whatever the grid. Cell i of a grid stands for the
pixels s i to s i + s - 1, s a power of two; ``upsample`` brings it to every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mimetic.config import from_mapping
from mimetic.errors import ArgumentError
from mimetic.flow.refine import REFINER, RefinerSettings

if TYPE_CHECKING:
    from torch import Tensor, nn

# Module and class of each; the options of each are in ``_SETTINGS``.
_NETWORKS = {
    "flownets": ("flownets", "FlowNetS"),
    "paper": ("paper", "PaperNetwork"),
    "pyramid": ("pyramid", "PyramidNetwork"),
    "raft": ("raft", "RaftSmall"),
}
NETWORKS = tuple(_NETWORKS)


@dataclass(frozen=True, kw_only=True)
class FlowNetSettings:
    """Options of FlowNetS and of the paper's variant of it."""

    width: float = 1.0  # factor on the channels of every layer
    channels: int = 1  # of each picture
    unit_px: float = 20.0  # Fischer et al. 2015: the layers predict flow / 20
    # Above 0, layers that join two pictures get their mean and so many times their difference
    # in place of both: the same functions, but movements of tenths of a pixel are seen from
    # the first step, where 800 steps as published halve no error of faces.
    difference: float = 0.0

    def __post_init__(self) -> None:
        _check_positive(self, "width", "channels", "unit_px")
        if not self.difference >= 0:
            raise ArgumentError(f"difference: expected 0 or more, got {self.difference}")


@dataclass(frozen=True, kw_only=True)
class PyramidSettings:
    """Options of the correlation pyramid; the defaults make PWC-Net-small."""

    width: float = 1.0
    channels: int = 1
    unit_px: float = 20.0
    levels: int = 6  # the coarsest grid is 1 / 2^levels of the picture
    finest: int = 2  # the finest flow has 1 / 2^finest
    reach: int = 4  # cells that the correlation looks to each side, on every level
    # Above 0, decoders also see so many times what the second's features, warped, differ by from
    # the first's: tenths of a cell, which correlations hardly tell (as Hui et al. 2018 refine).
    difference: float = 0.0
    # Pictures less the mean of the pair over its spread, and so features before they are
    # correlated, which learns where plain products stay at no flow (Jonschkowski et al. 2020).
    normalised: bool = False
    dense: bool = False  # every layer of a decoder sees all before it: PWC-Net itself

    def __post_init__(self) -> None:
        _check_positive(self, "width", "channels", "unit_px", "finest", "reach")
        if not self.finest <= self.levels <= 6:
            raise ArgumentError(
                f"finest, levels: expected finest <= levels <= 6, got {self.finest}, {self.levels}"
            )
        if not self.difference >= 0:
            raise ArgumentError(f"difference: expected 0 or more, got {self.difference}")


@dataclass(frozen=True, kw_only=True)
class RaftSettings:
    """Options of RAFT-small."""

    width: float = 1.0
    channels: int = 1
    iterations: int = 12
    normalised: bool = False  # pictures less the mean of the pair, over its spread

    def __post_init__(self) -> None:
        _check_positive(self, "width", "channels", "iterations")


_SETTINGS: dict[str, type[Any]] = {
    "flownets": FlowNetSettings,
    "paper": FlowNetSettings,
    "pyramid": PyramidSettings,
    "raft": RaftSettings,
    REFINER: RefinerSettings,
}


def build(name: str, *, seed: int = 0, **options: Any) -> nn.Module:
    """The network called ``name`` with the weights that ``seed`` draws, in training mode.

    ``options`` are the fields of the network's settings (see ``read_options``). The
    global generators stay as they were. Raises ArgumentError for an unknown name and
    ConfigError for unknown options or values that do not fit.
    """
    if name not in _NETWORKS:
        raise ArgumentError(f"network: expected one of {', '.join(NETWORKS)}, got {name!r}")
    settings = read_options(name, options)
    torch = import_module("torch")
    module, kind = _NETWORKS[name]
    made = import_module(f"{__name__}.{module}")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network: nn.Module = getattr(made, kind)(settings)
    return network


def read_options(name: str, options: dict[str, Any]) -> Any:
    """The settings record of a network from plain values, defaults filled in; needs no torch."""
    if name not in _SETTINGS:
        raise ArgumentError(f"network: expected one of {', '.join(_SETTINGS)}, got {name!r}")
    return from_mapping(_SETTINGS[name], options, where=f"network {name}")


def upsample(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Flow [B 2 h w] at every pixel [B 2 H W] of pictures of ``size`` (H, W), linear between."""
    from mimetic.flow.networks import blocks

    return blocks.upsample(flow, size)


def _check_positive(settings: Any, *names: str) -> None:
    faults = [f"{name} = {getattr(settings, name)}" for name in names]
    if not all(getattr(settings, name) > 0 for name in names):
        raise ArgumentError(f"expected positive numbers, got {', '.join(faults)}")
