"""The state of a training run in one file: arrays and JSON, never pickled objects.

A checkpoint is replaced as a whole: after a crash at any moment the file holds the last
state that was complete.
"""

from __future__ import annotations

import copy
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mimetic.errors import ArgumentError, ModelError
from mimetic.learn.curve import Curve

FORMAT = 1
Arrays = dict[str, npt.NDArray[Any]]


def save_checkpoint(path: Path, arrays: Mapping[str, npt.NDArray[Any]], facts: Any) -> None:
    """Write arrays and plain facts to one npz file; readers see the old file or the new one."""
    text = json.dumps({"format": FORMAT, "facts": facts})
    passing = path.with_name(path.name + ".part")
    with passing.open("wb") as file:
        members: dict[str, Any] = {f"array/{name}": values for name, values in arrays.items()}
        np.savez(file, about=np.frombuffer(text.encode(), np.uint8), **members)
        file.flush()
        os.fsync(file.fileno())
    os.replace(passing, path)


def load_checkpoint(path: Path) -> tuple[Arrays, Any]:
    """The arrays and facts of a checkpoint; ModelError where it is damaged or of another format."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            about = json.loads(archive["about"].tobytes())
            names = [name for name in archive.files if name.startswith("array/")]
            arrays = {name.removeprefix("array/"): archive[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path}: expected the checkpoint of a training, got {error}; "
            "remove it and train from the start"
        ) from error
    if about.get("format") != FORMAT:
        raise ModelError(
            f"{path}: expected a checkpoint of format {FORMAT}, got {about.get('format')}; "
            "remove it and train from the start, or go on with the mimetic that wrote it"
        )
    return arrays, about["facts"]


def network_arrays(network: nn.Module) -> Arrays:
    """Parameters and buffers of a network by name, copied to the processor."""
    return {name: _to_array(value) for name, value in network.state_dict().items()}


def load_network(network: nn.Module, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Put arrays into a network; ModelError names what is missing, spare or of another shape.

    Half-precision arrays are taken into networks of single precision.
    """
    own = network.state_dict()
    faults = [f"{name} is missing" for name in own if name not in arrays]
    faults += [f"{name} is not known" for name in arrays if name not in own]
    faults += [
        f"{name}: expected {list(own[name].shape)}, got {list(arrays[name].shape)}"
        for name in own
        if name in arrays and tuple(own[name].shape) != arrays[name].shape
    ]
    if faults:
        shown = "; ".join(faults[:4]) + ("; ..." if len(faults) > 4 else "")
        raise ModelError(f"weights: expected those of this network, but {shown}")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(torch.from_numpy(np.array(arrays[name], order="C")))  # keeps scalars scalar


def optimizer_arrays(optimizer: torch.optim.Optimizer) -> Arrays:
    """What an optimizer remembers of each parameter, by place and name."""
    state = optimizer.state_dict()["state"]
    return {
        f"{place}/{name}": _to_array(torch.as_tensor(value))
        for place, values in state.items()
        for name, value in values.items()
    }


def load_optimizer(
    optimizer: torch.optim.Optimizer, arrays: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Give an optimizer back what ``optimizer_arrays`` took from it."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, values in arrays.items():
        place, name = key.split("/", 1)
        state.setdefault(int(place), {})[name] = torch.from_numpy(values)
    whole = optimizer.state_dict()
    optimizer.load_state_dict({**whole, "state": state})


def _to_array(value: torch.Tensor) -> npt.NDArray[Any]:
    return np.array(value.detach().cpu().numpy())


@dataclass
class TrainingState:
    """All that a run needs to go on: weights, their average, the optimizer, the curve."""

    network: nn.Module
    averaged: nn.Module  # the network itself where nothing is averaged
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    curve: Curve = field(default_factory=Curve)

    @classmethod
    def begin(cls, network: nn.Module, *, weight_decay: float, average: float) -> TrainingState:
        """The state before the first step, for AdamW; ``average`` as in ``update_average``."""
        learnt = [value for value in network.parameters() if value.requires_grad]
        optimizer = torch.optim.AdamW(learnt, weight_decay=weight_decay)
        averaged = copy.deepcopy(network).requires_grad_(False) if average else network
        return cls(network, averaged, optimizer)

    def update_average(self, share: float) -> None:
        """Move the averaged weights toward the present ones; the average is ``share`` old.

        In the first steps less of the old is kept, so that the start is soon forgotten.
        """
        if self.averaged is self.network:
            return
        kept = min(share, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            own, new = self.averaged.state_dict(), self.network.state_dict()
            for name, value in own.items():
                if value.is_floating_point():
                    value.lerp_(new[name], 1 - kept)
                else:
                    value.copy_(new[name])

    def save(self, path: Path, *, fingerprint: str) -> None:
        """Write the state to a checkpoint file."""
        arrays = {
            f"network/{name}": values for name, values in network_arrays(self.network).items()
        }
        if self.averaged is not self.network:
            for name, values in network_arrays(self.averaged).items():
                arrays[f"averaged/{name}"] = values
        for name, values in optimizer_arrays(self.optimizer).items():
            arrays[f"optimizer/{name}"] = values
        facts = {"fingerprint": fingerprint, "step": self.step, "seconds": self.seconds}
        save_checkpoint(path, arrays, {**facts, "curve": self.curve.to_plain()})

    def restore(self, path: Path, *, fingerprint: str) -> None:
        """Take the state of a checkpoint file; ArgumentError if it belongs to another recipe."""
        arrays, facts = load_checkpoint(path)
        if facts["fingerprint"] != fingerprint:
            raise ArgumentError(
                f"{path}: expected a training of this recipe, but it was begun with another recipe "
                "or other data; resume with those, or choose another folder"
            )
        load_network(self.network, _under("network/", arrays))
        if self.averaged is not self.network:
            load_network(self.averaged, _under("averaged/", arrays))
        load_optimizer(self.optimizer, _under("optimizer/", arrays))
        self.step, self.seconds = int(facts["step"]), float(facts["seconds"])
        self.curve = Curve.from_plain(facts["curve"])


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {
        name.removeprefix(prefix): values
        for name, values in arrays.items()
        if name.startswith(prefix)
    }
