import pytest
import torch

from mimetic.person.losses import (
    cycle_loss,
    edge_loss,
    pixel_loss,
    rebuilding_loss,
    ssim_loss,
    symmetry_loss,
    warp_loss,
)
from mimetic.person.networks.cycle import CyclePair
from mimetic.person.recipe import PairLosses

INSIDE = torch.zeros(16, 16)
INSIDE[4:12, 4:12] = 1


def noise(seed=0):
    return torch.randn(2, 1, 16, 16, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("loss", [pixel_loss, ssim_loss, edge_loss])
def test_a_picture_loses_nothing_against_itself(loss):
    assert loss(noise(), noise(), INSIDE) == pytest.approx(0, abs=1e-6)
    assert loss(noise(), noise(1), INSIDE) > 0.1


def test_the_pixel_loss_of_a_shift_of_a_half_is_a_half_and_sees_the_face_alone():
    off = torch.where(INSIDE > 0, 0.5, 9.0)
    assert pixel_loss(noise() + off, noise(), INSIDE) == pytest.approx(0.5)


def test_pictures_of_opposite_contrast_lose_more_than_unrelated_ones():
    assert ssim_loss(-noise(), noise(), INSIDE) > ssim_loss(noise(1), noise(), INSIDE)


def test_even_light_costs_no_edges():
    assert edge_loss(noise() * INSIDE + 0.3, noise() * INSIDE, INSIDE * 0 + 1) < 1e-6


def test_a_face_like_its_mirror_image_is_symmetric():
    half = noise()[..., :8]
    assert symmetry_loss(torch.cat([half, half.flip(-1)], -1), INSIDE) == 0
    assert symmetry_loss(noise(), INSIDE) > 0.1


def test_rebuilding_the_mean_loses_everything():
    rows = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    assert rebuilding_loss(torch.zeros(50, 4), rows)[0] == pytest.approx(1.0)
    assert rebuilding_loss(rows, rows)[0] == 0


def test_weights_of_zero_leave_out_their_part():
    same, other = noise(), noise(1)
    pair = CyclePair(frames=same, brought=same, neutrals=same, swapped=same, own=same, warped=other)
    none = PairLosses(warp=0, symmetry=0)
    assert cycle_loss(pair, INSIDE, none)[0] == pytest.approx(0, abs=1e-5)
    total, parts = cycle_loss(pair, INSIDE, PairLosses(ssim=0, symmetry=0))
    assert total == pytest.approx(1.5 * float(parts["warped"]), abs=1e-5)
    assert warp_loss(same, other, INSIDE, PairLosses(ssim=0))[0] == pytest.approx(
        float(parts["warped"])
    )
