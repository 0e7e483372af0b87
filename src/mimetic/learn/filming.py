"""What cameras and files do to a batch of pairs, drawn beforehand: light, sensor, codec."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.types import Bool, Float32
from mimetic.types.arrays import check_shape, freeze


@dataclass(frozen=True, kw_only=True, eq=False)
class Filming:
    """One drawn camera per pair, B in all.

    ``light`` holds what happens to every picture but the first: the change of gain,
    its slope over half the width and half the height (factors), and an offset in
    grey levels.
    """

    light: Float32  # [B, 4]
    sigma: Float32  # [B], noise in grey levels
    correlated: Bool  # [B], noise of neighbouring pixels is alike
    jpeg_quality: Float32  # [B], NaN for none
    crf: Float32  # [B], H.264's constant rate factor, NaN for none

    def __post_init__(self) -> None:
        freeze(self, light="f4", sigma="f4", correlated="?", jpeg_quality="f4", crf="f4")
        b = self.sigma.size
        check_shape("light", self.light, "B 4", B=b)
        for name in ("sigma", "correlated", "jpeg_quality", "crf"):
            check_shape(name, getattr(self, name), "B", B=b)
