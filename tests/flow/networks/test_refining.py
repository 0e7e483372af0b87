from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from mimetic.flow.data import DataSettings
from mimetic.flow.objective import LossSettings
from mimetic.flow.pairset import PairSet
from mimetic.flow.recipe import FlowRecipe
from mimetic.flow.records import Estimate
from mimetic.flow.refine import Refiner
from mimetic.flow.refine_samples import take_started
from tests.flow.test_refine import NARROW, drawn_weights, patterned_pair, start_of

torch = pytest.importorskip("torch")

from mimetic.errors import ArgumentError  # noqa: E402
from mimetic.flow.networks.refiner import RefinerNetwork  # noqa: E402
from mimetic.flow.networks.refining import RefinerTask, begin_refiner, to_batch  # noqa: E402
from mimetic.learn.checkpoint import load_network  # noqa: E402
from mimetic.learn.loop import run_loop  # noqa: E402
from mimetic.learn.settings import LoopSettings  # noqa: E402

SHIFTS_PX = (0.2, 0.4, 0.6, 0.8)


def shifted_set(side: int = 48) -> PairSet:
    """Pairs that move right by known amounts as a whole."""
    pairs = [patterned_pair(side, side, shift_px=shift) for shift in SHIFTS_PX]
    flow = np.zeros((len(pairs), 2, side, side), np.float16)
    for number, shift in enumerate(SHIFTS_PX):
        flow[number, 0] = shift
    return PairSet(
        first=np.stack([pair[0] for pair in pairs]),
        second=np.stack([pair[1] for pair in pairs]),
        flow_px=flow,
        valid=np.ones((len(pairs), side, side), bool),
    )


def recipe_of(**options: object) -> FlowRecipe:
    return FlowRecipe(
        network="refiner",
        options={"widths": [8, 8, 8, 8], **options},
        data=DataSettings(start="none", batch=4, crop_px=48),
    )


def task_of(**options: object) -> RefinerTask:
    pairs = shifted_set()
    return begin_refiner(
        recipe_of(**options), pairs, pairs, cache=None, tell=lambda stage, share: None
    )


@pytest.mark.parametrize("size", [(64, 64), (33, 50), (16, 16)])
def test_the_network_without_torch_says_what_the_one_in_torch_says(size: tuple[int, int]):
    weights = drawn_weights(NARROW, head=0.1)
    network = RefinerNetwork(NARROW)
    load_network(network, weights)
    first, second = patterned_pair(*size)
    start = start_of(*size)
    pairs = PairSet(
        first=first[None], second=second[None], flow_px=start.flow_px[None].astype(np.float16),
        valid=np.ones((1, *size), bool),
    )  # fmt: skip
    begun = Estimate(pairs.flow_px[0].astype(np.float32))
    batch = to_batch(take_started(pairs, pairs.flow_px, slice(None)), torch.device("cpu"))
    with torch.no_grad():
        change, sigma = (part[0].numpy() for part in network(batch.planes, batch.scales))
    found = Refiner(NARROW, weights)(first, second, begun)
    assert np.abs(change).max() > 0.01
    assert found.flow_px - begun.flow_px == pytest.approx(change[:, : size[0], : size[1]], abs=1e-3)
    assert found.sigma_px == pytest.approx(sigma[0, : size[0], : size[1]], abs=1e-3)


def test_before_the_first_step_the_loss_is_that_of_the_start():
    task = task_of()
    batch = task.batch(0, rng=default_rng(0), device=torch.device("cpu"))
    _, parts = task.loss(task.network, batch)
    assert float(parts["once"]) == pytest.approx(1.6, abs=0.1)
    assert float(parts["twice"]) == pytest.approx(float(parts["once"]), rel=0.01)


def test_a_short_training_learns_a_shift_of_the_whole_picture(tmp_path):
    task = task_of()
    settings = LoopSettings(steps=45, rate=5e-3, average=0.9, report_every=20, warmup_steps=5)
    result = run_loop(task, settings, tmp_path, device="cpu")
    assert result.rows[-1]["once_all"] < 0.4
    assert result.rows[-1]["twice_all"] < 0.3


def test_the_same_seed_learns_the_same_weights(tmp_path):
    settings = LoopSettings(steps=3)
    runs = []
    for name in "ab":
        (tmp_path / name).mkdir()
        runs.append(run_loop(task_of(), settings, tmp_path / name, device="cpu"))
    for name, values in runs[0].weights.items():
        assert np.array_equal(values, runs[1].weights[name])


def test_calibration_puts_68_percent_of_the_errors_within_one_sigma():
    task = task_of()
    weights = task.calibrate(drawn_weights(NARROW, head=0.02))
    network = RefinerNetwork(NARROW)
    load_network(network, weights)
    network.requires_grad_(False)
    assert task.evaluate(network)["within_1"] == pytest.approx(0.6827, abs=0.01)


def test_without_a_second_refinement_none_is_learnt():
    task = task_of(again=0)
    batch = task.batch(0, rng=default_rng(0), device=torch.device("cpu"))
    assert "twice" not in task.loss(task.network, batch)[1]


def test_starts_are_kept_beside_the_pairs(tmp_path: Path):
    pairs = shifted_set()
    for _ in range(2):
        begin_refiner(recipe_of(), pairs, pairs, cache=tmp_path, tell=lambda stage, share: None)
    assert len(list(tmp_path.glob("none-*.npy"))) == 1


def test_a_recipe_with_a_loss_for_the_refiner_is_refused():
    with pytest.raises(ArgumentError, match="the refiner has one of its own"):
        FlowRecipe(network="refiner", loss=LossSettings(endpoint=2.0))
