import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.relations.kinds import Parts
from mimetic.relations.model import TraitModel
from mimetic.relations.moments import MOST, read_moments
from tests.relations.clips import clip, planted, smile

TIMES_S = np.arange(0, 4, 0.04) + 2.0


def said_at(moment_s, amount=1.5):
    """A judge to whom only one moment matters: its pair adds as much if it is seen."""

    def judge(clips):
        pairs = np.zeros((len(clips), 3))
        for row, one in enumerate(clips):
            frame = int(np.abs(one.times_s - moment_s).argmin())
            pairs[row, 1] = amount * one.valid[frame, 0]
        return Parts(baseline=0.5, main=np.zeros((len(clips), 3)), pairs=pairs)

    return judge


@pytest.fixture
def one():
    return clip(np.stack([smile(TIMES_S - 2.0)] * 3, axis=1), TIMES_S)


def test_only_the_moments_around_what_matters_say_something(one):
    found = read_moments(one, said_at(3.1), window_s=0.4)
    near = np.abs(found.times_s - 3.1) < 0.17
    far = np.abs(found.times_s - 3.1) > 0.23
    np.testing.assert_allclose(found.change[near], 1.5)
    np.testing.assert_allclose(found.change[far], 0)
    np.testing.assert_array_equal(found.pairs[:, 1], found.change)
    assert found.value == 2.0
    assert found.whole_pairs.tolist() == [0, 1.5, 0]


def test_times_are_those_of_the_video_and_courses_stand_beside(one):
    found = read_moments(one, said_at(3.1))
    assert found.times_s[0] == pytest.approx(2.2)
    assert found.times_s[-1] == pytest.approx(TIMES_S[-1] - 0.2)
    assert found.course_s[0] == 2.0
    assert found.course_ed.shape == (3, found.course_s.size)
    assert found.course_s[found.course_ed[0].argmax()] == pytest.approx(3.75, abs=0.5)


def test_the_ends_of_a_clip_are_never_hidden_and_a_long_one_has_as_many_moments_as_can_be_drawn():
    times_s = np.arange(0, 30, 0.1)
    long = clip(np.stack([smile(times_s)] * 3, axis=1), times_s)
    seen = []

    def judge(clips):
        seen.extend(clips)
        return said_at(1.0)(clips)

    assert read_moments(long, judge).times_s.size == MOST
    assert all(each.valid[[0, -1]].all() for each in seen)
    assert sum(not each.valid.all() for each in seen) == MOST


@pytest.mark.parametrize("window_s", [0.0, 0.9])
def test_windows_that_cannot_be_bridged_are_refused(one, window_s):
    with pytest.raises(ArgumentError, match=r"window_s: expected more than 0 and at most 0\.8 s"):
        read_moments(one, said_at(1.0), window_s=window_s)


def test_a_clip_too_short_is_refused(one):
    times_s = TIMES_S[:12]
    short = clip(np.zeros((12, 3)), times_s)
    with pytest.raises(ArgumentError, match=r"expected a clip of at least 0\.8 s"):
        read_moments(short, said_at(1.0))


def test_a_model_judges_every_moment_as_a_clip_of_its_own():
    drawn = planted(subjects=24, clips_per_subject=1)
    given = {"subjects": drawn.subjects, "families": drawn.families}
    model = TraitModel.fit(drawn.dynamics, drawn.labels, **given, settings={"draws": 0})
    found = model.moments(drawn.dynamics[3])
    assert found.value == pytest.approx(model.predict(drawn.dynamics[3]).value)
    np.testing.assert_allclose(found.main.sum(1) + found.pairs.sum(1), found.change, atol=1e-9)
    probe = TraitModel.fit(drawn.dynamics, drawn.labels, **given, kind="mean-pool")
    with pytest.raises(ArgumentError, match="has no parts to follow over time"):
        probe.moments(drawn.dynamics[3])
