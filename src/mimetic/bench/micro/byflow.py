"""Spotting by a method of flow: the same films and patches, another way to see them move."""

from __future__ import annotations

import numpy as np

from mimetic.micro.compare import compare_fields
from mimetic.micro.patches import Patches
from mimetic.micro.signal import Compare
from mimetic.types import Float32, Float64, FlowMethod, UInt8

OWN = "cells"  # how mimetic micro spot itself measures
METHODS = ("farneback", "dis", "dis-vr", "closed-form")
_LEVELS = 100.0  # grey levels of what is as light as its surroundings


def by_flow(flow: FlowMethod) -> Compare:
    """How patches moved from a reference to pictures of local contrast, by a method of flow."""

    def measure(pictures: Float32, reference: Float32, patches: Patches) -> Float64:
        first = _levels(reference)
        fields = np.stack([np.nan_to_num(flow.pair(first, _levels(each))) for each in pictures])
        return compare_fields(fields.astype(np.float32), reference, patches)

    return measure


def _levels(contrast: Float32) -> UInt8:
    return np.asarray(np.clip(np.rint(_LEVELS * (1 + contrast)), 0, 255), np.uint8)
