import numpy as np
import pytest

from mimetic.relations.kinds import Parts
from mimetic.relations.link import fit_link, read_folds
from tests.relations.clips import target

RNG = np.random.default_rng(0)
PEOPLE = 400


def signs_in_clips(agree, clips=3, task="class"):
    """People whose pair 0 has a sign that agrees with the label in a share; pair 1 is noise."""
    label = RNG.random(PEOPLE) < 0.5
    sign = np.where(RNG.random(PEOPLE) < agree, 1, -1) * np.where(label, 1, -1)
    people = np.repeat(np.arange(PEOPLE), clips)
    shown = sign[people] * 1.2 + RNG.normal(size=people.size)
    pairs = np.stack([0.3 * shown, 0.01 * RNG.normal(size=people.size)], axis=1)
    y = label[people].astype(float)
    if task == "number":
        y = 40 + 10 * np.repeat(label + 0.2 * RNG.normal(size=PEOPLE), clips)
    parts = Parts(baseline=0.0, main=np.zeros((people.size, 3)), pairs=pairs)
    return parts, y, people


def test_a_pair_says_no_more_than_its_agreement_allows():
    parts, y, people = signs_in_clips(0.85)
    link = fit_link(parts, y, people, task="class")
    assert link.chosen.tolist() == [0]
    assert link.height[0] == pytest.approx(np.log(0.85 / 0.15), rel=0.25)
    many = Parts(baseline=0.0, main=np.zeros((50, 3)), pairs=np.tile([[1.0, 0.0]], (50, 1)))
    assert link(many, np.zeros(50, int)).scores[0] < np.log(0.85 / 0.15) + 0.6


def test_several_clips_of_a_person_say_more_than_one():
    parts, y, people = signs_in_clips(0.95)
    link = fit_link(parts, y, people, task="class")
    together, alone = link(parts, people), link(parts, np.arange(people.size))
    right = np.where(y > 0, 1, -1)
    assert (together.scores * right).mean() > (alone.scores * right).mean() + 0.3
    assert (together.scores.reshape(-1, 3) == together.scores[::3, None]).all()


def test_the_parts_of_people_are_centred_and_add_up():
    parts, y, people = signs_in_clips(0.9)
    read = fit_link(parts, y, people, task="class")(parts, people)
    assert read.pairs[:, 0].mean() == pytest.approx(0, abs=1e-9)
    assert 1 / (1 + np.exp(-read.scores.mean())) == pytest.approx(y.mean(), abs=0.1)


def test_a_number_is_read_on_its_own_scale():
    parts, y, people = signs_in_clips(1.0, task="number")
    read = fit_link(parts, y, people, task="number")(parts, people)
    assert np.abs(read.scores - y).mean() < 3
    assert np.abs(y - y.mean()).mean() > 4


def test_a_pair_that_points_the_wrong_way_says_nothing():
    parts, y, people = signs_in_clips(0.1)
    link = fit_link(parts, y, people, task="class")
    assert np.abs(link(parts, people).pairs).max() < 0.05


def test_nothing_at_all_gives_the_share_of_the_class():
    still = Parts(baseline=0.0, main=np.zeros((40, 3)), pairs=np.zeros((40, 3)))
    y = np.repeat([0.0, 1.0], [10, 30])
    read = fit_link(still, y, np.arange(40), task="class")(still, np.arange(40))
    assert read.scores == pytest.approx(np.full(40, np.log(3)), abs=0.01)


def test_folds_are_read_by_the_others():
    parts, y, people = signs_in_clips(0.9)
    scores, read, alone = read_folds(parts, people % 4, target(y, people))
    assert scores.shape == alone.shape == y.shape
    assert np.abs(scores - read.scores).max() < 0.5
    assert ((scores > 0) == (y > 0)).mean() > 0.8
