"""What a flow network is told is wrong: errors against labels and against the pictures.

Every term is one number, the mean over the pixels that its mask keeps, and 0 where
none is kept. Pictures are [B 1 H W] of 0 to 1, flow [B 2 H W] in pixels, masks and
``valid`` [B H W]. Terms are computed in float32 whatever the network runs in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from mimetic.errors import ArgumentError
from mimetic.flow.networks.blocks import backward_warp, lands_inside, stride_of, upsample
from mimetic.flow.objective import LossSettings
from mimetic.learn.warp import sample_spline, spline_coefficients

LEVEL_WEIGHTS = (0.005, 0.01, 0.02, 0.08, 0.32)  # finest first; Fischer et al. 2015
UNIT_PX = 20.0  # and their networks learn flow / 20
_TINY = 1e-12  # under square roots, whose slope at 0 is infinite
_HUBER = 0.05  # grey levels of 0 to 1 beyond which a difference counts linearly; our choice
_CHARBONNIER = 1e-3  # Sun et al. 2014; our grey levels are 0 to 1 as theirs
_CENSUS_REACH = 3  # 7 x 7 pixels; with its constants from Meister et al. 2018 (UnFlow)


class LabelledPairs(Protocol):
    """Pairs of pictures with the displacement of every point of the first."""

    @property
    def first(self) -> Tensor:
        """Pictures [B 1 H W], 0 to 1."""

    @property
    def second(self) -> Tensor:
        """Pictures [B 1 H W], 0 to 1."""

    @property
    def flow(self) -> Tensor:
        """Labels [B 2 H W] in pixels; any finite number where not valid."""

    @property
    def valid(self) -> Tensor:
        """Where the label is known, [B H W] bool."""


def total_loss(
    predictions: Sequence[Tensor],
    batch: LabelledPairs,
    settings: LossSettings,
    *,
    backward: Sequence[Tensor] | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The weighted sum of the terms, and each term before its weight, detached, by name.

    ``predictions`` come finest first, as the networks give them; all terms but the
    endpoint error look at the finest alone, brought to every pixel. ``backward`` are the
    predictions from second to first, which ``forward_backward`` needs (ArgumentError).
    """
    flow = upsample(predictions[0].float(), (batch.flow.shape[-2], batch.flow.shape[-1]))
    parts: dict[str, Tensor] = {}
    if settings.endpoint:
        by_law = multi_scale_endpoint if settings.endpoint_law == "levels" else sequence_endpoint
        parts["endpoint"] = by_law(predictions, batch, relative_px=settings.relative_px)
    photometric = {
        "photometric_charbonnier": photometric_charbonnier,
        "photometric_huber": photometric_huber,
        "census": census,
    }
    if any(getattr(settings, name) for name in photometric):
        seen = batch.valid & lands_inside(flow.detach())[:, 0]
        warped = warp_exact(batch.second, flow)
        for name, term in photometric.items():
            if getattr(settings, name):
                parts[name] = term(batch.first, warped, seen)
    if settings.smoothness:
        parts["smoothness"] = smoothness(flow, batch.valid)
    if settings.angular:
        parts["angular"] = angular(flow, batch.flow, batch.valid)
    if settings.forward_backward:
        if backward is None:
            raise ArgumentError("backward: expected the flows from second to first, got none")
        back = upsample(backward[0].float(), (flow.shape[-2], flow.shape[-1]))
        parts["forward_backward"] = forward_backward(flow, back, batch.valid)
    total = sum(getattr(settings, name) * part for name, part in parts.items())
    return torch.as_tensor(total), {name: part.detach() for name, part in parts.items()}


def multi_scale_endpoint(
    predictions: Sequence[Tensor],
    batch: LabelledPairs,
    *,
    weights: Sequence[float] = LEVEL_WEIGHTS,
    relative_px: float = 0.0,
) -> Tensor:
    """The weighted mean length of error / 20 over all cells of all grids.

    The label of a cell is the mean of its valid pixels, its weight their share. Fischer
    et al. sum where we take the mean, which makes the loss the same for pictures of
    any size and keeps what grids weigh against each other. Grids beyond the last
    weight take the last.
    """
    scale = _scale(batch, relative_px)
    error, weight = batch.flow.new_zeros(()), batch.flow.new_zeros(())
    for level, flow in enumerate(predictions):
        label, share = pool_label(batch, (flow.shape[-2], flow.shape[-1]))
        each = weights[min(level, len(weights) - 1)]
        error = error + each * (_length(flow.float() - label) * share * scale).sum()
        weight = weight + each * share.sum()
    return error / weight.clamp_min(_TINY) / UNIT_PX


def sequence_endpoint(
    predictions: Sequence[Tensor],
    batch: LabelledPairs,
    *,
    decay: float = 0.8,
    relative_px: float = 0.0,
) -> Tensor:
    """The mean absolute error, x plus y, in pixels, of flows that mend each other.

    Each flow weighs ``decay`` of the one after it (Teed and Deng 2020, eq. 7); the
    weights sum to 1, so that more iterations do not make the loss larger.
    """
    size = (batch.flow.shape[-2], batch.flow.shape[-1])
    scale = _scale(batch, relative_px)
    weights = [decay**step for step in range(len(predictions))]
    terms = [
        weight * (upsample(flow.float(), size) - batch.flow).abs().sum(1) * scale
        for weight, flow in zip(weights, predictions, strict=True)
    ]
    return mean_where(torch.stack(terms).sum(0) / sum(weights), batch.valid)


def photometric_charbonnier(first: Tensor, warped: Tensor, mask: Tensor) -> Tensor:
    """The mean of sqrt(difference^2 + 1e-6) of grey levels."""
    return mean_where(_charbonnier(first - warped).mean(1), mask)


def photometric_huber(first: Tensor, warped: Tensor, mask: Tensor) -> Tensor:
    """The mean Huber loss of grey levels, quadratic up to 0.05 and there of slope 0.05."""
    return mean_where(
        functional.huber_loss(warped, first, reduction="none", delta=_HUBER).mean(1), mask
    )


def census(first: Tensor, warped: Tensor, mask: Tensor) -> Tensor:
    """How differently pixels stand to their 48 neighbours, 0 to 48, blind to even light.

    The soft ternary census of Meister et al. 2018; the outermost 3 px are left out.
    """
    difference = _ternary(first) - _ternary(warped)
    distance = (difference.square() / (0.1 + difference.square())).sum(1)
    reach = _CENSUS_REACH
    inner = (slice(None), slice(reach, -reach), slice(reach, -reach))
    return mean_where(distance[inner], mask[inner])


def smoothness(flow: Tensor, mask: Tensor) -> Tensor:
    """The mean of sqrt(step^2 + 1e-6) over steps of u and v to the right and down, px per px."""
    right = _charbonnier(flow.diff(dim=-1)).mean(1)
    down = _charbonnier(flow.diff(dim=-2)).mean(1)
    along = mean_where(right, mask[..., 1:] & mask[..., :-1])
    across = mean_where(down, mask[..., 1:, :] & mask[..., :-1, :])
    return (along + across) / 2


def angular(flow: Tensor, label: Tensor, mask: Tensor) -> Tensor:
    """The mean angle in radians between (u, v, 1) and the label's (Barron et al. 1994)."""
    (u, v), (a, b) = flow.float().unbind(1), label.unbind(1)
    dot = u * a + v * b + 1
    # By the sine as well, since the slope of the arc cosine is infinite where all is right.
    cross = ((u - a).square() + (v - b).square() + (u * b - v * a).square() + _TINY).sqrt()
    return mean_where(torch.atan2(cross, dot), mask)


def forward_backward(forward: Tensor, backward: Tensor, mask: Tensor) -> Tensor:
    """The mean of sqrt(r^2 + 1e-6) px, r what is left after going there and back.

    Points that leave the picture do not count, nor those that are hidden in the
    second one: |r|^2 above 0.01 of both squared lengths + 0.5 (Meister et al. 2018).
    """
    returned = backward_warp(backward, forward)
    left = forward + returned
    with torch.no_grad():
        lengths = forward.square().sum(1) + returned.square().sum(1)
        seen = left.square().sum(1) < 0.01 * lengths + 0.5
        seen = seen & mask & lands_inside(forward)[:, 0]
    return mean_where(_charbonnier(left).mean(1), seen)


def warp_exact(image: Tensor, flow: Tensor) -> Tensor:
    """The image [B C H W] at x + flow(x) by cubic B-splines.

    Linear sampling blurs by how far between pixels it falls, and what compares
    pictures would draw flow of tenths of a pixel towards whole ones.
    """
    rows = torch.arange(flow.shape[-2], device=flow.device, dtype=flow.dtype)[:, None]
    columns = torch.arange(flow.shape[-1], device=flow.device, dtype=flow.dtype)
    return sample_spline(
        spline_coefficients(image.float()), columns + flow[:, 0], rows + flow[:, 1]
    )


def pool_label(batch: LabelledPairs, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The mean label [B 2 h w] of every cell's valid pixels, and their share of it [B h w]."""
    height, width = batch.flow.shape[-2:]
    stride = stride_of(grid, (height, width))
    known = batch.valid[:, None].float()
    planes = torch.cat((batch.flow * known, known), 1)
    missing = (0, grid[1] * stride - width, 0, grid[0] * stride - height)
    pooled = functional.avg_pool2d(functional.pad(planes, missing), stride)
    share = pooled[:, 2]
    return pooled[:, :2] / share[:, None].clamp_min(_TINY), share


def mean_where(values: Tensor, mask: Tensor) -> Tensor:
    """The mean of ``values`` where ``mask`` is True, 0 where it is nowhere."""
    return torch.where(mask, values, 0).sum() / mask.sum().clamp_min(1)


def _scale(batch: LabelledPairs, relative_px: float) -> Tensor:
    """What the error of each pair is multiplied by, [B 1 1]."""
    if not relative_px:
        return batch.flow.new_ones((len(batch.flow), 1, 1))
    known = batch.valid.float()
    lengths = (_length(batch.flow) * known).sum((1, 2)) / known.sum((1, 2)).clamp_min(1)
    return (1 / (lengths + relative_px))[:, None, None]


def _length(vectors: Tensor) -> Tensor:
    return (vectors.square().sum(1) + _TINY).sqrt()


def _charbonnier(values: Tensor) -> Tensor:
    return (values.float().square() + _CHARBONNIER**2).sqrt()


def _ternary(picture: Tensor) -> Tensor:
    """Differences of pixels from their neighbours, brought to -1 to 1, [B 49 H W]."""
    grey = picture.mean(1, keepdim=True) * 255
    side = 2 * _CENSUS_REACH + 1
    near = functional.unfold(grey, side, padding=_CENSUS_REACH)
    step = near.view(len(grey), side**2, *grey.shape[-2:]) - grey
    return step / (0.81 + step.square()).sqrt()
