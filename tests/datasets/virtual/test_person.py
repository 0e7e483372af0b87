import numpy as np
import pytest

from mimetic.datasets.virtual import Camera, Person, Program, VirtualFace, people
from mimetic.errors import ArgumentError


def portrait(person):
    recording = VirtualFace(person=person).record(Program.still(0.1))
    return recording.frame(0).pixels, recording.truth.landmarks_px[0]


def test_people_differ_in_shape_texture_quirk_and_habits():
    first, second = people(2, seed=3)
    assert first.quirk() != second.quirk()
    assert first.habits() != second.habits()
    (pixels_a, points_a), (pixels_b, points_b) = portrait(first), portrait(second)
    assert 0.5 < np.linalg.norm(points_a - points_b, axis=1).mean() < 12
    assert np.abs(pixels_a.astype(float) - pixels_b).mean() > 2


def test_a_person_is_the_same_for_the_same_seed():
    assert people(3, seed=1) == people(3, seed=1)
    (pixels_a, points_a), (pixels_b, points_b) = portrait(Person(seed=5)), portrait(Person(seed=5))
    assert np.array_equal(pixels_a, pixels_b)
    assert np.array_equal(points_a, points_b)


def test_people_of_different_seeds_share_nobody():
    assert not set(people(5, seed=0)) & set(people(5, seed=1))


def test_a_person_without_changes_is_the_photograph():
    pixels, points = portrait(Person(seed=2, shape_ed=0.0, texture=0.0))
    plain, plain_points = portrait(None)
    assert np.abs(points - plain_points).max() < 1e-3
    assert np.abs(pixels.astype(int) - plain).max() <= 1


def test_habits_are_a_distribution_over_movements():
    habits = Person(seed=9).habits()
    assert sum(habits.weights) == pytest.approx(1)
    program = Program.random(1, 30.0, habits=habits)
    assert program.pulses


def test_a_quirk_moves_only_its_own_neighbourhood():
    person = Person(seed=4)
    quirk = person.quirk()
    face = VirtualFace(person=person)
    still = face.record(Program.still(0.1)).truth.landmarks_px[0]
    moved = face.record(Program.held(quirk=1.0), Camera(rate_hz=10)).truth.landmarks_px[0]
    distance = np.linalg.norm((moved - still)[:, :2], axis=1)
    assert 2.0 < distance.max() < 8.0
    assert (distance > 0.01).mean() < 0.35
    side = still[:, 0] > still[168, 0] + 30  # the person's left
    far = side if quirk.side == "right" else still[:, 0] < still[168, 0] - 30
    assert distance[far].max() < 0.01


@pytest.mark.parametrize(
    "make",
    [
        lambda: Person(seed=-1),
        lambda: Person(shape_ed=0.5),
        lambda: Person(texture=3.0),
        lambda: people(0),
    ],
)
def test_impossible_people_are_refused(make):
    with pytest.raises(ArgumentError, match="expected"):
        make()
