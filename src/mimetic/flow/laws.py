"""How skin moves in pairs of exact ground truth: seven kinds of motion, two of them held out.

All fields are displacements [2 S S] in pixels of the pair. The largest length is
exactly the one asked for, and no field folds the skin over itself.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.flow import fields
from mimetic.flow.crops import FaceCrop
from mimetic.flow.tracked import mesh_field, real_field
from mimetic.types import Float32

KINDS = ("local", "edge", "rbf", "global", "mixed", "mesh", "real")
TRAIN_KINDS = ("local", "edge", "rbf", "global", "mixed")

Law = Callable[[FaceCrop, np.random.Generator], Float32]

_LEAST_AREA = 0.25  # of a pixel's area after the movement
_STEEPEST = 0.75  # displacement per pixel that a fixed-point inversion can follow
_FOLD_ROUNDS = 40


def draw_law(
    kind: str,
    crop: FaceCrop,
    *,
    peak_px: float,
    rng: np.random.Generator,
    both_ways: bool = False,
) -> Float32:
    """A movement [2 S S] of one kind over a crop, its largest length exactly ``peak_px``.

    local: one to three muscle-like bumps; edge: skin on one side of the lip line, a lid
    line or any line moves; rbf: smooth and random; global: the head, affine and
    quadratic; mixed: global and one of the former; mesh: groups of landmarks move,
    piecewise affine between them; real: the sequence's own landmarks between two of
    its frames (ArgumentError where it has no two, or does not move).
    ``both_ways`` makes the field gentle enough to be followed backwards in time.
    """
    if kind not in _LAWS:
        raise ArgumentError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    if not 0 < peak_px < crop.size_px / 4:
        raise ArgumentError(
            f"peak_px: expected more than 0 and less than a quarter of {crop.size_px} px, "
            f"got {peak_px}"
        )
    return _settle(_LAWS[kind](crop, rng), peak_px, both_ways=both_ways)


def draw_peak(rng: np.random.Generator, *, low_px: float = 0.05, high_px: float = 9.0) -> float:
    """A largest displacement as in ordinary video: every octave is as likely as any other."""
    return float(np.exp(rng.uniform(np.log(low_px), np.log(high_px))))


def least_area(field: Float32) -> float:
    """The smallest determinant of x + field(x): not above 0 where skin folds over itself."""
    (xx, xy), (yx, yy) = _slopes(field)
    return float(((1 + xx) * (1 + yy) - xy * yx).min())


def _mixed(crop: FaceCrop, rng: np.random.Generator) -> Float32:
    share = float(rng.uniform(0.2, 0.8))
    law = (fields.local_field, fields.edge_field, fields.rbf_field)[
        int(rng.choice(3, p=(0.5, 0.3, 0.2)))
    ]
    head, skin = fields.global_field(crop, rng), law(crop, rng)
    return share * head / longest(head) + (1 - share) * skin / longest(skin)


def longest(field: Float32) -> float:
    """The largest length of a field [2 H W]."""
    return float(np.sqrt((field.astype(np.float64) ** 2).sum(0).max()))


def _settle(field: Float32, peak_px: float, *, both_ways: bool) -> Float32:
    """The field at its peak, blurred as far as it takes not to fold."""
    sigma = 0.7
    scaled = _scaled(field, peak_px)
    for _ in range(_FOLD_ROUNDS):
        if _is_sound(scaled, both_ways):
            break
        scaled = _scaled(_blurred(scaled, sigma), peak_px)
        sigma *= 1.15
    return scaled


def _is_sound(field: Float32, both_ways: bool) -> bool:
    if least_area(field) < _LEAST_AREA:
        return False
    if not both_ways:
        return True
    return (
        float(np.sqrt(sum((part**2).max() for row in _slopes(field) for part in row))) < _STEEPEST
    )


def _slopes(field: Float32) -> tuple[tuple[Float32, Float32], tuple[Float32, Float32]]:
    """D field_x by x and y, d field_y by x and y, between neighbours."""
    rows = np.diff(field, axis=1)[:, :, :-1]
    columns = np.diff(field, axis=2)[:, :-1]
    return (columns[0], rows[0]), (columns[1], rows[1])


def _scaled(field: Float32, peak_px: float) -> Float32:
    wide = field.astype(np.float64)
    return np.asarray(wide * (peak_px / max(longest(field), 1e-12)), np.float32)


def _blurred(field: Float32, sigma: float) -> Float32:
    """Both parts of a field [2 H W] blurred, the border repeated."""
    parts = [cv2.GaussianBlur(p, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE) for p in field]
    return np.stack(parts)


_LAWS: dict[str, Law] = {
    "local": fields.local_field,
    "edge": fields.edge_field,
    "rbf": fields.rbf_field,
    "global": fields.global_field,
    "mixed": _mixed,
    "mesh": mesh_field,
    "real": real_field,
}
