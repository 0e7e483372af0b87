import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.relations.effects import effects, square, weighted_effects
from mimetic.relations.explain import Evidence, explain_evidence, explain_importance
from mimetic.relations.kinds import Parts
from tests.relations.clips import target

RNG = np.random.default_rng(0)
REGIONS = ("brow", "cheek", "mouth")
Y = np.tile([0.0, 1.0], 40)


def evidence(task="class", y=Y):
    """Pair 1 adds 2 to the class, pair 0 takes .5 away, pair 2 adds nothing."""
    unit = (y - y.mean()) / (1.0 if task == "class" else y.std())
    pairs = np.stack([-0.5 * unit, 2 * unit, 0 * unit], axis=1)
    main = np.stack([unit, 0 * unit, 0 * unit], axis=1)
    return Evidence(
        regions=REGIONS,
        parts=Parts(baseline=0.0, main=main, pairs=pairs + 0.01 * RNG.normal(size=pairs.shape)),
        target=target(y, task=task),
        pair_p=np.array([0.5, 0.01, 0.06]),
        pair_statistic=np.array([0.1, 0.6, 0.2]),
        main_p=np.array([0.01, 1.0, 1.0]),
        stability=0.8,
    )


def test_pairs_are_ranked_by_what_they_add():
    told = explain_evidence(evidence(), unit="log-odds")
    first = told.pairs[0]
    assert (first.region, first.other, first.p) == ("brow", "mouth", 0.01)
    assert first.contribution == pytest.approx(2, abs=0.02)
    assert first.low < first.contribution < first.high
    assert [each.contribution for each in told.pairs] == sorted(
        (each.contribution for each in told.pairs), reverse=True
    )
    assert told.main[0].region == "brow"
    assert told.matrix[0, 2] == told.matrix[2, 0] == first.contribution
    assert told.stability == 0.8


def test_only_pairs_beyond_chance_are_significant():
    told = explain_evidence(evidence(), unit="log-odds")
    assert [each.p for each in told.significant()] == [0.01]
    assert len(told.significant(0.1)) == 2


def test_effects_of_a_number_are_for_one_standard_deviation():
    ages = RNG.uniform(20, 70, 80)
    told = explain_evidence(evidence("number", ages), unit="years")
    assert told.pairs[0].contribution == pytest.approx(2, abs=0.02)


def test_effects_of_all_parts_add_up_to_that_of_the_score():
    parts = evidence().parts
    whole = effects(parts.scores[:, None], target(Y))[0]
    sums = effects(parts.main, target(Y)).sum() + effects(parts.pairs, target(Y)).sum()
    assert sums == pytest.approx(whole)


def test_labels_that_do_not_vary_have_no_effects():
    assert np.isnan(weighted_effects(np.ones((4, 2)), np.ones(4), np.ones(4), task="class")).all()


def test_pairs_become_a_symmetric_matrix():
    matrix = square(np.arange(1.0, 7.0))
    assert matrix.shape == (4, 4)
    assert np.array_equal(matrix, matrix.T)
    assert matrix[0].tolist() == [0, 1, 2, 3]


def test_a_group_in_which_a_pair_works_otherwise_differs():
    given = evidence()
    old = np.arange(80) >= 40
    given.parts.pairs[old, 1] *= -0.5
    told = explain_evidence(given, unit="log-odds").per_group(
        ["old" if o else "young" for o in old]
    )
    of = {(each.group, each.region, each.other): each for each in told}
    young, aged = of["young", "brow", "mouth"], of["old", "brow", "mouth"]
    assert young.contribution == pytest.approx(2, abs=0.05)
    assert aged.contribution == pytest.approx(-1, abs=0.05)
    assert young.difference == pytest.approx(3, abs=0.1) == -aged.difference
    assert young.difference_low > 0
    assert young.people == 40
    assert (
        of["young", "brow", "cheek"].difference_low
        < 0
        < of["young", "brow", "cheek"].difference_high
    )


def test_a_group_of_one_class_has_no_effect():
    told = explain_evidence(evidence(), unit="").per_group(["a" if y else "b" for y in Y])
    assert all(np.isnan(each.contribution) and np.isnan(each.low) for each in told)


def test_groups_are_one_for_each_clip_and_at_least_two():
    told = explain_evidence(evidence(), unit="")
    with pytest.raises(ShapeError, match="expected 80"):
        told.per_group(["a"])
    with pytest.raises(ArgumentError, match="at least two groups"):
        told.per_group(["a"] * 80)


def test_importance_alone_is_ranked_and_cannot_be_split():
    told = explain_importance(REGIONS, square(np.array([0.1, 0.3, 0.2])))
    assert [(each.region, each.other) for each in told.pairs[:2]] == [
        ("brow", "mouth"), ("cheek", "mouth"),
    ]  # fmt: skip
    assert np.isnan(told.pairs[0].p)
    assert not told.significant()
    with pytest.raises(ArgumentError, match="no contributions to split"):
        told.per_group(["a", "b"])
