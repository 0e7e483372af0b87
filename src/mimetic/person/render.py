"""Pictures of a movement space: this person's neutral face moved, and the movement as arrows."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

from mimetic.errors import ModelError
from mimetic.ops.landmarks import LEFT_EYE_OUTER, OUTER_EYES, RIGHT_EYE_OUTER
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.features import appearance
from mimetic.person.weights import PersonWeights
from mimetic.types import Float32, Float64, Floats, UInt8
from mimetic.types.arrays import check_shape

FADE = 16  # points around the crop that never move, per side
SOFT = 1.0 / 64  # blur of added light, of the picture's side: it shades, the warp draws
GAINS = (0.2, 3.0)  # darkest and brightest that added light may make a pixel


def movement_ed_px(weights: PersonWeights) -> float:
    """Crop pixels per eye distance of this person's mesh."""
    return float(np.linalg.norm(weights.mesh_px[RIGHT_EYE_OUTER] - weights.mesh_px[LEFT_EYE_OUTER]))


def arrows(
    weights: PersonWeights, component: int, *, size_sd: float = 2.0
) -> tuple[Float64, Float64]:
    """Where the neutral face's points are [L 2] and how far a component carries them [L 2], px."""
    start = neutral_points_px(weights)
    move = weights.landmark_sd_ed()[component] * size_sd * movement_ed_px(weights)
    return start, move


def neutral_points_px(weights: PersonWeights) -> Float64:
    """The landmarks [L 2] of the neutral face, in crop pixels."""
    shape_ed = _shape_ed(weights, weights.neutral_codes[None].astype(np.float64))[0]
    # shape_ed counts from the middle of the outer eye corners of the mesh.
    middle = weights.mesh_px[list(OUTER_EYES), :2].mean(0)
    return np.asarray(shape_ed * movement_ed_px(weights) + middle)


def movement_field(weights: PersonWeights, component: int, *, size_sd: float = 2.0) -> Float32:
    """The displacement [2 H W] in crop pixels that a component makes, NaN outside the face."""
    start, move = arrows(weights, component, size_sd=size_sd)
    size = weights.crop_px
    field = LinearNDInterpolator(start, move)(_grid(size))
    return np.ascontiguousarray(field.transpose(2, 0, 1), dtype=np.float32)


def render_codes(weights: PersonWeights, codes: Floats, *, appearance_px: int) -> UInt8:
    """The neutral picture [N H W 3] moved and shaded to the given codes [N D].

    Points are carried to where the codes say, the picture between them follows
    linearly, and the light that the codes ask for beyond that is laid on top,
    blurred so that it shades rather than draws (edges come from the warp).
    """
    check_shape("codes", codes, "N D", D=weights.sd.size)
    picture = template_of(weights)
    wanted = np.asarray(codes, np.float64)
    start = neutral_points_px(weights)
    neutral = weights.neutral_codes.astype(np.float64)
    shift_ed = _shape_ed(weights, wanted) - _shape_ed(weights, neutral[None])
    target = start + shift_ed * movement_ed_px(weights)
    pictures = [
        _shade(weights, _warp(picture, start, points), code, appearance_px)
        for points, code in zip(target, wanted, strict=True)
    ]
    return np.stack(pictures) if pictures else np.zeros((0, *picture.shape), "u1")


def template_of(weights: PersonWeights) -> UInt8:
    """The neutral picture [H W 3]; ModelError where the model holds none."""
    if weights.neutral_pixels is None:
        raise ModelError(
            "this model holds no picture of the face (saved without its template), and nothing "
            "can be drawn from it; fit it again, or use movement() and arrows()"
        )
    return weights.neutral_pixels


def _mean_shape_ed(weights: PersonWeights) -> Float64:
    return weights.mean[weights.landmark_part].reshape(-1, 2).astype(np.float64)


def _shape_ed(weights: PersonWeights, codes: Float64) -> Float64:
    """Landmark x, y [N L 2] of codes [N D], in eye distances."""
    return _mean_shape_ed(weights) + np.tensordot(codes, weights.landmark_sd_ed(), 1)


def _grid(size: int) -> Float64:
    across, down = np.meshgrid(np.arange(size), np.arange(size))
    return np.stack([across, down], -1).astype(np.float64)


def _warp(picture: UInt8, start: Float64, target: Float64) -> UInt8:
    """The picture [H W 3] with every point of ``start`` [L 2] carried to ``target``."""
    size = picture.shape[0]
    edge = np.linspace(0, size - 1, FADE)
    still = np.concatenate(
        [np.stack([a, b], 1) for a, b in [(edge, edge * 0), (edge, edge * 0 + size - 1)]]
        + [np.stack([b, a], 1) for a, b in [(edge, edge * 0), (edge, edge * 0 + size - 1)]]
    )
    still = np.unique(still, axis=0)
    ends = np.concatenate([target, still])
    back = np.concatenate([start - target, np.zeros_like(still)])
    field = LinearNDInterpolator(ends, back, fill_value=0.0)(_grid(size))
    # Ends of thin triangles give kinks; half a pixel of blur hides them.
    field = cv2.GaussianBlur(field.astype(np.float32), (0, 0), size / 128)
    source = (_grid(size) + field).astype(np.float32)
    moved = cv2.remap(
        picture, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved)


def _shade(weights: PersonWeights, warped: UInt8, code: Float64, appearance_px: int) -> UInt8:
    """Lay on the change of light that the codes ask for beyond what the warp brought."""
    inside = ellipse_mask(appearance_px)
    neutral = weights.neutral_codes.astype(np.float64)
    wanted = (code - neutral) @ weights.appearance_sd()
    brought = appearance(warped, appearance_px)
    missing = np.zeros(inside.shape, np.float32)
    before = appearance(template_of(weights), appearance_px)
    missing[inside] = wanted - (brought - before)[inside]
    soft = cv2.GaussianBlur(missing / (1 + np.maximum(brought, -0.8)), (0, 0), SOFT * appearance_px)
    gain = np.clip(
        cv2.resize(1 + soft, warped.shape[1::-1], interpolation=cv2.INTER_LINEAR), *GAINS
    )
    grey = cv2.cvtColor(warped, cv2.COLOR_RGB2GRAY)
    # Darker keeps the hue of the skin; lighter is white, as teeth and gloss are.
    bright = warped * np.minimum(gain, 1)[..., None] + (grey * np.maximum(gain - 1, 0))[..., None]
    return np.asarray(np.clip(np.rint(bright), 0, 255), np.uint8)
