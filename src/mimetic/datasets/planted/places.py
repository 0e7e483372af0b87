"""What the regions of a planted face do when they move: where to, how far, how they grow."""

from __future__ import annotations

import numpy as np

from mimetic.types import Float64

TYPICAL_ED = 0.08  # of a smile or a raised brow
# Outward, down (shares of a movement), and the logarithm of area that one ed brings.
_WAYS: dict[str, tuple[float, float, float]] = {
    "forehead": (0.0, -1.0, -0.8),
    "eye": (0.2, -0.98, 0.7),
    "brow": (0.2, -0.98, 0.4),
    "lids": (0.0, 1.0, -1.2),
    "cheek": (0.3, -0.95, -0.6),
    "nose": (0.0, -1.0, -0.7),
    "mouth": (0.75, -0.66, 0.8),
    "lips": (0.0, 1.0, 1.0),
    "jaw": (0.1, 1.0, 0.5),
}
_MIDDLE_MOUTH = (0.0, 1.0, 1.0)


def ways(regions: tuple[str, ...]) -> Float64:
    """Of each region [R 3]: share to the right of the picture, share down, growth by ed."""
    rows = []
    for name in regions:
        stem, _, side = name.rpartition("_")
        outward, down, growth = _MIDDLE_MOUTH if name == "mouth" else _WAYS[stem or name]
        sign = -1.0 if side == "right" else 1.0
        length = float(np.hypot(outward, down))
        rows.append((sign * outward / length, down / length, growth))
    return np.array(rows)
