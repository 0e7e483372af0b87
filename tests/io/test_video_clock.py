import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimetic.io.clock import Clock


def mend(stamps, step_s=0.04):
    clock = Clock(step_s)
    return [clock(stamp) for stamp in stamps], clock


def test_a_clock_that_goes_forward_is_kept():
    stamps = [-0.08, 0.0, 0.033, 0.5, 0.5001, 3600.0]
    times_s, clock = mend(stamps)
    assert times_s == stamps
    assert clock.mended == clock.resets == 0


def test_a_missing_time_is_one_step_after_the_frame_before():
    times_s, clock = mend([None, 0.04, None, 0.12])
    assert times_s == pytest.approx([0.0, 0.04, 0.08, 0.12])
    assert clock.mended == 2


def test_a_time_that_comes_twice_is_squeezed_in_before_the_next():
    times_s, clock = mend([0.0, 0.04, 0.04, 0.04, 0.08])
    assert times_s == pytest.approx([0.0, 0.04, 0.06, 0.07, 0.08])
    assert clock.mended == 2
    assert clock.resets == 0


def test_a_clock_that_starts_again_goes_on_with_the_same_steps():
    times_s, clock = mend([10.0, 10.04, 0.0, 0.04, 0.1])
    assert times_s == pytest.approx([10.0, 10.04, 10.08, 10.12, 10.18])
    assert (clock.mended, clock.resets) == (1, 1)


def test_a_clock_that_stays_a_little_behind_has_started_again():
    stamps = [0.0, 0.5, *np.arange(20) * 0.01]
    times_s, clock = mend(stamps)
    assert clock.resets == 1
    assert np.diff(times_s)[10:] == pytest.approx(0.01)


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6), min_size=2, max_size=200),
    st.floats(1e-3, 1),
)
def test_times_always_increase(stamps, step_s):
    times_s, clock = mend(stamps, step_s)
    assert (np.diff(times_s) > 0).all()
    kept = sum(time_s == stamp for time_s, stamp in zip(times_s, stamps, strict=True))
    assert clock.mended or kept == len(stamps)
