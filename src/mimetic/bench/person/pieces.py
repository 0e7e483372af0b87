"""Parts of a clip, and clips put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from mimetic.types import FaceClip, Int64

# What a clip has once, not for every frame.
WHOLE = frozenset({"person", "depth_px", "mesh_px", "neutral_pixels", "neutral_shape_ed"})


def pick(clip: FaceClip, rows: Int64) -> FaceClip:
    """Some frames of a clip, in order."""
    values: dict[str, Any] = {field.name: getattr(clip, field.name) for field in fields(clip)}
    return FaceClip(
        **{name: value if name in WHOLE else value[rows] for name, value in values.items()}
    )


def join(clips: Sequence[FaceClip]) -> FaceClip:
    """Stretches of one recording as one clip."""
    values: dict[str, Any] = {
        field.name: getattr(clips[0], field.name) for field in fields(FaceClip)
    }
    for name in values.keys() - WHOLE:
        values[name] = np.concatenate([getattr(clip, name) for clip in clips])
    return FaceClip(**values)
