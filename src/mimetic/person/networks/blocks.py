"""What the networks of a person are made of: encoder, flow, painter, warping.

Flows are in halves of the picture's side (2 is from edge to edge), as ``grid_sample`` has them,
so that a coarse flow warps a fine picture without a change of unit.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

CELLS = 16  # of the flow and of the features that it moves, per side
SLOPE = 0.1  # of the LeakyReLU below zero
REACH = 0.5  # longest flow: a quarter of the picture
_BACK_ROUNDS = 2  # of the fixed point that turns a flow round


def warp(picture: Tensor, flow: Tensor) -> Tensor:
    """The picture [B C H W] taken at x + flow(x), flow [B 2 h w] on any coarser grid."""
    size = (picture.shape[-2], picture.shape[-1])
    if flow.shape[-2:] != picture.shape[-2:]:
        flow = functional.interpolate(flow, size, mode="bilinear", align_corners=False)
    still = torch.eye(2, 3, device=flow.device, dtype=flow.dtype).expand(len(flow), 2, 3)
    grid = functional.affine_grid(still, [len(flow), 1, *size], align_corners=False)
    return functional.grid_sample(
        picture, grid + flow.permute(0, 2, 3, 1), padding_mode="border", align_corners=False
    )


def turn_round(flow: Tensor) -> Tensor:
    """The flow [B 2 h w] that undoes a flow, by a fixed point: g(y) = -f(y + g(y)).

    The paper's code takes a single round.
    """
    back = -flow
    for _ in range(_BACK_ROUNDS):
        back = -warp(flow, back)
    return back


def conv(channels: int, out: int, *, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution, normalised over groups of channels, and LeakyReLU."""
    groups = next(number for number in (8, 4, 2, 1) if out % number == 0)
    return nn.Sequential(
        nn.Conv2d(channels, out, 3, stride, 1, bias=False),
        nn.GroupNorm(groups, out),
        nn.LeakyReLU(SLOPE),
    )


class Attention(nn.Module):
    """Weights of channels from their means (squeeze and excitation, Hu et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        small = max(channels // 4, 4)
        self.weigh = nn.Sequential(
            nn.Linear(channels, small), nn.ReLU(), nn.Linear(small, channels), nn.Sigmoid()
        )

    def forward(self, features: Tensor) -> Tensor:
        """The features [B C h w], each channel times its weight."""
        weights = self.weigh(features.mean((2, 3)))  # [B, C]
        return torch.as_tensor(features * weights[:, :, None, None])


class PictureEncoder(nn.Module):
    """A picture [B 1 S S] as a code [B C] between -1 and 1: five strided convolutions."""

    def __init__(self, picture_px: int, width: int, code: int) -> None:
        super().__init__()
        channels = [1, width, 2 * width, 4 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = []
        for before, after in pairwise(channels):
            layers += [conv(before, after, stride=2), Attention(after)]
        self.layers = nn.Sequential(*layers)
        self.code = nn.Linear(channels[-1] * (picture_px // 32) ** 2, code)

    def forward(self, picture: Tensor) -> Tensor:
        """Codes [B C] of pictures."""
        features = self.layers(picture)  # [B, 8 width, S / 32, S / 32]
        return torch.tanh(self.code(features.flatten(1)))


class FlowDecoder(nn.Module):
    """A code [B C] as a flow [B 2 16 16], no flow at the start."""

    def __init__(self, code: int, width: int) -> None:
        super().__init__()
        self.width = 4 * width
        self.start = nn.Linear(code, self.width * 4 * 4)
        self.layers = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            conv(self.width, 4 * width),
            nn.Upsample(scale_factor=2, mode="nearest"),
            conv(4 * width, 2 * width),
        )
        self.flow = nn.Conv2d(2 * width, 2, 3, 1, 1)
        with torch.no_grad():
            self.flow.weight.mul_(0.01)
            nn.init.zeros_(self.flow.bias)  # type: ignore[arg-type]

    def forward(self, code: Tensor) -> Tensor:
        """Flows of codes, at most REACH long."""
        coarse = self.start(code).view(-1, self.width, 4, 4)
        return REACH * torch.tanh(self.flow(self.layers(coarse)) / REACH)


class Features(nn.Module):
    """What of a picture [B 1 S S] is moved: features [B F 16 16]."""

    def __init__(self, picture_px: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [conv(1, width)]
        size, channels = picture_px, width
        while size > CELLS:
            layers.append(conv(channels, min(2 * channels, 4 * width), stride=2))
            size, channels = size // 2, min(2 * channels, 4 * width)
        self.layers = nn.Sequential(*layers)
        self.channels = channels

    def forward(self, picture: Tensor) -> Tensor:
        """Features of pictures."""
        return torch.as_tensor(self.layers(picture))


class Painter(nn.Module):
    """Features [B F 16 16] as a picture [B 1 S S]."""

    def __init__(self, channels: int, picture_px: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        size = CELLS
        while size < picture_px:
            layers += [
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
                conv(channels, max(channels // 2, width)),
            ]
            size, channels = size * 2, max(channels // 2, width)
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels, 1, 3, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Pictures of features."""
        return torch.as_tensor(self.layers(features))
