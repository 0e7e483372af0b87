"""What is found in clips whose skin moves by known pulses."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mimetic.errors import ArgumentError, InputError
from mimetic.micro.spot import SpotSettings, notes_of, survey_clips
from mimetic.ops.landmarks import LIPS_INNER_LOWER
from mimetic.types import ExpressionEvent
from tests.micro.moving import bump, moving_clip, pulse, rows_of

MOUTH_RIGHT, MOUTH_LEFT, BROW_RIGHT, LIDS_RIGHT = (46, 92), (82, 92), (47, 32), (44, 47)


def course(onset_s=1.5, apex_s=1.6, offset_s=1.75):
    return lambda times_s: pulse(times_s, onset_s, apex_s, offset_s)


@cache
def brief(place=MOUTH_RIGHT, size_px=0.3, rate_hz=100.0):
    return moving_clip([(bump(place, (0.0, -size_px)), course())], rate_hz=rate_hz)


def only(found):
    assert len(found.micro) == 1, found
    return found.micro[0]


def test_a_quarter_of_a_pixel_is_found_to_a_frame():
    event = only(survey_clips([brief(size_px=0.25)]))
    assert event.onset_s == pytest.approx(1.5, abs=0.02)
    assert event.apex_s == pytest.approx(1.6, abs=0.015)
    assert event.offset_s == pytest.approx(1.75, abs=0.03)
    assert event.regions[0] in ("mouth_right", "cheek_right")
    assert event.side == "right"
    assert event.snr > 6
    assert event.rejected is None


def test_its_size_is_the_mean_over_a_patch():
    event = only(survey_clips([brief()]))
    assert 0.1 < event.amplitude_px < 0.3
    assert event.amplitude_ed == pytest.approx(event.amplitude_px / 56, rel=1e-3)


@pytest.mark.parametrize("rate_hz", [30.0, 200.0])
def test_moments_lie_between_frames_at_any_rate(rate_hz):
    event = only(survey_clips([brief(size_px=0.5, rate_hz=rate_hz)]))
    assert event.apex_s == pytest.approx(1.6, abs=0.015)
    assert event.offset_s - event.onset_s == pytest.approx(0.25, abs=0.07)


def test_a_movement_of_both_sides_is_one_event_of_both():
    fields = bump(MOUTH_RIGHT, (0.0, -0.3)) + bump(MOUTH_LEFT, (0.0, -0.3))
    assert only(survey_clips([moving_clip([(fields, course())])])).side == "both"


def test_nothing_is_found_where_nothing_moves():
    found = survey_clips([moving_clip([], duration_s=6.0)], SpotSettings(false_alarms_per_min=0.1))
    assert found.micro == found.macro == found.rejected == ()


def test_fewer_false_alarms_need_a_higher_threshold():
    few, many = (
        survey_clips([brief()], SpotSettings(false_alarms_per_min=rate)).threshold
        for rate in (0.1, 10.0)
    )
    assert few > many + 2


def test_a_movement_that_lasts_is_reported_apart():
    slow = [(bump(MOUTH_RIGHT, (0.0, -0.5)), course(1.0, 1.5, 2.2))]
    found = survey_clips([moving_clip(slow)])
    assert found.micro == ()
    assert {event.kind for event in found.macro} == {"macro"}


def test_a_movement_that_does_not_come_back_is_no_micro_expression():
    staying = [(bump(MOUTH_RIGHT, (0.0, -0.5)), lambda t: (t > 1.6).astype(float))]
    found = survey_clips([moving_clip(staying)])
    assert found.micro == ()
    assert found.macro


def test_lids_that_move_during_a_blink_are_named_so():
    clip = moving_clip([(bump(LIDS_RIGHT, (0.0, 0.5)), course())])
    blink = ExpressionEvent(onset_s=1.45, apex_s=1.6, offset_s=1.8, kind="blink")
    assert [e.rejected for e in survey_clips([clip], blinks=[blink]).rejected] == ["blink"]
    assert len(survey_clips([clip]).micro) == 1


def test_a_mouth_that_moves_during_a_blink_counts():
    blink = ExpressionEvent(onset_s=1.45, apex_s=1.6, offset_s=1.8, kind="blink")
    assert len(survey_clips([brief()], blinks=[blink]).micro) == 1


def test_missing_frames_inside_a_movement_are_named():
    clip = brief(size_px=0.5)
    kept = np.ones(400, bool)
    kept[162:168] = False
    found = survey_clips([rows_of(clip, kept)])
    assert found.micro == ()
    assert all("frames are missing" in e.rejected for e in found.rejected)


def test_lids_that_follow_the_gaze_are_named_so():
    clip = moving_clip([(bump(LIDS_RIGHT, (0.0, 0.5)), course())])
    shape = clip.shape_ed.copy()
    shape[:, 468:478, 1] += 0.06 * pulse(clip.times_s, 1.5, 1.6, 1.75)[:, None]
    found = survey_clips([replace(clip, shape_ed=shape)])
    assert [e.rejected for e in found.rejected] == ["the eyes looked elsewhere"]


def test_a_jerk_of_the_head_is_named_so():
    nod = 2 * pulse(brief().times_s, 1.5, 1.6, 1.75)
    found = survey_clips([replace(brief(), pitch_deg=nod.astype(np.float32))])
    assert found.micro == ()
    assert "the head jerked (pitch by" in found.rejected[0].rejected


def test_a_mouth_that_keeps_moving_speaks():
    syllables = [course(s, s + 0.1, s + 0.22) for s in (2.0, 2.35, 2.7, 3.05, 3.4)]
    field = bump((64, 100), (0.0, 1.2), radius_px=18.0)
    found = survey_clips([moving_clip([(field, each) for each in syllables], duration_s=6.0)])
    assert found.micro == ()
    assert {e.rejected for e in found.rejected} == {"speech"}


@pytest.mark.parametrize(
    ("apart_ed", "at_s", "said"),
    [
        (0.12, 1.6, "the mouth opened or closed (lips by 0.12 ed)"),
        (0.12, 2.0, "speech"),
        (0.12, 3.0, None),  # too late to belong to it
    ],
)
def test_lips_that_part_say_what_a_movement_of_the_mouth_is(apart_ed, at_s, said):
    clip = brief(size_px=0.5)
    shape = clip.shape_ed.copy()
    shape[:, LIPS_INNER_LOWER[5], 1] += apart_ed * pulse(
        clip.times_s, at_s - 0.1, at_s, at_s + 0.15
    )
    found = survey_clips([replace(clip, shape_ed=shape)])
    assert [event.rejected for event in (*found.micro, *found.rejected)] == [said]


def test_a_picture_that_changes_everywhere_is_no_movement():
    rows, columns = np.indices((128, 128))
    turn = 2 * np.pi * (columns + 2 * rows) / 100
    fields = 0.5 * np.stack([np.cos(turn), np.sin(turn)])
    found = survey_clips([moving_clip([(fields, course())])])
    assert found.micro == ()
    assert found.rejected
    assert "the whole picture changed" in found.rejected[0].rejected


def test_what_is_briefer_than_asked_for_is_named():
    found = survey_clips([brief(size_px=0.6)], SpotSettings(shortest_s=0.4))
    assert found.micro == ()
    assert found.rejected[0].rejected == "shorter than 0.4 s"


def test_a_low_rate_is_told_in_words():
    found = survey_clips([brief(size_px=0.5, rate_hz=30.0)])
    assert "30 frames a second" in found.notes[0]
    assert survey_clips([brief()]).notes == ()


def test_a_face_that_never_rests_is_told_in_words():
    settings = SpotSettings()
    (told,) = notes_of(100.0, settings, 0.03, threshold=60.0)
    assert "from a signal to noise of 11 on, usual is 7" in told
    assert notes_of(100.0, settings, 0.03, threshold=25.0) == ()


def test_a_larger_crop_gives_the_same_in_its_own_pixels():
    clip = brief(size_px=0.4)
    from tests.micro.moving import clip_of

    large = clip_of(clip.pixels.repeat(2, axis=1).repeat(2, axis=2), clip.times_s)
    small, big = (only(survey_clips([each])) for each in (clip, large))
    assert big.apex_s == pytest.approx(small.apex_s, abs=1e-6)
    assert big.amplitude_px == pytest.approx(2 * small.amplitude_px, rel=0.01)


def test_two_seconds_of_face_are_needed():
    with pytest.raises(InputError, match=r"expected 2 s of a face or more.*got 1\.5 s"):
        survey_clips([moving_clip([], duration_s=1.51)])
    with pytest.raises(ArgumentError, match="at least one stretch"):
        survey_clips([])


@pytest.mark.parametrize(
    "wrong", [{"false_alarms_per_min": 0}, {"shortest_s": 0.6}, {"longest_s": 2.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ArgumentError, match="expected a rate above 0"):
        SpotSettings(**wrong)
