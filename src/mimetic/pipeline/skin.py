"""What the report shows of dense flow: the skin at its largest movement from neutral."""

from __future__ import annotations

import numpy as np

from mimetic.pipeline.stretches import Material
from mimetic.report import FlowView
from mimetic.report.facts import region_facts
from mimetic.types import LocalDynamics


def flow_view(dynamics: LocalDynamics, material: Material) -> FlowView | None:
    """Flow from the neutral face to the frame of the largest movement; None where nothing moved.

    The frame is that in which one region was farther from rest than any other at any time.
    """
    moved = [fact for fact in region_facts(dynamics) if fact.moved]
    if not moved:
        return None
    most = max(moved, key=lambda fact: fact.peak)
    row = int(np.flatnonzero(dynamics.times_s == most.peak_s)[0])
    clip = material.stretches.read(row, row + 1)
    field = material.method.predict(clip, against="neutral")
    if not field.valid[0].any():
        return None
    return FlowView(
        time_s=most.peak_s,
        words=most.words,
        flow_px=field.flow_px[0],
        ed_px=clip.ed_px,
        method=field.method,
    )
