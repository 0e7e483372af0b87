"""The recipe of a flow network: what is learnt, from what, by which loss, for how long."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mimetic.config import from_mapping, read_config, to_mapping
from mimetic.errors import ArgumentError, ConfigError
from mimetic.flow.data import DataSettings
from mimetic.flow.networks import read_options
from mimetic.flow.objective import LossSettings
from mimetic.flow.refine import REFINER
from mimetic.learn.settings import LoopSettings


@dataclass(frozen=True, kw_only=True)
class FlowRecipe:
    """A network, what it learns from and how: the content of a file in ``recipes/``."""

    about: str = ""
    network: str = "flownets"
    options: dict[str, Any] = field(default_factory=dict)  # of the network, as ``build`` takes them
    data: DataSettings = field(default_factory=DataSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    loop: LoopSettings = field(default_factory=LoopSettings)

    def __post_init__(self) -> None:
        read_options(self.network, self.options)
        if self.network == REFINER and self.loss != LossSettings():
            raise ArgumentError("loss: expected none, the refiner has one of its own")


def read_recipe(path: Path, changes: Sequence[str] = ()) -> FlowRecipe:
    """The recipe of a TOML file, with changes such as ``data.jitter_px=0.3`` laid over it.

    ConfigError names unknown keys, values of the wrong type and what else is wrong.
    """
    recipe = read_config(FlowRecipe, path)
    if not changes:
        return recipe
    values = to_mapping(recipe)
    for change in changes:
        _lay_over(values, change)
    return from_mapping(FlowRecipe, values, where=f"{path} with {', '.join(changes)}")


def _lay_over(values: dict[str, Any], change: str) -> None:
    """Put one change ``table.key=value`` into the values of a recipe."""
    key, equals, text = change.partition("=")
    *tables, name = key.strip().split(".")
    try:
        value = tomllib.loads(f"x = {text}")["x"] if equals else None
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a word without quotes
    if value is None:
        raise ConfigError(f"change: expected KEY=VALUE such as data.jitter_px=0.3, got {change!r}")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise ConfigError(f"change: {key}: {table} is a value, not a table")
    values[name] = value
