"""RAFT-small: all pairs of features correlated once, then one flow mended again and again.

Teed and Deng, RAFT: Recurrent All-Pairs Field Transforms for Optical Flow, ECCV
2020, section 3 and its appendix; 0.99 million parameters with colour pictures.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mimetic.flow.networks import RaftSettings
from mimetic.flow.networks.blocks import (
    pad_pair,
    positions,
    sample,
    scaled,
    standardise,
    upsample,
)

STRIDE = 8
LEVELS = 4
REACH = 3  # cells to each side, on every level of the correlations
LEAST_PX = STRIDE * 2 ** (LEVELS - 1)  # so that the coarsest correlations have one cell


class Bottleneck(nn.Module):
    """A residual unit of 1x1, 3x3 and 1x1 layers, narrow in the middle."""

    def __init__(self, channels: int, out: int, *, stride: int, normalise: bool) -> None:
        super().__init__()
        narrow = max(1, out // 4)
        self.body = nn.Sequential(
            nn.Conv2d(channels, narrow, 1), _norm(narrow, normalise), nn.ReLU(),
            nn.Conv2d(narrow, narrow, 3, stride, 1), _norm(narrow, normalise), nn.ReLU(),
            nn.Conv2d(narrow, out, 1), _norm(out, normalise), nn.ReLU(),
        )  # fmt: skip
        self.around: nn.Module = nn.Identity()
        if stride > 1:
            self.around = nn.Sequential(nn.Conv2d(channels, out, 1, stride), _norm(out, normalise))

    def forward(self, features: Tensor) -> Tensor:
        """Features on the grid, or on one of half the size."""
        return functional.relu(self.around(features) + self.body(features))


class Encoder(nn.Sequential):
    """Features [B out H/8 W/8] of pictures [B C H W]."""

    def __init__(self, settings: RaftSettings, out: int, *, normalise: bool) -> None:
        wide = [scaled(each, settings.width) for each in (32, 64, 96)]
        units: list[nn.Module] = []
        before = wide[0]
        for after, stride in zip(wide, (1, 2, 2), strict=True):
            units.append(Bottleneck(before, after, stride=stride, normalise=normalise))
            units.append(Bottleneck(after, after, stride=1, normalise=normalise))
            before = after
        first = nn.Conv2d(settings.channels, wide[0], 7, 2, 3)
        last = nn.Conv2d(before, out, 1)
        super().__init__(first, _norm(wide[0], normalise), nn.ReLU(), *units, last)


class Correlations:
    """All products of two pictures' features, pooled over the second's cells on four levels."""

    def __init__(self, first: Tensor, second: Tensor) -> None:
        batch, channels, height, width = first.shape
        products = first.flatten(2).transpose(1, 2) @ second.flatten(2) / channels**0.5
        level = products.reshape(batch * height * width, 1, height, width)
        self.levels = [level]
        for _ in range(LEVELS - 1):
            level = functional.avg_pool2d(level, 2)
            self.levels.append(level)
        span = torch.arange(-REACH, REACH + 1, device=first.device, dtype=first.dtype)
        rows, columns = torch.meshgrid(span, span, indexing="ij")
        self.window = torch.stack((columns, rows))[None]  # [1, 2, 7, 7]

    def around(self, places: Tensor) -> Tensor:
        """The correlations near ``places`` [B 2 h w], [B 4*49 h w]."""
        batch, _, height, width = places.shape
        middles = places.permute(0, 2, 3, 1).reshape(-1, 2, 1, 1)
        found = []
        for level, products in enumerate(self.levels):
            # A pooled cell's middle lies half way between those of the cells it holds.
            near = (middles + 0.5) / 2**level - 0.5 + self.window
            found.append(sample(products, near, border=False).view(batch, height, width, -1))
        return torch.cat(found, 3).permute(0, 3, 1, 2)


class Update(nn.Module):
    """One recurrent step: motion features, a gated unit of 3x3 layers, a change of flow."""

    def __init__(self, hidden: int, context: int, width: float) -> None:
        super().__init__()
        c96, c64, c32, c80, c128 = (scaled(each, width) for each in (96, 64, 32, 80, 128))
        costs = LEVELS * (2 * REACH + 1) ** 2
        self.costs = nn.Conv2d(costs, c96, 1)
        self.flow1 = nn.Conv2d(2, c64, 7, 1, 3)
        self.flow2 = nn.Conv2d(c64, c32, 3, 1, 1)
        self.motion = nn.Conv2d(c96 + c32, c80, 3, 1, 1)
        seen = hidden + context + c80 + 2
        self.gates = nn.Conv2d(seen, 2 * hidden, 3, 1, 1)
        self.candidate = nn.Conv2d(seen, hidden, 3, 1, 1)
        self.head = nn.Sequential(
            nn.Conv2d(hidden, c128, 3, 1, 1), nn.ReLU(), nn.Conv2d(c128, 2, 3, 1, 1)
        )

    def forward(
        self, state: Tensor, context: Tensor, costs: Tensor, flow: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The next state and the change of flow, in cells."""
        near = functional.relu(self.costs(costs))
        course = functional.relu(self.flow2(functional.relu(self.flow1(flow))))
        motion = functional.relu(self.motion(torch.cat((near, course), 1)))
        seen = torch.cat((context, motion, flow), 1)
        keep, reset = self.gates(torch.cat((state, seen), 1)).sigmoid().chunk(2, 1)
        fresh = self.candidate(torch.cat((reset * state, seen), 1)).tanh()
        state = (1 - keep) * state + keep * fresh
        return state, self.head(state)


class RaftSmall(nn.Module):
    """A flow of zero at 1/8 resolution, mended ``iterations`` times from one set of features."""

    def __init__(self, settings: RaftSettings) -> None:
        super().__init__()
        self.iterations, self.normalised = settings.iterations, settings.normalised
        self.hidden = scaled(96, settings.width)
        context = scaled(64, settings.width)
        self.features = Encoder(settings, scaled(128, settings.width), normalise=True)
        self.context = Encoder(settings, self.hidden + context, normalise=False)
        self.update = Update(self.hidden, context, settings.width)

    def forward(self, first: Tensor, second: Tensor) -> list[Tensor]:
        """Flows at every pixel, the last iteration's first; the last alone in eval mode."""
        size = (first.shape[-2], first.shape[-1])
        if self.normalised:
            first, second = standardise(first, second)
        else:
            first, second = 2 * first - 1, 2 * second - 1
        pair = pad_pair(first, second, STRIDE, least=LEAST_PX)
        # Instance normalisation sees each picture alone, so both go through in one batch.
        one, other = self.features(torch.cat(pair)).chunk(2)
        products = Correlations(one.float(), other.float())
        start = self.context(pair[0])
        state, context = start[:, : self.hidden].tanh(), start[:, self.hidden :].relu()
        places = positions(products.levels[0].new_empty(one.shape[-2:]))
        flow = places.new_zeros(len(first), 2, *one.shape[-2:])
        flows: list[Tensor] = []
        for _ in range(self.iterations):
            flow = flow.detach()  # section 3.3: no gradient through the flow of the step before
            state, change = self.update(state, context, products.around(places + flow), flow)
            flow = flow + change
            flows.insert(0, flow)
        wanted = flows if self.training else flows[:1]
        padded = (pair[0].shape[-2], pair[0].shape[-1])
        return [upsample(STRIDE * each, padded)[..., : size[0], : size[1]] for each in wanted]


def _norm(channels: int, wanted: bool) -> nn.Module:
    return nn.InstanceNorm2d(channels) if wanted else nn.Identity()
