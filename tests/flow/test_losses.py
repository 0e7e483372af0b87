import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow import losses
from mimetic.flow.objective import TERMS, LossSettings
from mimetic.ops.warp import sample_exact
from tests.flow.networks.pictures import shifted_pair, waves

SIZE = (64, 64)


@dataclass
class Pairs:
    first: torch.Tensor
    second: torch.Tensor
    flow: torch.Tensor
    valid: torch.Tensor


def pairs(right=0.0, down=0.0, *, size=SIZE, batch=1):
    first, second, flow = shifted_pair(size, shift=(right, down), batch=batch)
    return Pairs(first, second, flow, torch.ones(batch, *size, dtype=torch.bool))


def grid(right, down, stride, *, size=SIZE, batch=1):
    cells = [-(-side // stride) for side in size]
    return torch.tensor([right, down]).view(1, 2, 1, 1).expand(batch, 2, *cells).clone()


def everywhere(size=SIZE):
    return torch.ones(1, *size, dtype=torch.bool)


def test_an_error_of_three_and_four_on_every_grid_is_five_twentieths():
    flows = [grid(4.0, 3.0, stride) for stride in (4, 8, 16, 32, 64)]
    assert losses.multi_scale_endpoint(flows, pairs(1.0, -1.0)).item() == pytest.approx(0.25)


def test_grids_weigh_as_fischers_sum_over_cells():
    right = [grid(0.0, 0.0, stride) for stride in (8, 16, 32, 64)]
    found = losses.multi_scale_endpoint([grid(3.0, 4.0, 4), *right], pairs())
    cells = [256, 64, 16, 4, 1]
    weights = [n * each for n, each in zip(cells, losses.LEVEL_WEIGHTS, strict=True)]
    assert found.item() == pytest.approx(0.25 * weights[0] / sum(weights), rel=1e-4)


def test_a_sixth_grid_weighs_as_much_per_cell_as_the_fifth():
    wrong, right = grid(3.0, 4.0, 64), [grid(0.0, 0.0, 64)] * 5
    last = losses.multi_scale_endpoint([*right, wrong], pairs())
    fifth = losses.multi_scale_endpoint([*right[:4], wrong, right[0]], pairs())
    assert last.item() == pytest.approx(fifth.item())


def test_labels_that_are_not_valid_do_not_count_in_any_cell():
    batch = pairs(1.0, 0.0)
    batch.valid[:, :, 30:] = False
    batch.flow[:, :, :, 30:] = 1e6
    flows = [grid(1.0, 0.0, stride) for stride in (4, 8, 16, 32, 64)]
    assert losses.multi_scale_endpoint(flows, batch).item() < 1e-6
    assert losses.sequence_endpoint([grid(1.0, 0.0, 1)], batch).item() == 0


def test_a_cell_takes_the_mean_of_its_valid_pixels_and_their_share():
    batch = pairs(size=(6, 7))
    batch.flow[0, 0] = torch.arange(7.0)
    batch.valid[0, :, 0] = False
    label, share = losses.pool_label(batch, (2, 2))
    torch.testing.assert_close(label[0, 0], torch.tensor([[2.0, 5.0], [2.0, 5.0]]))
    torch.testing.assert_close(share[0], torch.tensor([[0.75, 0.75], [0.375, 0.375]]))


def test_a_grid_that_fits_no_picture_is_refused():
    with pytest.raises(ShapeError, match="expected a grid"):
        losses.multi_scale_endpoint([torch.zeros(1, 2, 7, 9)], pairs())


def test_a_sequence_weighs_each_flow_by_its_distance_from_the_last():
    flows = [grid(0.0, 0.0, 1), grid(1.0, 2.0, 1), grid(3.0, -3.0, 1)]
    wanted = (0.8 * 3 + 0.64 * 6) / (1 + 0.8 + 0.64)
    assert losses.sequence_endpoint(flows, pairs()).item() == pytest.approx(wanted)


@pytest.mark.parametrize("law", [losses.multi_scale_endpoint, losses.sequence_endpoint])
def test_relative_errors_of_a_tenth_of_the_movement_are_the_same(law):
    small = law([grid(0.11, 0.0, 1)], pairs(0.1, 0.0), relative_px=1e-6)
    large = law([grid(4.4, 0.0, 1)], pairs(4.0, 0.0), relative_px=1e-6)
    unit = losses.UNIT_PX if law is losses.multi_scale_endpoint else 1
    assert small.item() * unit == pytest.approx(0.1, rel=1e-3)
    assert large.item() * unit == pytest.approx(0.1, rel=1e-3)


def test_huber_is_quadratic_below_a_twentieth_and_linear_above():
    grey = torch.zeros(1, 1, 8, 8)
    mask = everywhere((8, 8))
    assert losses.photometric_huber(grey, grey + 0.02, mask).item() == pytest.approx(0.0002)
    assert losses.photometric_huber(grey, grey - 0.25, mask).item() == pytest.approx(0.01125)


def test_charbonnier_is_the_difference_rounded_off_at_a_thousandth():
    grey, mask = torch.zeros(1, 1, 8, 8), everywhere((8, 8))
    assert losses.photometric_charbonnier(grey, grey, mask).item() == pytest.approx(1e-3)
    wanted = math.sqrt(0.3**2 + 1e-6)
    assert losses.photometric_charbonnier(grey, grey + 0.3, mask).item() == pytest.approx(wanted)


def test_census_sees_no_even_light_but_an_inverted_picture():
    picture, mask = waves(), everywhere()
    assert losses.census(picture, picture, mask).item() == 0
    assert losses.census(picture, picture + 0.1, mask).item() < 1e-3
    assert 30 < losses.census(picture, 1 - picture, mask).item() < 48


def test_census_of_one_bright_pixel_counts_the_neighbours_that_see_it():
    dark, bright = torch.zeros(1, 1, 15, 15), torch.zeros(1, 1, 15, 15)
    bright[..., 7, 7] = 1
    # 255 / sqrt(.81 + 255^2) is 1 but for 6e-6: each neighbour differs by 1 / 1.1 once, the
    # pixel itself 48 times; the mean is over the inner 9 x 9.
    wanted = (48 + 48) / 1.1 / 81
    found = losses.census(dark, bright, everywhere((15, 15))).item()
    assert found == pytest.approx(wanted, rel=1e-4)


def test_smoothness_of_a_ramp_is_its_slope_along_one_of_four_steps():
    flow = torch.zeros(1, 2, 8, 8)
    flow[0, 0] = 0.5 * torch.arange(8.0)
    wanted = (math.sqrt(0.25 + 1e-6) + 3 * 1e-3) / 4
    assert losses.smoothness(flow, everywhere((8, 8))).item() == pytest.approx(wanted)


def test_a_step_across_the_edge_of_the_mask_is_not_rough():
    flow, mask = torch.zeros(1, 2, 8, 8), everywhere((8, 8))
    flow[..., 4:] = 9
    mask[..., 4:] = False
    assert losses.smoothness(flow, mask).item() == pytest.approx(1e-3)


def test_no_flow_against_one_pixel_is_an_angle_of_45_degrees():
    none, one = grid(0.0, 0.0, 1), grid(1.0, 0.0, 1)
    assert losses.angular(none, one, everywhere()).item() == pytest.approx(math.pi / 4)
    assert losses.angular(one, one, everywhere()).item() < 1e-5
    opposite = losses.angular(grid(1e4, 0.0, 1), grid(-1e4, 0.0, 1), everywhere())
    assert opposite.item() == pytest.approx(math.pi, abs=1e-3)


def test_there_and_back_leaves_what_the_flows_differ_by():
    forward = grid(2.0, -1.0, 1)
    back = losses.forward_backward(forward, -forward, everywhere())
    assert back.item() == pytest.approx(1e-3)
    apart = losses.forward_backward(forward, -forward + grid(0.3, 0.0, 1), everywhere())
    assert apart.item() == pytest.approx((math.sqrt(0.09 + 1e-6) + 1e-3) / 2, rel=1e-4)


def test_points_that_are_hidden_or_leave_do_not_count_there_and_back():
    forward, backward = grid(2.0, 0.0, 1), grid(-2.0, 0.0, 1)
    backward[..., 20:30] = 9.0
    forward[..., 60:] = 40.0
    assert losses.forward_backward(forward, backward, everywhere()).item() == pytest.approx(1e-3)


def test_exact_warps_agree_with_scipys_splines():
    picture = waves((24, 30))
    flow = torch.zeros(1, 2, 24, 30)
    flow[0, 0], flow[0, 1] = 0.37, -0.61
    y, x = np.mgrid[:24, :30]
    wanted = sample_exact(picture[0, 0].numpy(), x + 0.37, y - 0.61)
    found = losses.warp_exact(picture, flow)[0, 0].numpy()
    np.testing.assert_allclose(found[2:-2, 2:-2], wanted[2:-2, 2:-2], atol=1e-4)


@pytest.mark.parametrize("name", ["photometric_charbonnier", "photometric_huber", "census"])
def test_pictures_agree_best_at_the_true_shift_of_a_tenth_of_a_pixel(name):
    first, second, _ = shifted_pair((48, 48), shift=(0.1, 0.0))
    mask = everywhere((48, 48))
    mask[:, :, :4] = mask[:, :, -4:] = False
    shifts = [0.0, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2]
    term = getattr(losses, name)
    found = [
        term(first, losses.warp_exact(second, grid(shift, 0.0, 1, size=(48, 48))), mask).item()
        for shift in shifts
    ]
    assert shifts[int(np.argmin(found))] == 0.1


def test_the_photometric_slope_is_that_of_small_steps():
    first, second, _ = shifted_pair((48, 48), shift=(0.3, 0.0))

    def error(right):
        flow = right * grid(1.0, 0.0, 1, size=(48, 48))
        return losses.photometric_huber(
            first, losses.warp_exact(second, flow), everywhere((48, 48))
        )

    right = torch.tensor(0.2, requires_grad=True)
    error(right).backward()
    step = 0.02
    slope = (error(0.2 + step) - error(0.2 - step)) / (2 * step)
    assert slope < 0
    torch.testing.assert_close(right.grad, slope, rtol=0.02, atol=0)


ALL_TERMS = LossSettings(**dict.fromkeys(TERMS, 0.5))


def test_the_total_is_the_weighted_sum_of_the_terms_asked_for():
    batch = pairs(1.0, 0.5, batch=2)
    flows = [grid(0.8, 0.5, stride, batch=2) for stride in (4, 8)]
    loss, parts = losses.total_loss(flows, batch, ALL_TERMS, backward=[-flows[0]])
    assert set(parts) == set(TERMS)
    assert loss.item() == pytest.approx(0.5 * sum(part.item() for part in parts.values()))
    alone, part = losses.total_loss(flows, batch, LossSettings())
    assert set(part) == {"endpoint"}
    assert alone.item() == pytest.approx(parts["endpoint"].item())


def test_the_law_of_the_endpoint_term_is_the_one_asked_for():
    flows = [grid(1.0, 0.0, 1), grid(3.0, 0.0, 1)]
    _, parts = losses.total_loss(flows, pairs(), LossSettings(endpoint_law="sequence"))
    assert parts["endpoint"].item() == pytest.approx((1 + 0.8 * 3) / 1.8)


@pytest.mark.parametrize("keep", [True, False])
def test_slopes_are_finite_where_all_is_right_and_where_nothing_is_known(keep):
    batch = pairs(1.0, 0.0)
    batch.valid[:] = keep
    flows = [grid(1.0, 0.0, stride).requires_grad_() for stride in (4, 8)]
    loss, _ = losses.total_loss(flows, batch, ALL_TERMS, backward=[-flows[0]])
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(flow.grad).all() for flow in flows)
    assert keep or loss.item() == 0


def test_losses_of_half_precision_flow_are_single_precision():
    flows = [grid(1.0, 0.0, 4).bfloat16()]
    loss, _ = losses.total_loss(flows, pairs(1.0, 0.0), ALL_TERMS, backward=flows)
    assert loss.dtype == torch.float32


def test_consistency_without_the_way_back_is_refused():
    with pytest.raises(ArgumentError, match="backward: expected the flows from second to first"):
        losses.total_loss([grid(0.0, 0.0, 1)], pairs(), LossSettings(forward_backward=0.1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"census": -0.1}, "expected weights of 0 or more"),
        ({"endpoint": 0.0}, "one of them above 0"),
        ({"endpoint_law": "level"}, "expected levels or sequence, got 'level'"),
        ({"relative_px": -1.0}, "relative_px: expected 0 or more, got -1.0"),
    ],
)
def test_weights_that_mean_nothing_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        LossSettings(**options)
