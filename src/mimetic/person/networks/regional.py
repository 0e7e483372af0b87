"""Ours: units that each see one region of the face, beside the linear features.

At first the units of a region are random waves whose sum is a Gaussian bump over what the
region shows (random Fourier features, Rahimi and Recht 2007); of bumps in single regions
movements add up, as real ones do, which a single bump over the whole face cannot learn from
a minute of video. Learning then turns and bends the waves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class RegionalUnits(nn.Module):
    """Centred, scaled features [B P] as the activity of units [B R U]."""

    picked: Tensor
    seen: Tensor

    def __init__(self, regions: Sequence[Sequence[int]], units: int, width: float) -> None:
        super().__init__()
        longest = max(map(len, regions))
        picked = torch.zeros(len(regions), longest, dtype=torch.long)
        seen = torch.zeros(len(regions), longest)
        for row, columns in enumerate(regions):
            picked[row, : len(columns)] = torch.as_tensor(list(columns))
            seen[row, : len(columns)] = 1
        self.register_buffer("picked", picked)
        self.register_buffer("seen", seen)
        self.waves = nn.Parameter(torch.randn(len(regions), longest, units) / width)
        self.phase = nn.Parameter(torch.rand(len(regions), units) * 2 * math.pi)

    def forward(self, rows: Tensor) -> Tensor:
        """Activity of every unit; the rows of a region have an rms length of one."""
        regional = rows[:, self.picked] * self.seen  # [B, R, columns]
        angle = torch.einsum("brp,rpu->bru", regional, self.waves) + self.phase
        return math.sqrt(2 / self.waves.shape[-1]) * torch.cos(angle)


class RebuildingNetwork(nn.Module):
    """What teaches the units: the whole face from those of the regions that are not hidden."""

    def __init__(self, units: RegionalUnits, features: int, code: int) -> None:
        super().__init__()
        self.units = units
        self.code = nn.Linear(units.phase.numel(), code)
        self.face = nn.Linear(code, features)
        with torch.no_grad():  # rows are about one long in all
            self.face.weight.mul_(features**-0.5)
            nn.init.zeros_(self.face.bias)

    def forward(self, rows: Tensor, shown: Tensor) -> Tensor:
        """Features [B P] of a face of which the regions ``shown`` [B R] are seen."""
        active = self.units(rows) * shown[:, :, None]
        return torch.as_tensor(self.face(self.code(active.flatten(1))))
