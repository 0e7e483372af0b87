import re

import numpy as np
import pytest

from mimetic.report import figures
from mimetic.report.clock import Clock, Gap
from mimetic.report.figures import Frame, Series

CLOCK = Clock(start_s=-0.5, end_s=9.5)


def series(values, floor=None):
    values = np.asarray(values, float)
    times_s = np.arange(values.size, dtype=float)
    return Series(
        times_s=times_s, values=values, breaks=np.zeros(values.size, bool), hue="left", floor=floor
    )


def paths(curves, name):
    return re.findall(rf'<path class="{name}" d="([^"]*)"', curves)


def magnitude(values, floor):
    return figures.magnitude_curves(
        series(values, floor), Frame(clock=CLOCK), top=1.0, base=100.0, reach=-100.0
    )


def test_what_stays_inside_the_noise_floor_is_grey_only():
    curves = magnitude([0.1] * 10, 0.2)
    assert paths(curves, "quiet")
    assert not paths(curves, "fill left")
    assert '<rect class="floor" x="0" y="80.00" width="1000" height="20.00"/>' in curves


def test_what_leaves_the_noise_floor_is_coloured_from_the_floor_up():
    (path,) = paths(magnitude([0.1, 0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 0.2), "fill left")
    levels = [float(level) for level in re.findall(r"[\d.]+ ([\d.]+)", path)]
    assert min(levels) == pytest.approx(40.0)
    assert max(levels) == pytest.approx(80.0)


def test_an_unknown_floor_draws_no_band():
    assert '<rect class="floor"' not in magnitude([0.5] * 10, np.nan)


def test_a_lone_frame_between_gaps_is_still_seen():
    values = [np.nan] * 10
    values[4] = 0.0
    curves = figures.line_curves(series(values), Frame(clock=CLOCK), low=-1, high=1, height=20)
    (path,) = paths(curves, "line left")
    start, middle, end = (float(x) for x in re.findall(r"([\d.]+) [\d.]+", path))
    assert (start, middle, end) == (400.0, 450.0, 500.0)  # half a frame to each side


def test_lines_stop_at_missing_frames():
    values = [1, 1, 1, np.nan, np.nan, 1, 1, 1, 1, 1]
    curves = figures.line_curves(series(values), Frame(clock=CLOCK), low=0, high=2, height=20)
    (path,) = paths(curves, "line left")
    assert path.count("M") == 2


def test_a_gap_of_one_frame_in_an_hour_is_still_wide_enough_to_see():
    frame = Frame(
        clock=Clock(start_s=0, end_s=3600), gaps=[Gap(start_s=10, end_s=10.04, why="no face found")]
    )
    drawn = figures.plot(frame, "", height=20, label="a row")
    width = float(re.search(r'class="gap"[^>]*width="([\d.]+)%"', drawn)[1])
    assert width >= 0.25


def test_a_single_trial_has_a_line_and_no_band():
    times_s = np.linspace(-1, 1, 21)
    nothing = np.full(21, np.nan)
    curves = figures.interval_curves(
        times_s, np.full(21, 0.5), low=nothing, high=nothing, hue="left"
    )
    assert paths(curves, "line left")
    assert not paths(curves, "veil left")


def test_the_axis_names_its_seconds():
    drawn = figures.axis(Frame(clock=CLOCK))
    assert re.findall(r">(\w+)</text>", drawn) == ["0", "2", "4", "6", "8", "s"]
