import numpy as np
import pytest

from mimetic.relations.chance import permutation_test, term_statistics
from tests.relations.clips import target


def test_of_many_populations_without_a_relation_few_show_one():
    rng = np.random.default_rng(0)
    least = []
    for _ in range(60):
        columns = rng.normal(size=(60, 10, 4))
        labels = target(rng.random(60) < 0.5)
        nothing = np.zeros((60, 10))
        found = permutation_test(columns, nothing, np.zeros(60), target=labels, rng=rng)
        least.append(found.p.min())
    assert np.mean(np.array(least) <= 0.05) <= 0.11
    assert np.mean(np.array(least) <= 0.5) == pytest.approx(0.5, abs=0.15)


def planted_column(seed=0, clips=2, people=80):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), clips)
    y = (rng.random(people) < 0.5).astype(float)[person]
    columns = rng.normal(size=(person.size, 5, 3))
    columns[:, 3, 1] += 1.5 * y
    return columns, y, person, rng


def test_the_term_that_carries_the_label_is_found():
    columns, y, person, rng = planted_column()
    nothing = np.zeros((y.size, 5))
    found = permutation_test(columns, nothing, np.zeros(y.size), target=target(y, person), rng=rng)
    assert found.p[3] <= 0.002
    assert (found.p[[0, 1, 2, 4]] > 0.05).all()
    assert found.statistic.argmax() == 3
    again = term_statistics(columns, nothing, np.zeros(y.size), target=target(y, person))
    assert again == pytest.approx(found.statistic)


def test_a_copy_of_a_term_that_is_accounted_for_carries_nothing_more():
    columns, y, person, rng = planted_column()
    columns[:, 0] = columns[:, 3] + 0.7 * rng.normal(size=columns[:, 3].shape)
    own = np.zeros((y.size, 5))
    alone = permutation_test(columns, own, np.zeros(y.size), target=target(y, person), rng=rng)
    own[:, 3] = columns[:, 3, 1]
    given = permutation_test(columns, own, np.zeros(y.size), target=target(y, person), rng=rng)
    assert alone.p[0] <= 0.05 < given.p[0]
    assert given.p[3] <= 0.01


def test_clips_of_one_person_are_one_witness():
    rng = np.random.default_rng(1)
    low = 0
    for _ in range(40):
        person = np.repeat(np.arange(16), 8)
        columns = rng.normal(size=(16, 4, 2))[person] + 0.1 * rng.normal(size=(128, 4, 2))
        labels = target((rng.random(16) < 0.5)[person], person)
        found = permutation_test(columns, np.zeros((128, 4)), np.zeros(128), target=labels, rng=rng)
        low += bool(found.p.min() <= 0.05)
    assert low <= 6


def test_families_of_one_label_are_one_witness_too():
    rng = np.random.default_rng(2)
    low = 0
    for _ in range(40):
        family = np.repeat(np.arange(20), 4)
        columns = rng.normal(size=(20, 4, 2))[family] + 0.1 * rng.normal(size=(80, 4, 2))
        labels = target((rng.random(20) < 0.5)[family], np.arange(80), family)
        found = permutation_test(columns, np.zeros((80, 4)), np.zeros(80), target=labels, rng=rng)
        low += bool(found.p.min() <= 0.05)
    assert low <= 6


def test_labels_that_vary_within_people_are_dealt_out_within_them():
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(40), 4)
    y = np.tile([0.0, 1.0], 80)
    columns = rng.normal(size=(160, 3, 2)) + 3 * rng.normal(size=(40, 3, 2))[person]
    columns[:, 1, 0] += 1.5 * y
    labels = target(y, person)
    found = permutation_test(columns, np.zeros((160, 3)), np.zeros(160), target=labels, rng=rng)
    assert found.p[1] <= 0.01
    assert (found.p[[0, 2]] > 0.05).all()
