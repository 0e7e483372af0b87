import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.learn.spotting import (
    IntervalScore,
    apex_errors_ms,
    interval_overlap,
    interval_score,
    match_intervals,
    spotting_curve,
)

TRUTH = np.array([[1.0, 1.4], [3.0, 3.2]])


def test_overlap_is_the_shared_share_of_the_union():
    told = np.array([[1.2, 1.6], [1.0, 1.4], [5.0, 5.1]])
    np.testing.assert_allclose(interval_overlap(told, TRUTH)[:, 0], [1 / 3, 1, 0])


def test_an_event_is_found_once_and_by_half_an_overlap():
    told = np.array([[1.0, 1.4], [1.05, 1.4], [2.95, 3.15], [3.15, 3.4]])
    np.testing.assert_array_equal(match_intervals(told, TRUTH), [0, -1, 1, -1])
    assert interval_score(told, TRUTH) == IntervalScore(hits=2, told=4, wanted=2)


def test_pairing_finds_as_many_events_as_it_can():
    # The first told interval suits both, the second one only the first event.
    truth, told = np.array([[0.0, 1.0], [0.3, 1.3]]), np.array([[0.1, 1.1], [-0.2, 0.9]])
    np.testing.assert_array_equal(match_intervals(told, truth, least=0.5), [1, 0])


def test_scores_of_videos_are_added_up():
    total = IntervalScore(hits=1, told=4, wanted=2) + IntervalScore(hits=2, told=2, wanted=4)
    assert total.precision == 0.5
    assert total.recall == 0.5
    assert total.f1 == 0.5
    nothing = interval_score(np.zeros((0, 2)), np.zeros((0, 2)))
    assert np.isnan([nothing.precision, nothing.recall, nothing.f1]).all()


def test_the_curve_counts_an_event_once_and_each_false_alarm():
    scores = np.array([9.0, 8.0, 7.0, 6.0, 5.0])
    found = np.array([0, -1, 0, 1, -1])
    curve = spotting_curve(scores, found, wanted=4, minutes=2.0)
    np.testing.assert_allclose(curve.recall, [0.25, 0.25, 0.25, 0.5, 0.5])
    np.testing.assert_allclose(curve.false_per_min, [0, 0.5, 0.5, 0.5, 1.0])
    assert curve.recall_at(0.0) == 0.25
    assert curve.recall_at(0.5) == 0.5
    assert spotting_curve(scores[1:2], found[1:2], wanted=1, minutes=1).recall_at(0.5) == 0


def test_apex_errors_are_those_of_found_events_alone():
    errors = apex_errors_ms([1.21, 9.0, 3.08], [1.2, 3.1], np.array([0, -1, 1]))
    np.testing.assert_allclose(errors, [10, 20], atol=1e-9)


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(ArgumentError, match="told: expected an onset before its offset"):
        interval_overlap(TRUTH[:, ::-1], TRUTH)
    with pytest.raises(ArgumentError, match="least: expected above 0"):
        match_intervals(TRUTH, TRUTH, least=0)
    with pytest.raises(ArgumentError, match="wanted, minutes"):
        spotting_curve(np.ones(1), np.zeros(1, int), wanted=0, minutes=1)
    with pytest.raises(ShapeError, match="truth"):
        interval_overlap(TRUTH, TRUTH[0])
