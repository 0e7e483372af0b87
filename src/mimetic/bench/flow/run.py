"""FaceFlowBench from the first pair to the file of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimetic.bench.cells import Cells
from mimetic.bench.flow import cost, exact, wild
from mimetic.bench.flow.rivals import THREE, Rival, find_rivals, three_framed
from mimetic.bench.flow.settings import QUICK, REFERENCE, SETTINGS
from mimetic.bench.flow.sheet import error_sheet
from mimetic.bench.flow.solid import solid_regimes
from mimetic.bench.flow.trial import fill, run_regime
from mimetic.errors import ArgumentError
from mimetic.flow.classical import one_thread
from mimetic.flow.records import FaceSequence, is_held_out
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.provenance import revision
from mimetic.pipeline.faces import read_faces, virtual_faces

Tell = Callable[[str], None]
THREE_FRAMED = (REFERENCE, "closed-form", "refine")
WILD, COST = "S3", "cost"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a user asks of the bench.

    ``data`` is a folder of clips and pictures, of which only held-out people are used but
    for those in ``without``; without it, and with ``quick``, virtual people are used.
    ``facekit`` is the file of the 3-D face, ``models`` a folder of trained models, ``methods``
    the names of those that take part (none: all), ``again`` those that are measured anew.
    ``cache`` keeps the faces that were read. ``picture`` is a page (HTML) that shows what the
    methods see.
    """

    data: Path | None = None
    facekit: Path | None = None
    models: Path | None = None
    methods: Sequence[str] = ()
    again: Sequence[str] = ()
    without: Sequence[str] = ()
    cache: Path | None = None
    picture: Path | None = None
    quick: bool = False


def bench_flow(out: Path, asked: Asked, *, tell: Tell = lambda message: None) -> dict[str, Any]:
    """Fill the table of every suite, regime and method; a second call goes on where one stopped.

    The file ``out`` is written after every cell. All methods of a regime run on the same
    pairs in turn. ``tell`` hears which regime is measured and which files were left out.
    """
    if asked.quick and (asked.data or asked.facekit):
        raise ArgumentError("quick: expected no data and no facekit, it takes virtual faces alone")
    rivals = find_rivals(asked.methods, asked.models)
    settings = SETTINGS | (QUICK if asked.quick else {})
    faces = exact.one_each(_faces(asked, settings, tell))
    head = {
        **settings,
        "quick": asked.quick,
        "real": asked.data is not None,
        "persons": list(faces),
    }
    if asked.quick:
        head["revision"] = revision()  # a minute is not worth numbers of other code
    cells = Cells(out, "flow", head)
    version = {rival.name: rival.version for rival in rivals}
    cells.forget(lambda name: is_stale(name, version, asked.again))
    # Threads that wait for each other burn CPU time that no method has used.
    with one_thread():
        if asked.picture:
            _write_sheet(asked.picture, error_sheet(exact.standard(faces, settings), rivals))
        _exact_suites(cells, faces, rivals, settings=settings, tell=tell)
        for regime in solid_regimes(asked.facekit, settings):
            tell(regime.name)
            run_regime(cells, regime, rivals)
        tell(WILD)
        fill(cells, WILD, rivals, lambda running: wild.measure_clips(faces, running, settings))
        tell(COST)
        fill(cells, COST, rivals, cost.measure_cost)
    return cells.content()


def _exact_suites(
    cells: Cells,
    faces: dict[str, FaceSequence],
    rivals: list[Rival],
    *,
    settings: dict[str, Any],
    tell: Tell,
) -> None:
    for regime in [*exact.standard(faces, settings), *exact.robust_set(faces, settings)]:
        tell(regime.name)
        run_regime(cells, regime, rivals)
    some = [rival for rival in rivals if rival.name in THREE_FRAMED]
    for regime in exact.triplets(faces, settings):
        tell(regime.name)
        run_regime(cells, regime, [*some, *three_framed(some, THREE_FRAMED)])


def _write_sheet(path: Path, page: str) -> None:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, page.encode())


def _faces(asked: Asked, settings: dict[str, Any], tell: Tell) -> list[FaceSequence]:
    """The held-out people of the data, or virtual ones."""
    if asked.data is None:
        return virtual_faces(settings["virtual_people"], seed=settings["seed"])
    every = read_faces(asked.data, cache=asked.cache, tell=tell)
    kept = [one for one in every if is_held_out(one.identity) and one.identity not in asked.without]
    if not kept:
        raise ArgumentError(
            f"{asked.data}: expected people who are held out, found {len(every)} who may be learnt "
            "from; which they are depends on their names in MANIFEST.csv alone"
        )
    return kept


def is_stale(cell: str, version: Mapping[str, str], again: Sequence[str]) -> bool:
    """Whether a stored cell is of a method that is measured anew or has other weights now."""
    told, _, weights = cell.split(" / ")[1].partition(" @ ")
    method = told.removesuffix(THREE)
    return method in again or weights != version.get(method, weights)
