"""Exact pairs filmed on the device of the training: few scenes, new pictures at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mimetic.flow.data import DataSettings
from mimetic.flow.degrade import draw_filming
from mimetic.flow.film import Scene
from mimetic.learn.warp import film_pairs, render_pairs

_LEAST_SHARE = 0.4  # of a scene's movement; much less of it is smoother than small movements are


@dataclass(frozen=True, kw_only=True, eq=False)
class PairTensors:
    """A batch on its device, as the losses take it."""

    first: Tensor  # [B, 1, H, W], 0 to 1
    second: Tensor  # [B, 1, H, W]
    flow: Tensor  # [B, 2, H, W], pixels
    valid: Tensor  # [B, H, W]


class SceneSource:
    """Textures and movements of scenes; a step films some of them by new cameras.

    Every time, the second picture is shifted anew, the movement is a drawn share of the
    scene's, and light, noise and codec are drawn as the settings say. Kept in half
    precision: about half a megabyte for a scene of 192 px.
    """

    def __init__(self, scenes: Sequence[Scene], settings: DataSettings) -> None:
        self.settings = settings
        self.textures = _halves([scene.crop.texture[None] for scene in scenes])
        self.fields = _halves([scene.field_px for scene in scenes])
        extents = np.array([scene.crop.extent_px for scene in scenes], np.float32)
        self.extents = torch.from_numpy(extents).reshape(-1, 2, 2)  # [K, low and high, x and y]

    def draw(self, *, rng: np.random.Generator, device: torch.device) -> PairTensors:
        """The pairs of a step, cut at random and in one of eight mirrorings."""
        self._move_to(device)
        count, film = self.settings.batch, self.settings.pictures
        chosen = torch.from_numpy(rng.integers(len(self.fields), size=count)).to(device)
        share = np.exp(rng.uniform(np.log(_LEAST_SHARE), 0, count)).astype(np.float32)
        shift = torch.from_numpy(rng.uniform(-0.5, 0.5, (count, 2)).astype(np.float32)).to(device)
        flow = self.fields[chosen].float() * torch.from_numpy(share).to(device)[:, None, None, None]
        textures = self.textures[chosen].float()
        pictures = render_pairs(textures, flow, shift, supersampling=film.supersampling)
        chance = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        seen = film_pairs(torch.cat(pictures, 1), draw_filming(film, count, rng), chance) / 255
        valid = _valid(flow, shift, self.extents[chosen])
        return self._cut(seen, flow, valid, rng=rng)

    def _cut(
        self, seen: Tensor, flow: Tensor, valid: Tensor, *, rng: np.random.Generator
    ) -> PairTensors:
        side, crop = flow.shape[-1], self.settings.crop_px
        top, left = (int(place) for place in rng.integers(0, side - crop + 1, size=2))
        planes = torch.cat((seen, flow, valid[:, None].to(flow)), 1)
        planes = planes[..., top : top + crop, left : left + crop].clone()
        for axis, channel in ((-1, 2), (-2, 3)):
            if rng.random() < 0.5:
                planes = planes.flip(axis)
                planes[:, channel] *= -1
        if rng.random() < 0.5:
            planes = planes.transpose(-1, -2)[:, [0, 1, 3, 2, 4]]
        return PairTensors(
            first=planes[:, :1].contiguous(),
            second=planes[:, 1:2].contiguous(),
            flow=planes[:, 2:4].contiguous(),
            valid=planes[:, 4] > 0.5,
        )

    def _move_to(self, device: torch.device) -> None:
        if self.fields.device != device:
            for name in ("textures", "fields", "extents"):
                setattr(self, name, getattr(self, name).to(device))


def _halves(arrays: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack([array.astype(np.float16) for array in arrays]))


def _valid(flow: Tensor, shift: Tensor, extents: Tensor) -> Tensor:
    """Where a point of the first stays in the second and in the source picture [B S S]."""
    size = flow.shape[-1]
    along = torch.arange(size, device=flow.device, dtype=flow.dtype)
    at = flow + torch.stack(torch.meshgrid(along, along, indexing="xy"))
    seen = at + shift[:, :, None, None]
    low, high = extents[:, 0, :, None, None], extents[:, 1, :, None, None]
    inside = (at >= -0.5) & (at <= size - 0.5) & (seen >= low) & (seen <= high)
    return inside.all(1)
