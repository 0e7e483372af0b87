"""Drawn movements over a crop: bumps of muscles, edges of lips and lids, smooth and head motion.

Their scale is free: ``laws`` brings them to a peak. Lengths of the face are in eye
distances (ed) of the crop.
"""

from __future__ import annotations

import numpy as np

from mimetic.flow.crops import FaceCrop
from mimetic.ops.landmarks import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LOWER_LID_LEFT,
    LOWER_LID_RIGHT,
    MIRROR,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    SKIN_POINTS,
    UPPER_LID_LEFT,
    UPPER_LID_RIGHT,
)
from mimetic.types import Float32, Float64

_LINES = (
    ((*LIPS_INNER_UPPER,), (*LIPS_INNER_LOWER,)),
    (
        (RIGHT_EYE_OUTER, *UPPER_LID_RIGHT, RIGHT_EYE_INNER),
        (RIGHT_EYE_OUTER, *LOWER_LID_RIGHT, RIGHT_EYE_INNER),
    ),
    (
        (LEFT_EYE_INNER, *UPPER_LID_LEFT[::-1], LEFT_EYE_OUTER),
        (LEFT_EYE_INNER, *LOWER_LID_LEFT[::-1], LEFT_EYE_OUTER),
    ),
)


def eye_distance(crop: FaceCrop) -> float:
    """1 ed of the crop in pixels of the pair, at least an eighth of the picture."""
    outer = crop.points_px[[RIGHT_EYE_OUTER, LEFT_EYE_OUTER]]
    # A face in profile has its eyes at one place; its muscles are no smaller for that.
    return max(float(np.linalg.norm(outer[1] - outer[0])), crop.size_px / 8)


def grid(size: int) -> tuple[Float32, Float32]:
    """X [1 S] and y [S 1] of the pixels."""
    axis = np.arange(size, dtype=np.float32)
    return axis[None], axis[:, None]


def local_field(crop: FaceCrop, rng: np.random.Generator) -> Float32:
    """One to three bumps near landmarks, half of them with a partner on the other side."""
    total = np.zeros((2, crop.size_px, crop.size_px), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        point = int(rng.integers(SKIN_POINTS))
        radius = eye_distance(crop) * np.exp(rng.uniform(np.log(0.1), np.log(0.4), 2))
        turn, heading = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
        push = rng.uniform(0.4, 1.0) * np.array([np.cos(heading), np.sin(heading)])
        total += _bump(crop, point, radius=radius, turn=turn, push=push)
        if rng.random() < 0.5 and MIRROR[point] != point:
            other = push * (-1, 1) * rng.uniform(0.6, 1.0)
            total += _bump(crop, int(MIRROR[point]), radius=radius, turn=-turn, push=other)
    return total


def edge_field(crop: FaceCrop, rng: np.random.Generator) -> Float32:
    """Skin on one side of a line moves: the lip line, one or both lid lines, or any line."""
    which = str(rng.choice(["lips", "lids", "lid", "any"], p=(0.4, 0.15, 0.2, 0.25)))
    lines = {"lips": (0,), "lids": (1, 2), "lid": (int(rng.integers(1, 3)),)}.get(which)
    side = float(rng.choice([-1.0, 1.0]))
    width = float(np.exp(rng.uniform(np.log(0.3), np.log(1.5))))
    reach = eye_distance(crop) * float(rng.uniform(0.1, 0.45))
    heading = rng.normal(0, 0.8)  # 0 is straight away from the line
    push = np.array([np.sin(heading), side * np.cos(heading)])
    if rng.random() < 0.25:
        push = -push  # closing; made as soft as it takes not to fold
    if lines is None:
        along, below, half = _any_line(crop, rng)
        step = _step(along, below * side, width=width, reach=reach, half=half)
        return np.asarray(step * push[:, None, None], np.float32)
    total = np.zeros((2, crop.size_px, crop.size_px), np.float32)
    for number, line in enumerate(lines):
        along, below, half = _slit(crop, *_LINES[line])
        turned = push * ((-1, 1) if number else (1, 1))
        step = _step(along, below * side, width=width, reach=reach, half=half)
        total += step * turned.astype(np.float32)[:, None, None]
    return total


def rbf_field(crop: FaceCrop, rng: np.random.Generator) -> Float32:
    """Smooth random movement: B-spline coefficients on a coarse grid, weaker at random places."""
    size = crop.size_px
    total = np.zeros((2, size, size), np.float32)
    for strength in (1.0, float(rng.uniform(0, 0.6))):
        nodes = int(np.rint(1 / np.exp(rng.uniform(np.log(0.07), np.log(0.45))))) + 3
        coarse = rng.standard_normal((2, nodes, nodes)).astype(np.float32)
        total += strength * np.stack([smooth_grid(part, size) for part in coarse])
    if rng.random() < 0.5:
        mask = smooth_grid(rng.standard_normal((5, 5)).astype(np.float32), size)
        total *= 1 / (1 + np.exp(-6 * mask))
    return total


def global_field(crop: FaceCrop, rng: np.random.Generator) -> Float32:
    """The head as a whole: shift, turn, zoom, slant, and the bend of a rounded head that turns."""
    size = crop.size_px
    u, v = (2 * axis / (size - 1) - 1 for axis in grid(size))
    one = np.ones((size, size), np.float32)
    total = np.zeros((2, size, size), np.float32)
    shift, turn, zoom = rng.normal(0, 1, 2), rng.normal(0, 0.4), rng.normal(0, 0.3)
    slant, bend = rng.normal(0, 0.12, (2, 2)), rng.normal(0, 0.2, (2, 3))
    linear = slant + np.array([[zoom, -turn], [turn, zoom]])
    for row in range(2):
        plane = linear[row, 0] * u + linear[row, 1] * v
        curve = bend[row, 0] * u * u + bend[row, 1] * u * v + bend[row, 2] * v * v
        total[row] = shift[row] * one + plane + curve
    return total


def smooth_grid(coarse: Float32, size: int) -> Float32:
    """The cubic B-spline with coefficients [h w], its inner knots spread over [size size]."""
    out = coarse
    for axis in (0, 1):
        matrix = _spline_rows(out.shape[axis], size)
        out = matrix @ out if axis == 0 else out @ matrix.T
    return np.asarray(out, np.float32)


def _spline_rows(nodes: int, size: int) -> Float32:
    at = np.linspace(1, nodes - 2, size)
    away = np.abs(at[:, None] - np.arange(nodes))
    near = 2 / 3 - away**2 + away**3 / 2
    far = np.maximum(2 - away, 0) ** 3 / 6
    return np.where(away < 1, near, far).astype(np.float32)


def _bump(crop: FaceCrop, point: int, *, radius: Float64, turn: float, push: Float64) -> Float32:
    x, y = grid(crop.size_px)
    middle = crop.points_px[point]
    along = np.cos(turn) * (x - middle[0]) + np.sin(turn) * (y - middle[1])
    aside = np.cos(turn) * (y - middle[1]) - np.sin(turn) * (x - middle[0])
    weight = np.exp(-0.5 * ((along / radius[0]) ** 2 + (aside / radius[1]) ** 2))
    return np.asarray(push[:, None, None] * weight, np.float32)


def _slit(
    crop: FaceCrop, upper: tuple[int, ...], lower: tuple[int, ...]
) -> tuple[Float32, Float32, float]:
    """Place along the closed line between two chains and pixels below it [S S]; half length."""
    chain = (crop.points_px[list(upper)] + crop.points_px[list(lower)]) / 2
    axis = chain[-1] - chain[0]
    half = max(float(np.linalg.norm(axis)) / 2, 2.0)
    axis = axis / max(float(np.linalg.norm(axis)), 1e-6)
    down = np.array([-axis[1], axis[0]])
    off = chain - (chain[0] + chain[-1]) / 2
    places, depths = off @ axis / half, off @ down
    # Not polyfit: it warns where a face in profile shows the whole line in one place.
    curve = np.linalg.lstsq(np.vander(places, 4), depths, rcond=None)[0]
    along, below = _axes(crop, (chain[0] + chain[-1]) / 2, axis)
    inner = np.clip(along / half, -1.2, 1.2)
    return along, below - np.polyval(curve, inner).astype(np.float32), half


def _any_line(crop: FaceCrop, rng: np.random.Generator) -> tuple[Float32, Float32, float]:
    point = crop.points_px[int(rng.integers(SKIN_POINTS))]
    turn = rng.uniform(0, 2 * np.pi)
    along, below = _axes(crop, point, np.array([np.cos(turn), np.sin(turn)]))
    half = eye_distance(crop) * float(rng.uniform(0.15, 0.5))
    bend = float(rng.normal(0, 0.3)) / half
    return along, below - bend * np.clip(along, -2 * half, 2 * half) ** 2, half


def _axes(crop: FaceCrop, middle: Float64, axis: Float64) -> tuple[Float32, Float32]:
    x, y = grid(crop.size_px)
    along = axis[0] * (x - middle[0]) + axis[1] * (y - middle[1])
    below = axis[0] * (y - middle[1]) - axis[1] * (x - middle[0])
    return along.astype(np.float32), below.astype(np.float32)


def _step(along: Float32, below: Float32, *, width: float, reach: float, half: float) -> Float32:
    """1 just beyond the line, 0 before it, dying away at its ends and with the distance."""
    side = 1 / (1 + np.exp(-np.clip(below / (0.4 * width), -60, 60)))
    away = np.exp(-0.5 * (np.maximum(below, 0) / reach) ** 2)
    ends = np.exp(-((along / (1.1 * half)) ** 4))
    return np.asarray(side * away * ends, np.float32)
