import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.relations.kinds import Material, Parts, Target
from tests.relations.clips import clip, smile, target

TIMES_S = np.arange(0, 4, 0.08)
ONE = clip(np.stack([smile(TIMES_S)] * 3, axis=1), TIMES_S, subject="anna")
NOBODY = clip(np.stack([smile(TIMES_S)] * 3, axis=1), TIMES_S)


def test_material_needs_a_clip():
    with pytest.raises(ArgumentError, match="at least one clip"):
        Material([])


def test_clips_of_other_regions_are_refused_by_their_rows():
    other = clip(np.stack([smile(TIMES_S)] * 2, axis=1), TIMES_S)
    with pytest.raises(ShapeError, match="row 1: regions"):
        Material([ONE, other])


def test_crops_must_be_as_many_as_clips():
    with pytest.raises(ShapeError, match="clips: expected 2, got 0"):
        Material([ONE, ONE], [])


def test_persons_go_by_their_names_and_clips_without_one_stand_alone():
    people = Material([ONE, NOBODY, ONE, NOBODY]).people
    assert people[0] == people[2]
    assert len(set(people.tolist())) == 3


def test_a_part_of_the_material_keeps_features_and_persons():
    material = Material([ONE, NOBODY, ONE], people=np.array([4, 5, 4]))
    assert material.table is material.table
    part = material.take(np.array([2, 0]))
    assert part.people.tolist() == [4, 4]
    assert np.array_equal(part.table.phi, material.table.phi[[2, 0]])


def test_every_person_weighs_the_same():
    weights = target([0, 0, 0, 1], people=[1, 1, 1, 2]).weights
    assert weights.mean() == pytest.approx(1)
    assert weights[:3].sum() == pytest.approx(weights[3])


def test_a_person_with_two_labels_counts_as_two():
    assert target([0, 1, 0, 1], people=[1, 1, 1, 2]).people.tolist() == [0, 1, 0, 2]


def test_an_unknown_task_is_refused():
    with pytest.raises(ArgumentError, match="expected class or number"):
        Target(y=np.zeros(1), subjects=np.zeros(1, int), groups=np.zeros(1, int), task="rank")


def test_scores_are_the_sum_of_their_parts():
    parts = Parts(baseline=1.0, main=np.ones((2, 3)), pairs=np.full((2, 3), 0.5))
    assert parts.scores.tolist() == [5.5, 5.5]
    assert parts.take(np.array([1])).main.shape == (1, 3)
