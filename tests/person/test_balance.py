import dataclasses

import numpy as np
import pytest

from mimetic.ops.stabilise import ellipse_mask
from mimetic.person import PersonConfig
from mimetic.person.balance import BANDS, balance
from tests.person.faces import MESH_PX

CONFIG = PersonConfig()
PIXELS = int(ellipse_mask(CONFIG.appearance_px).sum())
POINTS = len(MESH_PX)
BAND = np.digitize(np.nonzero(ellipse_mask(CONFIG.appearance_px))[0] / CONFIG.appearance_px, BANDS)


def variances(pixels, landmarks=1e-4):
    landmarks = np.broadcast_to(landmarks, 2 * POINTS)
    return np.concatenate([np.broadcast_to(pixels, PIXELS), landmarks, np.full(6, 1e-3)])


def energies(variance, config=CONFIG):
    scaled = variance * balance(variance, MESH_PX, 128, config=config).astype(np.float64) ** 2
    return np.split(scaled, np.cumsum([variance.size - 2 * POINTS - 6, 2 * POINTS, 2]))


def test_every_part_of_the_features_has_the_energy_that_it_was_given():
    rng = np.random.default_rng(3)
    pixels, landmarks, lids, gaze = energies(variances(rng.uniform(1e-4, 1e-2, PIXELS)))
    told = [CONFIG.landmarks_energy, CONFIG.lids_energy, CONFIG.gaze_energy]
    assert pixels.sum() == pytest.approx(1, rel=1e-4)
    assert [landmarks.sum(), lids.sum(), gaze.sum()] == pytest.approx(told, rel=1e-4)


def test_a_busy_mouth_does_not_outweigh_the_brows():
    pixels = energies(variances(np.where(BAND == 2, 1e-1, 1e-3)))[0]
    assert [pixels[each == BAND].sum() for each in range(3)] == pytest.approx([1 / 3] * 3, rel=1e-4)


def test_a_band_that_holds_still_is_not_blown_up():
    pixels = energies(variances(np.where(BAND == 0, 1e-7, 1e-2)))[0]
    assert pixels[BAND == 0].sum() < 0.01
    assert pixels[BAND == 2].sum() == pytest.approx(1 / 3, rel=1e-4)


def test_pixels_that_change_more_weigh_more_but_not_in_proportion():
    pixels = energies(variances(np.where(np.arange(PIXELS) % 2, 1e-2, 1e-4)))[0]
    more, less = pixels[1::2].mean(), pixels[::2].mean()
    assert 5 < more / less < 50  # 100 without the damping


def test_landmarks_alone_count_in_full():
    alone = dataclasses.replace(CONFIG, appearance_px=0)
    landmarks = energies(variances(1e-2)[PIXELS:], alone)[1]
    assert landmarks.sum() == pytest.approx(1, rel=1e-4)
