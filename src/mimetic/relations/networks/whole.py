"""Networks that see all regions at once and know nothing of pairs: an LSTM, and convolutions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class WholeShape:
    """Sizes of a network over the whole face."""

    regions: int
    channels: int  # of a piece of a region's signals
    width: int = 64
    dropout: float = 0.2


class GlobalMemory(nn.Module):
    """An LSTM over the whole face: a score [B] from pieces [B K R C] and durations [B 1]."""

    def __init__(self, shape: WholeShape) -> None:
        super().__init__()
        self.enter = nn.Linear(shape.regions * shape.channels, shape.width)
        self.memory = nn.LSTM(shape.width, shape.width, batch_first=True)
        self.head = _head(2 * shape.width + 1, shape)

    def forward(self, pieces: Tensor, duration: Tensor) -> Tensor:
        """See the class."""
        states, _ = self.memory(torch.relu(self.enter(pieces.flatten(2))))
        made: Tensor = self.head(torch.cat([states.mean(1), states[:, -1], duration], dim=1))
        return made[:, 0]


class GlobalConvolutions(nn.Module):
    """Dilated convolutions over time (Bai, Kolter, Koltun 2018), not causal, of the whole face."""

    def __init__(self, shape: WholeShape, layers: int = 3) -> None:
        super().__init__()
        self.enter = nn.Conv1d(shape.regions * shape.channels, shape.width, 1)
        self.layers = nn.ModuleList(
            nn.Conv1d(shape.width, shape.width, 3, padding=2**n, dilation=2**n)
            for n in range(layers)
        )
        self.head = _head(2 * shape.width + 1, shape)

    def forward(self, pieces: Tensor, duration: Tensor) -> Tensor:
        """See the class for convolutions; pieces and score are as in ``GlobalMemory``."""
        found = self.enter(pieces.flatten(2).transpose(1, 2))  # [B, D, K]
        for layer in self.layers:
            found = found + torch.relu(layer(found))
        told = torch.cat([found.mean(2), found.amax(2), duration], dim=1)
        made: Tensor = self.head(told)
        return made[:, 0]


def _head(inside: int, shape: WholeShape) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inside, shape.width),
        nn.ReLU(),
        nn.Dropout(shape.dropout),
        nn.Linear(shape.width, 1),
    )
