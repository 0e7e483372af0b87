"""STSTNet: the shallow three-stream network of Liong et al. 2019, many copies side by side.

Three parallel 3 x 3 convolutions with 3, 5 and 8 filters, each followed by ReLU, batch norm, max
pooling and dropout, are put one after the other along the channels. As nothing of that mixes
channels, it is one convolution with 16 filters. Copies that learn from different people are
groups of one convolution, so that the folds of a test are trained together.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

FILTERS = 3 + 5 + 8
PLACES = 25  # 28 -> 10 by pooling with 3, -> 5 by pooling with 2


class STSTNet(nn.Module):
    """``copies`` independent networks of 1,683 parameters each (for three classes)."""

    def __init__(self, classes: int, copies: int = 1) -> None:
        super().__init__()
        self.copies, self.classes = copies, classes
        self.streams = nn.Conv2d(3 * copies, FILTERS * copies, 3, padding=1, groups=copies)
        self.norm = nn.BatchNorm2d(FILTERS * copies)
        self.weight = nn.Parameter(torch.empty(copies, FILTERS * PLACES, classes))
        self.bias = nn.Parameter(torch.empty(copies, classes))
        bound = (FILTERS * PLACES) ** -0.5  # torch's own start of a linear layer
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, maps: Tensor) -> Tensor:
        """Scores [B, R, C] of maps [B, R, 3, 28, 28], R the copies."""
        batch = maps.shape[0]
        seen = self.norm(functional.relu(self.streams(maps.flatten(1, 2))))
        pooled = functional.max_pool2d(seen, 3, stride=3, padding=1)  # [B, 16 R, 10, 10]
        dropped = functional.dropout(pooled, 0.5, self.training)
        small = functional.avg_pool2d(dropped, 2)  # [B, 16 R, 5, 5]
        flat = small.reshape(batch, self.copies, FILTERS * PLACES)
        return torch.einsum("brd,rdc->brc", flat, self.weight) + self.bias
