"""How large a peak must be so that rest alone seldom makes one: from the recording's own peaks.

The peaks of a recording at rest have an exponential tail. Its middle and its length are read
off the peaks themselves, those left out, round by round, that are too large to be rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Float64

USUAL_MIDDLE, USUAL_TAIL = 7.8, 2.6  # of scores, on virtual faces at rest
USUAL_PER_MIN = 400.0
_PRIOR_PEAKS = 15  # what is usual counts as so many peaks
_TRUSTED_PER_MIN = 3.0  # peaks rarer than this are no rest while the tail is read
_ROUNDS = 8


@dataclass(frozen=True, kw_only=True)
class RestPeaks:
    """The peaks of a recording at rest: half are above ``middle``, falling off over ``tail``."""

    middle: float
    tail: float
    per_min: float

    def threshold(self, false_alarms_per_min: float) -> float:
        """The score that peaks at rest exceed so many times a minute."""
        if not 0 < false_alarms_per_min <= self.per_min / 2:
            raise ArgumentError(
                "false_alarms_per_min: expected above 0 and at most "
                f"{self.per_min / 2:.0f}, got {false_alarms_per_min:g}"
            )
        return self.middle + self.tail * float(np.log(self.per_min / 2 / false_alarms_per_min))

    def rate(self, score: float) -> float:
        """How many peaks a minute at rest are as large, at most those above the middle."""
        return float(self.per_min / 2 * np.exp(-max(score - self.middle, 0.0) / self.tail))


def rest_peaks(scores: Float64, minutes: float) -> RestPeaks:
    """Read the peaks at rest off all peaks of ``minutes`` of video, movements among them."""
    kept = np.sort(scores[np.isfinite(scores)])
    if kept.size:
        low, middle = np.quantile(kept, [0.1, 0.4])
        # Gumbel's law, which rest follows nearly: its tail from its lower half.
        tail = max((middle - low) / (np.log(np.log(10)) - np.log(np.log(2.5))), 0.5)
        limit = middle + tail * np.log(USUAL_PER_MIN / _TRUSTED_PER_MIN)
        kept = kept[kept <= limit]
    found = _usual(kept, minutes)
    for _ in range(_ROUNDS):
        limit = found.threshold(_TRUSTED_PER_MIN)
        found = _usual(np.sort(scores[scores <= limit]), minutes)
    return found


def _usual(kept: Float64, minutes: float) -> RestPeaks:
    number = kept.size
    middle, tail = USUAL_MIDDLE, USUAL_TAIL
    if number >= 3:
        own_middle = float(np.median(kept))
        above = kept[kept > own_middle] - own_middle
        own_tail = float(above.mean()) if above.size else USUAL_TAIL
        share = number / (number + _PRIOR_PEAKS)
        middle += share * (own_middle - middle)
        tail += share * (own_tail - tail)
    per_min = (number + _PRIOR_PEAKS) / (minutes + _PRIOR_PEAKS / USUAL_PER_MIN)
    return RestPeaks(middle=middle, tail=tail, per_min=per_min)
