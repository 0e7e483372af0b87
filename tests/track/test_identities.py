import numpy as np
import pytest

from mimetic.errors import ArgumentError, PersonError
from mimetic.track.identities import merge_identities, swap_identities

TIMES_S = np.arange(4) / 10


def persons(**rows):
    """Persons by number: which tracklet shows each of them in each of four frames."""
    return {int(name[1:]): np.array(row, np.int32) for name, row in rows.items()}


def plain(assigned):
    return {person: row.tolist() for person, row in assigned.items()}


def test_swapping_exchanges_two_people_from_a_frame_on():
    before = persons(p1=[0, 0, 0, 0], p2=[5, 5, 5, -1], p3=[9, 9, 9, 9])
    after = swap_identities(before, 1, 2, at_row=2)
    assert plain(after) == {1: [0, 0, 5, -1], 2: [5, 5, 0, 0], 3: [9, 9, 9, 9]}


def test_swapping_leaves_what_was_given_alone():
    before = persons(p1=[0, 0, 0, 0], p2=[5, 5, 5, -1])
    swap_identities(before, 1, 2, at_row=0)
    assert plain(before) == {1: [0, 0, 0, 0], 2: [5, 5, 5, -1]}


def test_swapping_twice_gives_the_people_back():
    before = persons(p1=[0, -1, 0, 0], p2=[5, 5, 5, -1])
    twice = swap_identities(swap_identities(before, 1, 2, at_row=1), 2, 1, at_row=1)
    assert plain(twice) == plain(before)


def test_merging_joins_two_who_are_never_seen_together():
    before = persons(p1=[0, 0, -1, -1], p2=[-1, -1, -1, 5], p3=[9, 9, 9, 9])
    after = merge_identities(before, 1, 2, times_s=TIMES_S)
    assert plain(after) == {1: [0, 0, -1, 5], 3: [9, 9, 9, 9]}


def test_merging_two_who_are_seen_together_is_refused():
    before = persons(p1=[0, 0, -1, -1], p2=[-1, 5, 5, 5])
    with pytest.raises(ArgumentError, match=r"got 1 frames with both, the first at 0\.100 s"):
        merge_identities(before, 1, 2, times_s=TIMES_S)


def test_an_unknown_person_is_refused_by_name():
    with pytest.raises(PersonError, match="person 7: not in this video; there: 1, 2"):
        swap_identities(persons(p1=[0], p2=[1]), 1, 7, at_row=0)
    with pytest.raises(PersonError, match="there: nobody"):
        merge_identities({}, 1, 2, times_s=TIMES_S)


def test_one_person_twice_is_refused():
    with pytest.raises(ArgumentError, match="two different persons"):
        merge_identities(persons(p1=[0]), 1, 1, times_s=TIMES_S)
