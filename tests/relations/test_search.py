import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.relations.kinds import TRIES
from mimetic.relations.search import search
from tests.relations.clips import target

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
