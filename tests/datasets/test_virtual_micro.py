"""The population for spotting: what is planted is what is filmed."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mimetic.datasets.virtual import Person
from mimetic.datasets.virtual_micro import CLASSES, PROGRAMS, MicroActor, MicroSettings
from mimetic.errors import ArgumentError


@pytest.fixture(scope="module")
def actor():
    return MicroActor(Person(seed=5), MicroSettings(face_px=96.0, duration_s=12.0, rate_hz=50.0))


def test_the_largest_displacement_is_the_amplitude_that_was_asked_for(actor):
    made = actor.film(1)
    for event in made.events[:1]:
        times_s = made.recording.times_s
        start, apex = (int(np.abs(times_s - t).argmin()) for t in (event.onset_s, event.apex_s))
        still = MicroActor(actor.person, replace(actor.settings, head_size=0.0))
        flow = still.film(1).recording.flow(start, apex).flow_px[0]
        assert np.nanmax(np.hypot(*flow)) == pytest.approx(event.amplitude_px, rel=0.12)


def test_events_lie_in_order_apart_and_within_the_recording(actor):
    events = actor.film(2).events
    assert len(events) >= 4
    assert all(0.12 <= e.offset_s - e.onset_s <= 0.45 for e in events)
    gaps = [b.onset_s - a.offset_s for a, b in pairwise(events)]
    assert min(gaps) >= 0.7
    assert events[-1].offset_s < 12.0
    assert {e.label for e in events} <= set(CLASSES)


def test_the_same_seed_gives_the_same_recording_and_another_gives_another(actor):
    first, again, other = actor.film(3), actor.film(3), actor.film(4)
    assert first.events == again.events != other.events
    assert (first.recording.frame(0).pixels == again.recording.frame(0).pixels).all()


def test_amplitudes_are_taken_in_turn():
    settings = MicroSettings(face_px=96.0, amplitudes_px=(0.25, 1.0), duration_s=8.0)
    sizes = [e.amplitude_px for e in MicroActor(Person(seed=6), settings).film(1).events]
    assert sizes == [(0.25, 1.0)[n % 2] for n in range(len(sizes))]


def test_distractors_are_listed_apart():
    settings = MicroSettings(
        face_px=96.0, amplitudes_px=(), blinks=0.4, speech=0.3, macro=0.3, duration_s=40.0
    )
    made = MicroActor(Person(seed=7), settings).film(1)
    assert made.events == ()
    assert {e.kind for e in made.distractors} == {"blink", "speech", "macro"}


def test_a_still_face_has_no_movement_but_the_head():
    settings = MicroSettings(face_px=96.0, amplitudes_px=(), duration_s=2.0)
    made = MicroActor(Person(seed=7), settings).film(1)
    assert made.events == made.distractors == made.recording.program.pulses == ()
    assert made.recording.program.head.waves


def test_people_have_habits_of_their_own(actor):
    other = MicroActor(Person(seed=8))
    assert actor.habits != other.habits
    for label, programs in PROGRAMS.items():
        assert sum(share for share, _ in programs) == pytest.approx(1)
        assert sum(actor.habits[label]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"blinks": 0.7, "speech": 0.7}, "sum to at most 1"),
        ({"amplitudes_px": (0.0,)}, "pixels above 0"),
        ({"length_s": (0.3, 0.1)}, "length_s: expected 0 < low"),
        ({"pause_s": (0.0, 0.1)}, "pause_s: expected 0 < low"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        MicroSettings(**wrong)
