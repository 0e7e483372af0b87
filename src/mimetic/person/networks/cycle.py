"""The paper's kind: every frame is brought to the person's one neutral face, and back.

FaceCycle (Chang et al., ICCV 2021) as Tazi, Berger and Freiwald (2022) train it on one person:
the neutrals of the two frames of a pair are exchanged, and each frame is rebuilt from the other's.
Departures: local contrast in the place of RGB, normalised groups in the place of batches, a
flow turned round by a fixed point of two rounds, no mirrored pictures (they would erase
one-sided movement), and no network that was trained on ImageNet.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mimetic.person.networks.blocks import (
    Features,
    FlowDecoder,
    Painter,
    PictureEncoder,
    turn_round,
    warp,
)


@dataclass(frozen=True, kw_only=True)
class CyclePair:
    """What a pair of frames became; everything [2B 1 S S], first frames before second ones."""

    frames: Tensor
    brought: Tensor  # its pixels, warped to neutral
    neutrals: Tensor  # painted
    swapped: Tensor  # rebuilt from the other frame's neutral
    own: Tensor  # rebuilt from its own
    warped: Tensor  # the other frame's pixels, only warped: to neutral, and on


class CycleNetwork(nn.Module):
    """A code of a frame, its flow to the neutral face, and what the way there and back shows."""

    def __init__(self, picture_px: int, width: int, code: int) -> None:
        super().__init__()
        self.encoder = PictureEncoder(picture_px, width, code)
        self.decoder = FlowDecoder(code, width)
        self.features = Features(picture_px, width)
        self.paint_neutral = Painter(self.features.channels, picture_px, width)
        self.paint_frame = Painter(self.features.channels, picture_px, width)

    def encode(self, pictures: Tensor) -> Tensor:
        """Codes [B C] of pictures [B 1 S S]."""
        return torch.as_tensor(self.encoder(pictures))

    def forward(self, first: Tensor, second: Tensor) -> CyclePair:
        """Both frames [B 1 S S] of pairs through the neutral face of the other."""
        frames = torch.cat([first, second])
        flow = self.decoder(self.encoder(frames))  # [2B, 2, 16, 16], to neutral
        back = turn_round(flow)
        neutral = warp(self.features(frames), flow)  # [2B, F, 16, 16]
        both = torch.cat([_exchanged(neutral), neutral])
        brought = warp(frames, flow)
        rebuilt = self.paint_frame(warp(both, torch.cat([back, back])))
        swapped, own = rebuilt.chunk(2)
        return CyclePair(
            frames=frames,
            brought=brought,
            neutrals=self.paint_neutral(neutral),
            swapped=swapped,
            own=own,
            warped=warp(_exchanged(brought), back),
        )

    def redraw(self, codes: Tensor, anchor: Tensor) -> Tensor:
        """The face of an anchor frame [1 1 S S] with other codes [B C], pictures [B 1 S S]."""
        neutral = warp(self.features(anchor), self.decoder(self.encoder(anchor)))
        back = turn_round(self.decoder(codes))
        return torch.as_tensor(self.paint_frame(warp(neutral.expand(len(codes), -1, -1, -1), back)))


def _exchanged(both: Tensor) -> Tensor:
    first, second = both.chunk(2)
    return torch.cat([second, first])
