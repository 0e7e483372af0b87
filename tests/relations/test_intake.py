import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.relations.intake import read_target

PEOPLE = [f"p{n}" for n in range(10)]
HALF = ["a", "b"] * 5


def test_words_make_classes_and_the_last_in_the_alphabet_is_the_one_in_question():
    given = read_target(HALF, PEOPLE)
    assert (given.label, given.others, given.unit("group")) == ("b", ("a",), "log-odds")
    assert given.target.y.tolist() == [0, 1] * 5
    assert read_target(HALF, PEOPLE, label="a").target.y.tolist() == [1, 0] * 5


def test_true_and_false_are_classes():
    given = read_target([True, False] * 5, PEOPLE)
    assert (given.label, given.others) == ("True", ("False",))


def test_numbers_make_a_number():
    given = read_target(list(range(20, 30)), PEOPLE)
    assert (given.label, given.target.task) == (None, "number")


def test_the_unit_of_numbers_is_the_users_own_and_years_belong_to_ages_alone():
    given = read_target(list(range(20, 30)), PEOPLE)
    units = [given.unit(trait) for trait in ("age", "Age_at_test", "severity", "voltage")]
    assert units == ["years", "years", "severity", "voltage"]
    assert given.unit("age", "months") == "months"
    classes = read_target(HALF, PEOPLE)
    assert classes.unit("age") == "log-odds"
    with pytest.raises(ArgumentError, match="unit: expected none, classes are told in log-odds"):
        classes.unit("group", "points")


def test_of_several_classes_one_is_told_from_the_rest():
    labels = ["calm", "glad", "sad"] * 4
    people = [f"p{n}" for n in range(12)]
    with pytest.raises(ArgumentError, match=r"3 classes .* which one"):
        read_target(labels, people)
    given = read_target(labels, people, label="glad")
    assert given.others == ("calm", "sad")
    assert given.target.y.sum() == 4


def test_families_are_groups_and_a_family_may_have_the_name_of_a_person():
    families = ["p9", "p9", None, "", *[None] * 6]
    groups = read_target(HALF, PEOPLE, families).target.groups
    assert groups[0] == groups[1]
    assert len(set(groups.tolist())) == 9


def test_missing_labels_and_subjects_are_told_with_their_rows_at_once():
    labels = ["a", None, "b", "", *HALF[:6]]
    people = ["p0", "p1", "", *PEOPLE[3:]]
    with pytest.raises(ArgumentError) as told:
        read_target(labels, people)
    assert "labels: missing in rows 1, 3" in str(told.value)
    assert "subjects: missing in rows 2" in str(told.value)


def test_a_number_that_is_none_is_missing_and_long_lists_are_cut():
    with pytest.raises(ArgumentError, match="rows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 5 more"):
        read_target([np.nan] * 15, [f"p{n}" for n in range(15)])


def test_lists_of_other_lengths_are_refused():
    with pytest.raises(ArgumentError, match="subjects: expected 10"):
        read_target(HALF, PEOPLE[:9])
    with pytest.raises(ArgumentError, match="families: expected 10"):
        read_target(HALF, PEOPLE, ["f"] * 3)


def test_a_subject_in_two_families_is_told_with_both_rows():
    with pytest.raises(ArgumentError, match="subject 'p0' is in 'x' in row 0 and in 'y' in row 1"):
        read_target(HALF, ["p0", "p0", *PEOPLE[2:]], ["x", "y", *[None] * 8])


def test_one_class_or_one_value_only_is_refused():
    with pytest.raises(ArgumentError, match="at least two classes"):
        read_target(["a"] * 10, PEOPLE)
    with pytest.raises(ArgumentError, match="numbers that differ, got 3"):
        read_target([3] * 10, PEOPLE)


def test_an_unknown_label_is_refused():
    with pytest.raises(ArgumentError, match="label: expected one of"):
        read_target(HALF, PEOPLE, label="c")


def test_too_few_people_are_refused():
    with pytest.raises(ArgumentError, match="at least 8 people"):
        read_target(["a", "b"] * 3, PEOPLE[:6])
    with pytest.raises(ArgumentError, match="at least 8 people"):
        read_target(list(range(6)), PEOPLE[:6])


def test_a_class_of_two_people_is_refused():
    with pytest.raises(ArgumentError, match="expected 'b' from at least 3"):
        read_target(["a"] * 8 + ["b"] * 2, PEOPLE)
