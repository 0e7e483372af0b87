import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.learn.groups import group_bootstrap, group_draws, group_numbers, per_subject


def together(groups):
    """The sets of rows that are one group."""
    return {frozenset(np.flatnonzero(groups == each).tolist()) for each in np.unique(groups)}


def test_clips_of_a_subject_are_one_group():
    assert together(group_numbers(["a", "b", "a"])) == {frozenset({0, 2}), frozenset({1})}


def test_families_join_subjects_and_a_missing_family_is_the_subject_alone():
    groups = group_numbers(["a", "b", "c", "d"], ["f", None, "f", ""])
    assert together(groups) == {frozenset({0, 2}), frozenset({1}), frozenset({3})}


def test_a_subject_in_two_families_makes_them_one():
    groups = group_numbers(["a", "b", "c", "b"], ["f", "f", "g", "g"])
    assert together(groups) == {frozenset({0, 1, 2, 3})}


def test_kinship_joins_over_any_number_of_steps_and_over_people_who_are_not_in_the_list():
    kin = [("a", "x"), ("x", "y"), ("y", "c")]
    assert together(group_numbers(["a", "b", "c"], kin=kin)) == {
        frozenset({0, 2}),
        frozenset({1}),
    }


def test_a_subject_and_a_family_of_one_name_are_apart():
    assert len(together(group_numbers(["a", "b"], [None, "a"]))) == 2


def test_groups_do_not_depend_on_the_order_of_kinship():
    rng = np.random.default_rng(0)
    names = [f"p{number}" for number in range(30)]
    kin = [tuple(rng.choice(names, 2, replace=False)) for _ in range(15)]
    assert together(group_numbers(names, kin=kin)) == together(group_numbers(names, kin=kin[::-1]))


def test_rows_without_a_subject_are_named():
    with pytest.raises(ArgumentError, match="subjects: missing in rows 1, 2;"):
        group_numbers(["a", "", None])
    with pytest.raises(ArgumentError, match="families: expected 2, one a clip, got 1"):
        group_numbers(["a", "b"], ["f"])


def test_a_person_counts_once_and_once_more_for_another_label():
    people = per_subject(
        np.array([1.0, 3.0, 5.0, 7.0]),
        y=np.array([0.0, 0.0, 1.0, 1.0]),
        subjects=np.array([0, 0, 0, 1]),
        groups=np.array([4, 4, 4, 5]),
    )
    assert people.values.tolist() == [2.0, 5.0, 7.0]
    assert people.y.tolist() == [0.0, 1.0, 1.0]
    assert people.groups.tolist() == [4, 4, 5]


def test_draws_take_groups_whole():
    groups = np.array([0, 0, 1, 2, 2, 2])
    for rows in group_draws(groups, rng=np.random.default_rng(0), draws=20):
        times = np.bincount(rows, minlength=6)
        assert times[0] == times[1]
        assert times[3] == times[4] == times[5]
        assert times[0] + times[2] + times[3] == 3


def test_the_interval_of_a_mean_over_people_has_the_width_of_its_standard_error():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(400), 3)
    values = rng.standard_normal(400)[people]
    low, high = group_bootstrap(people, lambda rows: values[rows].mean(), rng=rng)
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)


def test_draws_without_an_answer_are_left_out_and_none_at_all_is_unknown():
    rng = np.random.default_rng(0)
    first = group_bootstrap(np.arange(4), lambda rows: np.nan if 0 in rows else 1.0, rng=rng)
    assert first.tolist() == [1.0, 1.0]
    assert np.isnan(group_bootstrap(np.arange(4), lambda rows: np.nan, rng=rng)).all()


def test_no_draws_are_refused():
    with pytest.raises(ArgumentError, match="draws: expected 1 or more, got 0"):
        group_bootstrap(np.arange(4), lambda rows: 0.0, rng=np.random.default_rng(0), draws=0)
