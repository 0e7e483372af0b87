import numpy as np
import pytest

from mimetic.bench.cells import NOT_RUN
from mimetic.bench.micro.bars import bars, cells_of, rate_interval, share_interval
from mimetic.bench.micro.compared import found_apart, recognised_apart
from mimetic.bench.micro.scenes import scenes
from mimetic.bench.micro.spotting import (
    apex_errors,
    curve,
    false_alarms,
    found_by_amplitude,
    intervals,
    matched,
    minutes,
)
from mimetic.bench.micro.tables import TABLES, render
from tests.bench.micro.cells import magnified, moments, scores, spotting, table


def measured(**cells):
    return {row["what"]: row for row in bars(table(**cells))}


def test_an_event_is_found_by_an_apex_inside_it_and_only_once():
    cell = spotting([(1.0, 0.5), (2.0, 0.25)], told=[1.02, 1.04, 3.0])
    assert sorted(matched(cell)) == [-1, -1, 0]
    assert found_by_amplitude([cell]) == {0.25: (0, 1), 0.5: (1, 1)}
    assert min(apex_errors([cell])) == pytest.approx(20.0)
    assert intervals([cell]).told == 3


def test_of_two_that_tell_the_same_the_surer_counts():
    cell = spotting([(1.0, 0.5)], told=[0.95, 1.01])
    cell["told"][1]["score"] = 20.0
    assert matched(cell) == [-1, 0]


def test_false_alarms_at_rest_are_told_from_those_during_something_else():
    cell = spotting([(1.0, 0.5)], told=[1.0, 3.05, 4.0], distractors=[3.0])
    assert false_alarms([cell, cell]) == (2, 2)
    assert minutes([cell, cell]) == 1.0


def test_intervals_hold_the_truth_where_it_is_known():
    assert share_interval(0, 10)[0] == 0
    assert share_interval(10, 10)[1] == 1
    low, high = share_interval(5, 10)
    assert (low, high) == (pytest.approx(0.187, abs=1e-3), pytest.approx(0.813, abs=1e-3))
    assert rate_interval(0, 2.0) == (0.0, pytest.approx(3.689 / 2, abs=1e-3))
    assert rate_interval(10, 1.0) == (
        pytest.approx(4.795, abs=1e-3),
        pytest.approx(18.39, abs=1e-2),
    )


def test_cells_of_a_scene_come_in_the_order_of_their_numbers():
    many = table(spotting__still=[{"n": n} for n in range(12)])
    assert [cell["n"] for cell in cells_of(many, "spotting", "still")] == list(range(12))


def test_bars_are_met_and_missed_by_what_was_measured():
    good = [spotting([(n, 0.5), (n + 0.5, 0.25)], told=[n, n + 0.5]) for n in range(1, 4)]
    rows = measured(
        spotting__100_Hz=[*good, spotting([(1.0, 0.5)], told=[])],
        spotting__still=[spotting([], told=[1.0], minutes=30.0)],
        maps__virtual=[{"nested_s": 80.0, "maps": 442, "people": 68}],
        recognition__farneback=[scores(0.5)],
        magnification__virtual=[{"rows": [magnified("closed-form", 0.95, 0.01)]}],
    )
    recall = rows["recall of movements of 0.5 px at 100 Hz, one false alarm a minute asked for"]
    assert recall["measured"].startswith("0.75 (")
    assert recall["verdict"] == "missed by 0.15"
    small = rows["recall of movements of 0.25 px at 100 Hz, one false alarm a minute asked for"]
    assert small["verdict"] == "met"
    assert rows["median error of the apex at 100 Hz"]["verdict"] == "met"
    still = rows["false alarms a minute on still faces, one asked for; the interval holds it"]
    assert still["measured"].startswith("0.03 (")
    assert still["verdict"].startswith("missed by 0.81")
    assert rows["CPU time of the whole nested test"]["verdict"] == "missed by 20"
    assert rows["0.3 px magnified by 8: displacement"]["verdict"] == "met"
    assert rows["0.3 px magnified by 8: movement of the background"]["verdict"] == "met"


def test_few_minutes_of_still_faces_are_told():
    rows = measured(spotting__still=[spotting([], told=[1.0], minutes=1.0)])
    still = rows["false alarms a minute on still faces, one asked for; the interval holds it"]
    assert still["verdict"] == "met, on less than 30 minutes"


def test_better_flow_has_to_recognise_better():
    what = "UF1 by the flow of least error beside the best of the others"
    fewest = {"recognition__closed-form": [scores(0.6)]}
    good = measured(recognition__farneback=[scores(0.5)], recognition__zero=[scores(0.7)], **fewest)
    assert good[what]["measured"] == "closed-form 0.600 beside farneback 0.500"
    assert good[what]["verdict"] == "met"
    bad = measured(recognition__farneback=[scores(0.7)], **fewest)
    assert bad[what]["verdict"] == "missed by 0.1"


def paired(told, **more):
    """Recognition of four movements of each of three people, always of class a and b in turn."""
    people = [f"p{n // 4}" for n in range(12)]
    return {"labels": ["a", "b"] * 6, "told": list(told), "subjects": people, **more}


def test_methods_are_compared_on_the_same_movements():
    right, wrong = paired("ab" * 6), paired("ba" * 6)
    over_movements, over_people = recognised_apart(right, wrong)
    assert over_movements == pytest.approx(2 / 2**12)
    assert over_people > 0.2  # three people say little
    assert recognised_apart(right, right) == (1.0, 1.0)


def test_methods_are_compared_on_the_same_recordings():
    wanted = [(n, 0.5) for n in range(1, 9)]
    every = [spotting(wanted, told=[at for at, _ in wanted])]
    assert found_apart(every, [spotting(wanted, told=[])]) == pytest.approx(2 / 2**8)
    assert found_apart(every, every) == 1.0


def test_recall_rises_along_the_threshold():
    cell = spotting([(1.0, 0.5), (2.0, 0.5), (5.0, 1.0)], told=[])
    cell["candidates"] = [
        moments(1.0, score=20.0), moments(3.0, score=9.0), moments(2.0, score=7.0),
        moments(5.0, score=5.0),
    ]  # fmt: skip
    found = curve([cell, cell], 0.5)
    assert found.recall_at(0.0) == 0.5
    assert found.recall_at(2.0) == 1.0  # one in half a minute
    assert curve([cell], 0.25) is None


def test_without_cells_everything_says_not_run():
    assert {row["measured"] for row in bars(table())} == {NOT_RUN}
    assert all(NOT_RUN in make(table()) for make in TABLES.values())


def test_tables_tell_every_cell():
    text = render(
        table(
            spotting__30_Hz=[spotting([(1.0, 1.0), (2.0, 1.0)], told=[1.0, 3.0])],
            recognition__dis=[
                scores(
                    0.61,
                    population={"people": 12},
                    amplitude_px=[0.1, 0.1, 0.2],
                    labels=["a", "b", "a"],
                    told=["a", "a", "a"],
                    subjects=["p", "p", "q"],
                )
            ],
            maps__virtual=[
                {"nested_s": 5.0, "maps": 442, "people": 68, "nested": scores(0.71),
                 "pictures": scores(0.72), "leaky": scores(0.86),
                     "fixed": {"one": [0.61, 0.6], "two": [0.7, 0.72], "three": [0.75, 0.7]}}
            ],
            magnification__virtual=[{"rows": [magnified("eulerian", 0.4, 0.2)]}],
        )
    )  # fmt: skip
    assert "1 px: 0.50" in text
    assert "0.610 (0.510–0.710)" in text
    assert "0.1 px: 0.50; 0.2 px: 1.00" in text
    assert "NOT a result" in text
    assert "eulerian" in text


def test_scenes_hold_what_the_bars_speak_of():
    known = scenes()
    assert {0.25, 0.5} <= set(known["100 Hz"].settings.amplitudes_px)
    assert known["100 Hz"].settings.rate_hz == 100
    assert 1.0 in known["30 Hz"].settings.amplitudes_px
    still = known["still"]
    assert still.settings.amplitudes_px == ()
    assert still.recordings * still.settings.duration_s >= 30 * 60
    assert np.isclose(known["100 Hz"].settings.noise_sigma, 1.0)
    assert known["100 Hz"].plain()["face_px"] == 192.0
