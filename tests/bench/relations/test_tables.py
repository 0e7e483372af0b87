import numpy as np
import pytest

from mimetic.bench.relations import figure
from mimetic.bench.relations.bars import bars, exact_interval
from mimetic.bench.relations.results import (
    Results,
    agreement,
    distractor_named,
    false_pairs,
    likeness,
    pair_area,
    precision,
    removal_area,
    shared,
    spread,
    untrained_pairs,
)
from mimetic.bench.relations.tables import TABLES
from tests.bench.relations.tables import OTHERS, PAIRS, cell, importance, place, silent, table


def verdicts(given, word):
    found = [row for row in bars(Results(given)) if word in row["what"]]
    assert found, word
    return [(row["measured"], row["verdict"]) for row in found]


def test_the_share_of_planted_pairs_named_first_is_counted():
    assert precision(cell(right=2)) == pytest.approx(2 / 3)
    assert pair_area(cell(right=3)) == 1.0
    assert pair_area(cell(right=2)) < 1.0
    assert distractor_named(cell(right=3)) == 0.0
    named = {"importance": importance(right=2, distractor=True)}
    assert distractor_named(cell(explanations=named)) == 1.0


def test_only_pairs_that_carry_nothing_are_false():
    p = [1.0] * 36
    p[place(0, 1)] = p[place(*OTHERS[0])] = p[place(0, 8)] = 0.01
    assert false_pairs(cell(p=p)) == 2
    assert false_pairs(cell(p=p, scene={"shuffled": True})) == 3


def test_the_area_of_deletion_is_the_mean_over_all_counts():
    falling = cell()
    assert removal_area(falling, "importance", "deletion") == pytest.approx(0.5 + 0.2 / 36)
    assert removal_area(falling, "random", "insertion") == pytest.approx(0.9)


def test_rankings_that_agree_have_tau_one_and_reversed_ones_minus_one():
    up = {"importance": list(np.arange(36.0))}
    down = {"importance": list(-np.arange(36.0))}
    assert agreement([cell(explanations=up)] * 3) == 1.0
    assert agreement([cell(explanations=up), cell(explanations=down)]) == -1.0
    assert likeness([(cell(explanations=up), cell(explanations=down))], "importance") == -1.0
    assert np.isnan(agreement([cell()]))
    assert shared([cell(right=3), cell(right=2)]) == pytest.approx(2 / 3)
    assert np.isnan(shared([]))
    assert np.isnan(likeness([], "importance"))
    before = untrained_pairs([cell(explanations=up, untrained=down), cell()])
    assert likeness(before, "importance") == -1.0


def test_a_spread_says_mean_lowest_and_highest():
    assert spread(np.array([0.5, 0.7, np.nan])) == "0.60 (0.50–0.70)"
    assert spread(np.array([0.5])) == "0.50"
    assert spread(np.array([np.nan])) is None


def test_our_estimate_is_held_against_the_best_of_those_that_ran():
    given = table(
        inside__additive=[cell(0.97), cell(0.5)], inside__forest_pairs=[cell(0.985)],
        inside__lstm=[silent(0.93)], inside__fdin_softmax=[cell(0.98)],
    )  # fmt: skip
    told, verdict = verdicts(given, "beside the best opponent")[0]
    assert told.startswith("0.970 beside 0.985 of forest-pairs")
    assert "tcn" in told
    assert "lstm" not in told
    assert verdict == "missed by 0.005"
    assert verdicts(given, "paper's network") == [
        (
            "0.970 beside 0.980 of fdin-softmax, 1 populations (not run: fdin-sigmoid)",
            "missed by 0.01",
        )
    ]


def test_bars_are_met_and_missed_by_how_much():
    given = table(
        inside__additive=[cell(right=3), cell(right=2)], small__additive=[cell(right=3)],
        outside_A__additive=[cell(right=3)], age__additive=[cell(8.5, oracle=8.0)],
        inside__logistic_regions=[silent(0.54), silent(0.5)],
        inside__frozen_frame=[silent(0.58)],
        shortcut__additive=[cell(0.97, swapped=0.94, frozen=0.5)],
    )  # fmt: skip
    assert verdicts(given, "first design")[0][1] == "missed by 0.12"
    assert verdicts(given, "six other kinds")[0][1] == "met"
    assert verdicts(given, "named first, 120 people")[0][1] == "met"
    assert verdicts(given, "oracle's") == [("1.06", "met")]
    assert verdicts(given, "no pair can be seen")[0] == ("0.520 (0.500–0.540)", "met")
    assert verdicts(given, "no movement can be seen")[0][1] == "missed by 0.03"
    assert verdicts(given, "frozen frames")[0][1] == "met"
    assert verdicts(given, "swapped")[0][1] == "missed by 0.01"
    assert verdicts(given, "to fit")[0] == ("6.00 (6.00–6.00) s", "met")
    assert verdicts(given, "film")[0] == ("not run", "")


def test_false_discoveries_are_counted_by_population_with_their_interval():
    wrong = cell(pairs=[], p=[0.01] + [1.0] * 35)
    fine = cell(pairs=[], p=[1.0] * 36)
    given = table(null__additive=[wrong] * 2 + [fine] * 18, null_small__additive=[fine] * 20)
    first, second = verdicts(given, "null populations")
    assert first[0].startswith("2 of 20")
    assert first[1] == "missed by 0.05, such as chance brings"
    assert second == ("0 of 20 (0.00–0.17)", "met")
    assert exact_interval(20, 20)[1] == 1.0
    assert "2 of 720" in TABLES["relations:false"](given)


def test_films_are_held_against_the_same_people_unfilmed():
    given = table(rendered__additive=[cell(0.9, right=2)], unrendered__additive=[cell(0.97)])
    rows = verdicts(given, "film")
    assert rows[0][1] == "missed by 0.13"
    assert rows[1] == ("0.070", "missed by 0.02")


def test_pairs_lost_on_film_are_told_with_their_places_and_what_film_left():
    statistic = [0.1] * 36
    statistic[place(*PAIRS[2])], statistic[place(0, 8)] = 0.2, 0.35
    kept = [{"region": "eye_left", "amplitude": 0.7, "latency": 0.6, "course": 0.9, "fine": 0.8}]
    given = table(
        rendered__additive=[cell(0.9, right=2, statistic=statistic, survival=kept)],
        unrendered__additive=[cell(0.97, statistic=statistic)],
        rendered__forest_pairs=[cell(0.9)],
    )
    rows = TABLES["relations:films"](given).splitlines()
    assert rows[0].startswith("| planted pair | additive, as planted: place | additive, on film")
    *_, last = rows
    assert last.startswith("| left mouth corner") or "36" in last
    assert "0.20 (0.35)" in last
    assert "| left eye | 0.70 | 0.60 | 0.90 | 0.80 |" in TABLES["relations:survival"](given)
    assert "rendered" in TABLES["relations:false"](given)


def test_each_explanation_of_a_kind_has_a_row():
    told = {"importance": importance(1), "importance x feature": importance(3)}
    both = cell(0.7, explanations=told, untrained=told)
    both["removal"] = dict.fromkeys((*told, "random"), both["removal"]["importance"])
    given = table(
        inside__fdin_softmax=[both], inside__lstm=[silent(0.9)], inside__additive=[cell()]
    )
    text = TABLES["relations:kinds"](given)
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if "|" in line}
    assert "0.33" in lines["fdin-softmax"]
    assert "1.00" in lines["fdin-softmax, importance x feature"]
    assert "0.900" in lines["lstm"]
    assert "0.98 / 1.00" in TABLES["relations:scenes"](given)


def test_looks_are_told_where_they_were_measured():
    seen = silent(0.99, swapped=0.02, frozen=0.98)
    assert "| 0.99 | 0.02 | 0.98 |" in TABLES["relations:looks"](table(shortcut__lstm=[seen]))


def test_the_figure_has_a_dot_for_each_seed_and_a_row_for_each_explanation():
    told = {"importance": importance(1), "importance x feature": importance(3)}
    given = table(inside__additive=[cell(), cell()], inside__fdin_softmax=[cell(explanations=told)])
    drawn = figure.dots(given)
    assert drawn.count("<circle") == 2 + 2 + 1 + 1 + 1
    assert "fdin-softmax, importance x feature" in drawn
    assert figure.dots(table()) is None
