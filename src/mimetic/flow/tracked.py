"""Movements carried by landmarks: drawn for groups of them, or a person's own as tracked.

Both kinds are held out of training: the bench asks for movement that no drawn law has.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import cKDTree

from mimetic.errors import ArgumentError
from mimetic.flow.crops import FaceCrop
from mimetic.flow.fields import eye_distance, grid
from mimetic.ops import landmarks as marks
from mimetic.types import Float32, Float64

# Points that pull, and points of the other lip or lid that do not follow them.
_GROUPS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "brow right": (marks.BROW_RIGHT, marks.EYE_RIGHT),
    "brow left": (marks.BROW_LEFT, marks.EYE_LEFT),
    "upper lid right": (marks.UPPER_LID_RIGHT, marks.LOWER_LID_RIGHT),
    "upper lid left": (marks.UPPER_LID_LEFT, marks.LOWER_LID_LEFT),
    "lower lid right": (marks.LOWER_LID_RIGHT, marks.UPPER_LID_RIGHT),
    "lower lid left": (marks.LOWER_LID_LEFT, marks.UPPER_LID_LEFT),
    "nose": ((marks.NOSE_WING_RIGHT, marks.NOSE_WING_LEFT), ()),
    "corner right": ((marks.MOUTH_CORNER_RIGHT,), ()),
    "corner left": ((marks.MOUTH_CORNER_LEFT,), ()),
    "upper lip": (marks.LIPS_INNER_UPPER[2:-2], marks.LIPS_INNER_LOWER),
    "lower lip": (marks.LIPS_INNER_LOWER[2:-2], marks.LIPS_INNER_UPPER),
    "jaw": ((*marks.LIPS_INNER_LOWER[2:-2], 17, 18, 200, 199, 175, 152), marks.LIPS_INNER_UPPER),
    "cheek right": ((205,), ()),
    "cheek left": ((425,), ()),
}
_COARSE = 4  # px between nodes on which a tracked field is evaluated
_TRIES = 12
_LEAST_TRAVEL = 0.004  # of the picture's side; less is the tracker's jitter


def mesh_field(crop: FaceCrop, rng: np.random.Generator) -> Float32:
    """Two to five groups of landmarks move as muscles pull them; affine in every triangle."""
    points = crop.points_px[: marks.SKIN_POINTS]
    ed = eye_distance(crop)
    moves = np.zeros_like(points)
    for name in rng.choice(sorted(_GROUPS), int(rng.integers(2, 6)), replace=False):
        pulled, fixed = _GROUPS[str(name)]
        heading, radius = rng.uniform(0, 2 * np.pi), ed * float(rng.uniform(0.08, 0.25))
        away = cKDTree(points[list(pulled)]).query(points)[0]
        weight = np.exp(-0.5 * (away / radius) ** 2)
        weight[[p for p in fixed if p not in pulled]] = 0
        push = rng.uniform(0.3, 1.0) * np.array([np.cos(heading), np.sin(heading)])
        moves += weight[:, None] * push
    rim, still = _rim(crop)
    carrier = LinearNDInterpolator(
        np.concatenate([points, rim]), np.concatenate([moves, still]), fill_value=0.0
    )
    x, y = np.broadcast_arrays(*grid(crop.size_px))
    return np.ascontiguousarray(np.moveaxis(carrier(x, y), -1, 0), np.float32)


def real_field(crop: FaceCrop, rng: np.random.Generator) -> Float32:
    """What the sequence's own landmarks did between two of its frames.

    The frames are drawn, those with more movement more often. The head's part is
    affine and goes on beyond the face; the rest is smoothed over neighbouring
    landmarks, because trackers jitter, and dies away from the skin.
    """
    moves = _travel(crop, rng)
    points = crop.points_px[: marks.SKIN_POINTS]
    design = np.column_stack([points, np.ones(len(points))])
    affine = np.linalg.lstsq(design, moves, rcond=None)[0]
    rest = moves - design @ affine
    nodes = np.arange(-_COARSE, crop.size_px + 2 * _COARSE, _COARSE, dtype=np.float64)
    x, y = np.meshgrid(nodes, nodes)
    radius = 0.07 * eye_distance(crop)
    away = (x.ravel()[:, None] - points[:, 0]) ** 2 + (y.ravel()[:, None] - points[:, 1]) ** 2
    near = away.min(1, keepdims=True)
    weight = np.exp(-0.5 * (away - near) / radius**2)
    fade = np.exp(-0.5 * near / (4 * radius) ** 2)
    skin = fade * (weight @ rest) / weight.sum(1, keepdims=True)
    head = x.ravel()[:, None] * affine[0] + y.ravel()[:, None] * affine[1] + affine[2]
    return _spread(skin + head, nodes.size, crop.size_px)


def _travel(crop: FaceCrop, rng: np.random.Generator) -> Float64:
    """Movement [468 2] of the skin between two drawn frames, in pixels of the pair."""
    track = crop.track_px[np.isfinite(crop.track_px).all((1, 2)), : marks.SKIN_POINTS]
    if len(track) < 2:
        raise ArgumentError(
            "kind: expected a sequence of two frames or more for 'real', got "
            f"{len(track)}; take another kind of motion for photographs"
        )
    tried = [rng.choice(len(track), 2, replace=False) for _ in range(_TRIES)]
    moves = np.stack([track[j] - track[i] for i, j in tried])
    sizes = np.sqrt((moves**2).sum(-1)).max(1)
    if sizes.max() < _LEAST_TRAVEL * crop.size_px:
        raise ArgumentError(
            f"kind: expected a face that moves for 'real', got {sizes.max():.2g} px at most; "
            "take another sequence"
        )
    return np.asarray(moves[rng.choice(_TRIES, p=sizes / sizes.sum())])


def _rim(crop: FaceCrop) -> tuple[Float64, Float64]:
    """Points [n 2] around the face that do not move: the picture's border and a ring."""
    oval = crop.points_px[list(marks.FACE_OVAL)]
    ring = oval.mean(0) + 1.25 * (oval - oval.mean(0))
    far = 2.0 * crop.size_px
    corners = np.array([[x, y] for x in (-far, far) for y in (-far, far)])
    rim = np.concatenate([ring, corners])
    return rim, np.zeros_like(rim)


def _spread(values: Float64, nodes: int, size: int) -> Float32:
    """Values [n*n 2] on nodes every ``_COARSE`` px from -_COARSE on, as [2 S S]."""
    coarse = values.reshape(nodes, nodes, 2)
    at = (np.arange(size) / _COARSE + 1).astype(np.float64)
    first = np.minimum(at.astype(int), nodes - 2)
    share = at - first
    rows = coarse[first] * (1 - share)[:, None, None] + coarse[first + 1] * share[:, None, None]
    both = rows[:, first] * (1 - share)[:, None] + rows[:, first + 1] * share[:, None]
    smooth = cv2.GaussianBlur(both, (0, 0), _COARSE / 2, borderType=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.moveaxis(smooth, -1, 0), np.float32)
