import subprocess
import sys

import pytest
import torch

from mimetic.errors import ArgumentError, ConfigError, ShapeError
from mimetic.flow.networks import NETWORKS, build, read_options, upsample
from mimetic.flow.networks.raft import REACH, Correlations
from tests.flow.networks.pictures import shifted_pair, waves

SMALL = {
    "flownets": {"width": 0.125},
    "paper": {"width": 0.125},
    "pyramid": {"width": 0.25, "levels": 4, "reach": 2},
    "raft": {"width": 0.25, "iterations": 3},
}
STRIDES = {
    "flownets": [4, 8, 16, 32, 64],
    "paper": [2, 4, 8, 16, 32, 64],
    "pyramid": [4, 8, 16],
    "raft": [1, 1, 1],
}


def parameters(name, **options):
    return sum(each.numel() for each in build(name, **options).parameters())


def test_flownets_has_38_7_million_parameters_as_published():
    assert parameters("flownets") == pytest.approx(38.7e6, rel=0.001)


def test_quarter_width_flownets_has_the_2_4_million_of_the_notes():
    assert parameters("flownets", width=0.25) == pytest.approx(2.4e6, rel=0.02)


def test_the_papers_network_has_the_weights_of_its_layers():
    def conv(before, after, kernel, bias=True):
        return before * after * kernel**2 + bias * after

    shared = conv(1, 64, 7) + conv(64, 128, 5) + conv(128, 256, 5) + conv(256, 32, 1)
    joint = conv(2 * 256 + 32, 256, 3) + conv(256, 512, 3) + conv(512, 512, 3) + conv(512, 1024, 3)
    inputs = [1024, 512 + 512 + 2, 512 + 512 + 2, 256 + 256 + 2, 128 + 128 + 2, 64 + 64 + 2]
    ups = zip(inputs, (512, 512, 256, 128, 64), strict=False)
    up = sum(
        conv(before, after, 4, bias=False) + conv(2, 2, 4, bias=False) for before, after in ups
    )
    heads = sum(conv(channels, 2, 3) for channels in inputs)
    assert parameters("paper") == shared + joint + up + heads


def test_the_pyramid_in_colour_has_the_parameters_of_pwc_net_and_of_its_small_version():
    assert parameters("pyramid", channels=3) == pytest.approx(4.08e6, rel=0.002)
    assert parameters("pyramid", channels=3, dense=True) == pytest.approx(8.75e6, rel=0.002)


def test_raft_small_in_colour_has_0_99_million_parameters_as_published():
    assert parameters("raft", channels=3) == pytest.approx(0.99e6, rel=0.001)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("size", [(1, 1), (16, 16), (51, 37), (64, 70)])
def test_flows_come_finest_first_on_grids_that_cover_pictures_of_any_size(name, size):
    first, second = torch.rand(2, 2, 1, *size, generator=torch.Generator().manual_seed(0))
    flows = build(name, **SMALL[name])(first, second)
    wanted = [(2, 2, *(-(-side // stride) for side in size)) for stride in STRIDES[name]]
    assert [tuple(flow.shape) for flow in flows] == wanted
    assert all(torch.isfinite(flow).all() for flow in flows)
    assert upsample(flows[0], size).shape == (2, 2, *size)


@pytest.mark.parametrize("name", ["pyramid", "raft"])
def test_normalised_networks_see_no_change_of_contrast_that_both_pictures_share(name):
    network = build(name, **SMALL[name], normalised=True)
    first, second, _ = shifted_pair(batch=2)
    with torch.no_grad():
        flow = network(first, second)[0]
        dim = network(0.6 * first + 0.1, 0.6 * second + 0.1)[0]
        flat = network(torch.full_like(first, 0.3), torch.full_like(first, 0.3))[0]
    assert (flow - dim).abs().mean() < 0.1 * flow.abs().mean()
    assert torch.isfinite(flat).all()


@pytest.mark.parametrize("name", ["flownets", "paper"])
def test_mean_and_difference_of_two_pictures_make_the_same_functions(name):
    plain, turned = build(name, width=0.125), build(name, width=0.125, difference=8.0)
    turned.load_state_dict(plain.state_dict())
    weight, n = (turned.conv1[0].weight, 1) if name == "flownets" else (turned.joint3[0].weight, 32)
    with torch.no_grad():
        # w1 a + w2 b = (w1 + w2) (a + b) / 2 + (w2 - w1) / 16 8 (b - a)
        one, other = weight[:, -2 * n : -n].clone(), weight[:, -n:].clone()
        weight[:, -2 * n : -n], weight[:, -n:] = one + other, (other - one) / 16
        first, second, _ = shifted_pair()
        torch.testing.assert_close(turned(first, second)[0], plain(first, second)[0])


def test_a_pyramid_that_sees_differences_has_weights_for_them():
    grids = 48 + 32 + 16  # features at half width, 64 layers of 3 x 3 look at them
    more = parameters("pyramid", width=0.5, levels=4, difference=1.0)
    assert more - parameters("pyramid", width=0.5, levels=4) == 9 * 64 * grids


@pytest.mark.parametrize("name", NETWORKS)
def test_pictures_of_two_sizes_are_refused(name):
    with pytest.raises(ShapeError, match="of one shape"):
        build(name, **SMALL[name])(torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 32, 31))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_pair_does_not_depend_on_the_pairs_beside_it(name):
    network = build(name, **SMALL[name])
    first, second, _ = shifted_pair(batch=3)
    with torch.no_grad():
        together = network(first, second)[0][1]
        alone = network(first[1:2], second[1:2])[0][0]
    torch.testing.assert_close(together, alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_has_a_say(name):
    network = build(name, **SMALL[name])
    first, second, _ = shifted_pair((65, 65), batch=2)
    sum(flow.square().sum() for flow in network(first, second)).backward()
    silent = {
        key for key, weight in network.named_parameters()
        if weight.grad is None or not weight.grad.abs().sum() > 0
    }  # fmt: skip
    # A bias just before an instance normalisation is taken away by it.
    assert all(key.startswith("features") and key.endswith("bias") for key in silent)
    assert not silent or name == "raft"


@pytest.mark.parametrize("name", NETWORKS)
def test_untrained_flow_is_short(name):
    first, second, _ = shifted_pair(batch=2)
    with torch.no_grad():
        flow = build(name, width=0.25)(first, second)[0]
    assert flow.abs().mean() < 5


@pytest.mark.parametrize(
    ("name", "steps"), [("flownets", 40), ("paper", 50), ("pyramid", 60), ("raft", 60)]
)
def test_a_shift_and_its_reverse_are_learnt_from_the_order_of_the_pictures(name, steps):
    first, second, flow = shifted_pair((64, 64), shift=(1.5, -0.5))
    one, other, truth = (
        torch.cat(pair) for pair in ((first, second), (second, first), (flow, -flow))
    )
    network = build(name, **SMALL[name], seed=1)
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(steps):
        found = upsample(network(one, other)[0], (64, 64))
        error = (found - truth).abs().mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
    assert error < 0.25


def test_the_same_seed_draws_the_same_weights_and_another_one_others():
    one, same, other = (build("raft", seed=seed).state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


def test_building_leaves_the_global_generator_as_it_was():
    before = torch.get_rng_state()
    build("pyramid", width=0.25)
    assert torch.equal(torch.get_rng_state(), before)


def test_raft_in_use_gives_its_last_flow_alone():
    network = build("raft", **SMALL["raft"])
    first, second = waves((40, 48)), waves((40, 48), seed=1)
    with torch.no_grad():
        learning = network(first, second)
        using = network.eval()(first, second)
    assert len(learning) == 3
    assert len(using) == 1
    torch.testing.assert_close(learning[0], using[0])


def test_rafts_correlations_peak_at_the_shift_and_pool_around_it():
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(1, 64, 16, 16, generator=generator)
    second = first.roll((2, 1), (2, 3))  # 2 down, 1 to the right
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    found = Correlations(first, second).around(torch.stack((x, y))[None])
    side = 2 * REACH + 1
    assert found.shape == (1, 4 * side**2, 16, 16)
    peak = found[:, : side**2, 4:-4, 4:-4].argmax(1)
    assert (peak == (2 + REACH) * side + 1 + REACH).all()
    level = found[0, side**2 : 2 * side**2].view(side, side, 16, 16)
    products = (first[0, :, 5, 5, None, None] * second[0]).sum(0) / 8
    pooled = products.unfold(0, 2, 2).unfold(1, 2, 2).mean((2, 3))
    weights = torch.tensor([0.75, 0.25])  # pixel 5 is at 5.5 / 2 - .5 = 2.25
    torch.testing.assert_close(level[3, 3, 5, 5], weights @ pooled[2:4, 2:4] @ weights)


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("flownet", {}, ArgumentError, "network: expected one of flownets, paper"),
        ("raft", {"iteration": 3}, ConfigError, "did you mean iterations"),
        ("flownets", {"width": 0.0}, ConfigError, "expected positive numbers, got width = 0.0"),
        ("pyramid", {"finest": 5, "levels": 4}, ConfigError, "finest <= levels <= 6, got 5, 4"),
        ("flownets", {"difference": -1.0}, ConfigError, "difference: expected 0 or more, got -1"),
        ("pyramid", {"difference": -1.0}, ConfigError, "difference: expected 0 or more, got -1"),
        ("pyramid", {"levels": 7}, ConfigError, "finest <= levels <= 6, got 2, 7"),
    ],
)
def test_what_no_network_has_is_refused(name, options, error, message):
    with pytest.raises(error, match=message):
        build(name, **options)


def test_options_are_read_without_torch():
    code = (
        "import sys\nfrom mimetic.flow.networks import read_options\n"
        "import mimetic.flow.objective\n"
        "print(read_options('raft', {}).iterations, 'torch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert answer.stdout.split() == ["12", "False"]
    assert read_options("pyramid", {"width": 1}).width == 1.0
