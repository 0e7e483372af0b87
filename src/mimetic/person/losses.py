"""Losses of the picture networks, inside the face ellipse.

The weights are those of the paper's code (``recipe.PairLosses``).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from mimetic.person.networks.cycle import CyclePair
from mimetic.person.recipe import PairLosses

# Of the structural similarity (Wang et al. 2004) for values that span about 2.
_SSIM_MEANS, _SSIM_SPREADS = (0.01 * 2) ** 2, (0.03 * 2) ** 2
_SSIM_WINDOW = 7


def pixel_loss(found: Tensor, wanted: Tensor, inside: Tensor) -> Tensor:
    """Mean absolute difference of pictures [B 1 S S] inside the face [S S]."""
    return ((found - wanted).abs() * inside).sum() / (inside.sum() * len(found))


def ssim_loss(found: Tensor, wanted: Tensor, inside: Tensor) -> Tensor:
    """(1 - structural similarity) / 2 of pictures [B 1 S S], mean inside the face [S S]."""

    def mean(values: Tensor) -> Tensor:
        return functional.avg_pool2d(
            values, _SSIM_WINDOW, 1, _SSIM_WINDOW // 2, count_include_pad=False
        )

    # Local contrast lies around 0, but what is to be alike in the mean must not change sign.
    found, wanted = found + 1, wanted + 1
    one, other = mean(found), mean(wanted)
    spread_one, spread_other = mean(found**2) - one**2, mean(wanted**2) - other**2
    both = mean(found * wanted) - one * other
    alike = (2 * one * other + _SSIM_MEANS) * (2 * both + _SSIM_SPREADS)
    alike = alike / (
        (one**2 + other**2 + _SSIM_MEANS) * (spread_one + spread_other + _SSIM_SPREADS)
    )
    return (((1 - alike) / 2).clamp(0, 1) * inside).sum() / (inside.sum() * len(found))


def edge_loss(found: Tensor, wanted: Tensor, inside: Tensor) -> Tensor:
    """Mean absolute difference of the steps between pixels, at full and at half size."""
    total = found.new_zeros(())
    off = (found - wanted) * inside
    for _ in range(2):
        total = total + off.diff(dim=-1).abs().mean() + off.diff(dim=-2).abs().mean()
        off = functional.avg_pool2d(off, 2)
    return total


def symmetry_loss(neutrals: Tensor, inside: Tensor) -> Tensor:
    """Mean absolute difference of neutral faces [B 1 S S] to their mirror images."""
    return pixel_loss(neutrals, neutrals.flip(-1), inside * inside.flip(-1))


def cycle_loss(
    pair: CyclePair, inside: Tensor, weights: PairLosses
) -> tuple[Tensor, Mapping[str, Tensor]]:
    """The loss of "cycle" and its parts."""
    frames = pair.frames
    parts = {
        "swapped": pixel_loss(pair.swapped, frames, inside),
        "own": pixel_loss(pair.own, frames, inside),
        "warped": pixel_loss(pair.warped, frames, inside),
        "ssim": ssim_loss(pair.swapped, frames, inside) + ssim_loss(pair.own, frames, inside),
        "ssim_warped": ssim_loss(pair.warped, frames, inside),
        "edges": edge_loss(pair.swapped, frames, inside),
        "symmetry": symmetry_loss(pair.neutrals, inside),
        # The painted neutral must look like the pixels that the flow brings there.
        "neutral": pixel_loss(pair.neutrals, pair.brought, inside),
    }
    total = weights.pixel * (parts["swapped"] + parts["own"] + parts["neutral"])
    total = total + weights.warp * (weights.pixel * parts["warped"])
    total = total + weights.ssim * (parts["ssim"] + weights.warp * parts["ssim_warped"])
    total = total + weights.edges * parts["edges"] + weights.symmetry * parts["symmetry"]
    return total, parts


def warp_loss(
    frames: Tensor, made: Tensor, inside: Tensor, weights: PairLosses
) -> tuple[Tensor, Mapping[str, Tensor]]:
    """The loss of "fabnet" and its parts."""
    parts = {
        "warped": pixel_loss(made, frames, inside),
        "ssim_warped": ssim_loss(made, frames, inside),
    }
    total = weights.pixel * parts["warped"] + weights.ssim * parts["ssim_warped"]
    return torch.as_tensor(total), parts


def rebuilding_loss(found: Tensor, wanted: Tensor) -> tuple[Tensor, Mapping[str, Tensor]]:
    """Squared error of features [B P] over the squared length of those wanted."""
    lost = (found - wanted).square().sum() / wanted.square().sum().clamp_min(1e-9)
    return lost, {"rebuilt": lost}
