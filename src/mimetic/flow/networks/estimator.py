"""A trained network as a method of flow: two pictures in, an estimate out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mimetic.errors import ConfigError, ModelError
from mimetic.flow.networks import build, upsample
from mimetic.flow.pairset import bring_back
from mimetic.flow.records import Estimate
from mimetic.flow.starts import Measure, make_start
from mimetic.flow.store import read_network
from mimetic.learn.checkpoint import load_network as put_weights
from mimetic.types import Float32, UInt8


class NetworkEstimator:
    """A network, and the method that goes before it, if one does."""

    def __init__(self, network: nn.Module, *, start: Measure | None = None) -> None:
        self.network = network.eval().requires_grad_(False)
        self.start = start

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return sum(value.numel() for value in self.network.parameters())

    def __call__(self, first: UInt8, second: UInt8) -> Estimate:
        """The flow of grey pictures [H W] of one size; nothing is known of its error."""
        if self.start is None:
            return Estimate(self._measure(first, second))
        begun = self.start(first, second).flow_px
        return Estimate(begun + self._measure(first, bring_back(second, begun)))

    def _measure(self, first: UInt8, second: UInt8) -> Float32:
        with torch.inference_mode():
            flow = self.network(_picture(first), _picture(second))[0]
            whole = upsample(flow.float(), (first.shape[0], first.shape[1]))
            return np.ascontiguousarray(whole[0].numpy(), np.float32)


def load_network(folder: Path) -> NetworkEstimator:
    """The trained network of a model folder; ModelError where it does not fit this version."""
    stored = read_network(folder)
    recipe: dict[str, Any] = stored.config
    try:
        network = build(str(recipe["network"]), **recipe.get("options", {}))
        start = recipe["data"]["start"]
    except (KeyError, TypeError, ConfigError) as error:
        raise ModelError(
            f"{folder}: expected the recipe of a flow network in config.toml, got a fault "
            f"({error}); train it again with this version"
        ) from error
    put_weights(network, stored.weights)
    return NetworkEstimator(network, start=None if start == "none" else make_start(start))


def _picture(grey: UInt8) -> Tensor:
    """A picture [1 1 H W] of 0 to 1."""
    return torch.from_numpy(np.asarray(grey, np.float32)[None, None] / 255)
