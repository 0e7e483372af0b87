import dataclasses
import json

import numpy as np
import pytest
import torch
from torch import nn

from mimetic.errors import ArgumentError, ModelError
from mimetic.learn.checkpoint import (
    TrainingState,
    load_checkpoint,
    load_network,
    network_arrays,
    save_checkpoint,
)
from mimetic.learn.loop import CHECKPOINT
from tests.learn import lines


def test_arrays_and_facts_come_back_as_they_were(tmp_path):
    arrays = {"a/b": np.arange(6.0).reshape(2, 3), "n": np.array(3)}
    facts = {"step": 7, "sum": 0.1 + 0.2}
    save_checkpoint(tmp_path / "c.npz", arrays, facts)
    found, told = load_checkpoint(tmp_path / "c.npz")
    assert told == facts
    assert found.keys() == arrays.keys()
    for name in arrays:
        np.testing.assert_array_equal(found[name], arrays[name])
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]


def test_a_checkpoint_cut_short_is_told(tmp_path):
    path = tmp_path / "c.npz"
    save_checkpoint(path, {"a": np.ones(100)}, {})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match="remove it and train from the start"):
        load_checkpoint(path)


def test_a_checkpoint_of_another_format_is_told(tmp_path):
    text = json.dumps({"format": 99, "facts": {}}).encode()
    np.savez(tmp_path / "c.npz", about=np.frombuffer(text, np.uint8))
    with pytest.raises(ModelError, match="format 1, got 99"):
        load_checkpoint(tmp_path / "c.npz")


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    settings = dataclasses.replace(lines.SETTINGS, steps=2)
    lines.run(tmp_path, settings=settings)
    state = TrainingState.begin(lines.LineTask().network, weight_decay=0, average=0.9)
    with pytest.raises(ArgumentError, match="another recipe"):
        state.restore(tmp_path / CHECKPOINT, fingerprint="circles")


def test_weights_of_another_network_are_refused_by_name():
    network = nn.Linear(2, 3)
    with pytest.raises(ModelError, match=r"bias is missing; spare is not known; weight: expected"):
        load_network(network, {"weight": np.ones((2, 2)), "spare": np.ones(1)})


def test_half_precision_weights_fit_a_network_of_single_precision():
    network = nn.Linear(2, 1)
    load_network(network, {"weight": np.ones((1, 2), "f2"), "bias": np.zeros(1, "f2")})
    assert network.weight.dtype == torch.float32
    assert network(torch.ones(2)).item() == 2
    assert network_arrays(network)["weight"].dtype == np.float32


def test_the_average_forgets_the_start_and_follows_the_weights():
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(0.0)
    state = TrainingState.begin(network, weight_decay=0, average=0.9)
    with torch.no_grad():
        network.weight.fill_(1.0)
    state.update_average(0.9)
    assert state.averaged.weight.item() == pytest.approx(0.9)
    without = TrainingState.begin(network, weight_decay=0, average=0)
    without.update_average(0)
    assert without.averaged is network
