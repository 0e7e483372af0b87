"""Methods of flow that go before a network, by the names that recipes give them."""

from __future__ import annotations

from collections.abc import Callable

from mimetic.config import config_hash
from mimetic.errors import ArgumentError
from mimetic.flow import classical
from mimetic.flow.records import Estimate
from mimetic.types import UInt8

STARTS = ("none", "dis", "closed-form")

Measure = Callable[[UInt8, UInt8], Estimate]


def make_start(name: str) -> Measure:
    """A fresh method, which one thread may use at a time: no movement, DIS or the closed form."""
    if name not in STARTS:
        raise ArgumentError(f"start: expected one of {', '.join(STARTS)}, got {name!r}")
    if name == "closed-form":
        from mimetic.flow.solver import ClosedForm  # only where it is asked for

        return ClosedForm()
    dense = classical.dis() if name == "dis" else classical.zero()
    return lambda first, second: Estimate(classical.planes(dense(first, second)))


def start_key(name: str) -> str:
    """What names the flow of a start: its name, and its settings where it has any."""
    if name != "closed-form":
        return name
    from mimetic.flow.solver import SolverSettings

    return f"{name}-{config_hash(SolverSettings())[:8]}"
