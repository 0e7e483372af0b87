"""The encoder of the paper's network that sees pixels: convolutions of each frame, an LSTM."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from mimetic.relations.networks.interpreter import InterpreterShape


class PictureEncoder(nn.Module):
    """The movement of each region [B R D] from square pictures of it [B K R S * S].

    A departure from the paper, whose convolutions are those of VGG-Face: its weights may not
    be passed on, so that a small network is learnt with the rest. Layers are shared by all regions.
    """

    def __init__(self, shape: InterpreterShape) -> None:
        super().__init__()
        self.side = round(shape.channels**0.5)
        wide = (1, 8, 16, shape.width)
        layers: list[nn.Module] = []
        for inside, outside in pairwise(wide):
            layers += [nn.Conv2d(inside, outside, 3, stride=2, padding=1), nn.ReLU()]
        self.see = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.enter = nn.Linear(4 * shape.width, shape.width)
        self.memory = nn.LSTM(shape.width, shape.width, batch_first=True)
        self.norm = nn.LayerNorm(shape.width) if shape.fair else nn.Identity()
        self.fair = shape.fair

    def forward(self, pieces: Tensor) -> Tensor:
        """See the class."""
        batch, steps, regions, _ = pieces.shape
        pictures = pieces.transpose(1, 2).reshape(-1, 1, self.side, self.side)
        seen = self.enter(self.see(pictures)).relu()  # [B R K, D]
        states, _ = self.memory(seen.reshape(batch * regions, steps, -1))
        found = states.mean(1) + states[:, -1] if self.fair else states[:, -1]
        made: Tensor = self.norm(found.reshape(batch, regions, -1))
        return made
