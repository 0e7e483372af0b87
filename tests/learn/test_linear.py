import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.learn.linear import fit_scaler, ridge_lines


def drawn(rows=200, columns=6, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((rows, columns)) * np.arange(1, columns + 1)
    return values, values @ np.linspace(-1, 1, columns) + 0.3 * rng.standard_normal(rows) + 2


def test_least_squares_is_that_of_the_normal_equations():
    values, y = drawn()
    weights = np.random.default_rng(1).uniform(0.5, 2, 200)
    (line,) = ridge_lines(values, y, weights=weights, penalties=[1e-12], logistic=False)
    design = np.column_stack([np.ones(200), values])
    wanted = np.linalg.solve(design.T @ (weights[:, None] * design), design.T @ (weights * y))
    assert np.allclose([line.baseline, *line.slope], wanted, atol=1e-6)


def test_a_logistic_line_has_no_slope_left_to_go_down():
    values, y = drawn()
    y = (y > 2).astype(float)
    for line, penalty in zip(
        ridge_lines(values, y, weights=np.ones(200), penalties=[1.0, 1e-3], logistic=True),
        [1.0, 1e-3],
        strict=True,
    ):
        size = np.sqrt(values.var(0).sum())
        away = 1 / (1 + np.exp(-line(values))) - y
        left = (values - values.mean(0)).T @ away / 200 / size + penalty * line.slope * size
        assert np.abs(left).max() < 1e-6
        assert abs(away.mean()) < 1e-6


def test_classes_that_a_line_parts_do_not_break_it():
    values = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    (line,) = ridge_lines(
        values, np.array([0.0, 0, 1, 1]), weights=np.ones(4), penalties=[1e-6], logistic=True
    )
    assert np.isfinite(line.slope).all()
    assert (line(values) > 0).tolist() == [False, False, True, True]


@pytest.mark.parametrize("logistic", [False, True])
def test_more_columns_than_rows_and_columns_twice_give_the_same_scores(logistic):
    values, y = drawn(rows=20, columns=50)
    y = (y > np.median(y)).astype(float)
    given = {"weights": np.ones(20), "penalties": [0.1], "logistic": logistic}
    (one,) = ridge_lines(values, y, **given)
    (twice,) = ridge_lines(np.hstack([values, values]), y, **given)
    assert np.allclose(one(values), twice(np.hstack([values, values])), atol=1e-6)


def test_the_strongest_penalty_leaves_the_mean():
    values, y = drawn()
    (line,) = ridge_lines(values, y, weights=np.ones(200), penalties=[1e9], logistic=False)
    assert np.allclose(line(values), y.mean(), atol=1e-4)


def test_columns_that_do_not_vary_and_missing_values_read_as_usual():
    values = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]])
    scaler = fit_scaler(values, np.ones(3))
    assert scaler(values).tolist() == [[-1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    assert scaler(np.array([[2.0, 9.0]])).tolist() == [[0.0, 0.0]]


def test_columns_that_nobody_saw_read_as_usual():
    assert fit_scaler(np.full((3, 1), np.nan), np.ones(3))(np.ones((1, 1))).tolist() == [[0.0]]


def test_a_penalty_of_zero_is_refused():
    with pytest.raises(ArgumentError, match="penalties: expected more than 0"):
        ridge_lines(np.ones((2, 1)), np.ones(2), weights=np.ones(2), penalties=[0], logistic=False)
