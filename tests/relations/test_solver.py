import numpy as np
import pytest
from scipy.optimize import minimize

from mimetic.relations.solver import Problem, largest_penalty, solve_path


def problem(task="class", seed=0, sparse=0.5):
    rng = np.random.default_rng(seed)
    main, pairs = rng.normal(size=(120, 6)), rng.normal(size=(120, 5, 4))
    value = 1.5 * pairs[:, 2] @ [1, 0, -1, 0] + main[:, 0]
    y = value + 0.3 * rng.normal(size=120)
    return Problem(
        main=main,
        pairs=pairs,
        y=(y > 0).astype(float) if task == "class" else y,
        weights=np.full(120, 1 / 120),
        task=task,
        sparse=sparse,
    )


def objective(given, penalty, baseline, main, pairs):
    value = baseline + given.main @ main + np.einsum("npc,pc->n", given.pairs, pairs)
    if given.task == "class":
        loss = np.logaddexp(0, np.where(given.y > 0, -value, value)).mean()
    else:
        loss = 0.5 * ((value - given.y) ** 2).mean()
    group = (1 - given.sparse) * np.sqrt(pairs.shape[1]) / 2 * np.linalg.norm(pairs, axis=1).sum()
    return loss + penalty * (np.abs(main).sum() + given.sparse * np.abs(pairs).sum() + group)


@pytest.mark.parametrize("task", ["class", "number"])
def test_no_general_method_finds_a_smaller_objective(task):
    given = problem(task)
    penalty = 0.2 * largest_penalty(given)
    terms = solve_path(given, [2 * penalty, penalty])[-1]
    ours = objective(given, penalty, terms.baseline, terms.main, terms.pairs)

    def by_vector(x):
        return objective(given, penalty, x[0], x[1:7], x[7:].reshape(5, 4))

    start = np.r_[terms.baseline, terms.main, terms.pairs.ravel()]
    theirs = minimize(by_vector, start, method="Powell", options={"maxiter": 30}).fun
    assert ours <= theirs + 1e-4


@pytest.mark.parametrize("task", ["class", "number"])
def test_the_largest_penalty_is_the_border_of_nothing(task):
    given = problem(task)
    border = largest_penalty(given)
    nothing, something = solve_path(given, [1.001 * border, 0.97 * border])
    assert not nothing.pairs.any()
    assert not nothing.main.any()
    assert something.pairs.any() or something.main.any()


def test_the_pair_that_matters_comes_in_first_and_noise_stays_out():
    given = problem()
    terms = solve_path(given, largest_penalty(given) * np.array([1, 0.7, 0.5, 0.35]))[-1]
    assert np.flatnonzero(terms.pairs.any(1)).tolist() == [2]
    assert terms.pairs[2, 0] > 0 > terms.pairs[2, 2]


def test_the_baseline_alone_is_the_share_of_the_class():
    given = problem()
    terms = solve_path(given, [10 * largest_penalty(given)])[0]
    assert 1 / (1 + np.exp(-terms.baseline)) == pytest.approx(given.y.mean(), abs=1e-3)
    assert terms.score(given.main, given.pairs) == pytest.approx(np.full(120, terms.baseline))
