import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.micro.kinds import choose, inner_score, read_samples
from mimetic.micro.loso import fixed_loso, leaky_loso, loso
from tests.micro.population import small


@pytest.fixture(scope="module")
def scores():
    data = small()
    return loso(data.maps, data.labels, data.subjects)


def test_clear_movements_are_told_on_people_never_seen(scores):
    assert scores.uf1 > 0.6
    assert scores.uf1_low < scores.uf1 < scores.uf1_high
    assert scores.uar_low < scores.uar < scores.uar_high
    assert scores.confusion.sum() == 66
    assert len(scores.told) == 66
    assert scores.protocol == "nested"


def test_every_subject_has_settings_of_its_own(scores):
    assert set(scores.settings) == set(small().subjects)
    assert {len(each) for each in scores.settings.values()} == {6}


def test_the_leaky_protocol_flatters_and_says_so(scores):
    data = small()
    leaky = leaky_loso(data.maps, data.labels, data.subjects)
    assert leaky.protocol == "leaky"
    assert leaky.uf1 > scores.uf1


def test_labels_that_mean_nothing_are_told_by_chance():
    data = small()
    labels = np.random.default_rng(3).permutation(data.labels)
    assert loso(data.maps, labels, data.subjects).uar < 0.5


def test_a_class_that_one_subject_alone_shows_counts_as_wrong():
    data = small()
    labels = np.array(data.labels)
    mine = np.array(data.subjects) == data.subjects[0]
    labels[mine] = "disgust"
    found = loso(data.maps, labels, data.subjects)
    place = found.classes.index("disgust")
    assert found.recall[place] == 0
    assert found.confusion[place].sum() == mine.sum()


def test_settings_are_ranked_by_the_inner_scores():
    y = np.array([0, 0, 1, 1])
    right, wrong = np.eye(2)[y], np.eye(2)[1 - y]
    half = np.eye(2)[[0, 1, 1, 1]]
    np.testing.assert_array_equal(choose(np.stack([wrong, half, right]), y, kept=2), [2, 1])
    assert inner_score(np.c_[right, np.zeros(4)], y) == 1  # the third class is not there


def test_what_cannot_be_learnt_from_is_refused_with_all_faults():
    data = small()
    with pytest.raises(ArgumentError, match=r"at least two classes, got .*\n.*at least two people"):
        read_samples(data.maps, ["a"] * 66, ["p"] * 66)
    with pytest.raises(ArgumentError, match="labels: expected 66, one a map, got 65"):
        read_samples(data.maps, data.labels[1:], data.subjects)
    with pytest.raises(ArgumentError, match=r"labels: missing in rows \[1\]"):
        read_samples(data.maps[:3], ["a", None, "b"], ["p", "q", "q"])
    with pytest.raises(ArgumentError, match="kind: expected one of kernel, ststnet, got 'forest'"):
        loso(data.maps, data.labels, data.subjects, kind="forest")


def test_the_best_fixed_setting_is_known_only_afterwards():
    data = small()
    found = fixed_loso(data.maps, data.labels, data.subjects)
    nested = loso(data.maps, data.labels, data.subjects)
    assert {name for each in nested.settings.values() for name in each} <= set(found)
    best, worst = max(f1 for f1, _ in found.values()), min(f1 for f1, _ in found.values())
    assert worst < best <= leaky_loso(data.maps, data.labels, data.subjects).uf1 + 0.1
    assert all(0 <= f1 <= 1 and 0 <= recall <= 1 for f1, recall in found.values())
