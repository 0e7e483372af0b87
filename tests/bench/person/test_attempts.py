from dataclasses import replace

import numpy as np
import pytest

from mimetic.bench.person.attempts import (
    ATTEMPTS,
    by_others,
    coders,
)
from mimetic.bench.person.coders import linear
from mimetic.bench.person.real import jitter_of
from mimetic.bench.person.residual import Residual
from mimetic.bench.person.selftaught import Attempt, Face, by_attempt
from mimetic.person.recipe import NeuralConfig, RegionUnits
from mimetic.person.weights import PersonConfig
from tests.bench.person.faces import drawn

FACE = drawn(8.0, noise=2.0)
OWN = FACE.rows[:60]


def gram(codes):
    """What is left of codes when turned or mirrored: products of frames."""
    products = codes @ codes.T
    return products / np.trace(products)


def test_an_attempt_that_learns_nothing_is_the_linear_code_turned():
    attempt = by_attempt(Attempt(updates=0), 6)(FACE, OWN)[OWN]
    assert attempt.shape == (60, 6)
    assert np.allclose(gram(attempt), gram(linear(6)(FACE, OWN)[OWN]), atol=1e-5)


@pytest.mark.parametrize("name", [name for name, each in ATTEMPTS.items() if each.updates])
def test_every_attempt_changes_the_code_a_little(name):
    short = replace(ATTEMPTS[name], updates=5)
    start, codes = (
        by_attempt(each, 6)(FACE, OWN)[OWN] for each in (replace(short, updates=0), short)
    )
    assert np.isfinite(codes).all()
    assert not np.allclose(gram(codes), gram(start), atol=1e-7)


def test_in_the_noise_metric_codes_tremble_less():
    plain, measured = (
        by_attempt(Attempt(updates=0, metric=metric), 12)(FACE, OWN) for metric in (0.0, 1.0)
    )
    assert jitter_of(measured[FACE.rows], FACE, FACE.rows) < jitter_of(
        plain[FACE.rows], FACE, FACE.rows
    )


def test_noise_is_what_stills_differ_by_from_their_neighbours():
    face = Face.of(FACE, FACE.rows, 6)
    still = replace(
        face, seen=np.random.default_rng(0).normal(size=(80, 1, 5)), pixels=np.zeros((80, 5))
    )
    assert still.noise().std() == pytest.approx(1.0, abs=0.15)


def test_slopes_of_the_residual_network_are_those_of_its_error():
    rng = np.random.default_rng(1)
    frames = rng.normal(size=(20, 4))
    network = Residual(frames, seen=frames, count=2, rng=rng)
    network.weights["out"] += rng.normal(size=network.weights["out"].shape)
    wanted = rng.normal(size=frames.shape)
    slopes = network.slopes(frames, network.draw(frames) - wanted)
    for name, place in (
        ("line", (1, 0)),
        ("in", (2, 5)),
        ("shift", (3,)),
        ("middle", (1,)),
        ("out", (3, 1)),
        ("decoder", (0, 2)),
    ):
        lost = []
        for sign in (1, -1):
            network.weights[name][place] += sign * 1e-5
            lost.append(((network.draw(frames) - wanted) ** 2).sum() / (20 * network.power))
            network.weights[name][place] -= sign * 1e-5
        assert (lost[0] - lost[1]) / 2e-5 == pytest.approx(slopes[name][place], rel=1e-4)


def test_the_residual_network_learns_what_is_no_straight_line():
    rng = np.random.default_rng(2)
    seen = rng.normal(size=(200, 3))
    wanted = np.stack([seen[:, 0] ** 2 - 1, seen[:, 1], np.zeros(200)], 1)
    network = Residual(seen, seen=seen, count=3, rng=rng)
    first = ((network.draw(seen) - wanted) ** 2).mean()
    for _ in range(1000):
        network.step(seen, wanted, later=None, slow=0.0, done=0.0)
    assert ((network.draw(seen) - wanted) ** 2).mean() < 0.3 * first


def test_the_linear_model_comes_first_among_what_is_compared():
    names = [name for name, _ in coders(6, dict)]
    assert names[0] == "linear"
    assert len(set(names)) == len(names) > 10


def test_a_network_that_others_taught_is_taught_once():
    asked = []

    def others():
        asked.append(1)
        return {name: [drawn(4.0, seed=seed).clip] for seed, name in ((3, "ben"), (4, "cara"))}

    config = NeuralConfig(
        updates=1,
        batch=2,
        linear=PersonConfig(components=6, appearance_px=32),
        regions=RegionUnits(units=4),
    )
    coder = by_others(config, others)
    assert np.isfinite(coder(FACE, OWN)[FACE.rows]).all()
    assert coder(FACE, OWN[:40]).shape == (80, 6)
    assert len(asked) == 1
