"""What the networks are made of: layers, grids, warping and correlation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mimetic.errors import ShapeError

_FAINT = 0.02  # 5 grey levels: the noise of a picture without contrast stays small
SLOPE = 0.1  # of the LeakyReLU below zero, in FlowNet and PWC-Net alike


def scaled(channels: int, width: float) -> int:
    """The number of channels of a layer at a width, at least 4."""
    return max(4, round(channels * width))


def conv(
    channels: int, out: int, *, kernel: int = 3, stride: int = 1, dilation: int = 1
) -> nn.Sequential:
    """A convolution that keeps the grid (or divides it by ``stride``), and LeakyReLU."""
    reach = dilation * (kernel - 1) // 2
    layer = nn.Conv2d(channels, out, kernel, stride, reach, dilation)
    return nn.Sequential(layer, nn.LeakyReLU(SLOPE))


def deconv(channels: int, out: int, *, bias: bool = True) -> nn.ConvTranspose2d:
    """A 4x4 transposed convolution onto the grid of twice the size."""
    return nn.ConvTranspose2d(channels, out, 4, 2, 1, bias=bias)


def predict(channels: int) -> nn.Conv2d:
    """The linear 3x3 layer that reads flow off features."""
    return nn.Conv2d(channels, 2, 3, 1, 1)


def initialise(network: nn.Module) -> None:
    """Draw weights that keep the variance through LeakyReLU (He et al. 2015); biases 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight, SLOPE)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def soften(layers: Sequence[nn.Module], factor: float = 0.1) -> None:
    """Scale the weights of output layers down, so that untrained flow is short."""
    with torch.no_grad():
        for layer in layers:
            for weight in layer.parameters():
                weight.mul_(factor)


def pad_pair(
    first: Tensor, second: Tensor, multiple: int, *, least: int = 1
) -> tuple[Tensor, Tensor]:
    """Both pictures grown right and down by their last pixels, to whole multiples.

    Sides are at least ``least``. Pixel 0 stays where it is, so grids need only be cut.
    Raises ShapeError unless both are [B C H W] of one shape.
    """
    if first.ndim != 4 or first.shape != second.shape or not first.numel():
        raise ShapeError(
            "first, second: expected [B C H W] of one shape, "
            f"got {list(first.shape)} and {list(second.shape)}"
        )
    height, width = (max(least, -(-side // multiple) * multiple) for side in first.shape[-2:])
    missing = (0, width - first.shape[-1], 0, height - first.shape[-2])
    if not any(missing):
        return first, second
    return functional.pad(first, missing, "replicate"), functional.pad(second, missing, "replicate")


def join(first: Tensor, second: Tensor, difference: float) -> Tensor:
    """Two pictures or features [B C H W] as one [B 2C H W]: both, or mean and difference.

    See ``FlowNetSettings.difference``.
    """
    if not difference:
        return torch.cat((first, second), 1)
    return torch.cat(((first + second) / 2, difference * (second - first)), 1)


def standardise(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures or features [B C H W] less their common mean per channel, over a common spread.

    The same for both, so that what differs between them stays. One spread for all channels.
    """
    mean = ((first + second) / 2).mean((2, 3), keepdim=True)
    first, second = first - mean, second - mean
    power = (first.square() + second.square()).mean((1, 2, 3), keepdim=True) / 2
    scale = 1 / (power + _FAINT**2).sqrt()
    return first * scale, second * scale


def cut(flow: Tensor, stride: int, size: tuple[int, int]) -> Tensor:
    """The cells of a padded grid that hold pixels of a picture of ``size`` (H, W)."""
    height, width = (-(-side // stride) for side in size)
    return flow[..., :height, :width]


def stride_of(grid: tuple[int, int], size: tuple[int, int]) -> int:
    """The pixels per cell, the least power of two by which ``grid`` (h, w) covers ``size``.

    Raises ShapeError where none does: then the grid is not one of these networks'.
    """
    stride = 1
    while stride < 2 * max(size):
        if all(-(-side // stride) == cells for side, cells in zip(size, grid, strict=True)):
            return stride
        stride *= 2
    raise ShapeError(f"flow: expected a grid of 2^n px cells over {list(size)}, got {list(grid)}")


def upsample(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Flow [B 2 h w] at every pixel [B 2 H W], linear between the middles of cells."""
    stride = stride_of((flow.shape[-2], flow.shape[-1]), size)
    if stride > 1:
        flow = functional.interpolate(
            flow, scale_factor=float(stride), mode="bilinear", align_corners=False
        )
    return flow[..., : size[0], : size[1]]


def positions(like: Tensor) -> Tensor:
    """The x and y of every cell [1 2 H W] of a tensor's grid."""
    height, width = like.shape[-2:]
    y = torch.arange(height, device=like.device, dtype=like.dtype)
    x = torch.arange(width, device=like.device, dtype=like.dtype)
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack((columns, rows))[None]


def sample(image: Tensor, places: Tensor, *, border: bool = True) -> Tensor:
    """Values of [B C H W] at ``places`` [B 2 h w] (x, y in pixels), linear between pixels.

    Outside the image the nearest pixel is taken, or 0 where ``border`` is False.
    """
    height, width = image.shape[-2:]
    scale = places.new_tensor((2.0 / width, 2.0 / height)).view(1, 2, 1, 1)
    grid = ((places + 0.5) * scale - 1).permute(0, 2, 3, 1)
    padding = "border" if border else "zeros"
    return functional.grid_sample(image, grid, padding_mode=padding, align_corners=False)


def backward_warp(image: Tensor, flow: Tensor) -> Tensor:
    """The image [B C H W] taken at x + flow(x), flow [B 2 H W] in cells of its grid."""
    return sample(image, positions(flow) + flow)


def lands_inside(flow: Tensor) -> Tensor:
    """Where x + flow(x) stays within the grid, [B 1 H W] bool."""
    height, width = flow.shape[-2:]
    x, y = (positions(flow) + flow).unbind(1)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside[:, None]


def correlation(first: Tensor, second: Tensor, reach: int) -> Tensor:
    """Mean products of features [B C H W] over shifts to ``reach``, [B (2 reach + 1)^2 H W].

    Channel (dy + reach) (2 reach + 1) + dx + reach holds first(x) second(x + d);
    beyond the edge the second is 0 (Dosovitskiy et al. 2015, eq. 1, patches of one cell).
    """
    height, width = first.shape[-2:]
    padded = functional.pad(second, (reach,) * 4)
    shifts = range(2 * reach + 1)
    products = [
        (first * padded[..., row : row + height, column : column + width]).mean(1)
        for row in shifts
        for column in shifts
    ]
    return torch.stack(products, 1)


class Refinement(nn.Module):
    """The expanding half of FlowNet: features and flow to finer and finer grids.

    ``deepest`` channels come from the coarsest grid; each of ``ups`` brings them to
    twice the size, where ``skips`` channels of the contracting half join, with the
    coarser flow brought along (Fischer et al. 2015, figure 3).
    """

    def __init__(self, deepest: int, skips: Sequence[int], ups: Sequence[int]) -> None:
        super().__init__()
        joined = [skip + up + 2 for skip, up in zip(skips, ups, strict=True)]
        inputs = [deepest, *joined]
        self.predict = nn.ModuleList(predict(channels) for channels in inputs)
        self.features_up = nn.ModuleList(
            deconv(channels, up, bias=False) for channels, up in zip(inputs[:-1], ups, strict=True)
        )
        self.flow_up = nn.ModuleList(deconv(2, 2, bias=False) for _ in ups)
        self.bend = nn.LeakyReLU(SLOPE)

    def forward(self, deepest: Tensor, skips: Sequence[Tensor]) -> list[Tensor]:
        """Flows on every grid, finest first; ``skips`` go from coarse to fine."""
        features = deepest
        flows = [self.predict[0](features)]
        for level, skip in enumerate(skips):
            finer = self.bend(self.features_up[level](features))
            flow = self.flow_up[level](flows[0])
            features = torch.cat((skip, finer, flow), 1)
            flows.insert(0, self.predict[level + 1](features))
        return flows
