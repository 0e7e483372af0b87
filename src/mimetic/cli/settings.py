"""Settings from a file, with what was given on the command line laid over them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mimetic.pipeline import AnalyzeConfig


def settings_from(path: Path | None, given: Mapping[str, Any]) -> AnalyzeConfig:
    """The settings of a TOML file, or the usual ones; values that are not None win."""
    from mimetic.config import read_config
    from mimetic.pipeline import AnalyzeConfig

    base = AnalyzeConfig() if path is None else read_config(AnalyzeConfig, path)
    return dataclasses.replace(base, **{key: v for key, v in given.items() if v is not None})
