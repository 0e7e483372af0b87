from xml.etree import ElementTree

import numpy as np

from mimetic.relations.explain import Explanation, PairEffect, explain_importance
from mimetic.report.relations import AGAINST, FOR, QUIET, draw_matrix, draw_pairs, region_places

NAMES = ("brow_left", "brow_right", "lips")


def effect(region, other, contribution, p):
    return PairEffect(region=region, other=other, contribution=contribution, low=0.0, high=1.0, p=p)


def explanation(*pairs):
    matrix = np.zeros((3, 3))
    for one in pairs:
        row, column = NAMES.index(one.region), NAMES.index(one.other)
        matrix[row, column] = matrix[column, row] = one.contribution
    return Explanation(regions=NAMES, unit="log-odds", pairs=pairs, main=(), matrix=matrix)


def test_the_person_s_left_is_at_the_right_and_strangers_stand_apart():
    places = region_places((*NAMES, "ear", "chin"))
    assert places["brow_left"][0] > places["lips"][0] > places["brow_right"][0]
    assert len(set(places.values())) == 5


def test_arcs_are_coloured_where_chance_does_not_bring_such():
    pairs = (effect(*NAMES[:2], 1.5, 0.01), effect("brow_left", "lips", -0.7, 0.03),
             effect("brow_right", "lips", 0.2, 0.6))  # fmt: skip
    drawn = draw_pairs(explanation(*pairs), title="style & age")
    assert [path.get("stroke") for path in arcs(drawn)] == [QUIET, AGAINST, FOR]
    assert "style &amp; age" in drawn


def test_pairs_that_add_nothing_are_not_drawn():
    assert not arcs(draw_pairs(explanation(effect(*NAMES[:2], 0.0, 0.9))))


def test_the_matrix_marks_pairs_beyond_chance_on_both_sides_of_the_diagonal():
    drawn = draw_matrix(explanation(effect(*NAMES[:2], 1.5, 0.01), effect(*NAMES[1:], 1, 0.2)))
    root = ElementTree.fromstring(drawn)
    assert len(root.findall(".//{*}circle")) == 2
    assert len(root.findall(".//{*}rect")) == 1 + 9


def test_importance_without_p_values_is_drawn_in_colour():
    values = np.array([[0, 0.5, 0], [0.5, 0, 0.2], [0, 0.2, 0]])
    drawn = draw_pairs(explain_importance(NAMES, values))
    assert {path.get("stroke") for path in arcs(drawn)} == {FOR}


def arcs(drawn):
    root = ElementTree.fromstring(drawn)
    return [path for path in root.findall(".//{*}path") if path.find("{*}title") is not None]
