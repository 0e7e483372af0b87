"""What the report shows of dense flow: the skin at its largest movement from neutral."""

from __future__ import annotations

import numpy as np

from mimetic.flow.check import found_again
from mimetic.pipeline.stretches import Material
from mimetic.report import FlowView
from mimetic.report.facts import RegionFacts, main_feature, region_facts
from mimetic.types import Int64, LocalDynamics

# How near to its start a point must come back: 1 mm and a quarter of the way.
LEAST_ED, SHARE = 0.012, 0.25


# A lid that falls, or blur, can hide the very peak: one of a few frames about it is drawn.
NEAR_S, NEAR, TRIED = 0.15, 0.9, 4


def flow_view(dynamics: LocalDynamics, material: Material) -> FlowView | None:
    """Flow from the neutral face to a frame of the largest movement; None where nothing moved.

    The largest movement is that of the region that was farther from rest than any other at
    any time. Of the frames in which it was within a tenth of its peak, the one is drawn whose
    skin is best found again on the way back; what is not found again is left out.
    """
    moved = [fact for fact in region_facts(dynamics) if fact.moved]
    if not moved:
        return None
    most = max(moved, key=lambda fact: fact.peak)
    views = [_view(row, most, material) for row in _rows(dynamics, most)]
    found = [view for view in views if view is not None]
    return max(found, key=lambda view: np.isfinite(view.flow_px).mean(), default=None)


def _rows(dynamics: LocalDynamics, most: RegionFacts) -> Int64:
    """The frames about a region's peak that show nearly all of it, the nearest first."""
    region = dynamics.regions.index(most.region)
    size = np.abs(dynamics.values[:, region, main_feature(dynamics)])
    away_s = np.abs(dynamics.times_s - most.peak_s)
    rows = np.flatnonzero((size >= NEAR * most.peak) & (away_s <= NEAR_S))
    return np.asarray(rows[np.argsort(away_s[rows], kind="stable")[:TRIED]])


def _view(row: int, most: RegionFacts, material: Material) -> FlowView | None:
    clip = material.stretches.read(row, row + 1)
    field = material.method.predict(clip, against="neutral")
    if clip.neutral_pixels is None or not field.valid[0].any():
        return None
    # This is the farthest from neutral that the face came: what turned away or was covered
    # since then has no match, and would be drawn as a wild stretch.
    back = material.method.pair(clip.pixels[0], clip.neutral_pixels)
    kept = found_again(field.flow_px[0], back, least_px=LEAST_ED * clip.ed_px, share=SHARE)
    return FlowView(
        time_s=float(clip.times_s[0]),
        words=most.words,
        flow_px=np.where(kept, field.flow_px[0], np.nan).astype(np.float32),
        ed_px=clip.ed_px,
        method=field.method,
    )
