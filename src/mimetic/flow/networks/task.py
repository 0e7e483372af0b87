"""What a flow network is taught: labelled pairs by a loss, watched on other people's pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from mimetic.config import config_hash
from mimetic.flow.batches import PairBatch, draw_batch, whole_pairs
from mimetic.flow.losses import total_loss
from mimetic.flow.networks import build, upsample
from mimetic.flow.networks.source import PairTensors, SceneSource
from mimetic.flow.objective import HELD
from mimetic.flow.pairset import PairSet, Tell, set_hash
from mimetic.flow.recipe import FlowRecipe

_TESTED_AT_ONCE = 4  # pairs; more takes more memory and no less time
_MOVING = 0.25  # of the longest displacement of a pair: what the bench calls moving


class NetworkTask:
    """A network that maps two pictures to flow, learnt by ``losses.total_loss``."""

    def __init__(
        self, recipe: FlowRecipe, learn: PairSet | SceneSource, held: PairSet, *, tell: Tell
    ) -> None:
        self.recipe, self.learn, self.held, self.tell = recipe, learn, held, tell
        # Scenes have no such hash; they are drawn of the faces that the other pairs show.
        content = held if isinstance(learn, SceneSource) else learn
        self.fingerprint = f"{config_hash(recipe)} {set_hash(content)}"
        self.network = build(recipe.network, seed=recipe.loop.seed, **recipe.options)

    def batch(self, step: int, *, rng: np.random.Generator, device: torch.device) -> PairTensors:
        """Pairs drawn, cut and mirrored at random, as tensors."""
        data = self.recipe.data
        self.tell("learning", step / self.recipe.loop.steps)
        if isinstance(self.learn, SceneSource):
            return self.learn.draw(rng=rng, device=device)
        drawn = draw_batch(self.learn, size=data.batch, crop_px=data.crop_px, rng=rng)
        return to_tensors(drawn, device)

    def loss(self, network: nn.Module, batch: PairTensors) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The recipe's loss of what the network predicts."""
        settings = self.recipe.loss
        found = network(batch.first, batch.second)
        # The way back costs as much again; only one term asks for it.
        back = network(batch.second, batch.first) if settings.forward_backward else None
        return total_loss(found, batch, settings, backward=back)

    def evaluate(self, network: nn.Module) -> Mapping[str, float]:
        """Endpoint errors in pixels on the pairs of other people."""
        device = next(network.parameters()).device
        rows = []
        for begin in range(0, len(self.held), _TESTED_AT_ONCE):
            batch = to_tensors(
                whole_pairs(self.held, slice(begin, begin + _TESTED_AT_ONCE)), device
            )
            finest = network(batch.first, batch.second)[0].float()
            flow = upsample(finest, (batch.flow.shape[-2], batch.flow.shape[-1]))
            rows += [_figures(*each) for each in zip(flow, batch.flow, batch.valid, strict=True)]
        return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def to_tensors(batch: PairBatch, device: torch.device) -> PairTensors:
    """A batch of arrays on a device."""
    first, second, flow, valid = (
        torch.from_numpy(np.ascontiguousarray(array)).to(device)
        for array in (batch.first, batch.second, batch.flow_px, batch.valid)
    )
    return PairTensors(first=first, second=second, flow=flow, valid=valid)


def _figures(flow: Tensor, label: Tensor, valid: Tensor) -> dict[str, float]:
    """Errors of one pair in pixels: of all points, of those that move, of no movement."""
    length = label.square().sum(0).sqrt()
    moving = valid & (length > _MOVING * length[valid].amax())
    error = (flow - label).square().sum(0).sqrt()
    found = error[valid].mean(), error[moving].mean(), length[valid].mean()
    return {name: value.item() for name, value in zip(HELD, found, strict=True)}
