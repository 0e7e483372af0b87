"""Whether a folder may be taken for the results of a video, before anything is written there."""

from __future__ import annotations

from pathlib import Path

from mimetic.errors import OtherVideoError, StoreError
from mimetic.io.lock import NAME as LOCK
from mimetic.io.manifest import NAME as MANIFEST
from mimetic.io.manifest import Source

# What a folder may hold before its first manifest, and what systems drop anywhere.
_HARMLESS = (LOCK, MANIFEST + ".part", ".DS_Store", "Thumbs.db", "desktop.ini")


def check_ours(folder: Path) -> None:
    """Refuse a file, and a folder that holds something else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StoreError(f"{folder}: expected a folder for the results, got a file")
    names = [path.name for path in folder.iterdir()]
    strange = sorted(name for name in names if name not in _HARMLESS)
    if strange and MANIFEST not in names:
        raise StoreError(
            f"{folder}: expected an empty folder or a result folder of mimetic, found "
            f"{', '.join(strange[:3])}{' ...' if len(strange) > 3 else ''} and no {MANIFEST}; "
            "choose another folder"
        )


def check_source(folder: Path, stored: Source, given: Source) -> None:
    """Refuse the results of another video, whatever its name."""
    if stored.sha256 != given.sha256:
        raise OtherVideoError(
            f"{folder}: holds the results of {stored.path} (SHA-256 {stored.sha256[:12]}), "
            f"not of {given.path} ({given.sha256[:12]}); choose another folder"
        )
