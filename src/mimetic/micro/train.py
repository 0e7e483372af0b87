"""Training of STSTNet under the same protocol as every kind: epochs are chosen by inner people.

As published: Adam with a rate of 5e-5, batches of 256, cross entropy, up to 800 epochs. The
published code keeps the best epoch by the left-out subject; here the number of epochs is a
setting like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from mimetic.errors import ArgumentError
from mimetic.learn.checkpoint import load_network, network_arrays
from mimetic.learn.folds import deal_folds
from mimetic.learn.place import find_place
from mimetic.learn.protocols import Split
from mimetic.micro.kinds import Fold, Samples
from mimetic.micro.mapset import as_pictures
from mimetic.micro.network import STSTNet
from mimetic.types import Float64, Floats, Int64

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """How STSTNet is trained; ``epochs`` are the numbers to choose from."""

    epochs: tuple[int, ...] = (200, 400, 600, 800)
    rate: float = 5e-5
    batch: int = 256
    inner_folds: int = 4
    device: str = "auto"
    classes: int = 3

    def __post_init__(self) -> None:
        if not self.epochs or min(self.epochs) < 1 or list(self.epochs) != sorted(set(self.epochs)):
            raise ArgumentError(f"epochs: expected growing numbers above 0, got {self.epochs}")
        if not (self.rate > 0 and self.batch > 1 and self.inner_folds > 1):
            raise ArgumentError(
                "rate, batch, inner_folds: expected above 0, above 1, above 1, got "
                f"{self.rate}, {self.batch}, {self.inner_folds}"
            )


DEFAULTS = NetworkSettings()


class NetworkRecogniser:
    """STSTNet on one set of samples: the inner and the outer networks of a fold learn together."""

    kept = 1

    def __init__(
        self, samples: Samples, settings: NetworkSettings | None = None, *, seed: int = 0
    ) -> None:
        self.samples, self.seed = samples, seed
        given = settings or DEFAULTS
        changed = {"classes": samples.classes}
        self.settings = NetworkSettings(**(vars(given) | changed))
        self._device = find_place(given.device).device
        self._pictures = _tensor(samples.maps).to(self._device)
        self._y = torch.from_numpy(samples.y).to(self._device)

    @property
    def names(self) -> tuple[str, ...]:
        """The settings in words."""
        return tuple(f"{epochs} epochs" for epochs in self.settings.epochs)

    def fold(self, train: Int64, test: Int64) -> Fold:
        """Scores after each number of epochs, on people in inner folds and on ``test``."""
        splits = [*self._splits(train), Split(train=train, test=test)]
        found = self._run(splits)
        inner = np.stack([self._joined(train, splits[:-1], each[:-1]) for each in found])
        return Fold(inner=inner, outer=np.stack([each[-1] for each in found]))

    def inner(self, train: Int64) -> Float64:
        """Scores [S n C] of people in inner folds."""
        splits = self._splits(train)
        return np.stack([self._joined(train, splits, each) for each in self._run(splits)])

    def learn(self, train: Int64, picks: Int64) -> NetworkModel:
        """A network trained on all rows for the picked number of epochs."""
        epochs = self.settings.epochs[int(picks[0])]
        settings = NetworkSettings(**(vars(self.settings) | {"epochs": (epochs,)}))
        network = self._train([train], settings.epochs, [])[0]
        return NetworkModel(settings, weights=network_arrays(network))

    def _splits(self, train: Int64) -> list[Split]:
        rng = np.random.default_rng([self.seed, train.size])
        y, groups = self.samples.y[train].astype(np.float64), self.samples.groups[train]
        parts = deal_folds(groups, y, folds=self.settings.inner_folds, rng=rng)
        return [Split(train=train[each.train], test=train[each.test]) for each in parts]

    def _joined(self, train: Int64, splits: list[Split], found: list[Float64]) -> Float64:
        """The scores of inner folds in the order of the rows."""
        scores = np.empty((train.size, self.samples.classes))
        for split, each in zip(splits, found, strict=True):
            scores[np.searchsorted(train, split.test)] = each
        return scores

    def _run(self, splits: list[Split]) -> list[list[Float64]]:
        """Scores of the tested rows of each split, after each number of epochs."""
        tests = [each.test for each in splits]
        return self._train([each.train for each in splits], self.settings.epochs, tests)[1]

    def _train(
        self, rows: list[Int64], epochs: tuple[int, ...], tests: list[Int64]
    ) -> tuple[STSTNet, list[list[Float64]]]:
        settings, copies = self.settings, len(rows)
        rng = np.random.default_rng([self.seed, 1])
        with torch.random.fork_rng([self._device] if self._device.type == "cuda" else []):
            torch.manual_seed(self.seed)
            network = STSTNet(settings.classes, copies).to(self._device)
            optimizer = torch.optim.Adam(network.parameters(), lr=settings.rate)
            scores = []
            for epoch in range(1, epochs[-1] + 1):
                network.train()
                for batch in _batches(rows, settings.batch, rng):
                    loss = self._loss(network, batch)
                    optimizer.zero_grad(set_to_none=True)
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                if epoch in epochs:
                    scores.append([self._scores(network, n, test) for n, test in enumerate(tests)])
        return network, scores

    def _loss(self, network: STSTNet, batch: Int64) -> Tensor:
        """Mean loss of a batch [B R] of rows, one column a copy; each copy learns by itself."""
        picked = torch.from_numpy(batch).to(self._device)
        told = network(self._pictures[picked])
        loss = functional.cross_entropy(told.flatten(0, 1), self._y[picked].flatten())
        return loss * network.copies  # the gradient of a copy is that of its own mean

    @torch.no_grad()
    def _scores(self, network: STSTNet, copy: int, rows: Int64) -> Float64:
        network.eval()
        seen = self._pictures[torch.from_numpy(rows).to(self._device)]
        every = seen[:, None].expand(-1, network.copies, -1, -1, -1)
        return np.asarray(network(every)[:, copy].cpu().numpy(), np.float64)


class NetworkModel:
    """A trained STSTNet."""

    def __init__(self, settings: NetworkSettings, *, weights: Arrays) -> None:
        self.settings, self._weights = settings, weights
        self._network = STSTNet(settings.classes)
        load_network(self._network, weights)
        self._network.eval()

    @torch.no_grad()
    def scores(self, maps: Floats) -> Float64:
        """Scores [n C] of maps, before the softmax."""
        return np.asarray(self._network(_tensor(maps)[:, None])[:, 0].numpy(), np.float64)

    def arrays(self) -> Arrays:
        """The weights of the network by name."""
        return dict(self._weights)


def _tensor(maps: Floats) -> Tensor:
    """Maps as pictures of 0 to 1, [n 3 28 28]: what the network is published for."""
    pictures = np.ascontiguousarray(as_pictures(maps).transpose(0, 3, 1, 2))
    return torch.from_numpy(pictures).float() / 255


def _batches(rows: list[Int64], size: int, rng: np.random.Generator) -> list[Int64]:
    """An epoch of batches [B R]: every copy's rows in random order, shorter ones begun anew."""
    longest = max(each.size for each in rows)
    orders = np.stack(
        [
            np.concatenate([rng.permutation(each) for _ in range(-(-longest // each.size))])[
                :longest
            ]
            for each in rows
        ],
        axis=1,
    )
    number = max(1, round(longest / size))
    return [part for part in np.array_split(orders, number) if len(part)]
