"""Learning the networks of a person, or of many people: features in, arrays out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mimetic.config import config_hash
from mimetic.learn.checkpoint import Arrays, network_arrays
from mimetic.learn.loop import CHECKPOINT, run_loop
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.losses import cycle_loss, rebuilding_loss, warp_loss
from mimetic.person.networks import RebuildingNetwork, RegionalUnits
from mimetic.person.recipe import NeuralConfig
from mimetic.person.samples import FrameSet, as_pictures

Look = Callable[[int, Arrays], None]


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """Where and how a recipe is run; none of it shapes the result but the device's rounding.

    Without ``out`` nothing is kept on disk. ``at`` are numbers of updates at which the weights
    are kept too, so that one run serves a whole curve.
    """

    device: str = "auto"
    out: Path | None = None
    resume: bool = False
    at: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """Weights by number of updates, the last of them those of the recipe; and the curve."""

    arrays: dict[int, Arrays]
    rows: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def last(self) -> Arrays:
        """The weights after all updates."""
        return self.arrays[max(self.arrays)]


def learn(
    config: NeuralConfig, frames: FrameSet, network: nn.Module, *, run: TrainingRun | None = None
) -> Learnt:
    """Train a network, fresh or learnt before, on frames by ``config.updates`` steps.

    For "neural" the rows of ``frames`` are centred and scaled (``neural.scaled_rows``), for the
    kinds that see pictures they are as they come. With 0 updates nothing is learnt.
    """
    run = run or TrainingRun()
    arrays = {0: network_arrays(network)}
    if not config.updates:
        return Learnt(arrays=arrays)
    loop = config.loop_for(run.at)
    task: Any
    if isinstance(network, RegionalUnits):
        task = _RegionTask(config, frames, network, loop.evaluate_every)
    else:
        task = _PairTask(config, frames, network, loop.evaluate_every)
    keep = tempfile.TemporaryDirectory() if run.out is None else nullcontext(str(run.out))
    with keep as folder:
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        result = run_loop(task, loop, out, device=run.device, resume=run.resume)
        (out / CHECKPOINT).unlink(missing_ok=True)
    kept = {count: values for count, values in task.kept.items() if count in run.at}
    last = {config.updates: task.own(result.weights)}
    start = arrays if 0 in run.at else {}
    return Learnt(arrays=start | kept | last, rows=result.rows, seconds=result.seconds)


class _Kept:
    """Weights at the evaluations of a run: the loop evaluates at whole multiples of a number."""

    def __init__(self, every: int, last: int) -> None:
        self.kept: dict[int, Arrays] = {}
        self._every, self._last = every, last

    def own(self, arrays: Mapping[str, Any]) -> Arrays:
        """Of all arrays those that the model keeps."""
        return dict(arrays)

    def evaluate(self, network: nn.Module) -> Mapping[str, float]:
        """Keep the weights; there is nothing held out that a figure could be told of."""
        if self._every:
            count = min((len(self.kept) + 1) * self._every, self._last)
            self.kept[count] = self.own(network_arrays(network))
        return {}


class _PairTask(_Kept):
    """The kinds "cycle" and "fabnet": pairs of frames whose lag grows."""

    def __init__(self, config: NeuralConfig, frames: FrameSet, network: nn.Module, every: int):
        super().__init__(every, config.updates)
        self.config, self.frames, self.network = config, frames, network
        self.fingerprint = f"{config_hash(config)} {frames.fingerprint}"
        self._inside = torch.from_numpy(ellipse_mask(config.linear.appearance_px)).float()

    def batch(
        self, step: int, *, rng: np.random.Generator, device: torch.device
    ) -> tuple[Tensor, Tensor]:
        lag_s = self.config.lag.lag_s(step / self.config.updates)
        pairs = self.frames.pairs(lag_s, count=self.config.batch, rng=rng)
        size = self.config.linear.appearance_px
        first, second = (
            torch.from_numpy(as_pictures(self.frames.rows[rows], size)).to(device) for rows in pairs
        )
        return first, second

    def loss(
        self, network: nn.Module, batch: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        found = network(*batch)
        inside = self._inside.to(batch[0].device)
        if self.config.kind == "cycle":
            return cycle_loss(found, inside, self.config.losses)
        frames, made = found
        return warp_loss(frames, made, inside, self.config.losses)


class _RegionTask(_Kept):
    """The kind "neural": the whole face from units whose regions are partly hidden and noisy."""

    def __init__(self, config: NeuralConfig, frames: FrameSet, units: RegionalUnits, every: int):
        super().__init__(every, config.updates)
        self.config, self.frames = config, frames
        with torch.random.fork_rng([]):
            torch.manual_seed(config.loop.seed)
            self.network = RebuildingNetwork(units, frames.rows.shape[1], config.linear.components)
        self.fingerprint = f"{config_hash(config)} {frames.fingerprint}"

    def own(self, arrays: Mapping[str, Any]) -> Arrays:
        """The units alone; what rebuilds the face from them is for learning only."""
        return {
            name.removeprefix("units."): values
            for name, values in arrays.items()
            if name.startswith("units.")
        }

    def batch(
        self, step: int, *, rng: np.random.Generator, device: torch.device
    ) -> tuple[Tensor, Tensor, Tensor]:
        lag_s = self.config.lag.lag_s(step / self.config.updates)
        first, second = self.frames.pairs(lag_s, count=self.config.batch, rng=rng)
        rows, later = (
            torch.from_numpy(np.asarray(self.frames.rows[each], np.float32)).to(device)
            for each in (first, second)
        )
        settings, regions = self.config.regions, len(self.network.units.picked)
        shown = rng.random((len(first), regions)) >= settings.hide
        noise = rng.normal(0, settings.noise / np.sqrt(rows.shape[1]), rows.shape)
        noisy = rows + torch.from_numpy(noise.astype(np.float32)).to(device)
        return noisy, torch.from_numpy(shown.astype(np.float32)).to(device), later

    def loss(
        self, network: nn.Module, batch: tuple[Tensor, Tensor, Tensor]
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        noisy, shown, wanted = batch
        return rebuilding_loss(network(noisy, shown), wanted)
