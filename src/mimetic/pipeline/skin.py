"""What the report shows of dense flow: the skin at its largest movement from neutral."""

from __future__ import annotations

import numpy as np

from mimetic.flow.check import found_again
from mimetic.pipeline.stretches import Material
from mimetic.report import FlowView
from mimetic.report.facts import region_facts
from mimetic.types import LocalDynamics

# How near to its start a point must come back: 1 mm and a quarter of the way.
LEAST_ED, SHARE = 0.012, 0.25


def flow_view(dynamics: LocalDynamics, material: Material) -> FlowView | None:
    """Flow from the neutral face to the frame of the largest movement; None where nothing moved.

    The frame is that in which one region was farther from rest than any other at any time.
    What is not found again on the way back is left out.
    """
    moved = [fact for fact in region_facts(dynamics) if fact.moved]
    if not moved:
        return None
    most = max(moved, key=lambda fact: fact.peak)
    row = int(np.flatnonzero(dynamics.times_s == most.peak_s)[0])
    clip = material.stretches.read(row, row + 1)
    field = material.method.predict(clip, against="neutral")
    if clip.neutral_pixels is None or not field.valid[0].any():
        return None
    # This is the farthest from neutral that the face came: what turned away or was covered
    # since then has no match, and would be drawn as a wild stretch.
    back = material.method.pair(clip.pixels[0], clip.neutral_pixels)
    kept = found_again(field.flow_px[0], back, least_px=LEAST_ED * clip.ed_px, share=SHARE)
    flow_px = np.where(kept, field.flow_px[0], np.nan)
    return FlowView(
        time_s=most.peak_s,
        words=most.words,
        flow_px=flow_px.astype(np.float32),
        ed_px=clip.ed_px,
        method=field.method,
    )
