"""The bench of micro-expressions from the first film to the file of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mimetic.bench.cells import NOT_RUN, Cells
from mimetic.bench.micro import byflow
from mimetic.bench.micro.films import Films
from mimetic.bench.micro.magnification import measure_magnification
from mimetic.bench.micro.real import clips_in, real_cell
from mimetic.bench.micro.recognition import METHODS, Population, maps_cell, recognise_cell
from mimetic.bench.micro.scenes import SLOW, Scene, scenes
from mimetic.bench.micro.spotting import spot_cell
from mimetic.datasets.virtual_maps import MapPopulation
from mimetic.datasets.virtual_micro import MicroSettings
from mimetic.errors import ArgumentError
from mimetic.flow.classical import one_thread
from mimetic.flow.predict import AUTO, FlowEstimator
from mimetic.io.provenance import revision, to_plain

Tell = Callable[[str], None]
Job = tuple[str, Callable[[], Any]]
VERSION = 2  # of what a cell holds
PARTS = ("maps", "spotting", "flows", "recognition", "magnification", "real")
FLOW_RECORDINGS = 6  # of the slow scene, for every method of flow


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for: which parts (none: all), and how many recordings of a scene at most.

    ``films`` is a folder in which films are kept, so that they are made once; ``results`` holds
    result folders of real people, without which the part "real" is empty.
    """

    parts: Sequence[str] = ()
    most: int | None = None
    quick: bool = False
    films: Path | None = None
    results: Path | None = None

    def __post_init__(self) -> None:
        strange = [name for name in self.parts if name not in PARTS]
        if strange:
            raise ArgumentError(f"--part: expected some of {', '.join(PARTS)}, got {strange[0]!r}")

    def wants(self, name: str) -> bool:
        """Whether a part takes part."""
        return not self.parts or name in self.parts


def bench_micro(out: Path, asked: Asked, *, tell: Tell = lambda message: None) -> dict[str, Any]:
    """Fill the table cell by cell; a second call goes on where one stopped."""
    head: dict[str, Any] = {"version": VERSION, "quick": asked.quick}
    if asked.quick:
        head["revision"] = revision()  # a minute is not worth numbers of other code
    cells = Cells(out, "micro", head)
    _forget(cells, asked)
    with one_thread():
        for name, compute in jobs(asked):
            if cells.get(name) == NOT_RUN:
                tell(name)
            cells.run(name, compute)
    return cells.content()


def jobs(asked: Asked) -> Iterator[Job]:
    """Every cell that is asked for, the first recordings of all scenes first."""
    if asked.wants("maps"):
        crowd = MapPopulation(people=8, counts=(20, 12, 12)) if asked.quick else MapPopulation()
        yield "maps / virtual / 0", lambda: maps_cell(crowd)
    if asked.wants("magnification"):
        yield "magnification / virtual / 0", _magnified
    if asked.wants("recognition"):
        yield from _recognition(asked)
    if asked.wants("real"):
        for folder in clips_in(asked.results):
            yield f"real / {folder.name} / 0", partial(real_cell, folder)
    if asked.wants("spotting"):
        yield from _spotting(asked)
    if asked.wants("flows"):
        yield from _by_flow(asked)


def _forget(cells: Cells, asked: Asked) -> None:
    """Drop cells of films that have changed."""
    known = {name: scene.plain() for name, scene in scenes(quick=asked.quick).items()}

    def stale(name: str) -> bool:
        part, about, _ = name.split(" / ")
        if part == "flows":
            return bool(cells.get(name).get("scene") != to_plain(known.get(SLOW)))
        if part == "spotting":
            return bool(cells.get(name).get("scene") != to_plain(known.get(about)))
        if part == "recognition":
            wanted = to_plain(_population(quick=asked.quick).plain())
            return bool(cells.get(name).get("population") != wanted)
        return False

    cells.forget(stale)


def _population(*, quick: bool) -> Population:
    if not quick:
        return Population()
    return Population(people=4, settings=MicroSettings(duration_s=5.0, amplitudes_px=(1.0,)))


def _recognition(asked: Asked) -> Iterator[Job]:
    population = _population(quick=asked.quick)
    for method in (AUTO,) if asked.quick else METHODS:
        yield f"recognition / {method} / 0", lambda m=method: recognise_cell(population, m)  # type: ignore[misc]


def _spotting(asked: Asked) -> Iterator[Job]:
    known = scenes(quick=asked.quick)
    for seed in range(max(scene.recordings for scene in known.values())):
        for name, scene in known.items():
            if seed < min(scene.recordings, asked.most or scene.recordings):
                yield (
                    f"spotting / {name} / {seed}",
                    partial(spot_cell, scene, seed, films=Films(folder=asked.films)),
                )


def _by_flow(asked: Asked) -> Iterator[Job]:
    scene = scenes(quick=asked.quick)[SLOW]
    most = min(scene.recordings, asked.most or FLOW_RECORDINGS, FLOW_RECORDINGS)
    for seed in range(most):
        for method in byflow.METHODS[:1] if asked.quick else byflow.METHODS:
            yield f"flows / {method} / {seed}", partial(_flow_cell, scene, seed, method, asked)


def _flow_cell(scene: Scene, seed: int, method: str, asked: Asked) -> dict[str, Any]:
    compare = byflow.by_flow(FlowEstimator.load(method))
    return spot_cell(scene, seed, films=Films(folder=asked.films), compare=compare)


def _magnified() -> dict[str, Any]:
    return measure_magnification({AUTO: FlowEstimator.load(AUTO)})
