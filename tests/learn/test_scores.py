import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.learn import scores


def matrix(values):
    """A symmetric matrix of three regions from its pairs 0-1, 0-2, 1-2."""
    made = np.zeros((3, 3))
    made[np.triu_indices(3, 1)] = values
    return made + made.T


def test_auc_is_the_share_of_couples_in_the_right_order():
    assert scores.auc(np.array([1.0, 2, 3, 4]), np.array([0.0, 1, 0, 1])) == 0.75


def test_auc_of_scores_that_are_all_alike_is_a_half():
    assert scores.auc(np.ones(4), np.array([0.0, 1, 0, 1])) == 0.5


def test_auc_of_one_class_is_unknown():
    assert np.isnan(scores.auc(np.arange(3.0), np.ones(3)))


def test_auc_does_not_change_with_the_scale_of_the_scores_and_mirrors_with_their_sign():
    rng = np.random.default_rng(0)
    values, y = rng.standard_normal(50), (rng.random(50) < 0.4).astype(float)
    there = scores.auc(values, y)
    assert scores.auc(np.exp(values), y) == there
    assert scores.auc(-values, y) == pytest.approx(1 - there)


def test_mean_absolute_error_of_three_and_five_years_is_four():
    assert scores.mean_absolute_error(np.array([23.0, 35.0]), np.array([20.0, 40.0])) == 4.0


def test_kendall_tau_counts_couples_in_the_same_order():
    assert scores.kendall_tau(np.arange(4.0), np.array([0.0, 1, 3, 2])) == pytest.approx(4 / 6)
    assert scores.kendall_tau(np.arange(4.0), -np.arange(4.0)) == pytest.approx(-1)


def test_kendall_tau_of_a_ranking_without_order_is_unknown():
    assert np.isnan(scores.kendall_tau(np.ones(4), np.arange(4.0)))


def test_precision_is_the_share_of_true_pairs_on_top():
    importance = matrix([0.9, 0.5, 0.1])
    assert scores.precision_at_k(importance, [(0, 1)]) == 1.0
    assert scores.precision_at_k(importance, [(2, 1)]) == 0.0
    assert scores.precision_at_k(importance, [(0, 1), (1, 2)]) == 0.5
    assert scores.precision_at_k(importance, [(0, 1), (1, 2)], k=3) == pytest.approx(2 / 3)


def test_precision_of_an_explanation_that_says_nothing_is_that_of_chance():
    assert scores.precision_at_k(np.zeros((9, 9)), [(0, 1), (2, 3), (4, 5)]) == pytest.approx(
        3 / 36
    )


def test_precision_with_a_tie_at_the_border_is_the_mean_of_both_ways():
    assert scores.precision_at_k(matrix([0.9, 0.5, 0.5]), [(0, 1), (0, 2)]) == 0.75


def test_pair_auroc_is_the_share_of_true_pairs_above_others():
    assert scores.pair_auroc(matrix([0.9, 0.5, 0.1]), [(0, 1)]) == 1.0
    assert scores.pair_auroc(matrix([0.9, 0.5, 0.1]), [(0, 2)]) == 0.5
    assert scores.pair_auroc(np.zeros((4, 4)), [(0, 2)]) == 0.5


def test_scores_refuse_what_has_no_meaning():
    with pytest.raises(ArgumentError, match="k: expected 1 to 3 pairs, got 4"):
        scores.precision_at_k(np.zeros((3, 3)), [(0, 1)], k=4)
    with pytest.raises(ArgumentError, match="importance: expected a symmetric matrix"):
        scores.pair_auroc(np.triu(np.ones((3, 3))), [(0, 1)])
    with pytest.raises(ArgumentError, match="pairs: expected places of two of 3 regions"):
        scores.pair_auroc(np.zeros((3, 3)), [(0, 3)])
    with pytest.raises(ShapeError, match="y: expected"):
        scores.auc(np.ones(3), np.ones(2))
