"""Every method of dense flow by name: what it is, what it needs, where its weights come from.

A method is a function from two grey ``uint8`` pictures [H W] to an ``Estimate``. A folder
that ``mimetic flow train`` has written is a method too, under its path.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mimetic.errors import ArgumentError, MissingExtra
from mimetic.flow import classical
from mimetic.flow.classical import DenseFlow
from mimetic.flow.records import Estimate
from mimetic.flow.store import about_network
from mimetic.types import UInt8

Measure = Callable[[UInt8, UInt8], Estimate]
AUTO = "closed-form"
OWN, OPENCV = "Apache-2.0", "Apache-2.0 (OpenCV)"
ABOUT, WEIGHTS = "provenance.json", "weights.npz"  # two files that make a folder a method
REFINER = "refiner"
SHIPPED = Path(__file__).parent / "weights" / "refiner"


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
        """SHA-256 of the values of its weights, empty where it has none."""
        if self.weights is None:
            return ""
        return str(about_network(self.weights.parent).get("weights_sha256", ""))


def _plain(make: Callable[[], DenseFlow]) -> Callable[[], Measure]:
    """A classical method as a ``Measure``: no word about its error."""

    def made() -> Measure:
        dense = make()
        return lambda first, second: Estimate(classical.planes(dense(first, second)))

    return made


def _closed_form() -> Measure:
    from mimetic.flow.solver import ClosedForm

    return ClosedForm()


def _refined(folder: Path, *, times: int = 1) -> Measure:
    from mimetic.flow.refine import load_refined

    return load_refined(folder, times=times)


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
            words="dis to the finest scale, refined twenty times",
            make=_plain(classical.dis_refined),
        ),
        Method(
            name="dis-vr-fast",
            words="dis at half scale, refined at full scale, in even light",
            make=_plain(classical.dis_refined_twice),
        ),
        Method(
            name="deepflow",
            words="DeepFlow (Weinzaepfel et al. 2013), defaults",
            make=_plain(classical.deepflow),
        ),
        Method(
            name="closed-form",
            words="pooled structure tensors, solved for the whole face at once",
            make=_closed_form,
            licence=OWN,
        ),
        Method(
            name="refine",
            words="closed-form, then a small network without torch",
            make=lambda: _refined(SHIPPED),
            licence=OWN,
            weights=SHIPPED / WEIGHTS,
        ),
        Method(
            name="refine-twice",
            words="refine with the network applied twice",
            make=lambda: _refined(SHIPPED, times=2),
            licence=OWN,
            weights=SHIPPED / WEIGHTS,
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
    """A folder of ``mimetic flow train`` as a method, called by its name and eight of its hash.

    ModelError where the folder holds none, or one of another version.
    """
    about = about_network(folder)
    kind = str(about.get("network"))
    own = kind == REFINER
    return Method(
        name=f"{folder.resolve().name}-{str(about.get('weights_sha256'))[:8]}",
        words="a start, refined by weights of yours" if own else f"trained network ({kind})",
        make=(lambda: _refined(folder)) if own else (lambda: _network(folder)),
        licence="yours",
        weights=folder / WEIGHTS,
        needs=() if own else ("torch",),
    )


def trained_methods(folder: Path) -> list[Method]:
    """The trained methods right below a folder, by name."""
    if not folder.is_dir():
        raise ArgumentError(f"{folder}: expected a folder of trained methods, found none")
    found = sorted(path.parent for path in folder.glob(f"*/{WEIGHTS}"))
    return [trained_method(path) for path in found if (path / ABOUT).is_file()]


def _network(folder: Path) -> Measure:
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra(
            f"{folder}: a trained network needs torch; install it with: "
            'pip install "mimetic[neural]"'
        )
    from mimetic.flow.networks.estimator import load_network

    return load_network(folder)
