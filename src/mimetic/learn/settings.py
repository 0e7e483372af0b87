"""How long and how fast a training runs; readable without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mimetic.errors import ArgumentError

SCHEDULES = ("cosine", "halving", "constant")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class LoopSettings:
    """How long and how fast to learn, and how often to report and save."""

    steps: int = 1000
    rate: float = 1e-3  # AdamW's, at its highest
    schedule: str = "cosine"  # "halving": by half at 1/2, 2/3, 5/6 of the steps
    warmup_steps: int = 50
    weight_decay: float = 1e-4
    clip_norm: float = 1.0  # 0: gradients are not clipped
    average: float = 0.999  # of the weights over steps; 0: the last weights are the result
    precision: str = "bfloat16"  # on CUDA; elsewhere always float32
    seed: int = 0
    report_every: int = 20  # steps
    evaluate_every: int = 0  # steps; 0: at the end only
    save_every: int = 0  # steps; 0: by time alone
    save_every_s: float = 60.0
    workers: int = 0  # 1: the next batch is made while this one is learnt

    def __post_init__(self) -> None:
        faults = [
            f"{name}: expected more than 0, got {getattr(self, name)}"
            for name in ("steps", "rate", "report_every", "save_every_s")
            if not getattr(self, name) > 0
        ]
        faults += [
            f"{name}: expected 0 or more, got {getattr(self, name)}"
            for name in (
                "warmup_steps",
                "weight_decay",
                "clip_norm",
                "evaluate_every",
                "save_every",
            )
            if getattr(self, name) < 0
        ]
        if not 0 <= self.average < 1:
            faults.append(f"average: expected 0 or more and below 1, got {self.average}")
        for name, known in (
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
            ("workers", (0, 1)),
        ):
            if getattr(self, name) not in known:
                faults.append(f"{name}: expected one of {known}, got {getattr(self, name)!r}")
        if faults:
            raise ArgumentError("; ".join(faults))

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        rise = min((step + 1) / (self.warmup_steps + 1), 1.0)
        done = step / self.steps
        if self.schedule == "cosine":
            fall = 0.5 * (1 + math.cos(math.pi * done))
        elif self.schedule == "halving":
            fall = 0.5 ** sum(done >= share for share in (1 / 2, 2 / 3, 5 / 6))
        else:
            fall = 1.0
        return self.rate * rise * fall
