"""Movements are found again that were planted, and only those."""

import numpy as np
import pytest

import mimetic
from mimetic.errors import ConfigError, TooLittleMovementError
from mimetic.person.discover import DiscoverSettings, discover
from mimetic.person.linear import PersonModel
from mimetic.person.weights import PersonConfig
from tests.person.faces import MOVES, make_clip

RATE_HZ = 25.0
NAMES = {  # a move of the drawn face, and what it is called
    "mouth opening": "lower lip down, mouth opening",
    "both outer brows up": "both outer brows up",
    "left mouth corner up": "left mouth corner up",
    "right eye closing": "right eye closing",
}


def pulses(seconds=36.0, rate_hz=RATE_HZ, seed=3):
    """Times [T], activations [T K] of single pulses, and each move's apex times."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    drive = np.zeros((times_s.size, len(MOVES)))
    apexes = [[] for _ in MOVES]
    order = rng.permutation(np.repeat(np.arange(len(MOVES)), int(seconds // 1.2 // len(MOVES))))
    for number, move in enumerate(order):
        apex_s, half_s = 0.8 + 1.2 * number, rng.uniform(0.25, 0.38)
        rise = np.clip(1 - np.abs(times_s - apex_s) / half_s, 0, 1)
        drive[:, move] += rng.uniform(0.7, 1.0) * (0.5 - 0.5 * np.cos(np.pi * rise))
        apexes[move].append(apex_s)
    return times_s, drive, apexes


@pytest.fixture(scope="module")
def film():
    times_s, drive, apexes = pulses()
    return make_clip(times_s, noise=0.3, drive=drive), apexes


@pytest.fixture(scope="module")
def model(film):
    return PersonModel.fit([film[0]], config=PersonConfig(components=16))


@pytest.fixture(scope="module")
def repertoire(film, model):
    return discover(model, [film[0]])


def test_every_planted_movement_is_found_once_under_its_name(repertoire):
    assert len(repertoire) == len(MOVES)
    assert {one.name for one in repertoire.movements} == set(NAMES.values())


def test_every_time_that_it_happens_is_found(repertoire, film):
    for name, apexes in zip(MOVES, film[1], strict=True):
        found = [one.apex_s for one in repertoire.movement(NAMES[name]).occurrences]
        assert np.allclose(found, apexes, atol=0.1)


def test_sides_are_the_persons_own(repertoire):
    sides = {one.name: one.side for one in repertoire.movements}
    assert sides["left mouth corner up"] == "left"
    assert sides["right eye closing"] == "right"
    assert sides["both outer brows up"] == "both"


def test_public_name_leads_to_discover():
    assert mimetic.discover is discover


def test_too_little_video_and_wrong_settings_are_refused(model):
    with pytest.raises(TooLittleMovementError, match="at least 50"):
        discover(model, [make_clip(np.arange(20) / RATE_HZ)])
    with pytest.raises(ConfigError, match="least_strokes"):
        DiscoverSettings(least_strokes=1)
