from types import SimpleNamespace

import numpy as np
import pytest

from mimetic.bench.person.across import first_seconds, name_people, read_off
from mimetic.bench.person.decoding import between_takes, decode_takes
from mimetic.bench.person.finding import (
    agreement,
    average_precision,
    best_precision,
    busy,
    events,
    hits,
)
from mimetic.bench.person.recorded import joined
from mimetic.bench.person.virtual import PRIVATE, Repertoire, Take, family, planted, truth_of
from mimetic.learn.protocols import Split
from mimetic.person import PersonModel
from mimetic.person.weights import PersonConfig
from tests.bench.person.faces import NAMES, drawn


def occurrence(apex_s, strength, recording="take 0"):
    return SimpleNamespace(apex_s=apex_s, strength=strength, recording=recording)


def movement(*occurrences):
    return SimpleNamespace(occurrences=occurrences)


def test_average_precision_counts_what_was_missed_and_what_came_first():
    assert average_precision(np.array([True, True]), 2) == 1.0
    assert average_precision(np.array([True, False, True]), 2) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.array([True]), 4) == 0.25
    assert average_precision(np.array([], bool), 0) == 0.0


def test_a_planted_movement_is_met_once_and_the_clearest_comes_first():
    truth = [[(1.0, 2.0), (5.0, 6.0)], [(3.0, 4.0)]]
    found = movement(
        occurrence(1.5, 0.9), occurrence(1.6, 0.8), occurrence(3.5, 1.0, "take 1 2"),
        occurrence(8.0, 0.1),
    )  # fmt: skip
    assert hits(found, truth).tolist() == [True, True, False, False]


def test_events_are_when_a_movement_is_under_way_and_turn_with_the_clock():
    recorded = drawn(4.0)
    recorded.targets[:] = 0
    recorded.targets[10:15, 0] = 1
    assert events(recorded, NAMES[0]) == [(1.0, pytest.approx(1.4))]
    assert events(recorded, NAMES[0], turn=0.5) == [(3.0, pytest.approx(3.4))]


def test_the_best_of_a_repertoire_counts_and_none_is_nothing():
    recorded = drawn(4.0)
    recorded.targets[:] = 0
    recorded.targets[10:15, 0] = 1
    good, bad = movement(occurrence(1.2, 0.5)), movement(occurrence(3.0, 0.9))
    assert best_precision([bad, good], [recorded], NAMES[0]) == 1.0
    assert best_precision([], [recorded], NAMES[0]) == 0.0


def test_models_of_two_recordings_agree_and_chance_does_not():
    takes = [drawn(10.0, seed=seed) for seed in range(3)]
    models = [
        PersonModel.fit(take.parts(take.rows), config=PersonConfig(components=4))
        for take in takes[:2]
    ]
    found = agreement(models[0], models[1], takes[2])
    assert found["r2"] > 0.9
    assert found["null"] < 0.3


def test_codes_that_differ_by_recording_say_so():
    take = np.repeat([0, 1], 50)
    wave = np.tile(np.sin(np.arange(50)), 2)[:, None]
    assert between_takes(wave, take) == pytest.approx(0, abs=1e-12)
    assert between_takes(wave + 10 * take[:, None], take) > 0.95


def test_movements_of_a_recording_that_was_held_out_are_told():
    every = joined([drawn(6.0, seed=seed) for seed in range(2)])
    held = every.take[every.rows] == 1
    split = Split(train=np.flatnonzero(~held), test=np.flatnonzero(held))
    cell = decode_takes(every, lambda recorded, rows: recorded.targets.copy(), [split])
    assert cell["r2_mean"][0] > 0.99
    assert cell["rebuilt"]["whole"] > 0.5
    assert cell["r2"][PRIVATE] > 0.99
    assert read_off(every.targets, every, split) > 0.99


def test_first_seconds_are_as_long_as_asked():
    recorded = drawn(5.0)
    clips = first_seconds(recorded, recorded.rows, 3.0)
    assert sum(clip.times_s.size for clip in clips) == 30


def test_people_whose_codes_lie_apart_are_named_and_others_by_chance():
    rng = np.random.default_rng(2)
    apart = [[rng.normal(size=(50, 3)) + 20 * np.eye(3)[n] for _ in range(2)] for n in range(3)]
    alike = [[rng.normal(size=(200, 3)) for _ in range(2)] for _ in range(3)]
    assert name_people(apart) == 1.0
    assert name_people(alike) == pytest.approx(1 / 3, abs=0.1)


def test_planted_movements_come_equally_often_and_one_sided_ones_on_one_side():
    person = family(8, seed=4)[2]
    repertoire = Repertoire.of(person)
    program = planted(repertoire, Take(seconds=60.0), seed=3)
    kinds = repertoire.kinds()
    assert PRIVATE in kinds
    assert len(kinds) == 10
    counts = {
        name: sum(pulse.control == controls[0] for pulse in program.pulses)
        for name, controls in kinds.items()
    }
    assert max(counts.values()) - min(counts.values()) <= 1
    times_s = np.arange(0, 60, 0.1)
    names, targets = truth_of(repertoire, program, times_s)
    assert names == (*kinds, "blink")
    for name in repertoire.one_sided:
        left, right = (targets[:, names.index(f"{name}_{side}")] for side in ("left", "right"))
        assert left.max() > 0.4
        assert right.max() > 0.4
    assert targets.min() >= 0
    assert targets.max() <= 1


def test_people_have_repertoires_of_their_own():
    assert len({str(Repertoire.of(person)) for person in family(8, seed=4)}) == 8


def test_density_is_movements_a_minute_and_time_with_one_and_with_more():
    recorded = drawn(10.1)
    recorded.targets[:] = 0
    recorded.targets[10:20, 0] = 1
    recorded.targets[15:25, 1] = 1
    found = busy([recorded])
    assert found["a_minute"] == pytest.approx(12, abs=0.2)
    assert found["one"] == pytest.approx(0.15, abs=0.01)
    assert found["more"] == pytest.approx(0.05, abs=0.01)


def test_rests_make_a_program_sparser_and_leave_others_as_they_were():
    person = family(8, seed=4)[2]
    repertoire = Repertoire.of(person)
    crowded = planted(repertoire, Take(seconds=120.0), seed=3)
    rested = planted(repertoire, Take(seconds=120.0, rests_s=1.4), seed=3)
    assert len(rested.pulses) < 0.7 * len(crowded.pulses)
    assert crowded.pulses == planted(repertoire, Take(seconds=120.0, rests_s=0.0), seed=3).pulses
