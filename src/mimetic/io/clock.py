"""Times that only go forward, made from timestamps that may not."""

from __future__ import annotations

import math

# A clock that falls back by this much has been restarted, not shaken.
RESET_S = 1.0
RESET_FRAMES = 8


class Clock:
    """The time of each frame from the container's own timestamp, strictly increasing.

    A timestamp later than the one before is kept as it is. A missing one
    becomes one usual step after the frame before. One that does not go forward
    is squeezed in: half a usual step after the frame before, a quarter for the
    next, and so on, so that the container's clock is met again as soon as it is
    ahead. When it stays behind for 8 frames or falls back by more than 1 s
    (recordings joined into one file), it counts as restarted: it goes on one
    usual step after the frame before, and everything after is shifted alike.
    """

    def __init__(self, step_s: float) -> None:
        self.step_s = step_s
        self.mended = 0
        self.resets = 0
        self._shift_s = 0.0
        self._last_s = math.nan
        self._behind = 0

    def __call__(self, stamp_s: float | None) -> float:
        """The time in seconds of the next frame, given its timestamp."""
        self._last_s = self._next(stamp_s)
        return self._last_s

    def _next(self, stamp_s: float | None) -> float:
        first = math.isnan(self._last_s)
        if stamp_s is None:
            self.mended += 1
            return 0.0 if first else self._last_s + self.step_s
        time_s = stamp_s + self._shift_s
        if first or time_s > self._last_s:
            self._behind = 0
            return time_s
        self.mended += 1
        self._behind += 1
        if self._behind < RESET_FRAMES and time_s > self._last_s - RESET_S:
            return self._last_s + math.ldexp(self.step_s, -self._behind)
        self.resets += 1
        self._behind = 0
        self._shift_s += self._last_s + self.step_s - time_s
        return self._last_s + self.step_s
