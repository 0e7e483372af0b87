"""The network of Kim and Ro (ECCV 2018): local dynamics, relations between them, their importance.

Each region's movement goes through an LSTM shared by all regions; with the place of
the region that is its object. Of two objects a network g makes an importance a and
a network h a relational feature r; the sum of a r over all pairs makes the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor, nn

PLACE = 2  # numbers that say where a region is


@dataclass(frozen=True, kw_only=True)
class InterpreterShape:
    """Sizes of the network, and in what it departs from the paper.

    ``fair``: layer norms on the movement and on the sum, means over time beside the last state,
    and each region's name as a number of its own beside its place, so that training is
    no harder than it need be.
    """

    regions: int
    channels: int  # of a piece of a region's signals
    gate: str = "softmax"  # over pairs, or "sigmoid" of each; the paper does not say
    width: int = 32  # of the movement of a region
    hidden: int = 64  # of g, h and the head
    dropout: float = 0.3
    fair: bool = False


class LocalEncoder(nn.Module):
    """The movement of each region [B R D] from its pieces [B K R C]: one layer, one LSTM for all.

    A departure from the paper, which reads the features of a network for pictures frame
    by frame: here a piece holds some frames of the region's displacement.
    """

    def __init__(self, shape: InterpreterShape) -> None:
        super().__init__()
        self.enter = nn.Linear(shape.channels, shape.width)
        self.memory = nn.LSTM(shape.width, shape.width, batch_first=True)
        self.norm = nn.LayerNorm(shape.width) if shape.fair else nn.Identity()
        self.fair = shape.fair

    def forward(self, pieces: Tensor) -> Tensor:
        """See the class."""
        batch, steps, regions, channels = pieces.shape
        rows = pieces.transpose(1, 2).reshape(batch * regions, steps, channels)
        states, _ = self.memory(torch.relu(self.enter(rows)))  # [B R, K, D]
        found = states.mean(1) + states[:, -1] if self.fair else states[:, -1]
        made: Tensor = self.norm(found.reshape(batch, regions, -1))
        return made


class Interpreter(nn.Module):
    """A score [B] from pieces [B K R C] and durations [B 1].

    The place of a region is learnt: in an aligned face it is the same in all clips, so
    that a constant and a parameter can say the same.
    """

    left: Tensor
    right: Tensor
    names: Tensor

    def __init__(self, shape: InterpreterShape, encoder: nn.Module | None = None) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = LocalEncoder(shape) if encoder is None else encoder
        self.place = nn.Parameter(0.5 * torch.randn(shape.regions, PLACE))
        both = torch.tensor(list(combinations(range(shape.regions), 2)))
        self.register_buffer("left", both[:, 0], persistent=False)
        self.register_buffer("right", both[:, 1], persistent=False)
        named = torch.eye(shape.regions) if shape.fair else torch.zeros(shape.regions, 0)
        self.register_buffer("names", named, persistent=False)
        wide = 2 * (shape.width + PLACE + named.shape[1])
        self.importance = _perceptron(wide, shape.hidden, 1)  # g
        self.relation = _perceptron(wide, shape.hidden, shape.hidden)  # h
        self.norm = nn.LayerNorm(shape.hidden) if shape.fair else nn.Identity()
        self.head = nn.Sequential(
            nn.Linear(shape.hidden + 1, shape.hidden),
            nn.ReLU(),
            nn.Dropout(shape.dropout),
            nn.Linear(shape.hidden, 1),
        )

    def forward(self, pieces: Tensor, duration: Tensor) -> Tensor:
        """See the class."""
        weight, relation = self.relations(pieces)
        return self.score(weight, relation, duration)

    def relations(self, pieces: Tensor) -> tuple[Tensor, Tensor]:
        """The importance a [B P] of each pair, and its feature r [B P H]."""
        movement = self.encoder(pieces)  # [B, R, D]
        place = torch.cat([self.place, self.names], dim=1).expand(len(movement), -1, -1)
        objects = torch.cat([movement, place], dim=2)
        pairs = torch.cat([objects[:, self.left], objects[:, self.right]], dim=2)  # [B, P, 2 O]
        logit = self.importance(pairs)[..., 0]
        if self.shape.gate == "sigmoid":
            weight = logit.sigmoid()
        else:
            weight = logit.softmax(1) * logit.shape[1]  # as large as sigmoids on the whole
        return weight, self.relation(pairs)

    def score(self, weight: Tensor, relation: Tensor, duration: Tensor) -> Tensor:
        """The score [B] that importances and features make."""
        together = self.norm((weight[..., None] * relation).sum(1))  # [B, H]
        made: Tensor = self.head(torch.cat([together, duration], dim=1))[:, 0]
        return made

    def contributions(self, pieces: Tensor, duration: Tensor) -> tuple[Tensor, Tensor]:
        """Importance [B P], and importance x feature along the score's own slope [B P]."""
        with torch.enable_grad():
            weight, relation = (each.detach() for each in self.relations(pieces))
            weight.requires_grad_(True)
            # a r . ds/d(sum) is a times the slope of the score by a.
            (slope,) = torch.autograd.grad(self.score(weight, relation, duration).sum(), weight)
        return weight.detach(), weight.detach() * slope


def _perceptron(inside: int, hidden: int, outside: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inside, hidden), nn.ReLU(), nn.Linear(hidden, outside))
