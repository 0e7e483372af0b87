"""Codes read off learnt networks: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from mimetic.learn.checkpoint import Arrays, load_network
from mimetic.person.networks import CycleNetwork, FabNetwork, RegionalUnits
from mimetic.person.recipe import NeuralConfig
from mimetic.person.samples import as_pictures
from mimetic.types import Float32, Float64

AT_ONCE = 128  # frames
ANCHORS = 4  # faces around which the effect of a code is measured
STEP = 0.05  # of a code, which lies between -1 and 1


def begin(config: NeuralConfig, regions: list[list[int]]) -> nn.Module:
    """A fresh network of a kind, its weights drawn from the recipe's seed."""
    with torch.random.fork_rng([]):
        torch.manual_seed(config.loop.seed)
        if config.kind == "neural":
            return RegionalUnits(regions, config.regions.units, config.regions.width)
        kind = CycleNetwork if config.kind == "cycle" else FabNetwork
        return kind(config.linear.appearance_px, config.sizes.width, config.sizes.code)


def restored(config: NeuralConfig, arrays: Arrays) -> nn.Module:
    """The network of a kind with these weights; ModelError where they are another's."""
    regions: list[list[int]] = []
    if config.kind == "neural":
        count, longest = arrays["picked"].shape
        regions = [list(range(longest))] * count
    network = begin(config, regions)
    load_network(network, arrays)
    return network.eval()


@torch.no_grad()
def suit(network: RegionalUnits, rows: Float32) -> None:
    """Bring every region of centred, scaled features [n P] of a person to an rms length of one."""
    power = torch.from_numpy((np.asarray(rows, np.float64) ** 2).mean(0))
    used = network.seen > 0
    energy = (power[network.picked] * used).sum(1, keepdim=True).clamp_min(1e-12)  # [R, 1]
    network.seen.copy_(used / energy.sqrt())


@torch.no_grad()
def raw_codes(config: NeuralConfig, network: nn.Module, rows: Float32) -> Float32:
    """What a network says of features [n P]: units [n R*U], or codes of pictures [n C]."""
    parts = []
    for begin_row in range(0, max(len(rows), 1), AT_ONCE):
        some = rows[begin_row : begin_row + AT_ONCE]
        if config.kind == "neural":
            found = network(torch.from_numpy(np.ascontiguousarray(some)))
        else:
            pictures = torch.from_numpy(as_pictures(some, config.linear.appearance_px))
            found = network.encode(pictures)  # type: ignore[operator]
        parts.append(found.flatten(1).numpy())
    return np.concatenate(parts).astype(np.float32)


@torch.no_grad()
def pixel_metric(config: NeuralConfig, network: nn.Module, rows: Float32) -> Float64:
    """The matrix [C C] that brings codes to the length of what they do to pixels: (J'J)^(1/2).

    J is the change of the face redrawn per change of its code, by differences, mean over a
    few frames ``rows`` [n P]. Codes as they come weigh what no pixel shows like a smile.
    """
    size = config.linear.appearance_px
    chosen = rows[np.linspace(0, len(rows) - 1, ANCHORS).astype(int)]
    metric = np.zeros((config.sizes.code, config.sizes.code))
    for picture in torch.from_numpy(as_pictures(chosen, size)):
        anchor = picture[None]
        code = network.encode(anchor)  # type: ignore[operator]
        steps = code + STEP * torch.cat([torch.eye(code.shape[1]), -torch.eye(code.shape[1])])
        drawn = torch.cat(
            [network.redraw(part, anchor).flatten(1) for part in steps.split(AT_ONCE)]  # type: ignore[operator]
        )
        ahead, behind = drawn.double().chunk(2)
        response = ((ahead - behind) / (2 * STEP)).numpy()  # [C, pixels]
        metric += response @ response.T / ANCHORS
    energy, axes = np.linalg.eigh(metric)
    return np.asarray((axes * np.sqrt(np.maximum(energy, 0))) @ axes.T)
