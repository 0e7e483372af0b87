import numpy as np
import pytest
import torch

from mimetic.person.networks import CycleNetwork, FabNetwork, RegionalUnits
from mimetic.person.networks.blocks import CELLS, FlowDecoder, turn_round, warp

SIDE = 64


def bump(x=32.0, y=32.0, radius=6.0):
    down, across = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    return torch.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * radius**2))[None, None]


def even_flow(right_px, down_px):
    flow = torch.zeros(1, 2, CELLS, CELLS)
    flow[:, 0], flow[:, 1] = right_px * 2 / SIDE, down_px * 2 / SIDE
    return flow


def test_a_picture_is_taken_where_the_flow_points_to():
    moved = warp(bump(32, 32), even_flow(5, -3))
    assert (moved - bump(27, 35)).abs().max() < 1e-5


def test_a_flow_turned_round_undoes_it():
    down, across = torch.meshgrid(torch.arange(CELLS), torch.arange(CELLS), indexing="ij")
    wave = torch.stack([torch.sin(down / 3), torch.cos(across / 4)])[None] * 0.08
    there_and_back = warp(warp(bump(), wave), turn_round(wave))
    assert (there_and_back - bump()).abs().max() < 0.03
    assert (warp(bump(), wave) - bump()).abs().max() > 0.2


def test_the_flow_of_a_fresh_decoder_is_nearly_none():
    torch.manual_seed(0)
    assert FlowDecoder(8, 4)(torch.rand(2, 8)).abs().max() < 0.02


@pytest.mark.parametrize("kind", [CycleNetwork, FabNetwork])
def test_codes_lie_between_minus_one_and_one_and_redraw_pictures(kind):
    torch.manual_seed(0)
    network = kind(SIDE, 4, 8)
    codes = network.encode(torch.randn(3, 1, SIDE, SIDE))
    assert codes.shape == (3, 8)
    assert codes.abs().max() <= 1
    assert network.redraw(codes, bump()).shape == (3, 1, SIDE, SIDE)


def test_fabnet_gives_back_the_source_when_nothing_is_to_be_moved():
    torch.manual_seed(0)
    network = FabNetwork(SIDE, 4, 8)
    torch.nn.init.zeros_(network.decoder.flow.weight)
    first, second = bump(20, 20), bump(40, 40)
    frames, made = network(first, second)
    assert (made - torch.cat([second, first])).abs().max() < 1e-5
    assert torch.equal(frames, torch.cat([first, second]))


def test_the_cycle_exchanges_the_neutrals_of_a_pair():
    torch.manual_seed(0)
    network = CycleNetwork(SIDE, 4, 8)
    torch.nn.init.zeros_(network.decoder.flow.weight)  # nothing moves: neutral is the frame
    first, second = bump(20, 20), bump(40, 40)
    found = network(first, second)
    assert (found.warped - torch.cat([second, first])).abs().max() < 1e-5
    assert (found.brought - found.frames).abs().max() < 1e-5
    first_own, second_own = found.own.chunk(2)
    first_swapped, second_swapped = found.swapped.chunk(2)
    assert torch.allclose(first_swapped, second_own, atol=1e-5)
    assert torch.allclose(second_swapped, first_own, atol=1e-5)


def test_fresh_units_add_up_to_a_gaussian_bump_in_every_region():
    torch.manual_seed(0)
    units = RegionalUnits([[0, 1], [2]], 20_000, 2.0)
    rows = torch.tensor([[0.3, -0.2, 0.5], [-0.6, 0.4, 1.5]])
    with torch.no_grad():
        active = units(rows)
    alike = torch.einsum("ru,ru->r", active[0], active[1]).numpy()
    distance = np.array([0.9**2 + 0.6**2, 1.0**2])
    assert alike == pytest.approx(np.exp(-distance / (2 * 2.0**2)), abs=0.02)


def test_units_of_a_region_see_nothing_of_another():
    torch.manual_seed(0)
    units = RegionalUnits([[0, 1], [2]], 8, 2.0)
    rows = torch.zeros(2, 3)
    rows[1, 2] = 1.0
    active = units(rows)
    assert torch.equal(active[0, 0], active[1, 0])
    assert not torch.equal(active[0, 1], active[1, 1])
