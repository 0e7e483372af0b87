"""Pictures that move by a known shift, for tests of networks and losses."""

import torch


def waves(size=(64, 64), *, shift=(0.0, 0.0), batch=1, seed=0):
    """A smooth picture [B 1 H W] of 0 to 1, moved by ``shift`` (x, y) in pixels, exactly."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(size[0], dtype=torch.float64)[:, None] - shift[1]
    x = torch.arange(size[1], dtype=torch.float64) - shift[0]
    picture = torch.zeros(batch, 1, *size, dtype=torch.float64)
    for _ in range(24):
        draws = torch.rand(batch, 3, generator=generator, dtype=torch.float64)
        along, across, phase = (draws[:, i, None, None, None] for i in range(3))
        angle = (along - 0.5) * 1.6 * x + (across - 0.5) * 1.6 * y + 6.3 * phase
        picture += angle.sin()
    return (0.5 + picture / 24).clamp(0, 1).float()


def shifted_pair(size=(64, 64), *, shift=(1.5, -0.5), batch=1, seed=0):
    """Two pictures and the flow [B 2 H W] between them."""
    flow = torch.tensor(shift).view(1, 2, 1, 1).expand(batch, 2, *size).clone()
    first = waves(size, batch=batch, seed=seed)
    return first, waves(size, shift=shift, batch=batch, seed=seed), flow
