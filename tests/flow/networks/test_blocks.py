import pytest
import torch

from mimetic.errors import ShapeError
from mimetic.flow.networks import blocks, upsample


def ramp(height=12, width=15):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (3.0 * x + 5.0 * y)[None, None]


def constant_flow(right, down, size=(12, 15)):
    return torch.tensor([right, down]).view(1, 2, 1, 1).expand(1, 2, *size)


def test_a_warped_ramp_rises_by_its_slope_times_the_shift():
    moved = blocks.backward_warp(ramp(), constant_flow(0.3, -0.2))
    inner = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(moved[inner], ramp()[inner] + 3 * 0.3 - 5 * 0.2)


def test_a_warp_by_whole_pixels_moves_the_picture():
    image = torch.rand(2, 3, 9, 8, generator=torch.Generator().manual_seed(0))
    moved = blocks.backward_warp(image, constant_flow(2.0, -1.0, (9, 8)).expand(2, 2, 9, 8))
    torch.testing.assert_close(moved[..., 1:, :-2], image[..., :-1, 2:])


def test_samples_beyond_the_edge_are_the_nearest_pixel_or_nothing():
    image = torch.full((1, 1, 4, 4), 7.0)
    places = torch.full((1, 2, 1, 1), -3.0)
    assert blocks.sample(image, places).item() == 7
    assert blocks.sample(image, places, border=False).item() == 0


def test_points_that_leave_the_picture_are_known():
    inside = blocks.lands_inside(constant_flow(2.0, -1.0, (4, 5)))
    wanted = torch.zeros(1, 1, 4, 5, dtype=torch.bool)
    wanted[..., 1:, :3] = True
    assert torch.equal(inside, wanted)


def test_correlation_of_a_shifted_picture_peaks_at_the_shift():
    generator = torch.Generator().manual_seed(3)
    first = torch.randn(1, 32, 20, 20, generator=generator)
    second = first.roll((2, -3), (2, 3))  # 2 down, 3 to the left
    found = blocks.correlation(first, second, 4)[..., 5:-5, 5:-5].argmax(1)
    assert (found == (2 + 4) * 9 + (-3 + 4)).all()


def test_correlation_is_the_mean_product_of_its_naive_twin():
    generator = torch.Generator().manual_seed(1)
    first, second = torch.randn(2, 1, 3, 4, 5, generator=generator)
    costs = blocks.correlation(first, second, 1)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            value = costs[0, (dy + 1) * 3 + dx + 1, 2, 2]
            twin = (first[0, :, 2, 2] * second[0, :, 2 + dy, 2 + dx]).mean()
            torch.testing.assert_close(value, twin)
    assert costs[0, 0, 0, 0] == 0


def test_padding_repeats_the_last_pixels_and_keeps_the_first_in_place():
    one, other = blocks.pad_pair(ramp(5, 7), ramp(5, 7) + 1, 8, least=16)
    assert one.shape == other.shape == (1, 1, 16, 16)
    assert torch.equal(one[..., :5, :7], ramp(5, 7))
    assert (one[..., 4:, 6:] == ramp(5, 7)[..., -1, -1]).all()


def test_a_picture_that_fits_is_not_copied():
    image = ramp(8, 16)
    assert blocks.pad_pair(image, image, 8)[0] is image


@pytest.mark.parametrize("shape", [(1, 1, 8, 9), (1, 8, 8), (1, 1, 0, 8)])
def test_pictures_of_other_shapes_are_refused(shape):
    with pytest.raises(ShapeError, match="first, second: expected"):
        blocks.pad_pair(torch.zeros(1, 1, 8, 8) if shape[-2] else torch.zeros(shape),
                        torch.zeros(shape), 8)  # fmt: skip


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("size", [(40, 40), (33, 70), (17, 18)])
def test_the_stride_of_a_grid_is_found_again(stride, size):
    grid = tuple(-(-side // stride) for side in size)
    assert blocks.stride_of(grid, size) == stride


def test_a_grid_of_no_power_of_two_is_refused():
    with pytest.raises(ShapeError, match=r"expected a grid of 2\^n px cells"):
        blocks.stride_of((13, 13), (40, 40))


def test_upsampled_flow_is_linear_between_the_middles_of_cells():
    middles = 4 * torch.arange(10.0) + 1.5
    flow = (0.1 * middles).expand(1, 2, 5, 10)
    found = upsample(flow, (19, 38))
    assert found.shape == (1, 2, 19, 38)
    torch.testing.assert_close(found[0, 0, 7, 2:36], 0.1 * torch.arange(2.0, 36.0))


def test_cells_that_hold_only_padding_are_cut():
    assert blocks.cut(torch.zeros(1, 2, 8, 8), 8, (17, 64)).shape == (1, 2, 3, 8)


def test_standard_pictures_share_a_mean_of_nothing_and_a_spread_of_one():
    generator = torch.Generator().manual_seed(0)
    first = 5 + 3 * torch.randn(2, 4, 16, 16, generator=generator)
    one, other = blocks.standardise(first, first + 1)
    assert ((one + other).mean((2, 3)).abs() < 1e-5).all()
    assert (one.square() + other.square()).mean().item() == pytest.approx(2, rel=1e-3)
    torch.testing.assert_close((other - one).std((1, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)


def test_two_pictures_join_as_they_are_or_as_mean_and_difference():
    first, second = torch.full((1, 1, 2, 2), 3.0), torch.full((1, 1, 2, 2), 5.0)
    assert blocks.join(first, second, 0.0)[0, :, 0, 0].tolist() == [3, 5]
    assert blocks.join(first, second, 8.0)[0, :, 0, 0].tolist() == [4, 16]
