"""A correlation pyramid: coarse flow warps the finer features, what is left is correlated.

Sun et al., PWC-Net, CVPR 2018, figure 3 and its appendix; without dense connections
it is their PWC-Net-small of 4.08 million parameters, with them the one of 8.75.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mimetic.flow.networks import PyramidSettings
from mimetic.flow.networks.blocks import (
    SLOPE,
    backward_warp,
    conv,
    correlation,
    cut,
    deconv,
    initialise,
    pad_pair,
    predict,
    scaled,
    soften,
    standardise,
)

FEATURES = (16, 32, 64, 96, 128, 196)
DECODER = (128, 128, 96, 64, 32)
CONTEXT = ((128, 1), (128, 2), (128, 4), (96, 8), (64, 16), (32, 1))  # channels, dilation


class Decoder(nn.Module):
    """Five layers that read flow off correlations; dense, each sees all those before it."""

    def __init__(self, channels: int, widths: Sequence[int], *, dense: bool) -> None:
        super().__init__()
        self.dense = dense
        self.layers = nn.ModuleList()
        for out in widths:
            self.layers.append(conv(channels, out))
            channels = channels + out if dense else out
        self.channels = channels
        self.predict = predict(channels)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The last features and the flow in units."""
        for layer in self.layers:
            found = layer(features)
            features = torch.cat((found, features), 1) if self.dense else found
        return features, self.predict(features)


class PyramidNetwork(nn.Module):
    """Shared features on up to six grids, decoded from the coarsest to 1 / 2^finest."""

    def __init__(self, settings: PyramidSettings) -> None:
        super().__init__()
        self.settings = settings
        channels = [scaled(each, settings.width) for each in FEATURES[: settings.levels]]
        widths = [scaled(each, settings.width) for each in DECODER]
        inputs = [settings.channels, *channels]
        self.features = nn.ModuleList(
            nn.Sequential(conv(before, after, stride=2), conv(after, after))
            for before, after in zip(inputs[:-1], channels, strict=True)
        )
        self.levels = range(settings.levels, settings.finest - 1, -1)  # coarse to fine
        costs = (2 * settings.reach + 1) ** 2
        decoders = []
        for level in self.levels:
            # The coarsest grid has no flow to start from and needs no features of its own.
            extra = channels[level - 1] + 4 if level < settings.levels else 0
            extra += channels[level - 1] if settings.difference else 0
            decoders.append(Decoder(costs + extra, widths, dense=settings.dense))
        self.decoders = nn.ModuleList(decoders)
        self.flow_up = nn.ModuleList(deconv(2, 2) for _ in decoders[1:])
        self.features_up = nn.ModuleList(deconv(each.channels, 2) for each in decoders[:-1])
        self.context, self.mend = _context(decoders[-1].channels, settings.width)
        initialise(self)
        soften([*(decoder.predict for decoder in decoders), self.mend])

    def forward(self, first: Tensor, second: Tensor) -> list[Tensor]:
        """Flows on cells of 2^finest to 2^levels px."""
        size = (first.shape[-2], first.shape[-1])
        if self.settings.normalised:
            first, second = standardise(first, second)
        else:
            first, second = first - 0.5, second - 0.5
        pair = pad_pair(first, second, 2**self.settings.levels)
        one, other = self._features(torch.cat(pair))
        flows: list[Tensor] = []
        features = pair[0]
        for step, (level, decoder) in enumerate(zip(self.levels, self.decoders, strict=True)):
            here, moved = one[level - 1], other[level - 1]
            known: list[Tensor] = []
            if flows:
                flow = self.flow_up[step - 1](flows[0])
                known = [here, flow, self.features_up[step - 1](features)]
                moved = backward_warp(moved, flow * (self.settings.unit_px / 2**level))
            if self.settings.difference:
                known.append(self.settings.difference * (moved - here))
            features, found = decoder(torch.cat((self._correlate(here, moved), *known), 1))
            flows.insert(0, found)
        flows[0] = flows[0] + self.mend(self.context(features))
        strides = [2**level for level in reversed(self.levels)]
        return [
            cut(flow * self.settings.unit_px, stride, size)
            for flow, stride in zip(flows, strides, strict=True)
        ]

    def _correlate(self, here: Tensor, moved: Tensor) -> Tensor:
        """Products of the features of one grid, [B (2 reach + 1)^2 h w]."""
        if self.settings.normalised:
            here, moved = standardise(here, moved)
        return functional.leaky_relu(correlation(here, moved, self.settings.reach), SLOPE)

    def _features(self, both: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Features of both pictures [2B C H W] on every grid, fine to coarse."""
        found: list[tuple[Tensor, ...]] = []
        for layers in self.features:
            both = layers(both)
            found.append(both.chunk(2))
        return [pair[0] for pair in found], [pair[1] for pair in found]


def _context(channels: int, width: float) -> tuple[nn.Sequential, nn.Conv2d]:
    """Dilated layers that look at 67 x 67 cells to mend the finest flow."""
    layers: list[nn.Module] = []
    for wanted, dilation in CONTEXT:
        out = scaled(wanted, width)
        layers.append(conv(channels, out, dilation=dilation))
        channels = out
    return nn.Sequential(*layers), predict(channels)
