import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimetic.errors import ArgumentError, DatasetError
from mimetic.learn.folds import deal_folds, group_folds, named_folds, read_folds
from mimetic.learn.groups import group_numbers


@given(seed=st.integers(0, 1000), folds=st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_folds_share_no_subject_and_no_family_and_test_every_clip_once(seed, folds):
    rng = np.random.default_rng(seed)
    people = rng.integers(0, 25, 80)
    subjects = [f"s{one}" for one in people]
    families = [f"f{one // 2}" if one % 3 else None for one in people]
    labels = rng.choice(["female", "male"], 80).tolist()
    splits = group_folds(subjects, families, labels, folds=folds, rng=rng)
    assert sorted(np.concatenate([split.test for split in splits])) == list(range(80))
    for split in splits:
        for names in (subjects, families):
            train, test = ({names[row] for row in rows} for rows in (split.train, split.test))
            assert not (train & test) - {None}


def test_folds_have_the_labels_of_the_whole():
    rng = np.random.default_rng(0)
    subjects = [f"s{row // 3}" for row in range(300)]
    labels = ["young" if row // 3 < 30 else "old" for row in range(300)]
    for split in group_folds(subjects, None, labels, folds=5, rng=rng):
        assert sum(labels[row] == "young" for row in split.test) == 18


def test_folds_of_ages_have_about_the_same_mean():
    rng = np.random.default_rng(0)
    ages = rng.uniform(8, 76, 200)
    subjects = [f"s{row}" for row in range(200)]
    splits = group_folds(subjects, None, ages.tolist(), folds=5, rng=rng)
    assert all(abs(ages[split.test].mean() - ages.mean()) < 1.5 for split in splits)


def test_the_same_generator_deals_the_same_folds():
    groups, y = np.arange(20) // 2, np.arange(20.0) % 2
    one, other = (deal_folds(groups, y, folds=4, rng=np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(one, other, strict=True))


def test_folds_refuse_what_cannot_be_split():
    rng = np.random.default_rng(0)
    with pytest.raises(ArgumentError, match="subjects: missing in rows 0"):
        group_folds([None, "b"], None, [0.0, 1.0], folds=2, rng=rng)
    with pytest.raises(ArgumentError, match=r"folds: expected 2 to 1 \(people or families\)"):
        group_folds(["a", "b"], ["f", "f"], [0.0, 1.0], folds=2, rng=rng)
    with pytest.raises(ArgumentError, match="labels: expected 2, one a clip, got 1"):
        group_folds(["a", "b"], None, [0.0], folds=2, rng=rng)
    with pytest.raises(ArgumentError, match="groups: expected at least two"):
        deal_folds(np.zeros(4, np.int64), np.zeros(4), folds=2, rng=rng)


def test_published_folds_are_read_from_a_file_of_names_and_folds(tmp_path):
    path = tmp_path / "folds.txt"
    path.write_text("# file, fold\n001_deliberate_smile_2.mp4,1\n\n002_spontaneous_smile_1\t2\n")
    assert read_folds(path) == {"001_deliberate_smile_2": "1", "002_spontaneous_smile_1": "2"}


def test_published_folds_are_read_from_a_file_for_each_fold(tmp_path):
    (tmp_path / "fold1.txt").write_text("001\n002\n")
    (tmp_path / "fold2.txt").write_text("003\n")
    assert read_folds(tmp_path) == {"001": "fold1", "002": "fold1", "003": "fold2"}


def test_lines_of_folds_that_do_not_parse_are_named(tmp_path):
    path = tmp_path / "folds.txt"
    path.write_text("001 1\n002\n001 2\n")
    with pytest.raises(DatasetError) as caught:
        read_folds(path)
    assert "line 2: expected a name and its fold" in str(caught.value)
    assert "line 3: 001 is in fold 1 too" in str(caught.value)
    with pytest.raises(DatasetError, match="expected a text file of folds"):
        read_folds(tmp_path / "none.txt")
    path.write_text("001 1\n")
    with pytest.raises(DatasetError, match="expected at least two folds, got 1"):
        read_folds(path)


def test_recordings_find_their_fold_by_name_or_by_subject():
    names, subjects = ["videos/001_a.mp4", "001_b.mp4", "002_a.mp4"], ["001", "001", "002"]
    groups = group_numbers(subjects)
    for folds in ({"001": "1", "002": "2"}, {"001_a": "1", "001_b": "1", "002_a": "2"}):
        splits = named_folds(names, subjects, groups, folds=folds)
        assert [split.test.tolist() for split in splits] == [[0, 1], [2]]
        assert [split.train.tolist() for split in splits] == [[2], [0, 1]]


def test_recordings_without_a_fold_and_families_in_two_are_named():
    folds = {"001": "1", "002": "2"}
    with pytest.raises(ArgumentError, match=r"folds: 003_a\.mp4 is in none"):
        named_folds(["003_a.mp4"], ["003"], np.zeros(1, np.int64), folds=folds)
    with pytest.raises(ArgumentError, match="folds: b is in 2, people of its group are in 1"):
        named_folds(["a", "b"], ["001", "002"], np.zeros(2, np.int64), folds=folds)
