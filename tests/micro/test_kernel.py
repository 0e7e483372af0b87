import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.micro.kernel import (
    KernelConfig,
    KernelRecogniser,
    KernelSettings,
    all_cosines,
    by_size,
    class_weights,
    kernel_of,
    solve,
    targets,
)
from mimetic.micro.kinds import read_samples
from mimetic.micro.views import mirrored
from tests.micro.population import small

SETTING = KernelSettings(views=("maps",), sharpness=1.0, ridge=0.5)


def samples(population=None):
    population = population or small()
    return read_samples(population.maps, population.labels, population.subjects)


def test_scores_without_a_person_are_those_of_a_model_fitted_without_the_person():
    found = samples()
    kernel = kernel_of(all_cosines(found.maps, found.maps, ["maps"]), SETTING)
    solved = solve(kernel, found.y, by_size(found.groups), classes=3, ridge=0.5)
    # The weights of classes are those of all rows in both.
    weights = class_weights(found.y, 3)
    for group in np.unique(found.groups):
        out, rest = np.flatnonzero(found.groups == group), np.flatnonzero(found.groups != group)
        system = kernel[np.ix_(rest, rest)] + np.diag(0.5 / weights[rest])
        fitted = np.linalg.solve(system, targets(found.y, 3)[rest])
        expected = kernel[np.ix_(out, rest)] @ fitted
        np.testing.assert_allclose(solved.held_out[out], expected, atol=1e-9)


def test_the_mirror_kernel_is_learning_from_twice_the_samples():
    found = samples()
    kernel = kernel_of(all_cosines(found.maps, found.maps, ["maps"]), SETTING)
    solved = solve(kernel, found.y, by_size(found.groups), classes=3, ridge=0.5)
    twice = np.concatenate([found.maps, mirrored(found.maps)])
    own, _ = all_cosines(twice, twice, ["maps"])["maps"]
    plain = np.exp(own - 1) / 2
    system = plain + np.diag(0.5 / np.tile(class_weights(found.y, 3), 2))
    fitted = np.linalg.solve(system, np.tile(targets(found.y, 3), (2, 1)))
    np.testing.assert_allclose((plain @ fitted)[: found.y.size], kernel @ solved.weights, atol=1e-9)


def test_every_class_weighs_the_same():
    weights = class_weights(np.array([0, 0, 0, 2]), 3)
    np.testing.assert_allclose(weights, [2 / 3, 2 / 3, 2 / 3, 2])


def test_groups_of_one_size_come_together():
    rows = by_size(np.array([3, 1, 3, 2, 1]))
    assert [each.tolist() for each in rows] == [[[3]], [[1, 4], [0, 2]]]


def test_a_fold_sees_nothing_of_the_tested_labels():
    found = samples()
    test, train = np.flatnonzero(found.groups == 0), np.flatnonzero(found.groups != 0)
    one = KernelRecogniser(found).fold(train, test)
    changed = found.y.copy()
    changed[test] = (changed[test] + 1) % 3
    other_samples = type(found)(maps=found.maps, y=changed, groups=found.groups, names=found.names)
    other = KernelRecogniser(other_samples).fold(train, test)
    np.testing.assert_array_equal(one.inner, other.inner)
    np.testing.assert_array_equal(one.outer, other.outer)


def test_the_model_scores_as_its_recogniser_did():
    found = samples()
    test, train = np.flatnonzero(found.groups == 0), np.flatnonzero(found.groups != 0)
    recogniser = KernelRecogniser(found)
    picks = np.array([2, 20])
    scores = recogniser.learn(train, picks).scores(found.maps[test])
    expected = recogniser.fold(train, test).outer[picks].mean(0)
    np.testing.assert_allclose(scores, expected, atol=1e-9)


def test_settings_survive_their_record():
    given = [SETTING, KernelSettings()]
    assert KernelConfig.of(given).listed() == given
    assert SETTING.name == "maps, sharpness 1, ridge 0.5"


def test_settings_of_no_use_are_refused():
    with pytest.raises(ArgumentError, match="views: expected some of maps"):
        KernelSettings(views=("smiles",))
    with pytest.raises(ArgumentError, match="sharpness, ridge"):
        KernelSettings(ridge=0.0)
    with pytest.raises(ArgumentError, match="too small for this kernel"):
        solve(-np.eye(2), np.array([0, 1]), by_size(np.arange(2)), classes=2, ridge=1e-12)
