"""Pairs of exact flow made in batches on any device: the torch twin of the numpy renderer.

Cubic B-splines by a prefilter and four bilinear fetches (Sigg and Hadwiger, GPU
Gems 2, 2005). ``grid_sample``'s own bicubic does not reproduce ramps: a shift
of 0.1 px becomes 0.128 px.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from mimetic.errors import ShapeError
from mimetic.learn.filming import Filming
from mimetic.ops.splines import finer_weights

RIM = 12  # of repeated border around the coefficients; its ringing ends within as many pixels
_POLE = math.sqrt(3.0) - 2.0
_GRAIN_PX = 0.6
_DOUBLINGS = (1, 2, 4, 8)  # sixteen taps to either side: 1e-9
_SHRINK = sum(_DOUBLINGS)


def spline_coefficients(image: Tensor) -> Tensor:
    """Coefficients [B C H + 2 RIM, W + 2 RIM] of pictures [B C H W] with their borders repeated."""
    values = functional.pad(image, (RIM + _SHRINK,) * 4, mode="replicate") * (6 * _POLE) ** 2
    for axis in (-1, -2):
        for step in _DOUBLINGS:
            # 1 / (1 - p S) = (1 + p S) (1 + p^2 S^2) (1 + p^4 S^4) ..., S a shift by a pixel.
            n, weight = values.shape[axis] - step, _POLE**step
            values = torch.add(
                values.narrow(axis, step, n), values.narrow(axis, 0, n), alpha=weight
            )
            n -= step
            values = torch.add(
                values.narrow(axis, 0, n), values.narrow(axis, step, n), alpha=weight
            )
    return values


def sample_spline(coefficients: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Values [B C h w] at positions x, y [B h w] in pixels of the pictures.

    Beyond the border by up to RIM px the spline goes on over the repeated border,
    farther out it stays as it is.
    """
    height, width = coefficients.shape[-2:]
    left_x, right_x, share_x = _fetches(x + RIM, width)
    left_y, right_y, share_y = _fetches(y + RIM, height)
    share_x, share_y = share_x[:, None], share_y[:, None]

    def fetch(at_x: Tensor, at_y: Tensor) -> Tensor:
        grid = torch.stack([at_x, at_y], dim=-1)
        return functional.grid_sample(
            coefficients, grid, mode="bilinear", padding_mode="border", align_corners=True
        )

    upper = torch.lerp(fetch(left_x, left_y), fetch(right_x, left_y), share_x)
    lower = torch.lerp(fetch(left_x, right_y), fetch(right_x, right_y), share_x)
    return torch.lerp(upper, lower, share_y)


def render_pairs(
    textures: Tensor, fields: Tensor, shifts: Tensor, *, supersampling: int = 2
) -> tuple[Tensor, Tensor]:
    """First and second pictures [B 1 S S] of textures moved by fields, in the textures' unit.

    ``textures`` [B 1 M M] with M = supersampling * (S + 2 margin), ``fields`` [B 2 S S]
    and ``shifts`` [B 2] in pixels of the pair, as in ``flow.film.Scene``.
    """
    size, parts = fields.shape[-1], supersampling
    spare = textures.shape[-1] - parts * size
    if textures.shape[-2] != textures.shape[-1] or spare < 0 or spare % (2 * parts):
        raise ShapeError(
            f"textures: expected [B 1 M M] with M = {parts} * ({size} + 2 margin), "
            f"got {list(textures.shape)}"
        )
    # One pair at a time stays in a processor's cache: 9 ms against 16 in batches of eight.
    step = 1 if textures.device.type == "cpu" else max(len(textures), 1)
    batches = [slice(start, start + step) for start in range(0, len(textures), step)]
    # Half precision, which a training loop may have asked for, would move skin by tenths of a px.
    with torch.autocast(textures.device.type, enabled=False):
        parted = [_render(textures[b], fields[b], shifts[b], parts) for b in batches]
    first, second = (torch.cat(pictures) for pictures in zip(*parted, strict=True))
    return first, second


def film_pairs(
    pictures: Tensor, filming: Filming, generator: torch.Generator | None = None
) -> Tensor:
    """Pictures [B C H W] in grey levels as a camera stores them: whole levels, 0 to 255.

    Channel 0 is the first picture of each pair, whose light is the standard. The noise
    comes from ``generator``, on the pictures' device. H.264 needs a file: a pair with a
    ``crf`` is compressed as JPEG of quality 95 - 2 (crf - 18) instead.
    """
    device, kind = pictures.device, pictures.dtype
    b, c, h, w = pictures.shape
    light = torch.tensor(filming.light, device=device, dtype=kind)[:, :, None, None, None]
    x = torch.linspace(-1, 1, w, device=device, dtype=kind)
    y = torch.linspace(-1, 1, h, device=device, dtype=kind)[:, None]
    lit = pictures * (1 + light[:, 0] + light[:, 1] * x + light[:, 2] * y) + light[:, 3]
    pictures = torch.cat([pictures[:, :1], lit[:, 1:]], dim=1)
    noise = torch.randn(b, c, h, w, generator=generator, device=device, dtype=kind)
    alike = torch.tensor(filming.correlated, device=device)
    if filming.correlated.any():
        noise = torch.where(alike[:, None, None, None], _grain(noise), noise)
    sigma = torch.tensor(filming.sigma, device=device, dtype=kind)[:, None, None, None]
    stored = (pictures + sigma * noise).round().clamp(0, 255)
    quality = torch.tensor(filming.jpeg_quality, device=device, dtype=kind)
    codec = 95 - 2 * (torch.tensor(filming.crf, device=device, dtype=kind) - 18)
    quality = torch.where(quality.isnan(), codec.clamp(30, 95), quality)
    coded = ~quality.isnan()
    if bool(coded.any()):
        with torch.autocast(device.type, enabled=False):
            stored[coded] = through_jpeg(stored[coded], quality[coded])
    return stored


def through_jpeg(pictures: Tensor, quality: Tensor) -> Tensor:
    """Grey pictures [B C H W] after JPEG at qualities [B] (1 to 100), whole levels.

    The 8 x 8 cosine transform and the standard's luminance table (annex K), scaled
    as the IJG's library does.
    """
    b, c, h, w = pictures.shape
    device, kind = pictures.device, pictures.dtype
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None, None]
    table = torch.tensor(_LUMINANCE, device=device, dtype=kind).reshape(8, 8)
    steps = ((table * scale + 50) / 100).floor().clamp(1, 255)[:, None, None, :, None, :]
    wave = _cosines(device, kind)
    padded = functional.pad(pictures - 128, (0, -w % 8, 0, -h % 8), mode="replicate")
    blocks = padded.reshape(b, c, (h + 7) // 8, 8, (w + 7) // 8, 8)
    spectrum = torch.einsum("ui,bcyixj,vj->bcyuxv", wave, blocks, wave)
    kept = (spectrum / steps).round() * steps
    again = torch.einsum("ui,bcyuxv,vj->bcyixj", wave, kept, wave)
    return (again.reshape(padded.shape)[..., :h, :w] + 128).round().clamp(0, 255)


def _render(textures: Tensor, fields: Tensor, shifts: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    size, device, kind = fields.shape[-1], fields.device, fields.dtype
    fine = _finer(fields, parts) if parts > 1 else fields  # [B, 2, parts S, parts S]
    spare = (textures.shape[-1] - parts * size) // 2
    places = torch.arange(parts * size, device=device, dtype=kind) + spare
    coefficients = spline_coefficients(textures)
    moved = parts * (fine + shifts[:, :, None, None])
    first = sample_spline(coefficients, moved[:, 0] + places, moved[:, 1] + places[:, None])
    second = _shifted(coefficients, places + RIM + parts * shifts[:, :, None])
    return functional.avg_pool2d(first, parts), functional.avg_pool2d(second, parts)


def _finer(fields: Tensor, parts: int) -> Tensor:
    """The twin of ``ops.splines.finer``, without products that a device may round to 10 bits."""
    starts, weights = finer_weights(fields.shape[-1], parts)
    first = torch.tensor(starts, device=fields.device)
    shares = torch.tensor(weights, device=fields.device, dtype=fields.dtype)
    for axis in (-1, -2):
        shape = (-1, 1) if axis == -2 else (-1,)
        pieces = [
            fields.index_select(axis, first + k) * shares[:, k].reshape(shape) for k in range(4)
        ]
        fields = pieces[0] + pieces[1] + pieces[2] + pieces[3]
    return fields


def _cosines(device: torch.device, kind: torch.dtype) -> Tensor:
    """The orthonormal cosine transform [8 8] of eight pixels."""
    n = torch.arange(8, device=device, dtype=kind)
    wave = torch.cos(math.pi / 8 * (n + 0.5) * n[:, None]) / 2
    wave[0] = 1 / math.sqrt(8)
    return wave


def _fetches(at: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Where two bilinear fetches stand for the four weights, in -1 to 1, and the second's share."""
    at = at.clamp(1.0, size - 2.001)
    first = at.floor()
    t = at - first
    rest = 1 - t
    lowest, highest = rest**3 / 6, t**3 / 6
    share = highest + (1 + 3 * t * (1 + t * rest)) / 6  # of the two farther coefficients
    left = first - lowest / (1 - share)
    right = first + 1 + highest / share
    unit = 2.0 / (size - 1)
    return left * unit - 1, right * unit - 1, share


def _shifted(coefficients: Tensor, places: Tensor) -> Tensor:
    """A spline [B 1 H W] on a grid of places [B 2 n] (x, then y), one axis after the other."""
    for axis, at in ((3, places[:, 0]), (2, places[:, 1])):
        first = at[:, 0].floor()
        t = (at[:, 0] - first)[:, None]
        rest = 1 - t
        weights = torch.cat(
            [
                rest**3 / 6,
                (4 - 6 * t**2 + 3 * t**3) / 6,
                (4 - 6 * rest**2 + 3 * rest**3) / 6,
                t**3 / 6,
            ],
            dim=1,
        )
        n = at.shape[1]
        parts = []
        for row, start, weight in zip(coefficients, first.long().tolist(), weights, strict=True):
            pieces = [w * row.narrow(axis - 1, start + k - 1, n) for k, w in enumerate(weight)]
            parts.append(pieces[0] + pieces[1] + pieces[2] + pieces[3])
        coefficients = torch.stack(parts)
    return coefficients


def _grain(noise: Tensor) -> Tensor:
    """Noise [B C H W] with neighbours alike, of unit variance."""
    taps = torch.arange(-3, 4, device=noise.device, dtype=noise.dtype)
    kernel = torch.exp(-0.5 * (taps / _GRAIN_PX) ** 2)
    kernel = kernel / (kernel**2).sum().sqrt()
    return _along_both(functional.pad(noise, (3, 3, 3, 3), mode="circular"), kernel)


def _along_both(values: Tensor, kernel: Tensor) -> Tensor:
    """Correlation of [B C H W] with a symmetric kernel along both axes, borders cut off."""
    b, c, h, w = values.shape
    planes = values.reshape(b * c, 1, h, w)
    planes = functional.conv2d(planes, kernel[None, None, :, None])
    planes = functional.conv2d(planes, kernel[None, None, None, :])
    return planes.reshape(b, c, *planes.shape[-2:])


# fmt: off
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)
# fmt: on
