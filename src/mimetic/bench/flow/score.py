"""How wrong a flow is, and how sure one can be of it.

A pair gives a handful of numbers; a method is judged by the geometric mean of its
errors over those of a reference on the same pairs, with an interval over persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mimetic.errors import ShapeError
from mimetic.flow.records import Estimate, FlowPair
from mimetic.types import Bool, Float32, Float64

MOVING_SHARE = 0.25  # of the pair's largest displacement: from there on a pixel moves
WORSE_PX, WORSE_SHARE = 0.1, 0.25  # an error beyond both spoils a pixel for measurement
SIGMA_EDGES = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, np.inf)  # px, bins of calibration
DRAWS = 1000


@dataclass(frozen=True, kw_only=True)
class Score:
    """The errors of one estimate against an exact pair, over the pixels whose truth is known."""

    epe_px: float  # mean length of the error
    moving_px: float  # the same where the truth is at least a quarter of its peak
    relative: float  # error over displacement, both summed over moving pixels
    angle_deg: float  # between the directions, weighted by displacement, moving pixels
    worse: float  # share of pixels off by more than 0.1 px and 25 %


def score(flow_px: Float32, pair: FlowPair) -> Score:
    """The score of a flow [2 H W]; a pixel where it is not finite is as wrong as no movement."""
    if flow_px.shape != pair.flow_px.shape:
        raise ShapeError(
            f"flow_px: expected {list(pair.flow_px.shape)} like the pair, got {list(flow_px.shape)}"
        )
    truth = pair.flow_px[:, pair.valid].astype(np.float64)
    found = np.nan_to_num(flow_px[:, pair.valid].astype(np.float64), posinf=0, neginf=0)
    length, error = np.hypot(*truth), np.hypot(*(found - truth))
    moving = is_moving(length)
    return Score(
        epe_px=_mean(error),
        moving_px=_mean(error[moving]),
        relative=float(error[moving].sum() / length[moving].sum()) if moving.any() else np.nan,
        angle_deg=_angle_deg(found[:, moving], truth[:, moving]),
        worse=_mean(error > np.maximum(WORSE_PX, WORSE_SHARE * length)),
    )


def is_moving(length_px: Float64) -> Bool:
    """Where displacements reach a quarter of their peak; nowhere if nothing moves."""
    peak = length_px.max(initial=0.0)
    return np.asarray((length_px >= MOVING_SHARE * peak) & (peak > 0))


def calibration(estimate: Estimate, pair: FlowPair) -> dict[str, list[float]] | None:
    """What errors come with what predicted sigma; None for a method that predicts none.

    ``sigma_px`` is one standard deviation of the error along x and along y. The lists
    count over components of valid pixels, by bins of sigma (``SIGMA_EDGES``): how many,
    how many within one and two sigma, summed squares of sigma and of error.
    """
    if estimate.sigma_px is None:
        return None
    sigma = np.tile(estimate.sigma_px[pair.valid].astype(np.float64), 2)
    error = np.abs((estimate.flow_px - pair.flow_px)[:, pair.valid].astype(np.float64)).ravel()
    place = np.digitize(sigma, SIGMA_EDGES[1:-1])
    weights = {
        "count": np.ones_like(sigma),
        "within_1": error <= sigma,
        "within_2": error <= 2 * sigma,
        "sigma_square": sigma**2,
        "error_square": error**2,
    }
    bins = len(SIGMA_EDGES) - 1
    return {
        name: np.bincount(place, np.asarray(weight, np.float64), bins).tolist()
        for name, weight in weights.items()
    }


def geometric_ratio(errors: Float64, reference: Float64) -> float:
    """Geometric mean over conditions of the mean error over persons by that of the reference.

    Both are [conditions, persons]; a person without a pair in a condition is NaN in both.
    """
    return float(_ratio(errors, reference, np.arange(errors.shape[-1])[None])[0])


def ratio_interval(
    errors: Float64, reference: Float64, *, rng: np.random.Generator
) -> tuple[float, float]:
    """The 95 % interval of ``geometric_ratio``, persons resampled with replacement."""
    drawn = _ratio(errors, reference, draw_persons(errors.shape[-1], rng))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def mean_interval(values: Float64, *, rng: np.random.Generator) -> tuple[float, float]:
    """The 95 % interval of a mean over persons [persons], NaN left out."""
    known = values[np.isfinite(values)]
    drawn = known[draw_persons(known.size, rng)].mean(1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def draw_persons(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Resampled persons [draws, persons]."""
    return np.asarray(rng.integers(count, size=(DRAWS, count)), np.int64)


def _ratio(errors: Float64, reference: Float64, persons: npt.NDArray[np.int64]) -> Float64:
    """One geometric mean for each row of drawn persons."""
    known = np.isfinite(errors) & np.isfinite(reference)
    ours, theirs = np.where(known, errors, 0), np.where(known, reference, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Both means have the same number of persons: it falls out of the ratio.
        logs = np.log(ours[:, persons].sum(-1) / theirs[:, persons].sum(-1))
    logs[~known[:, persons].any(-1)] = np.nan  # none of the drawn persons has such a pair
    kept = np.isfinite(logs) | np.isinf(logs)
    mean = np.where(kept, logs, 0).sum(0) / np.maximum(kept.sum(0), 1)
    return np.asarray(np.exp(np.where(kept.any(0), mean, np.nan)))


def _angle_deg(found: Float64, truth: Float64) -> float:
    """Mean angle, weighted by the true length; a vector of no length is 90 degrees off."""
    length, size = np.hypot(*truth), np.hypot(*found)
    if not length.sum() > 0:
        return float("nan")
    cosine = (found * truth).sum(0) / np.maximum(length * size, 1e-30)
    angle = np.where(size > 0, np.degrees(np.arccos(np.clip(cosine, -1, 1))), 90.0)
    return float((angle * length).sum() / length.sum())


def _mean(values: npt.NDArray[np.generic]) -> float:
    return float(np.asarray(values, np.float64).mean()) if values.size else float("nan")
