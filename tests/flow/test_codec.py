"""Skin that a codec copied is known by its noise, which is copied too."""

import numpy as np
import pytest

from mimetic.flow.codec import MOST, copied_share, quantiser
from mimetic.flow.smoothness import Smoothness, weigh
from mimetic.flow.solver import ClosedForm
from mimetic.flow.tensors import PairTensors
from tests.flow.textures import as_bytes, bump, moved, texture


def noisy(picture, sigma, seed):
    return as_bytes(picture + sigma * np.random.default_rng(seed).standard_normal(picture.shape))


def pair(sigma):
    """A muscle's movement, filmed with noise of so many grey levels."""
    pictures = moved(texture(96), bump(96, peak_px=1.0))
    return [noisy(picture, sigma, seed) for seed, picture in enumerate(pictures)]


def coded():
    """The same as a codec has it: of the second picture only blocks on the right are sent."""
    first, second = pair(1.0)
    sent = first.copy()
    sent[32:64, 48:80] = second[32:64, 48:80]
    return first, sent


def found(first, second, peak_px=1.0):
    tensors = PairTensors(96, 96)
    tensors.take(first, second)
    seen = tensors.at(np.float32(bump(96, peak_px=peak_px)), 4, fit=False)
    return quantiser(seen, tensors.same, copied_share(tensors.same))


def test_copied_cells_are_those_without_a_changed_pixel():
    same = np.ones((24, 48), np.float32)
    same[:12] = 0
    same[13, 1] = 0
    assert copied_share(same) == pytest.approx((16 - 1) / 32)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 4.0])
def test_noise_is_not_a_codec(sigma):
    assert found(*pair(sigma)) == 0


def test_pictures_without_noise_are_not_a_codec():
    still, moving = moved(texture(96), bump(96, peak_px=0.3))
    assert found(as_bytes(still), as_bytes(moving), 0.3) < 0.1
    assert found(as_bytes(still), as_bytes(still), 0.0) == 0


def test_blocks_that_are_sent_beside_copied_ones_are_a_codec():
    assert 0.5 * MOST < found(*coded()) <= MOST


def test_copied_skin_is_less_certain_than_filmed_skin():
    sent, filmed = ClosedForm()(*coded()), ClosedForm()(*pair(1.0))
    still = np.s_[:, :24]
    assert np.median(sent.sigma_px[still]) > 2 * np.median(filmed.sigma_px[still])


def test_more_texture_makes_the_field_stiffer():
    usual = Smoothness(texture_power=0.2)
    assert usual.for_texture(usual.usual_texture) == usual
    stiff = usual.for_texture(32 * usual.usual_texture)
    assert (stiff.slope, stiff.bend) == pytest.approx((2 * usual.slope, 2 * usual.bend))
    assert usual.for_texture(0.0).slope > 0


def test_a_single_wild_cell_leaves_every_weight_finite():
    field = np.full((2, 24, 24), 1e-7, np.float32)
    field[:, 3, 3] = 900
    weights = weigh(field, Smoothness())
    for each in (weights.x, weights.y, weights.xx, weights.yy, weights.xy):
        assert np.isfinite(each).all()
