"""The rival: a flow straight from one frame to another (Wiles, Koepke and Zisserman, BMVC 2018).

FAb-Net's single-source network: the codes of source and target, side by side, give the flow
that takes pixels of the source to the target. Nothing is painted, so a code holds only what
can be moved. Departures: the same encoder and flow grid as "cycle", local contrast for RGB.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mimetic.person.networks.blocks import FlowDecoder, PictureEncoder, warp


class FabNetwork(nn.Module):
    """A code of a frame, learnt by the flow between two."""

    def __init__(self, picture_px: int, width: int, code: int) -> None:
        super().__init__()
        self.encoder = PictureEncoder(picture_px, width, code)
        self.decoder = FlowDecoder(2 * code, width)

    def encode(self, pictures: Tensor) -> Tensor:
        """Codes [B C] of pictures [B 1 S S]."""
        return torch.as_tensor(self.encoder(pictures))

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Both frames [2B 1 S S] of pairs, and each made from the other one's pixels."""
        frames, others = torch.cat([first, second]), torch.cat([second, first])
        codes = self.encoder(frames)
        one, other = codes.chunk(2)
        flow = self.decoder(torch.cat([torch.cat([other, one]), codes], 1))
        return frames, warp(others, flow)

    def redraw(self, codes: Tensor, anchor: Tensor) -> Tensor:
        """The pixels of an anchor frame [1 1 S S] moved to other codes [B C], [B 1 S S]."""
        source = self.encoder(anchor).expand(len(codes), -1)
        flow = self.decoder(torch.cat([source, codes], 1))
        return warp(anchor.expand(len(codes), -1, -1, -1), flow)
