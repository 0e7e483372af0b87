"""Groups and moments as pictures."""

from xml.etree import ElementTree

import numpy as np

from mimetic.relations.explain import GroupEffect
from mimetic.relations.moments import Moments
from mimetic.report.relations_groups import draw_groups
from mimetic.report.relations_moments import draw_moments
from mimetic.report.svg import AGAINST, FOR, QUIET

NAMES = ("cheek_left", "cheek_right", "nose")


def effect(group, region, contribution, apart):
    low, high = apart - 0.2, apart + 0.2
    return GroupEffect(
        group=group, people=9, region=region, other="nose", contribution=contribution,
        low=contribution - 0.1, high=contribution + 0.1, difference=apart, difference_low=low,
        difference_high=high,
    )  # fmt: skip


def colours(drawn, shape):
    return [each.get("fill") for each in ElementTree.fromstring(drawn).findall(f".//{{*}}{shape}")]


def words(drawn):
    return [each.text for each in ElementTree.fromstring(drawn).findall(".//{*}text")]


def test_a_difference_is_coloured_where_its_interval_holds_no_zero():
    drawn = draw_groups(
        [effect("young", "cheek_left", 1.0, 0.5), effect("old", "cheek_left", 0.5, -0.1)],
        title="age", unit="years",
    )  # fmt: skip
    assert colours(drawn, "circle")[1::2] == [FOR, QUIET]
    assert {"young (9 people)", "contribution, years", "left cheek, nose"} <= set(words(drawn))


def test_pairs_that_say_nothing_are_left_out_and_what_is_not_known_is_told():
    rows = [effect("a & b", "cheek_left", 1.0, 0.5), effect("a & b", "cheek_right", 0.0, 0.0)]
    unknown = effect("c", "cheek_left", np.nan, np.nan)
    drawn = draw_groups([*rows, unknown, effect("c", "cheek_right", 0.0, 0.0)])
    assert "right cheek, nose" not in words(drawn)
    assert words(drawn).count("not known") == 2
    assert "a &amp; b" in drawn


def test_groups_in_which_nothing_contributes_are_drawn_all_the_same():
    assert len(colours(draw_groups([effect("a", "nose", 0.0, 0.0)]), "circle")) == 2


def moments(change, course=1.0):
    times_s = np.linspace(1.0, 3.0, 5)
    pairs = np.zeros((5, 3))
    pairs[:, 2] = change
    return Moments(
        regions=NAMES, times_s=times_s, window_s=0.4, value=1.2, whole_pairs=np.array([0, 0, 0.7]),
        whole_main=np.array([0, -0.3, 0]), main=np.zeros((5, 3)), change=np.asarray(change, float),
        pairs=pairs, course_s=np.linspace(0.5, 3.5, 20),
        course_ed=np.full((3, 20), course),
    )  # fmt: skip


def test_moments_that_speak_for_and_against_are_on_both_sides_of_the_line():
    drawn = draw_moments(moments([0, 1, 0, -1, 0]), title="style", unit="log-odds")
    filled = [each for each in colours(drawn, "path") if each != "none"]
    assert filled == [FOR, AGAINST] * 3
    said = words(drawn)
    assert {"estimate", "right cheek, nose", "whole clip +0.7", "whole clip +1.2"} <= set(said)
    assert {"right cheek alone", "whole clip -0.3"} <= set(said)
    assert {"left cheek", "0.5", "3.5", "seconds of the video"} <= set(said)


def test_a_region_that_was_not_seen_has_no_course_and_nothing_said_is_flat():
    assert "nan" not in draw_moments(moments([0.0] * 5, course=np.nan)).lower()
