import numpy as np
import pytest

from mimetic.report import clock as clocks
from mimetic.report.clock import COLUMNS, Clock, envelope_of, readings
from tests.report import scenes


def test_the_clock_spans_half_a_frame_to_each_side():
    clock = clocks.clock_of(scenes.video(np.arange(100) / 25))
    assert clock.start_s == pytest.approx(-0.02)
    assert clock.end_s == pytest.approx(3.98)
    assert clock.percent(1.98) == pytest.approx(50)


@pytest.mark.parametrize("end_s", [0.04, 1.0, 7.3, 33.6, 200.0, 600.0, 7200.0])
def test_ticks_are_few_round_and_inside(end_s):
    ticks = Clock(start_s=0, end_s=end_s).ticks()
    assert 4 <= len(ticks) <= 14
    assert ticks[0] == 0
    assert str(ticks[0]) == "0.0"
    assert ticks[-1] <= end_s * (1 + 1e-9)


def test_few_samples_are_kept_as_they_are():
    times_s = np.arange(10.0)
    envelope = envelope_of(
        times_s, times_s**2, breaks=np.zeros(10, bool), clock=Clock(start_s=0, end_s=10)
    )
    np.testing.assert_array_equal(envelope.low, times_s**2)
    np.testing.assert_array_equal(envelope.high, times_s**2)
    assert envelope.pieces == ((0, 10),)


def test_no_line_leads_over_missing_samples():
    values = np.array([1, 2, np.nan, 4, 5, np.nan])
    envelope = envelope_of(
        np.arange(6.0), values, breaks=np.zeros(6, bool), clock=Clock(start_s=0, end_s=6)
    )
    assert envelope.pieces == ((0, 2), (2, 4))


def test_no_line_leads_over_a_break_even_when_its_sample_is_missing():
    breaks = np.zeros(6, bool)
    breaks[2] = True
    values = np.array([1, 2, 3, 4, 5, 6.0])
    whole = envelope_of(np.arange(6.0), values, breaks=breaks, clock=Clock(start_s=0, end_s=6))
    assert whole.pieces == ((0, 2), (2, 6))


def test_an_envelope_keeps_every_peak_and_every_trough():
    times_s = np.arange(50_000) / 1000
    values = np.zeros(50_000)
    values[[777, 31_234]] = 5.0, -3.0
    envelope = envelope_of(
        times_s, values, breaks=np.zeros(50_000, bool), clock=Clock(start_s=0, end_s=50)
    )
    assert envelope.low.size <= COLUMNS
    assert envelope.high.max() == 5.0
    assert envelope.low.min() == -3.0


def test_an_envelope_breaks_where_the_series_does():
    times_s = np.arange(20_000) / 100
    values = np.ones(20_000)
    values[5_000:15_000] = np.nan
    envelope = envelope_of(
        times_s, values, breaks=np.zeros(20_000, bool), clock=Clock(start_s=0, end_s=200)
    )
    assert len(envelope.pieces) == 2
    assert not ((envelope.times_s > 50) & (envelope.times_s < 150)).any()


def test_a_series_of_nan_has_no_pieces():
    nothing = np.full(5, np.nan)
    envelope = envelope_of(
        np.arange(5.0), nothing, breaks=np.zeros(5, bool), clock=Clock(start_s=0, end_s=5)
    )
    assert envelope.pieces == ()


def test_readings_hold_the_largest_value_of_each_step():
    times_s = np.arange(7200) / 100
    values = np.tile([0.0, -2.0, 1.0, np.nan], 1800)
    found = readings(times_s, values, clock=Clock(start_s=0, end_s=72))
    assert len(found) == COLUMNS
    assert set(found) == {-2.0}


def test_gaps_say_why_and_touch_the_frames_beside_them():
    times_s = np.arange(10) / 10
    valid = np.array([1, 1, 1, 0, 0, 1, 1, 1, 1, 1], bool)
    track = scenes.track(times_s, valid, scenes.drawn_mesh())
    (gap,) = clocks.gaps_of(scenes.video(times_s), track)
    assert (gap.start_s, gap.end_s) == (pytest.approx(0.25), pytest.approx(0.45))
    assert gap.why == "no face found"
