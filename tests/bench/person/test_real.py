from dataclasses import replace

import numpy as np
import pytest

from mimetic.bench.person.coders import baselines, by_model, linear, principal
from mimetic.bench.person.real import (
    blocks,
    decode_long,
    decode_real,
    decode_recorded,
    difference,
    jitter_of,
    label_agreement,
    over_people,
    people_interval,
    thirds,
)
from mimetic.bench.person.recorded import joined
from mimetic.person import PersonModel
from tests.bench.person.faces import NAMES, drawn

SHORT = drawn()


def truth(recorded, rows):
    """A code that knows everything."""
    return recorded.targets.copy()


def nothing(recorded, rows):
    """A code that knows nothing."""
    return np.random.default_rng(5).normal(size=(recorded.targets.shape[0], 4))


def test_a_code_that_is_the_truth_decodes_all_and_noise_decodes_nothing():
    told, lost = decode_recorded(SHORT, truth), decode_recorded(SHORT, nothing)
    assert told.names == NAMES
    assert told.mean > 0.999
    assert told.correlation.min() > 0.999
    assert lost.mean < 0.1
    assert told.interval[0] > lost.interval[1]
    assert told.row()["r2"].keys() == set(NAMES)


@pytest.mark.parametrize("name", ["landmarks", "stabilised pixels", "regions", "plain pixels"])
def test_baselines_decode_the_movements_of_a_drawn_face(name):
    assert decode_recorded(SHORT, baselines(8)[name], splits=thirds_of(SHORT)).mean > 0.8


def test_the_linear_model_decodes_the_movements_of_a_drawn_face():
    assert decode_recorded(SHORT, linear(8), splits=thirds_of(SHORT)).mean > 0.9


def test_any_model_with_embed_and_scaled_is_a_code():
    coder = by_model(lambda clips: PersonModel.fit(clips))
    codes = coder(SHORT, SHORT.rows[:80])
    assert codes.shape[0] == SHORT.clip.times_s.size
    assert np.isfinite(codes).all()


def test_differences_of_a_code_from_itself_are_exactly_nothing():
    found = decode_real([SHORT], truth)
    again = decode_real([SHORT], truth)
    told = difference(found, again, rng=np.random.default_rng(0))
    assert told == {"difference": 0.0, "low": 0.0, "high": 0.0}


def test_a_better_code_is_ahead_by_an_interval_above_nothing():
    good, bad = decode_real([SHORT], truth), decode_real([SHORT], nothing)
    assert difference(good, bad, rng=np.random.default_rng(0))["low"] > 0.3
    assert over_people(good, rng=np.random.default_rng(0))["r2_mean"] > 0.99


def test_blocks_are_two_seconds_long_and_keep_a_second_of_distance():
    times_s = np.arange(0, 12, 0.1)
    splits = blocks(times_s)
    assert [split.test.size for split in splits] == [20] * 6
    for split in splits:
        gaps = np.abs(times_s[split.train][:, None] - times_s[split.test])
        assert gaps.min() >= 1.0 - 1e-9
    assert len(thirds(times_s)) == 3


def test_the_long_face_is_learnt_from_its_beginning_and_tested_on_its_end():
    times_s = np.arange(0, 200, 1.0)
    seen = []

    def watching(recorded, rows):
        seen.append(recorded.clip.times_s[rows].max())
        return recorded.targets.copy()

    long = drawn(200.0, 1.0, noise=0.0)
    found = decode_long(long, watching)
    assert seen == [129.0]
    assert found.mean > 0.99
    assert times_s.size == long.rows.size


def test_labels_are_only_as_good_as_they_agree_with_themselves():
    agreed = replace(SHORT, retest_r=np.full(SHORT.targets.shape[1], 0.8))
    assert label_agreement(agreed) == {"labels": SHORT.used().size, "retest_r": pytest.approx(0.8)}
    assert label_agreement(SHORT)["retest_r"] == 1.0  # true activations


def test_jitter_is_the_noise_of_a_code_against_its_spread():
    rng = np.random.default_rng(3)
    still = drawn(20.0)
    wave = np.sin(np.arange(still.rows.size) / 40)[:, None]
    noisy = wave + 0.1 * rng.normal(size=wave.shape)
    assert jitter_of(wave, still, still.rows) < 0.001
    assert jitter_of(noisy, still, still.rows) == pytest.approx(0.01 / noisy.var(), rel=0.5)


def test_intervals_are_over_people_too():
    draws = np.repeat([[0.0], [1.0]], 200, axis=1)
    assert people_interval(draws, rng=np.random.default_rng(0)) == (0.0, 1.0)


def test_principal_components_hold_what_varies_most_few_rows_or_many():
    rng = np.random.default_rng(1)
    hidden = rng.normal(size=(60, 2)) * [3, 1]
    for width in (10, 200):
        features = hidden @ rng.normal(size=(2, width))
        codes = principal(features, np.arange(60), 2)
        fit = np.linalg.lstsq(np.c_[codes, np.ones(60)], hidden, rcond=None)[0]
        assert np.allclose(np.c_[codes, np.ones(60)] @ fit, hidden, atol=1e-6)


def test_two_recordings_are_one_with_a_gap_and_their_own_parts():
    both = joined([drawn(4.0), drawn(4.0, seed=1)])
    assert both.take.tolist() == [0] * 40 + [1] * 40
    assert both.clip.times_s[40] - both.clip.times_s[39] == pytest.approx(10.0)
    parts = both.parts(np.arange(80))
    assert [part.times_s.size for part in parts] == [40, 40]
    assert parts[1].times_s[0] == 0.0


def thirds_of(recorded):
    return thirds(recorded.clip.times_s[recorded.rows])
