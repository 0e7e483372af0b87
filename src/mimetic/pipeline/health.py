"""What this installation can and cannot do."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata

from mimetic import __version__
from mimetic.io.provenance import TOOLS
from mimetic.track import models

# Module to import, what it is for, the extra that brings it.
OPTIONAL = (
    ("h5py", "export to HDF5", "export"),
    ("pynwb", "export to NWB", "export"),
    ("sklearn", "rivals in mimetic bench", "bench"),
)
ROOM_GIB = 2.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that works or not, and the line that mends it."""

    what: str
    works: bool
    found: str
    mend: str
    needed: bool = True


def examine() -> list[Check]:
    """Check the interpreter, the libraries, the networks, the disk and the extras."""
    checks = [
        Check(
            what="Python 3.11 or newer",
            works=sys.version_info >= (3, 11),
            found=sys.version.split()[0],
            mend="install a newer Python",
        ),
        *(_library(name) for name in TOOLS),
        _one_opencv(),
        *(_network(one) for one in models.status()),
        _room(),
        *(_extra(*row) for row in OPTIONAL),
    ]
    return [Check(what="mimetic", works=True, found=__version__, mend=""), *checks]


def _library(name: str) -> Check:
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        found = "missing"
    return Check(what=name, works=found != "missing", found=found, mend=f'pip install "{name}"')


def _one_opencv() -> Check:
    # Variants of OpenCV share one folder; the last one installed overwrites the others.
    listed = {str(found.metadata["Name"]).lower() for found in metadata.distributions()}
    variants = sorted(name for name in listed if name.startswith("opencv-"))
    others = [name for name in variants if name != "opencv-contrib-python-headless"]
    return Check(
        what="one OpenCV",
        works=not others,
        found=", ".join(variants) or "none",
        mend=f"pip uninstall {' '.join(others)}, then reinstall opencv-contrib-python-headless",
    )


def _network(one: models.NetworkStatus) -> Check:
    return Check(
        what=f"face network {one.name}",
        works=one.verified,
        found="missing" if one.path is None else str(one.path),
        mend="mimetic models --fetch",
    )


def _room() -> Check:
    folder = os.environ.get("TMPDIR") or tempfile.gettempdir()
    free_gib = shutil.disk_usage(".").free / 2**30
    return Check(
        what=f"{ROOM_GIB:g} GiB of free disk here",
        works=free_gib >= ROOM_GIB,
        found=f"{free_gib:.1f} GiB (temporary files: {folder})",
        mend="make room, or write results to another disk with -o",
    )


def _extra(module: str, purpose: str, extra: str) -> Check:
    here = importlib.util.find_spec(module) is not None
    return Check(
        what=purpose,
        works=here,
        found=module if here else f"{module} missing",
        mend=f'pip install "mimetic[{extra}]"',
        needed=False,
    )
