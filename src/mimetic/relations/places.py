"""What one region of a clip did: how far, when and how fast, and how much it trembled."""

from __future__ import annotations

import numpy as np

from mimetic.relations.courses import Courses
from mimetic.types import Float64, Int64

_TINY = 1e-5  # ed, added before logarithms: less than a hundredth of a pixel
REGION_FEATURES = (
    "log_amplitude",
    "log_mean",
    "log_sd",
    "onset_s",
    "peak_s",
    "offset_s",
    "duration_s",
    "rise_s",
    "fall_s",
    "log_onset_speed",
    "log_offset_speed",
    "rising_share",
    "log_jerk",
    "log_fine",
    "fine_memory",
)
SHORT = ("log_amplitude", "log_sd", "log_fine")


def _log(values: Float64) -> Float64:
    return np.asarray(np.log(np.maximum(values, 0) + _TINY))


def region_features(courses: Courses) -> Float64:
    """Features [R, K] of the first signal in full, of the others in short."""
    first = _course_features(courses.slow[:, 0], courses.fast[:, 0], courses.step_s)
    slow, fast = courses.slow[:, 1:], courses.fast[:, 1:]
    reach = np.abs(slow).max(2)
    short = np.stack([_log(reach), _log(slow.std(2)), _log(fast.std(2))], axis=2)
    both = np.concatenate([first, short.reshape(len(first), -1)], axis=1)
    # Comparisons with NaN are False, and would make numbers of a region that was not seen.
    both[np.isnan(courses.slow).any((1, 2))] = np.nan
    return np.asarray(both)


def _course_features(slow: Float64, fast: Float64, step_s: float) -> Float64:
    """How far, when and how fast the course [R K] of each region went."""
    steps = slow.shape[1]
    course = slow - np.percentile(slow, 5, axis=1, keepdims=True)
    top = course.max(1)
    peak = course.argmax(1)
    unit = course / np.maximum(top, 1e-9)[:, None]
    rise = [_crossing(unit, peak, level) for level in (0.25, 0.5, 0.75)]
    fall = [_crossing(unit[:, ::-1], steps - 1 - peak, level) for level in (0.25, 0.5, 0.75)]
    fall = [steps - 1 - each for each in fall]
    speed = np.gradient(slow, step_s, axis=1)
    before = np.arange(steps) <= peak[:, None]
    middle = 0.5 * (
        _crossing(unit, peak, 0.9) + steps - 1 - _crossing(unit[:, ::-1], steps - 1 - peak, 0.9)
    )
    jerk = np.gradient(np.gradient(speed, step_s, axis=1), step_s, axis=1)
    memory = (fast[:, 1:] * fast[:, :-1]).mean(1) / np.maximum(fast.var(1), 1e-18)
    return np.stack(
        [
            _log(top),
            _log(course.mean(1)),
            _log(course.std(1)),
            rise[1] * step_s,
            middle * step_s,
            fall[1] * step_s,
            (fall[1] - rise[1]) * step_s,
            (rise[2] - rise[0]) * step_s,
            (fall[0] - fall[2]) * step_s,
            _log(np.where(before, speed, 0).max(1)),
            _log(np.where(before, 0, -speed).max(1)),
            (speed > 0).mean(1),
            _log(np.sqrt((jerk**2).mean(1))),
            _log(fast.std(1)),
            memory,
        ],
        axis=1,
    )


def _crossing(unit: Float64, peak: Int64, level: float) -> Float64:
    """The last step [R], with its fraction, at which a course rose through a level."""
    steps = np.arange(unit.shape[1])
    below = (unit < level) & (steps <= peak[:, None])
    last = np.where(below.any(1), unit.shape[1] - 1 - below[:, ::-1].argmax(1), 0)
    rows = np.arange(len(unit))
    low, high = unit[rows, last], unit[rows, np.minimum(last + 1, unit.shape[1] - 1)]
    part = np.clip((level - low) / np.where(high > low, high - low, 1.0), 0, 1)
    return np.asarray(np.where(below.any(1), last + part, 0.0))
