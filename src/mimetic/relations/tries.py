"""What networks of relations try; readable without torch."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.errors import ConfigError
from mimetic.relations.kinds import INNER_FOLDS, TRIES


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What a network tries: rates, two designs, lengths of training in steps.

    With ``folder`` the last training keeps its curve and checkpoint there and, cut off,
    goes on.
    """

    rates: tuple[float, ...] = (1e-3, 2e-3)
    steps: tuple[int, ...] = (100, 200, 400)
    batch_clips: int = 64
    weight_decay: float = 0.1
    warmup_steps: int = 20
    folds: int = INNER_FOLDS
    folder: str = ""

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= 2 * len(self.rates) * len(self.steps) <= TRIES:
            faults.append(f"rates, steps: expected 1 to {TRIES} tries, two designs of each")
        if not all(rate > 0 for rate in self.rates):
            faults.append(f"rates: expected more than 0, got {self.rates}")
        first = min(self.steps, default=1)
        if first < 1 or any(steps % first for steps in self.steps):
            faults.append(f"steps: expected multiples of the least, got {self.steps}")
        low = {"batch_clips": 1, "folds": 2, "weight_decay": 0, "warmup_steps": 0}
        for name, least in low.items():
            if getattr(self, name) < least:
                faults.append(f"{name}: expected {least} or more, got {getattr(self, name)}")
        if faults:
            raise ConfigError("\n".join(faults))
