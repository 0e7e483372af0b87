"""The steps of stabilisation one by one, on the same frames, and how still each holds a face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.bench.filming import eye_similarity
from mimetic.errors import ArgumentError
from mimetic.learn.metrics import decode_ridge
from mimetic.ops import mesh, stabilise
from mimetic.ops.align import join_projection
from mimetic.ops.landmarks import STABLE
from mimetic.track.patch import Patch
from mimetic.track.template import Sight, fit_picture
from mimetic.types import Float32, Float64, Floats, Int64

SMALL_PX = 64
COMPONENTS = 64
STILL_SHARE = 0.2
# Name of a step: which geometry, and is it aligned by Lucas-Kanade?
STEPS = {
    "crop by the eyes": ("eyes", False),
    "18-point similarity": ("similarity", False),
    "18-point similarity + LK": ("similarity", True),
    "3-D crop": ("3-D", False),
    "3-D crop + LK": ("3-D", True),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """Distinct tracked frames of one face."""

    patches: list[Patch]
    landmarks_px: Float64  # [T, L, 3]
    times_s: Float64  # [T]
    mesh_px: Float32  # [L, 3]
    depth_px: Float32  # [128, 128]
    targets: Float64  # [T, K], what codes shall tell
    true_px: Float64 | None = None  # [T, L, 3], exact landmarks where they are known


def measure_steps(seen: Seen, *, jitter_px: float, seed: int) -> dict[str, dict[str, float]]:
    """Every step on the same frames: one dictionary of figures a step.

    ``jitter`` is half the mean squared change between neighbours over the variance
    of the codes, in the slowest fifth of frames. ``noise`` is half the mean squared
    change that noise on the landmarks (uniform, +-``jitter_px`` at 128 px) makes, over
    the same variance. ``residual`` is the rms of local contrast against
    the mean picture. ``r2`` is the mean over targets. ``slip_px`` is how far the true
    stable points wander in the crop (rms), where they are known.
    """
    rng = np.random.default_rng(seed)
    apart = np.linalg.norm(seen.landmarks_px[:, 33] - seen.landmarks_px[:, 263], axis=1)
    noise = rng.uniform(-jitter_px, jitter_px, seen.landmarks_px.shape)
    noisy = seen.landmarks_px + noise * (apart / mesh.EYES_APART)[:, None, None]
    return {name: _measure_step(seen, noisy, *how) for name, how in STEPS.items()}


def _measure_step(seen: Seen, noisy: Float64, geometry: str, aligned: bool) -> dict[str, float]:
    depth = seen.depth_px if geometry == "3-D" else np.zeros_like(seen.depth_px)
    sight = Sight(depth)
    steady = _projections(geometry, seen.mesh_px, seen.landmarks_px)
    shaken = _projections(geometry, seen.mesh_px, noisy)
    if aligned:
        picture = fit_picture(sight, list(zip(seen.patches, steady, strict=True)))
        aligner = stabilise.Aligner(picture.template, picture.weight)
        steady = _align(sight, aligner, seen.patches, steady)
        shaken = _align(sight, aligner, seen.patches, shaken)
    clean, residual = _look(sight, seen.patches, steady)
    other, _ = _look(sight, seen.patches, shaken)
    basis, mean = _principal(clean)
    codes, moved = (clean - mean) @ basis, (other - mean) @ basis
    variance = float(codes.var(0).sum())
    slow = _slow_steps(seen)
    change = (np.diff(codes, axis=0)[slow] ** 2).sum(1).mean()
    return {
        "jitter": float(change) / 2 / variance,
        "noise": float(((moved - codes) ** 2).sum(1).mean()) / 2 / variance,
        "residual": residual,
        "r2": _decoded(codes, seen),
        "slip_px": _slip_px(seen, steady, depth),
    }


def _projections(geometry: str, mesh_px: Float32, landmarks_px: Float64) -> list[Float64]:
    """Crop to video [2 4] of every frame."""
    if geometry == "3-D":
        return [mesh.fit_crop(mesh_px, points)[0] for points in landmarks_px]
    if geometry == "eyes":
        flat = [eye_similarity(np.asarray(p, np.float32), 128) for p in landmarks_px]
    else:
        flat = [_similarity(mesh_px[list(STABLE), :2], p[list(STABLE), :2]) for p in landmarks_px]
    return [np.insert(affine, 2, 0.0, axis=1) for affine in flat]


def _similarity(source: Floats, target: Floats) -> Float64:
    """The similarity [2 3] in the plane of least squared error, by complex numbers."""
    start, end = source[:, 0] + 1j * source[:, 1], target[:, 0] + 1j * target[:, 1]
    left = start - start.mean()
    turn = complex((left.conj() * end).sum() / (left.conj() * left).sum().real)
    shift = complex(end.mean() - turn * start.mean())
    return np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]], np.float64
    )


def _align(
    sight: Sight, aligner: stabilise.Aligner, patches: list[Patch], projections: list[Float64]
) -> list[Float64]:
    """The projections with their Lucas-Kanade alignment; unchanged where it fails."""
    joined = []
    for patch, projection in zip(patches, projections, strict=True):
        found = aligner.align(sight.contrast(patch, projection))
        affine = found.affine if found.converged else np.eye(2, 3)
        joined.append(join_projection(projection, affine))
    return joined


def _look(sight: Sight, patches: list[Patch], projections: list[Float64]) -> tuple[Float32, float]:
    """Appearance [T P] at 64 px inside the ellipse, and the rms against its mean at 128 px."""
    inside, small = stabilise.ellipse_mask(), stabilise.ellipse_mask(SMALL_PX)
    rows, total, squares = [], np.zeros(int(inside.sum())), 0.0
    for patch, projection in zip(patches, projections, strict=True):
        contrast = sight.contrast(patch, projection)
        seen = contrast[inside].astype(np.float64)
        total, squares = total + seen, squares + float((seen**2).sum())
        area = cv2.resize(contrast, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA)
        rows.append(np.asarray(area, np.float32)[small])
    mean = total / len(rows)
    variance = squares / len(rows) / mean.size - float((mean**2).mean())
    return np.stack(rows), float(np.sqrt(max(variance, 0)))


def _principal(features: Float32) -> tuple[Float32, Float32]:
    """The first components [P k] of features [T P], at most a quarter of T, and the mean."""
    mean = features.mean(0)
    count = max(1, min(COMPONENTS, len(features) // 4))
    _, _, axes = np.linalg.svd(features - mean, full_matrices=False)
    return axes[:count].T, mean


def _slow_steps(seen: Seen) -> Int64:
    """Numbers of the fifth of steps in which the pose-free landmarks move least."""
    points = seen.landmarks_px if seen.true_px is None else seen.true_px
    shapes = mesh.shapes_ed(seen.mesh_px, points)
    speed = np.linalg.norm(np.diff(shapes, axis=0), axis=2).mean(1) / np.diff(seen.times_s)
    order = np.argsort(speed, kind="stable")
    return np.asarray(order[: max(1, int(STILL_SHARE * speed.size))], np.int64)


def _decoded(codes: Floats, seen: Seen) -> float:
    """Mean R2 of the targets on stretches never learnt from; NaN where the clip is too short."""
    try:
        return float(np.nanmean(decode_ridge(codes, seen.targets, times_s=seen.times_s).r2))
    except ArgumentError:
        return float("nan")


def _slip_px(seen: Seen, projections: list[Float64], depth_px: Float32) -> float:
    if seen.true_px is None:
        return float("nan")
    stable = seen.true_px[:, list(STABLE), :2]
    places = np.stack(
        [
            mesh.points_in_crop(joined, depth_px, points)
            for joined, points in zip(projections, stable, strict=True)
        ]
    )
    return float(np.sqrt(((places - places.mean(0)) ** 2).sum(-1).mean()))
