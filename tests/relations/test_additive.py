import numpy as np
import pytest

from mimetic.errors import ConfigError
from mimetic.learn.scores import auc, pair_auroc
from mimetic.relations.additive import AdditivePairs, AdditiveSettings
from mimetic.relations.intake import read_target
from mimetic.relations.kinds import Additive, Material, Storable
from tests.relations.clips import planted

SETTINGS = AdditiveSettings(tries=6, smallest=0.2, folds=3, draws=5)


def fit(drawn, settings=SETTINGS, seed=0):
    given = read_target(drawn.labels, drawn.subjects, drawn.families)
    model = AdditivePairs(settings)
    model.fit(Material(drawn.dynamics), given.target, rng=np.random.default_rng(seed))
    return model, given.target


def truth(drawn):
    names = drawn.settings.region_names
    return [(names.index(pair.region), names.index(pair.other)) for pair in drawn.pairs]


@pytest.fixture(scope="module")
def fitted():
    learnt, left = planted(subjects=140).split(80)
    return *fit(learnt), learnt, left


def test_planted_pairs_are_found_and_the_trait_is_told(fitted):
    model, _, learnt, left = fitted
    assert pair_auroc(model.pair_importance(), truth(learnt)) > 0.95
    y = np.array([float(label == "second") for label in left.labels])
    assert auc(model.score(Material(left.dynamics)), y) > 0.8


def test_scores_are_exactly_the_sum_of_their_parts(fitted):
    model, _, _, left = fitted
    material = Material(left.dynamics)
    parts = model.parts(material)
    sums = parts.baseline + parts.main.sum(1) + parts.pairs.sum(1)
    assert np.array_equal(sums, model.score(material))


def test_few_pairs_have_any_part(fitted):
    model, _, _, left = fitted
    assert (model.parts(Material(left.dynamics)).pairs.std(0) > 1e-9).sum() < 12


def test_held_out_scores_know_less_than_the_fit(fitted):
    model, target, learnt, _ = fitted
    fitted_scores = model.score(Material(learnt.dynamics))
    assert 0.7 < auc(model.held_out, target.y) <= auc(fitted_scores, target.y)
    assert np.allclose(model.held_out, model.held_out_parts.scores, atol=1.0)


def test_the_interval_surrounds_the_score_of_most_clips(fitted):
    model, _, _, left = fitted
    material = Material(left.dynamics)
    low, high = model.spread(material)
    assert (low < high).all()
    assert ((low <= model.score(material)) & (model.score(material) <= high)).mean() > 0.5
    assert len(list(model.drawn_parts(material))) == SETTINGS.draws


def test_it_keeps_what_all_kinds_promise(fitted):
    assert isinstance(fitted[0], Additive)
    assert isinstance(fitted[0], Storable)


def test_its_arrays_make_the_same_model(fitted):
    model, _, _, left = fitted
    again = AdditivePairs(SETTINGS)
    again.restore(model.arrays())
    material = Material(left.dynamics)
    assert np.array_equal(again.score(material), model.score(material))
    assert np.array_equal(again.spread(material), model.spread(material))
    assert again.pair_importance() is None


def test_the_same_generator_makes_the_same_model():
    drawn = planted()
    first, second = (fit(drawn)[0] for _ in range(2))
    for name, array in first.arrays().items():
        assert np.array_equal(array, second.arrays()[name]), name


def test_without_a_relation_nothing_is_said():
    drawn = planted(seed=3, strengths=(0.5, 0.5))
    model, target = fit(drawn)
    assert 0.3 < auc(model.held_out, target.y) < 0.7
    assert np.abs(model.held_out).mean() < 0.7


def test_an_age_is_estimated_in_years():
    learnt, left = planted(subjects=160, trait="age").split(110)
    model, _ = fit(learnt)
    estimate, ages = model.score(Material(left.dynamics)), np.array(left.labels)
    assert np.abs(estimate - ages).mean() < 0.85 * np.abs(ages - np.median(ages)).mean()


def test_balanced_classes_are_learnt_from_a_lopsided_population():
    drawn = planted()
    rows = [n for n, label in enumerate(drawn.labels) if label == "second" or n % 6 < 2]
    model, target = fit(
        drawn.take(np.array(rows)), AdditiveSettings(tries=4, folds=2, draws=0, balanced=True)
    )
    share = target.weights @ target.y / target.y.size
    # Held-out scores give the probability in the population all the same.
    assert (1 / (1 + np.exp(-model.held_out))).mean() == pytest.approx(share, abs=0.12)


@pytest.mark.parametrize(
    "wrong", [{"tries": 0}, {"tries": 13}, {"smallest": 1.0}, {"sparse": 2.0}, {"folds": 1},
              {"main_penalty": 0.0}, {"draws": -1}],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        AdditiveSettings(**wrong)
