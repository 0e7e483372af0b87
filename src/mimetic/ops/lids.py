"""Lids: the door to apertures and blinks, and what a recording's lids come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.ops.aperture import SIDES, LidSeries, lid_aperture, lid_series, relative_lids
from mimetic.ops.blinks import BlinkRule, find_blinks
from mimetic.types import ExpressionEvent

__all__ = [
    "SIDES",
    "BlinkRule",
    "LidSeries",
    "LidSummary",
    "find_blinks",
    "lid_aperture",
    "lid_series",
    "lid_summary",
    "relative_lids",
]


@dataclass(frozen=True, kw_only=True)
class LidSummary:
    """Counts and shares over the time in which the eyes were measured."""

    valid_s: float
    blinks: int
    blinks_per_min: float
    one_sided_left: int
    one_sided_right: int
    closed_share: float  # of valid time, both eyes closed; the idea of PERCLOS
    median_duration_s: float
    median_completeness: float


def lid_summary(
    lids: LidSeries, blinks: tuple[ExpressionEvent, ...], *, rule: BlinkRule | None = None
) -> LidSummary:
    """Blinks per minute of valid time, and the share of it with both eyes closed."""
    rule = rule or BlinkRule()
    counted = [blink for blink in blinks if blink.rejected is None]
    rows = np.flatnonzero(np.isfinite(lids.relative.sum(1)))
    steps = np.diff(lids.times_s[rows])
    steps[steps > rule.max_gap_s + 1e-9] = 0
    closed = lids.relative[rows].max(1, initial=0) < rule.closed
    valid_s = float(steps.sum())
    both_ends = (closed[:-1].astype(float) + closed[1:]) / 2
    durations = [blink.offset_s - blink.onset_s for blink in counted]
    depths = [v for blink in counted if np.isfinite(v := _completeness(blink))]
    return LidSummary(
        valid_s=valid_s,
        blinks=len(counted),
        blinks_per_min=60 * len(counted) / valid_s if valid_s else np.nan,
        one_sided_left=sum(blink.side == "left" for blink in counted),
        one_sided_right=sum(blink.side == "right" for blink in counted),
        closed_share=float((both_ends * steps).sum() / valid_s) if valid_s else np.nan,
        median_duration_s=float(np.median(durations)) if durations else np.nan,
        median_completeness=float(np.median(depths)) if depths else np.nan,
    )


def _completeness(blink: ExpressionEvent) -> float:
    """How far the eye that closed most was closed; NaN for an event without that score."""
    found = [value for name, value in blink.scores.items() if name.startswith("completeness")]
    return max(found, default=float("nan"))
