import numpy as np
import pytest

from mimetic.errors import ArgumentError, NoFaceError, ShapeError
from mimetic.track.tracklets import (
    assemble_track,
    eye_distance,
    merge_tracklets,
    prominence,
    summarise_tracklet,
)
from mimetic.types import Reason
from tests.track.faceworld import look_of_person, points_at

approx = pytest.approx


def tracklet(track, start_s, seconds, *, person, x=200.0, size=100.0, confidence=0.99, twist=0.0):
    times_s = start_s + np.arange(0, seconds, 0.04)
    points = np.repeat(points_at(x, 200.0, size)[None], times_s.size, axis=0)
    look = look_of_person(person) + twist * look_of_person(person + 50)
    return summarise_tracklet(
        track,
        times_s,
        landmarks_px=points,
        confidence=np.full(times_s.size, confidence),
        look=times_s.size * look,
    )


def tracks(people):
    return [person.tracks for person in people]


def test_a_person_who_returns_after_a_long_time_elsewhere_is_one():
    parts = [tracklet(0, 0, 2, person=1), tracklet(3, 60, 2, person=1, x=900.0)]
    people = merge_tracklets(parts)
    assert tracks(people) == [(0, 3)]
    assert people[0].seconds == approx(4.0)
    assert people[0].frames == 100


def test_two_people_who_look_different_stay_two():
    parts = [tracklet(0, 0, 2, person=1), tracklet(1, 60, 3, person=2)]
    assert tracks(merge_tracklets(parts)) == [(1,), (0,)]


def test_faces_seen_together_are_never_joined():
    parts = [tracklet(0, 0, 2, person=1), tracklet(1, 1, 2, person=1, x=700.0)]
    assert len(merge_tracklets(parts)) == 2


def test_a_tracklet_between_joins_only_one_of_two_overlapping_twins():
    parts = [
        tracklet(0, 0, 2, person=1),
        tracklet(1, 1, 2, person=1, x=700.0),
        tracklet(2, 10, 2, person=1),
    ]
    assert sorted(len(person.tracks) for person in merge_tracklets(parts)) == [1, 2]


def test_a_short_gap_at_the_same_place_forgives_a_changed_look():
    before = tracklet(0, 0, 2, person=1)
    assert len(merge_tracklets([before, tracklet(1, 3, 2, person=1, twist=0.5)])) == 1
    assert len(merge_tracklets([before, tracklet(1, 30, 2, person=1, twist=0.5)])) == 2
    assert len(merge_tracklets([before, tracklet(1, 3, 2, person=1, twist=0.5, x=900.0)])) == 2
    assert len(merge_tracklets([before, tracklet(1, 3, 2, person=1, twist=0.5, size=200)])) == 2


def test_two_people_with_a_cut_between_them_stay_two():
    parts = [tracklet(0, 0, 2, person=1), tracklet(1, 2, 2, person=1, twist=0.6)]
    assert len(merge_tracklets(parts)) == 2


def test_people_are_ranked_by_time_times_size():
    parts = [
        tracklet(0, 0, 3, person=1),
        tracklet(1, 0, 2, person=2, x=600.0, size=200.0),
        tracklet(2, 0, 4, person=3, x=900.0, confidence=0.05),
    ]
    people = merge_tracklets(parts)
    assert tracks(people) == [(1,), (0,), (2,)]
    assert [person.person for person in people] == [1, 2, 3]


def test_nobody_gives_no_people():
    assert merge_tracklets([]) == []


def test_a_hundred_tracklets_of_three_people_become_three():
    parts = [tracklet(n, 10.0 * n, 1, person=n % 3) for n in range(100)]
    assert sorted(len(person.tracks) for person in merge_tracklets(parts)) == [33, 33, 34]


def test_a_tracklet_without_frames_is_refused():
    with pytest.raises(ArgumentError, match="expected at least one frame"):
        summarise_tracklet(
            4,
            np.zeros(0),
            landmarks_px=np.zeros((0, 478, 3)),
            confidence=np.zeros(0),
            look=np.zeros(205),
        )


def test_a_tracklet_of_one_frame_is_no_fault():
    assert tracklet(0, 5, 0.03, person=1).frames == 1


def measured(frames=6):
    points = np.repeat(points_at(200, 200)[None], frames, axis=0)
    return np.arange(frames) / 25, points, np.full(frames, 0.95, np.float32)


def test_a_track_says_why_frames_are_missing():
    times_s, points, confidence = measured()
    points[1], confidence[1] = np.nan, np.nan
    confidence[2] = 0.2
    points[3] = points_at(200, 200, size=20)
    track = assemble_track(2, times_s, landmarks_px=points, confidence=confidence)
    told = [Reason(value) for value in track.reason]
    assert told[:4] == [Reason.NONE, Reason.NO_FACE, Reason.LOW_CONFIDENCE, Reason.TOO_SMALL]
    assert list(track.valid) == [True, False, False, False, True, True]
    assert np.isnan(track.landmarks_px[1:4]).all()
    assert np.isnan(track.box_px[1:4]).all()
    assert np.isnan(track.yaw_deg[1:4]).all()
    assert track.confidence[2] == approx(0.2)
    assert np.isnan(track.confidence[1])
    assert track.person == 2


def test_the_box_goes_round_the_landmarks():
    times_s, points, confidence = measured()
    track = assemble_track(1, times_s, landmarks_px=points, confidence=confidence)
    assert track.box_px[0, 2] - track.box_px[0, 0] == approx(100)


def test_a_small_face_is_told_by_its_eyes_in_three_dimensions():
    points = np.zeros((1, 478, 3))
    points[0, 33], points[0, 263] = (3, 0, 0), (0, 0, 4)
    assert eye_distance(points) == approx([5])


def test_a_track_without_any_face_is_refused():
    times_s, points, confidence = measured()
    with pytest.raises(NoFaceError, match="expected at least one frame with a face"):
        assemble_track(1, times_s, landmarks_px=points * np.nan, confidence=confidence)


def test_a_track_whose_parts_differ_in_length_is_refused():
    times_s, points, confidence = measured()
    with pytest.raises(ShapeError, match="landmarks_px"):
        assemble_track(1, times_s, landmarks_px=points[1:], confidence=confidence)


def test_a_person_is_as_prominent_as_long_large_and_sure():
    assert prominence(10.0, 60.0, 0.5) == approx(300)
    shown = [tracklet(n, 10 * n, 4, person=n, size=100.0 + n) for n in range(3)]
    people = merge_tracklets(shown)
    sizes = [prominence(one.seconds, one.eyes_px, one.confidence) for one in people]
    assert sizes == sorted(sizes, reverse=True)
