"""Whether a face comes back: where its skin is before a movement, and after it.

A pulse that ends elsewhere than it began is a change of posture, as of a mouth that opens and
stays open, however brief its largest moment was.
"""

from __future__ import annotations

import numpy as np

from mimetic.micro.detect import EvenSeries, Peak
from mimetic.micro.pulse import DIRECTED, Pulse
from mimetic.micro.signal import FineMotion
from mimetic.ops.rest import frame_noise
from mimetic.types import Float64, Int64

LEVEL_S = 0.3  # before the onset and after the offset
_FEWEST = 2  # frames on either side
_GONE = 0.5  # of the way to the apex; what ends farther from its start has not come back
_UNUSUAL = 2.0  # times as far as the same skin usually is from where it was, over such a time
STEP_ED, STEP_NOISE = 0.02, 4.0  # of the points; times the noise of one of them in a frame


def goes_elsewhere(
    series: EvenSeries, peak: Peak, pulse: Pulse, *, free_s: tuple[float, float]
) -> bool:
    """Whether the patches that take part end far from where they began.

    ``free_s`` bounds the time in which nothing else happened; where it leaves next to nothing
    beside the movement, what follows counts. False at the rim of a recording.
    """
    before, after, middle = _rows(series.times_s, pulse, free_s)
    taking = np.flatnonzero(peak.whitened >= DIRECTED * np.nanmax(peak.whitened))
    noise = np.linalg.norm(peak.reading[taking], axis=1) / peak.whitened[taking]
    moved = series.values[:, taking] / noise[:, None]
    known = np.isfinite(moved[:, 0, 0])
    before, after, middle = (rows[known[rows]] for rows in (before, after, middle))
    if min(before.size, after.size) < _FEWEST or not middle.size:
        return False
    first, last, apex = (moved[rows].mean(0) for rows in (before, after, middle))
    away = float(np.square(last - first).sum())
    farthest = float(np.square(apex - first).sum())
    if away <= _GONE**2 * farthest:
        return False
    gap = round(
        float(series.times_s[after].mean() - series.times_s[before].mean()) * series.rate_hz
    )
    return away > _UNUSUAL**2 * _usual(moved[known], gap, width=min(before.size, after.size))


def lands_elsewhere(motion: FineMotion, peak: Peak, pulse: Pulse) -> bool:
    """Whether the tracker's points about the patches that take part end where they did not begin.

    They are coarse, but right where a movement of some pixels is more than the patches can follow.
    """
    size = np.nan_to_num(peak.whitened[: motion.patches.mirror.size])
    points = motion.points_px[:, size >= DIRECTED * size.max()].astype(np.float64)
    known = np.isfinite(points).all((1, 2))
    points = points[known]
    before, after, _ = _rows(motion.times_s[known], pulse, (-np.inf, np.inf))
    if min(before.size, after.size) < _FEWEST:
        return False
    step = np.linalg.norm(np.median(points[after], 0) - np.median(points[before], 0), axis=1)
    noise = [max(map(frame_noise, series.T)) for series in points.transpose(1, 0, 2)]
    return bool((step >= np.maximum(STEP_ED * motion.ed_px, STEP_NOISE * np.array(noise))).any())


def _rows(
    times_s: Float64, pulse: Pulse, free_s: tuple[float, float]
) -> tuple[Int64, Int64, Int64]:
    """Rows before the onset, after the offset, and in the middle half about the apex."""
    free = (times_s >= free_s[0]) & (times_s <= free_s[1])
    before = (times_s >= pulse.onset_s - LEVEL_S) & (times_s <= pulse.onset_s)
    after = (times_s >= pulse.offset_s) & (times_s <= pulse.offset_s + LEVEL_S)
    # What follows at once may be the rest of the same movement.
    before, after = (
        each & free if np.count_nonzero(each & free) >= _FEWEST else each
        for each in (before, after)
    )
    rise_s, fall_s = pulse.apex_s - pulse.onset_s, pulse.offset_s - pulse.apex_s
    middle = (times_s > pulse.apex_s - rise_s / 4) & (times_s < pulse.apex_s + fall_s / 4)
    if not middle.any() and times_s.size:
        middle[np.abs(times_s - pulse.apex_s).argmin()] = True
    return np.flatnonzero(before), np.flatnonzero(after), np.flatnonzero(middle)


def _usual(moved: Float64, gap: int, *, width: int) -> float:
    """The median squared way between means of ``width`` rows that lie ``gap`` rows apart."""
    sums = np.cumsum(np.concatenate([np.zeros_like(moved[:1]), moved]), axis=0)
    means = (sums[width:] - sums[:-width]) / width
    if len(means) <= gap:
        return 0.0
    return float(np.median(np.square(means[gap:] - means[:-gap]).sum((1, 2))))
