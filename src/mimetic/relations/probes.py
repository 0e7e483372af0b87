"""What clips show besides relations, as columns: pooled signals, still frames, tracker noise.

A trait that these tell may have reached a model by other ways than movement.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.timeseries import still_rows
from mimetic.relations.kinds import Material
from mimetic.types import FaceClip, Float64, Int64, LocalDynamics

_TINY = 1e-6  # ed, before logarithms: below any tracker's noise


def pooled(material: Material) -> Float64:
    """Mean and spread over time of every feature of every region [n 2 R F], NaN where not seen."""
    rows = []
    for one in material.dynamics:
        seen = one.valid[:, :, None]
        count = np.where(seen.any(0), seen.sum(0), np.nan)
        values = np.where(seen, one.values, 0.0).astype(np.float64)
        mean = values.sum(0) / count
        spread = np.sqrt((np.where(seen, values - mean, 0.0) ** 2).sum(0) / count)
        rows.append(np.concatenate([mean.ravel(), spread.ravel()]))
    return np.stack(rows)


def places(material: Material) -> Float64:
    """The features of single regions [n R K]."""
    phi = material.table.phi
    return phi.reshape(len(phi), -1)


def rest_frames(material: Material) -> Float64:
    """The values [n R F] of the frame nearest to rest."""
    return np.stack(
        [one.values[_rest(one)].ravel().astype(np.float64) for one in material.dynamics]
    )


def freeze_frame(one: LocalDynamics, *, frame: int | None = None) -> LocalDynamics:
    """A clip that shows one frame (the one nearest to rest) all the time, without noise.

    What a model still tells from it, it has from looks.
    """
    if frame is not None and not 0 <= frame < one.times_s.size:
        raise ArgumentError(f"frame: expected 0 to {one.times_s.size - 1}, got {frame}")
    shown = _rest(one) if frame is None else frame
    rows = np.full(one.times_s.size, shown)
    return dataclasses.replace(one, values=one.values[rows], valid=one.valid[rows])


def noise(material: Material) -> Float64:
    """Logarithm of the usual tremble of every feature, share of gaps of every region, frame rate.

    The tremble is the median size of what a straight line through the frame before and
    the frame after leaves over, so that short movements do not count.
    """
    rows = []
    for one in material.dynamics:
        values = np.asarray(one.values, np.float64)
        left = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2)
        gaps = 1.0 - one.valid.mean(0)
        step_s = float(np.median(np.diff(one.times_s))) if one.times_s.size > 1 else np.nan
        rows.append(np.concatenate([np.log(_medians(left) + _TINY), gaps, [-np.log(step_s)]]))
    return np.stack(rows)


def neutral_shapes(material: Material) -> Float64:
    """The points [n 3 L] of the neutral face in eye distances, in the person's own head frame."""
    if material.clips is None:
        raise ArgumentError("clips: the shape of a face is in its crops; give those of every clip")
    shapes = [_neutral(clip).ravel().astype(np.float64) for clip in material.clips]
    if len({shape.size for shape in shapes}) > 1:
        raise ShapeError("clips: expected meshes of one scheme, got different numbers of points")
    return np.stack(shapes)


def _rest(one: LocalDynamics) -> int:
    """The frame nearest to rest among those in which most regions are seen."""
    seen = one.valid.sum(1)
    usable: Int64 = np.flatnonzero((seen == seen.max()) & (seen > 0))
    if not usable.size:
        return 0
    values = np.nan_to_num(np.asarray(one.values, np.float64))[usable]
    spread = values.std(0)
    # What never changes cannot tell one frame from another.
    moves = spread > 1e-9
    away = np.where(moves, np.abs(values) / np.where(moves, spread, 1.0), 0.0)
    return int(usable[away.sum((1, 2)).argmin()])


def _medians(left: Float64) -> Float64:
    """Medians [R F] over time of what is known, flat; NaN where nothing is."""
    columns = left.reshape(len(left), left.shape[1] * left.shape[2]).T
    known = [column[~np.isnan(column)] for column in columns]
    return np.array([np.median(each) if each.size else np.nan for each in known])


def _neutral(clip: FaceClip) -> Float64:
    if clip.neutral_shape_ed is not None:
        return np.asarray(clip.neutral_shape_ed, np.float64)
    shape = np.asarray(clip.shape_ed, np.float64)
    step_s = np.diff(clip.times_s, prepend=np.nan)
    before = np.concatenate([shape[:1] * np.nan, shape[:-1]])
    speed = np.linalg.norm(shape - before, axis=2).mean(1) / step_s
    rows = still_rows(speed, clip.times_s, valid=clip.valid, repeated=clip.repeated)
    if not rows.size:
        return np.full(shape.shape[1:], np.nan)
    return np.asarray(np.median(shape[rows], axis=0))
