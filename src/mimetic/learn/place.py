"""Where a training runs: the device, the processes of ``torchrun``, the wish to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

import torch
from torch import distributed, nn

from mimetic.errors import ArgumentError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A device, and which of how many processes this one is."""

    device: torch.device
    rank: int = 0
    processes: int = 1

    @property
    def first(self) -> bool:
        """Whether this process reports and saves."""
        return self.rank == 0

    def share(self, network: nn.Module) -> nn.Module:
        """The network, its gradients averaged over the processes where there are several."""
        if self.processes == 1:
            return network
        on_card = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(network, device_ids=on_card)

    def any(self, wish: bool) -> bool:
        """Whether any process wishes so: all must leave at the same step."""
        if self.processes == 1:
            return wish
        flag = torch.tensor([int(wish)], device=self.device)
        distributed.all_reduce(flag, op=distributed.ReduceOp.MAX)
        return bool(flag.item())


def find_place(device: str) -> Place:
    """The place that ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps`` names.

    auto: CUDA where there is a card, else the processor. Under ``torchrun`` (by its
    environment variables) each process takes the card of its local rank.
    """
    rank, processes, local = (
        int(os.environ.get(name, default))
        for name, default in (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
    )
    name = device
    if device == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and processes > 1:
        name = f"cuda:{local}"
    try:
        found = torch.device(name)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ArgumentError(
            f"device: expected auto or a device that torch has here, got {device!r} "
            f"({str(error).splitlines()[0]})"
        ) from error
    return Place(device=found, rank=rank, processes=processes)


@contextmanager
def join_processes(place: Place) -> Iterator[None]:
    """Meet the other processes of ``torchrun`` for the time of the block; alone, do nothing."""
    if place.processes == 1:
        yield
        return
    if place.device.type == "cuda":
        torch.cuda.set_device(place.device)
    distributed.init_process_group("nccl" if place.device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


class StopRequest:
    """Turns the first Ctrl-C or SIGTERM into a flag, so that the step can be saved first.

    A second one acts at once. Outside the main thread signals stay as they are.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
