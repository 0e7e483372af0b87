"""The words that make the same result again: a command where there is one, else Python."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

from mimetic.pipeline.batch import names_of
from mimetic.pipeline.settings import AnalyzeConfig

SETTINGS_FILE = "settings.toml"
DEFAULTS = AnalyzeConfig()
# Settings that have a flag of their own; the rest are named by the settings file.
FLAGS = {
    "person": "--person",
    "start_s": "--start",
    "end_s": "--end",
    "neutral_s": "--neutral",
    "rate_hz": "--rate-hz",
    "images_hz": "--images-hz",
    "events": "--events",
    "keep_pixels": "--no-pixels",
    "keep_flow": "--flow",
    "csv": "--csv",
    "overlay": "--overlay",
    "anonymous": "--anonymous",
}


def how_to_repeat(video: str, out: Path, config: AnalyzeConfig, *, flow: str = "") -> str:
    """The command that makes this result folder again, or the Python call if none does.

    ``flow`` names a method of flow that was handed to ``analyze``.
    """
    if flow or out.name not in names_of(Path(video)):
        read = f"mimetic.config.read_config(mimetic.AnalyzeConfig, {str(out / SETTINGS_FILE)!r})"
        settings = "" if config == DEFAULTS else f", config={read}"
        method = f", flow=method)  # the method that calls itself {flow!r}" if flow else ")"
        return f"mimetic.analyze({video!r}, out={str(out)!r}{settings}{method}"
    words = ["mimetic", "analyze", video, "-o", str(out.parent)]
    for name, flag in FLAGS.items():
        value = getattr(config, name)
        if value != getattr(DEFAULTS, name):
            words += [flag] if isinstance(value, bool) else [flag, str(value)]
    named = [field.name for field in dataclasses.fields(config) if field.name not in FLAGS]
    if any(getattr(config, name) != getattr(DEFAULTS, name) for name in named):
        words += ["--config", str(out / SETTINGS_FILE)]
    return shlex.join(words)
