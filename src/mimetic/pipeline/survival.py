"""How much of planted movement is left after film, tracker and flow: the latents against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mimetic.datasets.planted import Population
from mimetic.datasets.planted.filming import course_of
from mimetic.types import Float64, LocalDynamics

SLOW_S = 0.12  # one standard deviation; what is faster is fine movement
_ACROSS = ("displacement_x_ed", "displacement_y_ed")


@dataclass(frozen=True, kw_only=True)
class Survival:
    """Correlations of one region's measured movement with the planted one.

    ``amplitude`` and ``latency`` over clips (of the logarithm, and of the time at half
    height), ``course`` and ``fine`` over the moments of a clip, mean over clips.
    """

    region: str
    amplitude: float
    latency: float
    course: float
    fine: float


def survival(population: Population) -> tuple[Survival, ...]:
    """The regions of a rendered population, each with what is left of its movement.

    The movement is taken along the main direction of each clip's own displacement, as
    nobody knows the true one.
    """
    rows = [_compare(population, row) for row in range(len(population))]
    planted, measured, courses = (np.stack(each) for each in zip(*rows, strict=True))
    over_clips = [
        [_correlation(planted[:, region, k], measured[:, region, k]) for k in (0, 1)]
        for region in range(planted.shape[1])
    ]
    return tuple(
        Survival(
            region=name,
            amplitude=over_clips[region][0],
            latency=over_clips[region][1],
            course=_mean(courses[:, region, 0]),
            fine=_mean(courses[:, region, 1]),
        )
        for region, name in enumerate(population.settings.region_names)
    )


def _compare(population: Population, row: int) -> tuple[Float64, Float64, Float64]:
    """Planted and measured (log amplitude, time of half height) [R 2], correlations [R 2]."""
    dynamics = population.dynamics[row]
    times_s = dynamics.times_s
    planted = course_of(population.settings, population.latents, row, times_s)
    measured = _along(dynamics)
    width = SLOW_S / float(np.median(np.diff(times_s)))
    slow = [gaussian_filter1d(each, width, axis=0, mode="nearest") for each in (planted, measured)]
    fine = [each - calm for each, calm in zip((planted, measured), slow, strict=True)]
    alike = [
        [_correlation(*(each[:, region] for each in band)) for band in (slow, fine)]
        for region in range(planted.shape[1])
    ]
    return _reach(slow[0], times_s), _reach(slow[1], times_s), np.array(alike)


def _along(dynamics: LocalDynamics) -> Float64:
    """Displacement [T R] along each region's main direction, positive at its farthest."""
    across = [dynamics.features.index(name) for name in _ACROSS]
    plane = np.nan_to_num(dynamics.values[..., across].astype(np.float64))
    away = plane - np.median(plane, axis=0)
    main = np.linalg.eigh(np.einsum("tra,trb->rab", away, away))[1][:, :, -1]
    course = np.einsum("tra,ra->tr", plane, main)
    return np.asarray(course * np.where((course * np.abs(course)).sum(0) < 0, -1.0, 1.0))


def _reach(course: Float64, times_s: Float64) -> Float64:
    """The logarithm of how far each region goes, and when it is half there [R 2]."""
    height = course - np.percentile(course, 5, axis=0)
    top = height.max(0)
    half_s = times_s[(height > 0.5 * top).argmax(0)]
    return np.stack([np.log(np.maximum(top, 1e-6)), half_s], axis=1)


def _mean(values: Float64) -> float:
    """The mean of what is known, NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _correlation(first: Float64, second: Float64) -> float:
    """Pearson's, NaN where one of the two does not change."""
    one, other = first - first.mean(), second - second.mean()
    size = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / size) if size > 0 else float("nan")
