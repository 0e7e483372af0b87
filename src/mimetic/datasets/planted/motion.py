"""From latents to movement: how far each region is from rest at any moment."""

from __future__ import annotations

import numpy as np

from mimetic.datasets.planted.latents import WAVES, Latents
from mimetic.types import Float64

AMPLITUDE_SD = 0.5  # of the logarithm
LATENCY_SD_S = 0.15
ONSET_S = 0.9
RISE_S, HOLD_S, FALL_S = 0.07, 1.3, 0.11  # of the logistic flanks, and between them
RISE_SD, HOLD_SD_S, FALL_SD = 0.15, 0.08, 0.15
FINE_SHARE = 0.12  # of the typical amplitude, one standard deviation
SWELL_HZ, SWELL = 0.7, 0.9  # of bursts


def slow_course(latents: Latents, row: int, times_s: Float64) -> Float64:
    """The course of the expression [T R] in one clip; 1 is the typical amplitude."""
    rise, hold, fall = latents.course[row].T
    late_s = LATENCY_SD_S * (latents.latency[row] + latents.own_latency[row])
    onset_s = ONSET_S + late_s
    # The end is the clip's own: a late region does not stay longer.
    offset_s = ONSET_S + HOLD_S + HOLD_SD_S * hold
    up = _logistic((times_s[:, None] - onset_s) / (RISE_S * np.exp(RISE_SD * rise)))
    down = _logistic((offset_s - times_s[:, None]) / (FALL_S * np.exp(FALL_SD * fall)))
    far = np.exp(AMPLITUDE_SD * (latents.amplitude[row] + latents.own_amplitude[row]))
    return np.asarray(far * up * down)


def fine_course(latents: Latents, row: int, times_s: Float64, *, swelling: bool) -> Float64:
    """The fine movement [T R] of one clip in the same unit, with mean 0."""
    turns = 2 * np.pi * times_s[:, None] * latents.fine_hz[row]
    waves = np.concatenate([np.sin(turns), np.cos(turns)], axis=1) / np.sqrt(WAVES)
    fine = FINE_SHARE * waves @ latents.fine[row].T
    if not swelling:
        return np.asarray(fine)
    swell = 2 * np.pi * (SWELL_HZ * times_s[:, None] + latents.phase[row])
    return np.asarray(fine * (1 + SWELL * np.sin(swell)) / np.sqrt(1 + SWELL**2 / 2))


def _logistic(values: Float64) -> Float64:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -50, 50))))
