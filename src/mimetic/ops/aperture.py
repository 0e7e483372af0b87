"""How far each eye is open, measured between lid landmarks in the person's own head frame.

Neither head pose nor the direction of the iris enters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.ops.landmarks import LOWER_LID_LEFT, LOWER_LID_RIGHT, UPPER_LID_LEFT, UPPER_LID_RIGHT
from mimetic.types import Bool, Float64, Floats
from mimetic.types.arrays import check_shape, check_times

SIDES = ("left", "right")  # the columns of every array here, the person's own
_UPPER, _LOWER = (UPPER_LID_LEFT, UPPER_LID_RIGHT), (LOWER_LID_LEFT, LOWER_LID_RIGHT)
_MIDDLE = slice(2, 5)  # the three points of each lid that travel farthest


@dataclass(frozen=True, kw_only=True, eq=False)
class LidSeries:
    """Lid aperture of both eyes, columns left and right, NaN where not measured."""

    times_s: Float64  # [T]
    aperture_ed: Float64  # [T, 2]
    relative: Float64  # [T, 2], 1 = the person's open eye
    open_ed: Float64  # [2]


def lid_aperture(shape_ed: Floats) -> Float64:
    """Aperture [T 2] in ed, left then right, from shapes [T L 3] in the head frame."""
    check_shape("shape_ed", shape_ed, "T L 3")
    upper, lower = np.array(_UPPER)[:, _MIDDLE], np.array(_LOWER)[:, _MIDDLE]
    across = np.asarray(shape_ed[:, upper], np.float64) - shape_ed[:, lower]  # [T, 2, 3, 3]
    return np.asarray(np.linalg.norm(across, axis=3).mean(2))


def lid_series(shape_ed: Floats, times_s: Float64, *, valid: Bool, repeated: Bool) -> LidSeries:
    """Aperture of every valid, distinct frame, absolute and relative to the open eye.

    The person's open eye is the 75 % point of the aperture over the recording.
    """
    aperture = lid_aperture(shape_ed)
    aperture[~valid | repeated] = np.nan
    return relative_lids(aperture, times_s)


def relative_lids(aperture_ed: Float64, times_s: Float64) -> LidSeries:
    """The series of apertures [T 2] measured already; for recordings read in stretches."""
    check_shape("aperture_ed", aperture_ed, "T 2", T=times_s.size)
    check_times("times_s", times_s)
    open_ed = np.full(2, np.nan)
    for side in range(2):
        known = aperture_ed[np.isfinite(aperture_ed[:, side]), side]
        if known.size:
            open_ed[side] = np.quantile(known, 0.75)
    # An eye that never opens has no open level to compare with.
    open_ed[open_ed <= 0] = np.nan
    return LidSeries(
        times_s=times_s, aperture_ed=aperture_ed, relative=aperture_ed / open_ed, open_ed=open_ed
    )
