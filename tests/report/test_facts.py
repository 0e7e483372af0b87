from dataclasses import replace

import numpy as np
import pytest

from mimetic.report import facts
from mimetic.report.data import AsymmetryRow
from mimetic.report.quality import FAIR, GOOD, POOR, grade
from mimetic.report.summary import asymmetry_sentence, blink_sentence, lid_sentence, side_sentences
from tests.report import scenes


def test_the_drawn_feature_is_the_length_of_the_displacement():
    data = scenes.recording(seconds=5).dynamics
    values = np.concatenate([data.values, data.values[..., :1]], axis=2)
    floor = np.concatenate([data.noise_floor, data.noise_floor[:, :1]], axis=1)
    names = ("displacement_x_ed", "speed_ed_s", "displacement_ed")
    assert facts.main_feature(replace(data, values=values, features=names, noise_floor=floor)) == 2
    assert facts.main_feature(replace(data, features=("speed_ed_s", "area_change"))) == 0


def test_one_frame_above_the_floor_is_no_movement():
    values = np.zeros(100)
    values[50] = 1.0
    assert not facts.in_movement(values, np.arange(100) / 30, floor=0.5).any()


def test_a_tenth_of_a_second_above_the_floor_is_a_movement():
    values = np.zeros(100)
    values[50:53] = 1.0
    moving = facts.in_movement(values, np.arange(100) / 30, floor=0.5)
    np.testing.assert_array_equal(np.flatnonzero(moving), [50, 51, 52])


def test_a_repeat_in_the_middle_does_not_end_a_movement():
    values = np.zeros(100)
    values[50:54] = 1.0
    values[52] = np.nan
    moving = facts.in_movement(values, np.arange(100) / 30, floor=0.5)
    np.testing.assert_array_equal(np.flatnonzero(moving), [50, 51, 53])


def test_a_long_hole_ends_a_movement():
    values = np.zeros(100)
    values[[49, 50, 60, 61]] = 1.0
    values[51:60] = np.nan
    assert not facts.in_movement(values, np.arange(100) / 30, floor=0.5).any()


def test_the_peak_is_of_the_longest_standing_movement_not_of_a_spike():
    data = scenes.recording(seconds=10).dynamics
    values = np.zeros_like(data.values)
    values[100:120, 10, 0] = 0.1
    values[200, 10, 0] = 0.9
    found = facts.region_facts(replace(data, values=values))[10]
    assert found.peak == pytest.approx(0.1)
    assert found.peak_s == pytest.approx(100 / 30)
    assert found.moving == pytest.approx(20 / 300)
    assert found.moved
    assert not facts.region_facts(replace(data, values=values))[0].moved


def test_without_a_floor_the_share_of_movement_is_unknown():
    data = replace(scenes.recording(seconds=5).dynamics, noise_floor=None)
    assert np.isnan(facts.region_facts(data)[0].times_floor)


def test_the_true_rate_leaves_repeats_out():
    times_s = np.arange(300) / 30
    repeated = np.zeros(300, bool)
    repeated[5::6] = True
    assert facts.true_rate_hz(scenes.video(times_s, repeated=repeated)) == pytest.approx(
        25, rel=0.01
    )


def test_a_steady_rate_is_not_called_variable():
    assert not facts.variable_rate(scenes.video(np.arange(100) / 25))
    assert facts.variable_rate(scenes.video(np.cumsum(np.tile([0.02, 0.05], 50))))


@pytest.mark.parametrize(
    ("value", "level"), [(0.99, GOOD), (0.95, GOOD), (0.9, FAIR), (0.1, POOR), (np.nan, POOR)]
)
def test_more_is_better_where_good_is_larger(value, level):
    assert grade(value, good=0.95, fair=0.8) == level


@pytest.mark.parametrize(("value", "level"), [(1.0, GOOD), (2.0, FAIR), (4.0, POOR)])
def test_less_is_better_where_good_is_smaller(value, level):
    assert grade(value, good=1.5, fair=3) == level


def pair(index, low, high):
    return AsymmetryRow(pair="brow", left=1, right=1, index=index, low=low, high=high)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (pair(1 / 3, 0.2, 0.5), "The left brow moved 2.0 times as far as the right."),
        (pair(-0.5, -0.6, -0.4), "The right brow moved 3.0 times as far as the left."),
        (pair(0.1, -0.1, 0.3), "The left and the right brow moved alike, within the uncertainty."),
        (pair(-0.02, -0.03, -0.01), "The left and the right brow moved alike, within a tenth."),
        (pair(0.98, 0.9, 1.0), "The left brow moved, the right hardly at all."),
        (
            pair(np.nan, np.nan, np.nan),
            "The brow did not move enough on either side to be compared.",
        ),
    ],
)
def test_sides_are_compared_in_words(row, said):
    assert asymmetry_sentence(row) == said


def test_pairs_that_are_alike_are_said_together():
    data = scenes.recording(seconds=5)
    alike = replace(data, asymmetry=(pair(0.0, -0.1, 0.1),))
    assert side_sentences(alike) == ["Left and right moved alike in every pair compared."]
    apart = replace(data, asymmetry=(pair(0.5, 0.4, 0.6),))
    assert side_sentences(apart) == ["Left and right differed in the brow (left 3.0 times as far)."]
    assert side_sentences(replace(data, asymmetry=())) == []


def test_blinks_are_counted_over_the_time_that_was_seen():
    data = scenes.recording(seconds=120)
    assert blink_sentence(data).startswith("4 blinks, 2.0 a minute.")
    rejected = tuple(replace(one, rejected="too long") for one in data.blinks)
    assert blink_sentence(replace(data, blinks=rejected)) == "No blinks were found."
    assert blink_sentence(replace(data, blinks=None)) == ""


def test_blinks_of_one_eye_are_told_apart():
    data = scenes.recording(seconds=30)
    one_sided = tuple(replace(one, side="left") for one in data.blinks[:2]) + data.blinks[2:]
    said = lid_sentence(replace(data, blinks=one_sided))
    assert "2 blinks of the left eye alone." in said
    assert "Half of them last 250 ms or less." in said


def test_an_unknown_interval_is_not_called_alike():
    unknown = pair(0.3, np.nan, np.nan)
    assert asymmetry_sentence(unknown) == (
        "The brow moved too briefly to say whether the sides differ."
    )
    assert side_sentences(replace(scenes.recording(seconds=5), asymmetry=(unknown,))) == []


def test_holes_in_the_file_do_not_lower_the_true_rate():
    times_s = np.r_[np.arange(100), np.arange(200, 300)] / 25
    dropped = np.zeros(200, bool)
    dropped[100] = True
    assert facts.true_rate_hz(scenes.video(times_s, dropped=dropped)) == pytest.approx(25)
