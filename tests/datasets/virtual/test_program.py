import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimetic.datasets.virtual import CONTROLS, Habits, HeadMotion, Program, Pulse, Wave
from mimetic.datasets.virtual.head import MOST_TURN_DEG
from mimetic.errors import ArgumentError


def smile(**changes):
    values = {"control": "lip_corner_up_left", "onset_s": 1.0, "apex_s": 1.5, "offset_s": 2.5}
    return Pulse(**(values | changes))


def test_a_pulse_is_zero_before_its_onset_its_size_at_the_apex_and_zero_after_its_offset():
    pulse = smile(size=0.6, hold_s=0.25)
    values = pulse(np.array([0.0, 1.0, 1.25, 1.5, 1.75, 2.5, 9.0]))
    assert values == pytest.approx([0, 0, 0.3, 0.6, 0.6, 0, 0])


def test_the_speed_of_a_pulse_peaks_at_fifteen_eighths_of_its_mean_as_minimum_jerk_says():
    times = np.linspace(1.0, 1.5, 20001)
    speed = np.gradient(smile()(times), times)
    assert speed.max() == pytest.approx(15 / 8 / 0.5, rel=1e-4)


def test_activations_do_not_depend_on_the_frame_rate():
    program = Program.random(4, 3.0)
    slow, fast = np.arange(75) / 25, np.arange(300) / 100
    assert np.array_equal(program.activations(slow), program.activations(fast)[::4])


def test_two_pulses_of_one_control_never_exceed_one():
    program = Program(duration_s=3, pulses=(smile(), smile(size=0.8)))
    assert program.activations(np.array([1.5])).max() == 1.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(1.0, 60.0))
def test_random_programs_stay_within_their_bounds(seed, duration_s):
    program = Program.random(seed, duration_s)
    values = program.activations(np.arange(0, duration_s, 0.05))
    assert values.min() >= 0
    assert values.max() <= 1
    assert all(0 <= event.onset_s <= duration_s for event in program.events())
    assert not np.any(values[0])


def test_the_same_seed_gives_the_same_program_and_another_seed_another():
    assert Program.random(1, 20.0) == Program.random(1, 20.0)
    assert Program.random(1, 20.0) != Program.random(2, 20.0)


def test_a_minute_of_a_random_program_has_blinks_of_both_eyes_and_other_movements():
    events = Program.random(5, 60.0).events()
    left = [e.onset_s for e in events if e.label == "lid_close_left"]
    right = [e.onset_s for e in events if e.label == "lid_close_right"]
    assert left == right
    assert 5 <= len(left) <= 40
    assert {e.kind for e in events if e.label.startswith("lid_close")} == {"blink"}
    assert len({e.label for e in events}) > 8


def test_habits_decide_what_moves():
    weights = tuple(float(name == "pucker") for name in movements())
    habits = Habits(weights=weights, blinks_hz=0.0)
    assert {e.label for e in Program.random(1, 30.0, habits=habits).events()} == {"pucker"}


def movements():
    from mimetic.datasets.virtual.program import MOVEMENTS

    return MOVEMENTS


def test_events_are_the_pulses_in_order_with_sides_and_kinds():
    quick = smile(onset_s=0.2, apex_s=0.3, offset_s=0.5, control="jaw_open")
    first, second = Program(duration_s=3, pulses=(smile(), quick)).events()
    assert (first.label, first.side, first.kind) == ("jaw_open", "both", "micro")
    assert (second.label, second.side, second.kind) == ("lip_corner_up_left", "left", "macro")
    assert (second.onset_s, second.apex_s, second.offset_s) == (1.0, 1.5, 2.5)


def test_a_single_movement_returns_to_rest_and_a_held_one_stays():
    single = Program.single("pucker", size=0.5)
    assert single.activations(np.array([0.0, 0.9, 1.8]))[:, CONTROLS.index("pucker")] == (
        pytest.approx([0, 0.5, 0])
    )
    held = Program.held(jaw_open=0.7).activations(np.linspace(0, 0.5, 5))
    assert held[:, CONTROLS.index("jaw_open")] == pytest.approx(0.7)


def test_head_waves_are_sinusoids_of_their_channel():
    head = HeadMotion(yaw_deg=2, waves=(Wave(channel="yaw_deg", size=3, rate_hz=0.5, phase=0),))
    assert head(np.array([0.0, 0.5, 1.5]))["yaw_deg"] == pytest.approx([2, 5, -1])


def test_random_head_motion_is_slow_and_small():
    values = HeadMotion.random(3)(np.arange(0, 60, 0.04))
    assert np.abs(values["yaw_deg"]).max() <= 9
    assert np.abs(np.diff(values["yaw_deg"])).max() / 0.04 < 2 * np.pi * 0.8 * 9


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: smile(control="ears"), "expected one of"),
        (lambda: smile(apex_s=0.5), "onset < apex"),
        (lambda: smile(hold_s=2.0), "apex \\+ hold < offset"),
        (lambda: smile(size=1.2), "0 to 1"),
        (lambda: smile(hold_s=-0.1), "0 or more"),
        (lambda: Wave(channel="nod", size=1, rate_hz=1, phase=0), "expected one of yaw_deg"),
        (lambda: HeadMotion(yaw_deg=MOST_TURN_DEG + 1), "at most 25"),
        (lambda: HeadMotion(scale=0), "more than 0"),
        (lambda: Program(duration_s=0), "more than 0"),
        (lambda: Habits(weights=(1.0,)), "weights"),
    ],
)
def test_programs_refuse_what_cannot_be_shown(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()
