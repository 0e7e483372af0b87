"""How the refiner learns: from starts that a method left, and from what it made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mimetic.config import config_hash
from mimetic.flow.networks import read_options
from mimetic.flow.networks.refiner import RefinerNetwork
from mimetic.flow.pairset import PairSet, Tell, set_hash
from mimetic.flow.recipe import FlowRecipe
from mimetic.flow.refine import REFINER, RefinerSettings
from mimetic.flow.refine_samples import (
    Halves,
    Started,
    draw_started,
    find_starts,
    gather_all,
    take_started,
)
from mimetic.flow.starts import start_key
from mimetic.types import Bool, Floats

_SIGMA_WEIGHT = 0.05
_FREEDOM = 2.0  # of the distribution that errors are taken to have
_WITHIN = 0.6827  # of normal errors lie within one standard deviation
_TESTED_AT_ONCE = 4  # pairs; more takes more memory and no less time


Source = tuple[PairSet, Halves]  # pairs and their starts


@dataclass(frozen=True, kw_only=True)
class RefinerBatch:
    """Evidence of pairs and what their starts lack, sides filled up."""

    planes: Tensor  # [B, C, h, w]
    scales: Tensor  # [B, 2], unit and length in px
    missing: Tensor  # [B, 2, H, W], label - start
    weight: Tensor  # [B, H, W], of every pixel's error; sums to the error over that of the start
    pairs: Started


class RefinerTask:
    """The refiner, learnt pair by pair relative to what the start has wrong.

    A batch is refined once, and its first ``again`` pairs once more from what came out,
    so that the network knows what it leaves itself. A pair counts as its error over that of
    its start, on all pixels and on moving ones: small movements as much as large ones.
    """

    def __init__(self, recipe: FlowRecipe, learn: Source, held: Source, *, tell: Tell) -> None:
        self.recipe, self.learn, self.held, self.tell = recipe, learn, held, tell
        self.settings: RefinerSettings = read_options(REFINER, recipe.options)
        self.fingerprint = f"{config_hash(recipe)} {set_hash(learn[0])}"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.loop.seed)
            # Half again as fast on processors as planes one after the other.
            network = RefinerNetwork(self.settings).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network: nn.Module = network

    def batch(self, step: int, *, rng: np.random.Generator, device: torch.device) -> RefinerBatch:
        """Pairs of the set, cut and mirrored at random, and their evidence."""
        data = self.recipe.data
        self.tell("learning", step / self.recipe.loop.steps)
        drawn = draw_started(*self.learn, size=data.batch, crop_px=data.crop_px, rng=rng)
        return to_batch(drawn, device)

    def loss(self, network: nn.Module, batch: RefinerBatch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Error over that of the start, once and again, and how well sigma tells it."""
        change, sigma = self._run(network, batch)
        error, calibration = _losses(batch, change, sigma)
        parts = {"once": error.detach(), "sigma": calibration.detach()}
        loss = error + _SIGMA_WEIGHT * calibration
        again = min(self.settings.again, len(batch.planes))
        if again:
            later = _later(batch, change[:again].detach())
            twice, confirmation = _losses(later, *self._run(network, later))
            parts["twice"] = twice.detach()
            share = again / len(batch.planes)
            loss = loss + share * (twice + _SIGMA_WEIGHT * confirmation)
        return loss, parts

    def evaluate(self, network: nn.Module) -> Mapping[str, float]:
        """Geometric means over pairs of the error over that of the start, once and twice."""
        figures: dict[str, list[Floats]] = {}
        for batch in self._held_batches(network):
            first, sigma = self._run(network, batch)
            second, _ = self._run(network, _later(batch, first))
            zero = torch.zeros_like(first)
            flows = {"start": zero, "once": first, "twice": first + second}
            for name, change in flows.items():
                for where, error in _errors(batch, change).items():
                    figures.setdefault(f"{name}_{where}", []).append(error)
            ratio = _standard(batch, first, sigma)
            for times in (1, 2):
                figures.setdefault(f"within_{times}", []).append(
                    np.array([(ratio <= times).mean()])
                )
        joined = {name: np.concatenate(values) for name, values in figures.items()}
        found = {name: float(joined[name].mean()) for name in ("within_1", "within_2")}
        for where in ("all", "moving"):
            for name in ("once", "twice"):
                share = joined[f"{name}_{where}"] / joined[f"start_{where}"]
                found[f"{name}_{where}"] = float(np.exp(np.nanmean(np.log(share))))
        return found

    def calibrate(self, weights: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
        """The weights with sigma brought to where 68 % of the errors on held-out people lie."""
        network = RefinerNetwork(self.settings)
        network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in weights.items()})
        with torch.no_grad():
            ratios = [
                _standard(batch, *self._run(network, batch))
                for batch in self._held_batches(network)
            ]
        bias = np.array(weights["head.bias"], copy=True)
        bias[-1] += np.log(np.quantile(np.concatenate(ratios), _WITHIN))
        return {**weights, "head.bias": bias}

    def _held_batches(self, network: nn.Module) -> Iterator[RefinerBatch]:
        device = next(network.parameters()).device
        begins = range(0, len(self.held[0]), _TESTED_AT_ONCE)
        parts = [slice(begin, begin + _TESTED_AT_ONCE) for begin in begins]
        return (to_batch(take_started(*self.held, part), device) for part in parts)

    def _run(self, network: nn.Module, batch: RefinerBatch) -> tuple[Tensor, Tensor]:
        kind = batch.planes.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self.settings.bfloat16):
            change, sigma = network(batch.planes, batch.scales)
        return change, sigma


def begin_refiner(
    recipe: FlowRecipe, learn: PairSet, held: PairSet, *, cache: Path | None, tell: Tell
) -> RefinerTask:
    """The task of a recipe: the start of every pair is found once, and kept in ``cache``."""
    start = recipe.data.start

    def with_starts(pairs: PairSet) -> Source:
        kept = None if cache is None else cache / f"{start_key(start)}-{set_hash(pairs)[:16]}.npy"
        return pairs, find_starts(pairs, start, tell=tell, cache=kept)

    return RefinerTask(recipe, with_starts(learn), with_starts(held), tell=tell)


def to_batch(pairs: Started, device: torch.device) -> RefinerBatch:
    """Pairs with the evidence about their starts, on a device."""
    found = vars(gather_all(pairs))
    tensors = {name: torch.from_numpy(values).to(device) for name, values in found.items()}
    return RefinerBatch(**tensors, pairs=pairs)


def _later(batch: RefinerBatch, change: Tensor) -> RefinerBatch:
    """The first pairs of a batch with their start changed; their errors weigh what they did."""
    count = len(change)
    kept = {name: value[:count] for name, value in vars(batch.pairs).items()}
    height, width = kept["valid"].shape[1:]
    kept["start_px"] = kept["start_px"] + change.cpu().numpy()[..., :height, :width]
    moved = to_batch(Started(**kept), batch.planes.device)
    return replace(moved, weight=batch.weight[:count])


def _losses(batch: RefinerBatch, change: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """The weighted error of a batch, and how unlikely sigma makes it.

    Errors are taken as Student's t: were they taken as normal, the few large ones at the
    edges of movements would pull harder at the network than the error itself.
    """
    square = ((batch.missing - change) ** 2).sum(1)
    error = (batch.weight * torch.sqrt(square + 1e-8)).sum((1, 2)).mean()
    variance = sigma[:, 0] ** 2
    ratio = square.detach() / (_FREEDOM * variance)
    surprise = torch.log(variance) + (_FREEDOM + 2) / 2 * torch.log1p(ratio)
    known = (batch.weight > 0).float()
    return error, (known * surprise).sum() / known.sum().clamp(min=1)


def _errors(batch: RefinerBatch, change: Tensor) -> dict[str, Floats]:
    """Endpoint errors in px of every pair, on all known pixels and on moving ones."""
    height, width = batch.pairs.valid.shape[1:]
    wrong = (batch.missing - change).norm(dim=1).cpu().numpy()[:, :height, :width]
    masks = {"all": batch.pairs.valid, "moving": batch.pairs.moving()}
    return {name: _means(wrong, mask) for name, mask in masks.items()}


def _means(values: Floats, mask: Bool) -> Floats:
    counts = mask.sum((1, 2))
    return np.where(counts > 0, (values * mask).sum((1, 2)) / np.maximum(counts, 1), np.nan)


def _standard(batch: RefinerBatch, change: Tensor, sigma: Tensor) -> Floats:
    """Errors along x and along y over sigma, of all known pixels."""
    ratio = ((batch.missing - change).abs() / sigma).cpu().numpy()
    height, width = batch.pairs.valid.shape[1:]
    return np.asarray(np.moveaxis(ratio[..., :height, :width], 1, -1)[batch.pairs.valid].ravel())
