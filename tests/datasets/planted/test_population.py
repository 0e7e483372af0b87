import dataclasses

import numpy as np
import pytest
from scipy.stats import ks_2samp, rankdata

from mimetic.datasets.planted import CLASSES, KINDS, Population, PopulationSettings
from mimetic.errors import ArgumentError


def auc(scores, positive):
    ranks, count = rankdata(scores), positive.sum()
    return (ranks[positive].sum() - count * (count + 1) / 2) / (count * (~positive).sum())


def first_clips(population):
    return np.unique(population.cast.person, return_index=True)[1]


def second_class(population):
    return np.array(population.labels) == CLASSES[1]


@pytest.fixture(scope="module")
def many():
    settings = PopulationSettings(subjects=2000, clips_per_subject=1, steps=36, rate_hz=12)
    return Population.draw(settings, 5)


def peaks(population):
    """What a region does by itself: farthest, when it is halfway there, how it trembles [n R 3]."""
    values = np.stack([one.values for one in population.dynamics])
    course = np.hypot(values[..., 0], values[..., 1])
    top = course.max(1)
    begin = (course > 0.5 * top[:, None]).argmax(1)
    return np.stack([top, begin, np.diff(course, 2, axis=1).std(1)], axis=2)


def linear_auc(features, positive):
    """Held-out AUC of a linear model of the features [n K]."""
    known = (features - features.mean(0)) / features.std(0)
    half = len(known) // 2
    ones = np.ones((len(known), 1))
    known = np.hstack([known, ones])
    weight, *_ = np.linalg.lstsq(known[:half], positive[:half].astype(float), rcond=None)
    return auc(known[half:] @ weight, positive[half:])


def test_one_region_does_the_same_in_both_classes(many):
    seen, positive = peaks(many), second_class(many)
    p = [
        ks_2samp(seen[positive, region, kind], seen[~positive, region, kind]).pvalue
        for region in range(9)
        for kind in (0, 2)
    ]
    assert min(p) > 0.05 / len(p)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_latents_of_one_region_are_alike_whatever_the_sign(kind):
    pair = ("eye_left", "mouth")
    settings = PopulationSettings(
        subjects=2000, clips_per_subject=1, kinds=(kind,), strengths=(0.95,), pairs=(pair,),
        distractors=0, steps=8, rate_hz=2.5,
    )  # fmt: skip
    population = Population.draw(settings, 3)
    positive = second_class(population)
    for channel in ("amplitude", "latency", "phase"):
        values = population.latents.of(channel)
        p = [ks_2samp(values[positive, r], values[~positive, r]).pvalue for r in range(9)]
        assert min(p) > 0.01 / 9
    first = first_clips(population)
    assert auc(population.oracle_scores[first], positive[first]) > 0.8


def test_a_linear_model_of_single_regions_knows_nothing(many):
    features = peaks(many)
    flat = features.reshape(len(features), -1)
    assert linear_auc(flat, second_class(many)) == pytest.approx(0.5, abs=0.05)


def test_the_oracle_knows_nearly_all():
    scores = []
    for seed in range(3):
        population = Population.draw(PopulationSettings(subjects=500, steps=36, rate_hz=12), seed)
        first = first_clips(population)
        scores.append(auc(population.oracle_scores[first], second_class(population)[first]))
    assert np.mean(scores) == pytest.approx(0.98, abs=0.008)


def test_the_oracle_is_calibrated(many):
    claimed = 1 / (1 + np.exp(-many.oracle_scores))
    assert claimed.mean() == pytest.approx(second_class(many).mean(), abs=0.02)
    sure = np.abs(many.oracle_scores) > 2
    right = (many.oracle_scores > 0) == second_class(many)
    assert right[sure].mean() == pytest.approx(
        np.maximum(claimed, 1 - claimed)[sure].mean(), abs=0.03
    )


def test_an_oracle_of_age_is_better_than_the_middle_and_fits_main_effects():
    settings = PopulationSettings(trait="age", subjects=400, steps=36, rate_hz=12, main_effects=2)
    population = Population.draw(settings, 2)
    age = np.array(population.labels)
    assert age.min() >= 18
    assert age.max() <= 76
    error = np.abs(population.oracle_scores - age).mean()
    assert error < 0.6 * np.abs(age - np.median(age)).mean()
    without = dataclasses.replace(settings, main_effects=0)
    assert error < np.abs(Population.draw(without, 2).oracle_scores - age).mean()


def test_the_planted_couplings_are_in_the_latents(many):
    names = many.settings.region_names
    signs = dict(zip((*many.pairs, *many.distractors), many.signs.T, strict=True))
    for pair, sign in signs.items():
        channel = {"amplitude": "amplitude", "lag": "latency", "synchrony": "fine"}[pair.kind]
        latents = many.latents.of(channel)
        one, other = (latents[:, names.index(name)] for name in (pair.region, pair.other))
        products = (one * other).reshape(len(one), -1).mean(1)
        assert (sign * products).mean() == pytest.approx(0.9, abs=0.06)


def test_signs_agree_with_the_trait_as_often_as_said(many):
    agreement = (many.signs > 0) == second_class(many)[:, None]
    assert agreement[:, :3].mean(0) == pytest.approx([0.90, 0.85, 0.80], abs=0.03)
    assert (many.signs[:, 3] == 1).all()  # the distractor


def test_signs_of_an_age_turn_at_the_age_of_the_pair():
    settings = PopulationSettings(trait="age", subjects=1500, clips_per_subject=1, steps=38)
    population = Population.draw(settings, 4)
    age = np.array(population.labels)
    assert sorted(pair.turns_at for pair in population.pairs) == [32.5, 47.0, 61.5]
    for pair, sign in zip(population.pairs, population.signs.T, strict=False):
        assert ((sign > 0) == (age > pair.turns_at)).mean() == pytest.approx(
            pair.strength, abs=0.03
        )


def test_a_null_population_tells_nothing():
    settings = PopulationSettings(subjects=600, steps=38, main_effects=2).null()
    population = Population.draw(settings, 1)
    assert population.pairs == ()
    assert len(population.distractors) == 4
    assert np.abs(population.oracle_scores).max() < 1e-9


def test_main_effects_move_the_amplitude_of_their_regions_alone():
    settings = PopulationSettings(
        subjects=2000, clips_per_subject=1, steps=38, main_effects=2, main_size=0.8
    )
    population = Population.draw(settings, 6)
    positive, names = second_class(population), settings.region_names
    moved = population.latents.amplitude[positive].mean(0)
    moved = moved - population.latents.amplitude[~positive].mean(0)
    told = np.isin(names, population.main)
    assert moved[told] == pytest.approx([0.8, 0.8], abs=0.12)
    assert moved[~told] == pytest.approx(np.zeros(7), abs=0.12)


def test_the_first_frame_tells_nothing_unless_there_is_a_shortcut():
    still = {}
    for shortcut in (0.0, 2.0):
        settings = PopulationSettings(subjects=400, steps=38, shortcut=shortcut)
        population = Population.draw(settings, 8).take(np.arange(0, 1200, 3))
        frame = np.stack([one.values[0].ravel() for one in population.dynamics])
        still[shortcut] = linear_auc(frame, second_class(population))
    assert still[0.0] == pytest.approx(0.5, abs=0.08)
    assert still[2.0] > 0.9


def test_swapped_looks_are_those_of_the_other_class_and_movements_stay():
    settings = PopulationSettings(subjects=300, steps=38, shortcut=3.0, dropout_share=0.1)
    population = Population.draw(settings, 8)
    swapped = population.swap_appearance(np.random.default_rng(0))
    looks = np.array([np.nanmean(one.values[..., 3]) for one in swapped.dynamics])
    assert auc(looks, second_class(population)) < 0.1
    for before, after in zip(population.dynamics[:9], swapped.dynamics[:9], strict=True):
        np.testing.assert_array_equal(before.values[..., :3], after.values[..., :3])
        assert np.nanstd(after.values[..., 3], axis=0).max() < 1e-5


def test_looks_that_are_not_there_cannot_be_swapped():
    population = Population.draw(PopulationSettings(subjects=8), 0)
    with pytest.raises(ArgumentError, match="shortcut: expected a population with looks"):
        population.swap_appearance(np.random.default_rng(0))
