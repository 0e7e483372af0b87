"""A plain training loop for every system that trains.

What a step draws depends on the seed, the process and the number of the step alone, never
on what was drawn before. So a run that was killed and resumed has the same curve, bit for
bit, as one that was left alone, and a checkpoint needs no states of generators.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mimetic.errors import ArgumentError
from mimetic.learn.checkpoint import Arrays, TrainingState, network_arrays
from mimetic.learn.place import Place, StopRequest, find_place, join_processes
from mimetic.learn.settings import LoopSettings

CURVE = "curve.csv"
CHECKPOINT = "checkpoint.npz"


class Task(Protocol):
    """What is learnt: a network, its data and its loss.

    ``fingerprint`` names all that shapes the run; a checkpoint of another one is refused.
    """

    network: nn.Module
    fingerprint: str

    def batch(self, step: int, *, rng: np.random.Generator, device: torch.device) -> Any:
        """The data of a step on a device: a function of the step and the generator alone."""

    def loss(self, network: nn.Module, batch: Any) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of a batch (a scalar) and its parts by name, for the curve."""

    def evaluate(self, network: nn.Module) -> Mapping[str, float]:
        """Figures on data that is not learnt from, by name; may be empty."""


@dataclass(frozen=True, kw_only=True)
class LoopResult:
    """What a finished run leaves: the (averaged) weights, the curve, the time it took."""

    weights: Arrays
    rows: list[dict[str, float]]
    seconds: float
    device: str


def run_loop(
    task: Task, settings: LoopSettings, out: Path, *, device: str = "auto", resume: bool = False
) -> LoopResult:
    """Train to the last step; ``curve.csv`` and ``checkpoint.npz`` in ``out`` keep up.

    ``resume`` goes on from the checkpoint where there is one, and starts where there is none.
    Started by ``torchrun``, every process takes its own batches and the gradients are averaged.
    On Ctrl-C or SIGTERM the step is finished and saved, then KeyboardInterrupt is raised.

    ArgumentError: no such device, a loss that is not finite, a checkpoint without ``resume`` or
    of another recipe.
    """
    place = find_place(device)
    with join_processes(place), _own_draws(place), StopRequest() as stop:
        state = TrainingState.begin(
            task.network.to(place.device),
            weight_decay=settings.weight_decay,
            average=settings.average,
        )
        _take_up(state, task, out / CHECKPOINT, resume=resume)
        _learn(_Run(task, settings, out, place), state, stop)
        if place.first:
            state.save(out / CHECKPOINT, fingerprint=task.fingerprint)
    return LoopResult(
        weights=network_arrays(state.averaged),
        rows=state.curve.rows,
        seconds=state.seconds,
        device=str(place.device),
    )


def _own_draws(place: Place) -> AbstractContextManager[None]:
    """Leave torch's own generators as they were once the block ends."""
    return torch.random.fork_rng([place.device] if place.device.type == "cuda" else [])


def _take_up(state: TrainingState, task: Task, path: Path, *, resume: bool) -> None:
    if not path.exists():
        return
    if not resume:
        raise ArgumentError(
            f"{path}: a training was begun here; go on with it (resume), or choose another folder"
        )
    state.restore(path, fingerprint=task.fingerprint)


@dataclass(frozen=True)
class _Run:
    task: Task
    settings: LoopSettings
    out: Path
    place: Place


def _learn(run: _Run, state: TrainingState, stop: StopRequest) -> None:
    network = run.place.share(state.network)
    began, saved = time.monotonic() - state.seconds, time.monotonic()
    for step, batch in _batches(run, state.step):
        state.curve.add(_step(run, state, network, (step, batch)))
        state.step = step + 1
        _report(run, state)
        state.seconds = time.monotonic() - began
        due = run.settings.save_every and state.step % run.settings.save_every == 0
        stopping = run.place.any(stop.asked)
        if due or stopping or time.monotonic() - saved > run.settings.save_every_s:
            if run.place.first:
                state.save(run.out / CHECKPOINT, fingerprint=run.task.fingerprint)
            saved = time.monotonic()
        if stopping:
            raise KeyboardInterrupt


def _batches(run: _Run, first: int) -> Iterator[tuple[int, Any]]:
    """Each step's batch, made just in time or, by one worker, a step ahead."""
    steps = range(first, run.settings.steps)

    def make(step: int) -> Any:
        rng = np.random.default_rng([run.settings.seed, run.place.rank, step])
        return run.task.batch(step, rng=rng, device=run.place.device)

    if not run.settings.workers:
        yield from ((step, make(step)) for step in steps)
        return
    with ThreadPoolExecutor(1) as pool:
        coming: Future[Any] | None = None
        for step in steps:
            batch = (coming or pool.submit(make, step)).result()
            coming = pool.submit(make, step + 1) if step + 1 < run.settings.steps else None
            yield step, batch


def _step(
    run: _Run, state: TrainingState, network: nn.Module, numbered: tuple[int, Any]
) -> dict[str, float]:
    """One step of AdamW; the figures for the curve."""
    step, batch = numbered
    settings = run.settings
    # Dropout and the like draw from torch's own generator: start it anew for every step.
    own = np.random.default_rng([settings.seed, run.place.rank, step, 1])
    torch.manual_seed(int(own.integers(2**62)))
    for group in state.optimizer.param_groups:
        group["lr"] = settings.rate_at(step)
    network.train()
    half = settings.precision == "bfloat16" and run.place.device.type == "cuda"
    with torch.autocast(run.place.device.type, torch.bfloat16, enabled=half):
        loss, parts = run.task.loss(network, batch)
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    limit = settings.clip_norm or math.inf
    norm = nn.utils.clip_grad_norm_(state.network.parameters(), limit)
    figures = {"loss": loss, **parts, "gradient_norm": norm}
    values = {name: float(value.detach()) for name, value in figures.items()}
    if not math.isfinite(values["loss"] + values["gradient_norm"]):
        raise ArgumentError(
            f"rate: expected a finite loss and gradient, got {values['loss']} and {norm} at step "
            f"{step}; lower the rate of the recipe ({settings.rate:g}) or look at its data"
        )
    state.optimizer.step()
    state.update_average(settings.average)
    return values


def _report(run: _Run, state: TrainingState) -> None:
    settings = run.settings
    last = state.step == settings.steps
    testing = last or (settings.evaluate_every and state.step % settings.evaluate_every == 0)
    if not run.place.first or not (testing or state.step % settings.report_every == 0):
        return
    extra = {"rate": settings.rate_at(state.step - 1)}
    if testing:
        state.averaged.eval()
        with torch.no_grad():
            extra.update(run.task.evaluate(state.averaged))
    state.curve.close(state.step, extra)
    state.curve.write(run.out / CURVE)
