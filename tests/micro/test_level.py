"""What comes back and what does not; which peaks are one movement."""

from dataclasses import replace

import numpy as np
import pytest

from mimetic.micro.detect import noise_of_moment
from mimetic.micro.distinct import distinct
from mimetic.micro.spot import survey_clips
from mimetic.types import ExpressionEvent
from tests.micro.moving import bump, moving_clip, rows_of

MOUTH = (46, 92)


def bounce(rest):
    """A rise of 0.1 s and a fall of 0.15 s that ends at a share of the height."""

    def course(times_s):
        up = np.clip((times_s - 1.9) / 0.1, 0, 1)
        down = np.clip((times_s - 2.0) / 0.15, 0, 1)
        return up - (1 - rest) * down

    return course


@pytest.mark.parametrize(("rest", "kinds"), [(0.0, {"micro"}), (0.7, {"macro"}), (1.0, {"macro"})])
def test_a_mouth_that_opens_and_stays_open_is_no_micro_expression(rest, kinds):
    clip = moving_clip([(bump(MOUTH, (0.0, 0.6)), bounce(rest))], duration_s=5.0)
    found = survey_clips([clip])
    assert {event.kind for event in (*found.micro, *found.macro)} == kinds
    assert not found.rejected


def test_points_that_end_elsewhere_tell_what_patches_cannot_follow():
    clip = moving_clip([(bump(MOUTH, (0.0, 0.6)), bounce(0.0))], duration_s=5.0)
    assert len(survey_clips([clip]).micro) == 1
    points = clip.landmarks_px.copy()
    near = np.hypot(*(clip.mesh_px[:, :2] - MOUTH).T) < 15
    points[clip.times_s > 2.0][:, near] += 3.0
    away = (clip.times_s > 2.0)[:, None, None] * near[None, :, None] * np.float32(3.0)
    found = survey_clips([replace(clip, landmarks_px=points + away)])
    assert found.micro == ()
    assert len(found.macro) == 1


def test_a_movement_at_the_rim_of_a_recording_is_not_asked_to_come_back():
    clip = moving_clip([(bump(MOUTH, (0.0, 0.6)), bounce(0.0))], duration_s=5.0)
    cut = rows_of(clip, clip.times_s < 2.155)
    assert not [e for e in survey_clips([cut]).micro if e.offset_s > 2.3]


def test_what_trembles_everywhere_is_noise_and_what_moves_alone_is_not():
    square = np.random.default_rng(0).exponential(2.0, (400, 60))
    square[100:110] *= 3.0  # all patches
    square[200:210, 7] = 90.0  # one patch, and as much as leaks into the others
    square[200:210] += 0.01 * 90.0
    square[300:310] *= 50.0  # no noise any more
    level = noise_of_moment(square)
    assert np.median(level) < 1.1
    assert level[100:110].mean() > 1.5
    assert level[200:210].max() < 1.3
    assert level[300:310] == pytest.approx(2.5)


def test_a_long_filter_of_a_short_recording_does_not_take_chance_for_movement():
    clip = moving_clip([], duration_s=4.0)
    cut = rows_of(clip, (clip.times_s < 1.62) | (clip.times_s > 1.68))
    found = survey_clips([cut])
    assert found.micro == found.macro == found.rejected == ()


def event(onset_s, offset_s, snr, kind="micro"):
    return ExpressionEvent(
        onset_s=onset_s, apex_s=(onset_s + offset_s) / 2, offset_s=offset_s, kind=kind, snr=snr
    )


def test_a_piece_of_a_brief_movement_is_no_second_one():
    whole, piece = event(1.0, 1.4, 9.0), event(1.25, 1.35, 6.0)
    assert distinct([piece, whole]) == [whole]
    assert distinct([replace(piece, kind="macro"), whole]) == [whole]


def test_a_twitch_within_a_lasting_movement_is_one_of_its_own():
    smile, twitch = event(1.0, 2.4, 30.0, "macro"), event(1.25, 1.45, 6.0)
    assert distinct([twitch, smile]) == [smile, twitch]


def test_lasting_movements_that_overlap_are_one():
    rise, fall, other = (
        event(a, a + 0.9, s, "macro") for a, s in ((1, 9.0), (1.5, 20.0), (4, 8.0))
    )
    joined, last = distinct([fall, other, rise])
    assert (joined.onset_s, joined.offset_s, joined.snr) == (1.0, 2.4, 20.0)
    assert joined.apex_s == fall.apex_s
    assert last == other
