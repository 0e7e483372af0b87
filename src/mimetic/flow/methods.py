"""Every method of dense flow by name: what it is, what it needs, where its weights come from.

A method is a function from two grey ``uint8`` pictures [H W] to an ``Estimate``. A folder
that ``mimetic flow train`` has written is a method too, under its path.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mimetic.errors import ArgumentError, MissingExtra, ModelError
from mimetic.flow import classical
from mimetic.flow.classical import DenseFlow
from mimetic.flow.records import Estimate
from mimetic.types import UInt8

Measure = Callable[[UInt8, UInt8], Estimate]
AUTO = "dis-vr-fast"
OWN, OPENCV = "Apache-2.0", "Apache-2.0 (OpenCV)"
CONFIG, WEIGHTS = "config.toml", "weights.npz"  # the two files that make a folder a trained method


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method: ``make`` gives a fresh function, which one thread may use at a time."""

    name: str
    words: str
    make: Callable[[], Measure]
    licence: str = OPENCV
    weights: Path | None = None
    needs: tuple[str, ...] = ()  # modules beyond those of the core

    @property
    def here(self) -> bool:
        """Whether everything that it needs is installed."""
        return all(importlib.util.find_spec(name) is not None for name in self.needs)

    @property
    def weights_hash(self) -> str:
        """SHA-256 of its weights, empty where it has none."""
        return "" if self.weights is None else file_hash(self.weights)


def _plain(make: Callable[[], DenseFlow]) -> Callable[[], Measure]:
    """A classical method as a ``Measure``: no word about its error."""

    def made() -> Measure:
        dense = make()
        return lambda first, second: Estimate(classical.planes(dense(first, second)))

    return made


METHODS: dict[str, Method] = {
    one.name: one
    for one in (
        Method(name="zero", words="no movement at all", make=_plain(classical.zero), licence=OWN),
        Method(
            name="farneback",
            words="polynomial expansion (Farneback 2003) at the paper's setting",
            make=_plain(classical.farneback),
        ),
        Method(
            name="tvl1", words="TV-L1 (Zach et al. 2007), defaults", make=_plain(classical.tvl1)
        ),
        Method(
            name="dis",
            words="dense inverse search (Kroeger et al. 2016), medium preset",
            make=_plain(classical.dis),
        ),
        Method(
            name="dis-vr",
            words="the same to the finest scale, refined twenty times",
            make=_plain(classical.dis_refined),
        ),
        Method(
            name="dis-vr-fast",
            words="the same at half scale, refined at full scale, in even light",
            make=_plain(classical.dis_refined_twice),
        ),
        Method(
            name="deepflow",
            words="DeepFlow (Weinzaepfel et al. 2013), defaults",
            make=_plain(classical.deepflow),
        ),
    )
}


def find_method(name: str) -> Method:
    """The method of a name ("auto" is the default one), or the trained one of a folder.

    ArgumentError where there is neither; ModelError where a folder holds no trained method.
    """
    chosen = AUTO if name == "auto" else name
    if chosen in METHODS:
        return METHODS[chosen]
    folder = Path(chosen)
    if not folder.is_dir():
        raise ArgumentError(
            f"name: expected auto or one of {', '.join(METHODS)}, or the folder of a trained "
            f"method, got {name!r}"
        )
    return trained_method(folder)


def trained_method(folder: Path) -> Method:
    """A folder of ``mimetic flow train`` as a method, called by its name and eight of its hash."""
    missing = [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"{folder}: expected the folder of a trained flow method, found no "
            f"{' and no '.join(missing)}; make one with mimetic flow train"
        )
    weights = folder / WEIGHTS

    def made() -> Measure:
        if importlib.util.find_spec("torch") is None:
            raise MissingExtra(
                f"{folder}: a trained network needs torch; install it with: "
                'pip install "mimetic[neural]"'
            )
        from mimetic.flow.networks.estimator import load_network

        return load_network(folder)

    return Method(
        name=f"{folder.resolve().name}-{file_hash(weights)[:8]}",
        words="trained network",
        make=made,
        licence="yours",
        weights=weights,
        needs=("torch",),
    )


def trained_methods(folder: Path) -> list[Method]:
    """The trained methods right below a folder, by name."""
    if not folder.is_dir():
        raise ArgumentError(f"{folder}: expected a folder of trained methods, found none")
    found = sorted(path.parent for path in folder.glob(f"*/{WEIGHTS}"))
    return [trained_method(path) for path in found if (path / CONFIG).is_file()]


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
