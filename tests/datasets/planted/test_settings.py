import dataclasses

import numpy as np
import pytest

from mimetic.datasets.planted import Population, PopulationSettings
from mimetic.errors import ArgumentError

FEW = PopulationSettings(subjects=12, clips_per_subject=2)


def test_the_same_seed_gives_the_same_population_and_another_gives_another():
    one, again, other = (Population.draw(FEW, seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.dynamics[5].values, again.dynamics[5].values)
    assert one.labels == again.labels
    assert one.pairs == again.pairs
    assert not np.array_equal(one.dynamics[5].values, other.dynamics[5].values)


def test_movement_does_not_depend_on_the_frame_rate():
    quiet = dataclasses.replace(FEW, jitter_ed=0.0, kinds=("amplitude", "lag", "bursts"))
    slow = Population.draw(quiet, 2)
    fast = Population.draw(dataclasses.replace(quiet, steps=192, rate_hz=50.0), 2)
    assert slow.labels == fast.labels
    assert slow.pairs == fast.pairs
    np.testing.assert_array_equal(slow.oracle_scores, fast.oracle_scores)
    for one, other in zip(slow.dynamics, fast.dynamics, strict=True):
        np.testing.assert_allclose(one.times_s, other.times_s[::4])
        np.testing.assert_allclose(one.values, other.values[::4], atol=1e-6)


def test_disturbances_leave_movements_as_they_are():
    quiet = dataclasses.replace(FEW, jitter_ed=0.0)
    loud = dataclasses.replace(FEW, jitter_ed=0.004, dropout_share=0.2)
    clean, shaken = Population.draw(quiet, 3), Population.draw(loud, 3)
    np.testing.assert_array_equal(clean.latents.fine, shaken.latents.fine)
    away = np.concatenate(
        [
            (noisy.values - still.values)[noisy.valid]
            for still, noisy in zip(clean.dynamics, shaken.dynamics, strict=True)
        ]
    )
    assert away.std(0) == pytest.approx([0.004, 0.004, 0.008], rel=0.05)


def test_as_many_frames_are_missing_as_said():
    settings = PopulationSettings(subjects=200, clips_per_subject=2, dropout_share=0.25)
    population = Population.draw(settings, 1)
    missing = np.mean([1 - one.valid.mean() for one in population.dynamics])
    assert missing == pytest.approx(0.25, abs=0.03)
    together = np.mean([(~one.valid).all(1).mean() for one in population.dynamics])
    assert 0.08 < together < 0.2
    assert np.isnan(population.dynamics[0].values[~population.dynamics[0].valid]).all()


def test_jitter_may_come_with_the_trait():
    settings = PopulationSettings(subjects=40, jitter_by_trait=1.0, kinds=(), strengths=())
    population = Population.draw(settings, 1)
    rest = np.array([one.values[:4, :, 0].std() for one in population.dynamics])
    second = np.array(population.labels) == "second"
    fine = 0.01**2 / 2  # of the movement itself, in one direction at most
    assert rest[second].mean() ** 2 - rest[~second].mean() ** 2 > 0.1 * fine


def test_siblings_share_a_family_and_half_of_their_habits():
    settings = PopulationSettings(
        subjects=1000, clips_per_subject=2, kin_share=1.0, habit_sd=1.0, common_sd=0.0
    )
    population = Population.draw(settings, 2)
    own = population.latents.own_amplitude[::2]
    assert own.std() == pytest.approx(1.0, abs=0.05)
    np.testing.assert_array_equal(population.latents.own_amplitude[1::2], own)
    assert np.corrcoef(own[::2].ravel(), own[1::2].ravel())[0, 1] == pytest.approx(0.5, abs=0.06)
    assert population.families[0] == population.families[3] != population.families[4]


def test_what_a_clip_has_in_common_is_the_same_for_all_regions():
    population = Population.draw(dataclasses.replace(FEW, common_sd=0.5), 2)
    own = population.latents.own_amplitude
    assert np.ptp(own, axis=1) == pytest.approx(np.zeros(24))
    assert own[:, 0].std() > 0.2


def test_parts_of_a_population_share_no_family():
    population = Population.draw(dataclasses.replace(FEW, kin_share=0.5), 2)
    first, rest = population.split(5)
    assert len(first) + len(rest) == len(population) == 24
    assert len(set(first.subjects)) == 6  # the sixth is a sibling of the fifth
    assert not set(first.families) & set(rest.families)
    assert first.pairs == rest.pairs
    np.testing.assert_array_equal(rest.oracle_scores, population.oracle_scores[12:])


@pytest.mark.parametrize("subjects", [0, 12])
def test_a_part_without_people_is_refused(subjects):
    with pytest.raises(ArgumentError, match="subjects: expected 1 to 11"):
        Population.draw(FEW, 2).split(subjects)


def test_pairs_share_regions_only_where_asked():
    for seed in range(10):
        apart = Population.draw(FEW, seed)
        named = [name for pair in apart.pairs for name in (pair.region, pair.other)]
        assert len(set(named)) == 6
        joined = dataclasses.replace(
            FEW, kinds=("amplitude",) * 5, strengths=(0.9,) * 5, overlapping=True
        )
        chain = Population.draw(joined, seed).pairs
        assert len({name for pair in chain for name in (pair.region, pair.other)}) == 6
        assert len({(pair.region, pair.other) for pair in chain}) == 5


def test_pairs_may_be_given_by_name():
    pairs = (("mouth", "nose"), ("eye_left", "eye_right"), ("forehead", "mouth"))
    population = Population.draw(dataclasses.replace(FEW, pairs=pairs), 0)
    given = [{pair.region, pair.other} for pair in population.pairs]
    assert given == [set(pair) for pair in pairs]


def test_thirteen_regions_have_mirrored_movements():
    population = Population.draw(dataclasses.replace(FEW, regions="13"), 0)
    one = population.dynamics[0]
    assert len(one.regions) == 13
    left, right = (one.regions.index(f"mouth_{side}") for side in ("left", "right"))
    assert one.values[20, left, 0] > 0 > one.values[20, right, 0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"trait": "mood"}, "trait: expected class or age, got 'mood'"),
        ({"kinds": ("wink",), "strengths": (0.9,)}, "kinds: expected some of amplitude"),
        ({"strengths": (0.9,)}, "strengths: expected one for each of 3 kinds"),
        ({"strengths": (0.9, 0.8, 0.2)}, "strengths: expected shares of 0.5 to 1"),
        ({"pairs": (("mouth", "mouth"),) * 3}, "pairs: expected two of eye_left"),
        ({"pairs": (("mouth", "nose"),) * 3}, "pairs: expected 3 distinct ones"),
        ({"subjects": 1}, "subjects: expected 2 to 100000, got 1"),
        ({"rate_hz": 0}, "rate_hz: expected 1 to 1000, got 0"),
        ({"rate_hz": 100}, "steps, rate_hz: expected 3 to 60 s together, got 0.48 s"),
        ({"regions": "7"}, "scheme: expected one of"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, said):
    with pytest.raises(ArgumentError, match=said):
        PopulationSettings(**wrong)


def test_more_pairs_than_regions_can_hold_are_refused():
    settings = PopulationSettings(kinds=("amplitude",) * 5, strengths=(0.9,) * 5)
    with pytest.raises(ArgumentError, match="5 pairs and 1 distractors do not fit on 9 regions"):
        Population.draw(settings)
