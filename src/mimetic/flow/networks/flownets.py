"""FlowNetS: the plain network that learns flow from two stacked pictures.

Fischer et al., FlowNet: Learning Optical Flow with Convolutional Networks, ICCV
2015. 38.7 million parameters at full width, of which the tenth convolution, on
the coarsest grid, is in the weights that its authors released but not in their figure.
"""

from __future__ import annotations

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

STRIDES = (4, 8, 16, 32, 64)


class FlowNetS(nn.Module):
    """Ten convolutions down to 1/64, four steps up to 1/4; flow on every grid of the way up."""

    def __init__(self, settings: FlowNetSettings) -> None:
        super().__init__()
        self.unit_px, self.difference = settings.unit_px, settings.difference
        c64, c128, c256, c512, c1024 = (scaled(64 << i, settings.width) for i in range(5))
        self.conv1 = conv(2 * settings.channels, c64, kernel=7, stride=2)
        self.conv2 = conv(c64, c128, kernel=5, stride=2)
        self.conv3 = nn.Sequential(conv(c128, c256, kernel=5, stride=2), conv(c256, c256))
        self.conv4 = nn.Sequential(conv(c256, c512, stride=2), conv(c512, c512))
        self.conv5 = nn.Sequential(conv(c512, c512, stride=2), conv(c512, c512))
        self.conv6 = nn.Sequential(conv(c512, c1024, stride=2), conv(c1024, c1024))
        self.up = Refinement(c1024, (c512, c512, c256, c128), (c512, c256, c128, c64))
        initialise(self)
        soften(list(self.up.predict))

    def forward(self, first: Tensor, second: Tensor) -> list[Tensor]:
        """Flows on cells of 4, 8, 16, 32 and 64 px."""
        size = (first.shape[-2], first.shape[-1])
        # Fischer et al. take the mean of the data set away; half grey stands for it.
        one, other = (picture - 0.5 for picture in pad_pair(first, second, STRIDES[-1]))
        pair = join(one, other, self.difference)
        at4 = self.conv2(self.conv1(pair))  # [B, 2C, H, W] -> [B, 128, H/4, W/4]
        at8 = self.conv3(at4)
        at16 = self.conv4(at8)
        at32 = self.conv5(at16)
        at64 = self.conv6(at32)
        flows = self.up(at64, (at32, at16, at8, at4))
        return [
            cut(flow * self.unit_px, stride, size)
            for flow, stride in zip(flows, STRIDES, strict=True)
        ]
