"""Who made a number: package, revision, machine; and plain values that JSON can hold."""

from __future__ import annotations

import dataclasses
import math
import os
import platform
import subprocess
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from mimetic import __version__
from mimetic.types import Provenance

TOOLS = ("numpy", "scipy", "opencv-contrib-python-headless", "av", "ai-edge-litert", "numcodecs")


def make_provenance(
    *,
    config_hash: str = "",
    weights_hash: str = "",
    source_sha256: str = "",
    decoder: str = "",
    seed: int = 0,
) -> Provenance:
    """The provenance of a number made now by this installation."""
    return Provenance(
        package=f"mimetic {__version__}",
        revision=revision(),
        config_hash=config_hash,
        weights_hash=weights_hash,
        source_sha256=source_sha256,
        seed=seed,
        decoder=decoder,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


@cache
def revision() -> str:
    """The commit of the checkout that runs, "+" where it was changed; "" where there is none."""
    folder = Path(__file__).parents[3]
    if not (folder / ".git").exists():
        return ""
    try:
        commit, changed = (
            subprocess.run(
                ["git", *words], cwd=folder, capture_output=True, text=True, timeout=10, check=True
            ).stdout.strip()
            for words in (["rev-parse", "--short=12", "HEAD"], ["status", "--porcelain", "src"])
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return commit + ("+" if changed else "")


def tool_versions() -> dict[str, str]:
    """The versions of the libraries that can change a number.

    "unknown" where a library is there without pip's record of it (OpenCV of conda).
    """
    return {name: _version(name) for name in TOOLS}


def environment() -> dict[str, Any]:
    """What a benchmark must say about where it ran: versions, processor, time."""
    return {
        "package": f"mimetic {__version__}",
        "revision": revision(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "processor": _processor(),
        "tools": tool_versions(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def to_plain(value: Any) -> Any:
    """The value in types that JSON knows; what is not finite becomes None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_plain({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [to_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return to_plain(value.value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
