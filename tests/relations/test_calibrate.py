import numpy as np
import pytest

from mimetic.relations.calibrate import calibrate, calibrated_loss, scale_of
from tests.relations.clips import target

RNG = np.random.default_rng(0)


def test_scores_that_are_log_odds_stay_as_they_are():
    scores = 2 * RNG.normal(size=20000)
    y = RNG.random(20000) < 1 / (1 + np.exp(-scores))
    line = calibrate(scores, target(y))
    assert line.slope == pytest.approx(1, abs=0.05)
    assert line.shift == pytest.approx(0, abs=0.05)


def test_numbers_are_brought_to_their_own_scale():
    scores = RNG.normal(size=500)
    line = calibrate(scores, target(40 + 5 * scores, task="number"))
    assert (line.slope, line.shift) == (pytest.approx(5), pytest.approx(40))


@pytest.mark.parametrize("scores", [np.zeros(40), -np.repeat([0.0, 1.0], 20)])
def test_scores_that_say_nothing_or_the_opposite_give_the_share(scores):
    line = calibrate(scores, target(np.repeat([0, 1], [20, 20])))
    assert line.slope == 0
    assert line(scores) == pytest.approx(np.zeros(40))


def test_people_weigh_the_same_however_many_clips_they_have():
    y = np.r_[np.ones(30), np.zeros(10)]
    people = np.r_[np.repeat(np.arange(10), 3), np.arange(10, 20)]
    assert calibrate(np.zeros(40), target(y, people)).shift == pytest.approx(0, abs=1e-9)


def test_perfect_scores_have_a_finite_slope_and_little_loss():
    y = np.repeat([0.0, 1.0], 50)
    assert np.isfinite(calibrate(y, target(y)).slope)
    assert calibrated_loss(y, target(y)) < 0.1
    assert calibrated_loss(np.full(100, np.nan), target(y)) == np.inf


def test_the_interval_holds_the_line_and_residuals_hold_the_people():
    scores = RNG.normal(size=300)
    labels = target(scores + 0.5 * RNG.normal(size=300), task="number")
    scale = scale_of(scores, labels, rng=RNG, alone=0.5 * scores)
    low, high = scale.interval(scores[:5])
    assert (low <= scale.line(scores[:5])).all()
    assert (scale.line(scores[:5]) <= high).all()
    assert scale.residual[1] == pytest.approx([-1, 1], abs=0.2)
    assert (np.abs(scale.residual[0]) > np.abs(scale.residual[1])).all()
