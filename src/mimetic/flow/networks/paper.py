"""The network that Alkaddour, Tariq and Dhall (2021) train on faces and call FlowNetS.

Its first three layers look at each picture alone with the same weights, as those
of FlowNetC do, but no correlation joins them; and it predicts at half resolution.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mimetic.flow.networks import FlowNetSettings
from mimetic.flow.networks.blocks import (
    Refinement,
    conv,
    cut,
    initialise,
    join,
    pad_pair,
    scaled,
    soften,
)

STRIDES = (2, 4, 8, 16, 32, 64)


class PaperNetwork(nn.Module):
    """Three shared layers, four joint ones down to 1/64, five steps up to 1/2."""

    def __init__(self, settings: FlowNetSettings) -> None:
        super().__init__()
        self.unit_px, self.difference = settings.unit_px, settings.difference
        c32, c64, c128, c256, c512, c1024 = (scaled(32 << i, settings.width) for i in range(6))
        self.conv1 = conv(settings.channels, c64, kernel=7, stride=2)
        self.conv2 = conv(c64, c128, kernel=5, stride=2)
        self.conv3 = conv(c128, c256, kernel=5, stride=2)
        self.redirect = conv(c256, c32, kernel=1)
        self.joint3 = conv(2 * c256 + c32, c256)
        self.conv4 = conv(c256, c512, stride=2)
        self.conv5 = conv(c512, c512, stride=2)
        self.conv6 = conv(c512, c1024, stride=2)
        self.up = Refinement(c1024, (c512, c512, c256, c128, c64), (c512, c512, c256, c128, c64))
        initialise(self)
        soften(list(self.up.predict))

    def forward(self, first: Tensor, second: Tensor) -> list[Tensor]:
        """Flows on cells of 2, 4, 8, 16, 32 and 64 px."""
        size = (first.shape[-2], first.shape[-1])
        both = torch.cat(pad_pair(first, second, STRIDES[-1])) - 0.5  # [2B, C, H, W]
        each2 = self.conv1(both)
        each4 = self.conv2(each2)
        one, other = self.conv3(each4).chunk(2)  # [B, 256, H/8, W/8] each
        at8 = self.joint3(torch.cat((self.redirect(one), join(one, other, self.difference)), 1))
        at16 = self.conv4(at8)
        at32 = self.conv5(at16)
        at64 = self.conv6(at32)
        # Finer than 1/8 only the first picture's features join, on whose grid flow lies.
        at4, at2 = each4.chunk(2)[0], each2.chunk(2)[0]
        flows = self.up(at64, (at32, at16, at8, at4, at2))
        return [
            cut(flow * self.unit_px, stride, size)
            for flow, stride in zip(flows, STRIDES, strict=True)
        ]
