import numpy as np
import pytest

from mimetic.person.steady import MOST, lean, lean_gain, noise_left

TIMES_S = np.arange(4000) * 0.04
RNG = np.random.default_rng(0)
WAVE = np.sin(2 * np.pi * 0.2 * TIMES_S)


def codes_of(wave_sd, noise_sd):
    noise = RNG.normal(0, noise_sd, TIMES_S.size)
    return np.stack([wave_sd * WAVE + noise], axis=1)


def test_pure_noise_becomes_the_mean_of_three_frames():
    codes = codes_of(0.0, 1.0)
    gain = lean_gain(codes, TIMES_S, noise_sd=np.ones(1))
    assert gain == pytest.approx(MOST, abs=0.03)
    leaned = lean(codes.astype(np.float32), TIMES_S, gain)
    assert leaned[1:-1].std() == pytest.approx(3**-0.5, rel=0.03)
    assert noise_left(np.array([2 / 3])) == pytest.approx(3**-0.5)


def test_fast_movement_without_noise_is_left_alone():
    codes = np.sin(2 * np.pi * 4 * TIMES_S)[:, None]
    gain = lean_gain(codes, TIMES_S, noise_sd=np.array([0.01]))
    assert gain < 0.01


def test_leaning_brings_noisy_movement_nearer_to_the_truth():
    codes = codes_of(1.0, 0.3)
    gain = lean_gain(codes, TIMES_S, noise_sd=np.array([0.3]))
    leaned = lean(codes.astype(np.float32), TIMES_S, gain)
    assert (leaned[:, 0] - WAVE).std() < 0.65 * (codes[:, 0] - WAVE).std()


def test_frames_across_a_gap_do_not_lean_on_each_other():
    times_s = np.array([0.0, 0.04, 5.0, 5.04, 5.08])
    codes = np.array([[0.0], [0.0], [3.0], [9.0], [3.0]], np.float32)
    leaned = lean(codes, times_s, np.array([MOST]))
    assert leaned[:, 0] == pytest.approx([0, 0, 3, 5, 3])


def test_uneven_times_lean_on_the_line_between_the_neighbours():
    times_s = np.array([0.0, 0.02, 0.08])
    leaned = lean(np.array([[0.0], [1.0], [4.0]], np.float32), times_s, np.array([0.5]))
    assert leaned[1, 0] == pytest.approx(1.0)


def test_unknown_noise_and_too_few_frames_lean_on_nothing():
    assert lean_gain(codes_of(1.0, 0.1), TIMES_S, noise_sd=np.array([np.nan])) == 0
    assert lean_gain(np.ones((2, 1)), TIMES_S[:2], noise_sd=np.ones(1)) == 0
    recording = np.arange(TIMES_S.size)
    assert lean_gain(codes_of(0.0, 1.0), TIMES_S, noise_sd=np.ones(1), recording=recording) == 0
