import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.relations.kinds import TRIES, Material
from mimetic.relations.registry import make_kind
from mimetic.relations.search import search, simplest
from tests.relations.clips import planted, target

RNG = np.random.default_rng(0)


def test_the_setting_that_helps_is_chosen_and_its_scores_are_held_out():
    signal = RNG.normal(size=80)
    labels = target(signal > 0)
    seen = []

    def score(strength, split):
        seen.append(split)
        return strength * signal[split.test] + np.sin(7 * signal[split.test]) * (1 - strength)

    found = search([0.0, 1.0], score, labels, rng=np.random.default_rng(0))
    assert found.best == 1.0
    assert np.array_equal(found.held_out, signal)
    assert all(not set(split.train) & set(split.test) for split in seen)


def test_scores_that_are_not_numbers_are_never_best():
    found = search(
        [0, 1],
        lambda way, split: np.full(split.test.size, np.nan if way else 0.0),
        target(np.arange(20) % 2),
        rng=np.random.default_rng(0),
    )
    assert found.best == 0
    assert found.losses[1] == np.inf


@pytest.mark.parametrize("count", [0, TRIES + 1])
def test_nobody_tries_more_settings_than_others(count):
    with pytest.raises(ArgumentError, match=f"1 to {TRIES} settings"):
        search(range(count), lambda *_: 0, target([0, 1]), rng=np.random.default_rng(0))


def test_of_settings_that_are_as_good_the_one_with_the_fewest_terms_is_taken():
    assert simplest(np.array([0.6931, 0.6931, 0.6930])) == 0
    assert simplest(np.array([0.6931, 0.50, 0.31, 0.3005, 0.30])) == 3
    assert simplest(np.array([0.6931, 0.30, 0.60])) == 1
    assert simplest(1000 * np.array([0.6931, 0.50, 0.31, 0.3005, 0.30])) == 3


def test_the_model_of_labels_that_follow_from_nothing_has_no_pairs():
    material = Material(planted(seed=4, subjects=40, clips_per_subject=1).dynamics)
    y = np.random.default_rng(8).permutation(np.arange(len(material)) % 2)
    model = make_kind("additive", {"draws": 0, "tries": 6, "smallest": 0.2})
    model.fit(material, target(y), rng=np.random.default_rng(0))
    assert np.argmin(model.losses) > 0
    assert not model.parts(material).pairs.any()
