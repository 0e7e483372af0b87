"""The methods that take part: those of the package and the trained ones of a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mimetic.bench.flow.settings import REFERENCE, SLOW
from mimetic.errors import ArgumentError
from mimetic.flow.methods import METHODS, Method, trained_method, trained_methods
from mimetic.flow.predict import FlowEstimator
from mimetic.flow.records import Estimate, FlowPair

THREE = ", three frames"


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A method under the name of its row; ``version`` changes when its weights do."""

    name: str
    estimate: Callable[[FlowPair], Estimate]
    version: str = ""
    source: str = ""  # what FlowEstimator.load takes
    weights: Path | None = None

    def takes_part(self, regime: str) -> bool:
        """Whether the method is run in a regime: the slow ones skip most of them."""
        return self.name not in SLOW or regime in SLOW[self.name]


def find_rivals(methods: Sequence[str] = (), models: Path | None = None) -> list[Rival]:
    """The methods of the package (all, unless named) and every model folder below ``models``.

    The reference always takes part. ArgumentError for a name that is none, for a folder
    without a model and for a model that has the name of a method.
    """
    unknown = [name for name in methods if name not in METHODS]
    if unknown:
        raise ArgumentError(
            f"methods: expected some of {', '.join(METHODS)}, got {', '.join(unknown)}"
        )
    wanted = {*methods, REFERENCE} if methods else set(METHODS)
    here = {name: one for name, one in METHODS.items() if one.here and _weighed(one)}
    chosen = [one for name, one in here.items() if name in wanted]
    return [_rival(one) for one in chosen] + [_trained(path) for path in model_folders(models)]


def model_folders(models: Path | None) -> list[Path]:
    """The trained models right below a folder, by name."""
    if models is None:
        return []
    found = [one.weights.parent for one in trained_methods(models) if one.weights]
    if not found:
        raise ArgumentError(f"{models}: expected folders of mimetic flow train, found none")
    if clash := {path.name for path in found} & set(METHODS):
        raise ArgumentError(
            f"{models}: expected names that no method has, got {', '.join(sorted(clash))}"
        )
    return found


def three_framed(rivals: Sequence[Rival], names: Sequence[str]) -> list[Rival]:
    """The named methods with the picture before the pair as a third."""
    return [_three(METHODS[rival.name], rival) for rival in rivals if rival.name in names]


def _weighed(method: Method) -> bool:
    return method.weights is None or method.weights.is_file()


def _rival(method: Method) -> Rival:
    estimator = FlowEstimator(method.name, method.make())
    return Rival(
        name=method.name,
        estimate=lambda pair: estimator.estimate(pair.first, pair.second),
        version=method.weights_hash[:8],
        source=method.name,
        weights=method.weights,
    )


def _trained(folder: Path) -> Rival:
    # The row is called by the folder alone; the hash in the method's name is the version here.
    return replace(_rival(trained_method(folder)), name=folder.name, source=str(folder))


def _three(method: Method, rival: Rival) -> Rival:
    estimator = FlowEstimator(method.name, method.make())

    def estimate(pair: FlowPair) -> Estimate:
        if pair.before is None:
            raise ArgumentError("pair: expected the picture before it, got none")
        return estimator.triple(pair.before, pair.first, pair.second)

    return Rival(name=rival.name + THREE, estimate=estimate, version=rival.version)
