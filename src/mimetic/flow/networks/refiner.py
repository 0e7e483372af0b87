"""The refiner's network in torch, for learning; ``flow/refine.py`` runs it without torch."""

from __future__ import annotations

from torch import Tensor, nn

from mimetic.flow.evidence import VECTORS
from mimetic.flow.refine import LARGEST_LOG, RefinerSettings, layers


class RefinerNetwork(nn.Module):
    """Evidence in, change of the flow and its error out."""

    def __init__(self, settings: RefinerSettings) -> None:
        super().__init__()
        self.levels, self.leak = len(settings.widths), settings.leak
        for name, layer in layers(settings).items():
            made = nn.Conv2d(
                layer.takes, layer.gives, layer.side, stride=layer.stride, padding=layer.side // 2
            )
            nn.init.kaiming_normal_(made.weight, settings.leak)
            nn.init.zeros_(made.bias)  # type: ignore[arg-type]
            self.add_module(name, made)
        # Step 0 is the start itself.
        nn.init.zeros_(self.get_submodule("head").weight)  # type: ignore[arg-type]

    def forward(self, planes: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
        """Change and one standard deviation of its error in px, [B 2 H W] and [B 1 H W].

        Takes evidence [B C h w] and its unit and length in px [B 2]; H = 2 h, W = 2 w.
        """
        outputs = self.outputs(planes).float()
        batch, _, height, width = planes.shape
        vectors = planes[:, : 2 * VECTORS].float().reshape(batch, VECTORS, 2, height, width)
        unit, length = scales[:, :, None, None, None].unbind(1)  # [B 1 1 1] each
        weights = outputs[:, 2:-1, None]
        change = outputs[:, :2] + (weights[:, :-1] * vectors[:, :-1]).sum(1)
        change = unit * change + length * weights[:, -1] * vectors[:, -1]
        sigma = unit * outputs[:, -1:].clamp(-LARGEST_LOG, LARGEST_LOG).exp()
        return double(change), double(sigma)

    def outputs(self, planes: Tensor) -> Tensor:
        """What the head says [B O h w] of planes [B C h w]."""
        kept = []
        for level in range(self.levels):
            planes = self._rectify(self._layer(f"down{level}a", planes))
            planes = self._rectify(self._layer(f"down{level}b", planes))
            kept.append(planes)
        for level in reversed(range(self.levels - 1)):
            coarse = self._layer(f"up{level}a", planes)
            fine = nn.functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
            planes = self._rectify(self._layer(f"up{level}b", fine + kept[level]))
        return self._layer("head", planes)

    def _rectify(self, planes: Tensor) -> Tensor:
        return nn.functional.leaky_relu(planes, self.leak)

    def _layer(self, name: str, planes: Tensor) -> Tensor:
        made: Tensor = self.get_submodule(name)(planes)
        return made


def double(planes: Tensor) -> Tensor:
    """Planes [B C h w] at twice the resolution, linear between."""
    return nn.functional.interpolate(planes, scale_factor=2.0, mode="bilinear")
