"""The bench of relations from the first population to the file of cells."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimetic.bench.cells import NOT_RUN, Cells
from mimetic.bench.relations.choosing import choose_trial
from mimetic.bench.relations.film import film_trial
from mimetic.bench.relations.scenes import RENDERED, SCENES, SEARCH, UNRENDERED, Scene, jobs, scenes
from mimetic.bench.relations.stage import Stage
from mimetic.bench.relations.trial import run_trial
from mimetic.errors import ArgumentError
from mimetic.flow.classical import one_thread
from mimetic.io.provenance import revision
from mimetic.relations.registry import KINDS

Tell = Callable[[str], None]
VERSION = 1  # of what a cell holds


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a user asks of the bench.

    ``kinds`` and ``scenes`` take part (none: all); ``again`` are kinds that are measured anew.
    Films of the rendered scene are kept in ``cache``; without it that scene is left out.
    """

    kinds: Sequence[str] = ()
    scenes: Sequence[str] = ()
    again: Sequence[str] = ()
    cache: Path | None = None
    quick: bool = False

    def __post_init__(self) -> None:
        places = [*scenes(quick=self.quick), RENDERED, UNRENDERED, SEARCH]
        faults = [
            f"{what}: expected some of {', '.join(known)}; got {name!r}"
            for what, known, names in (
                ("kinds", list(KINDS), (*self.kinds, *self.again)),
                ("scenes", places, self.scenes),
            )
            for name in names
            if name not in known
        ]
        if faults:
            raise ArgumentError("\n".join(faults))

    def wants(self, scene: str, kind: str) -> bool:
        """Whether a cell is to be filled."""
        if scene == RENDERED and self.cache is None:
            return False
        known = kind in KINDS and kind in (self.kinds or (kind,))
        return known and scene in (self.scenes or (scene,))


def bench_relations(
    out: Path, asked: Asked, *, tell: Tell = lambda message: None
) -> dict[str, Any]:
    """Fill the table of every scene, kind and seed; a second call goes on where one stopped.

    The file ``out`` is written after every cell. ``tell`` hears what is measured.
    """
    known = scenes(quick=asked.quick)
    head: dict[str, Any] = {"version": VERSION, "quick": asked.quick}
    if asked.quick:
        head["revision"] = revision()  # a minute is not worth numbers of other code
    cells = Cells(out, "relations", head)
    _forget(cells, known, asked)
    with one_thread():
        for scene, seed, kinds in jobs(quick=asked.quick):
            names = {kind: f"{scene} / {kind} / {seed}" for kind in kinds
                     if asked.wants(scene, kind)}  # fmt: skip
            missing = {k: name for k, name in names.items() if cells.get(name) == NOT_RUN}
            if missing and scene in known:
                _fill(cells, Stage(known[scene], seed), missing, tell)
            elif missing:
                _fill_other(cells, (scene, seed), missing, asked=asked, tell=tell)
    return cells.content()


def _fill(cells: Cells, stage: Stage, missing: dict[str, str], tell: Tell) -> None:
    for kind, name in missing.items():
        tell(name)
        made = {"scene": stage.scene.plain()}
        cells.run(name, lambda kind=kind, made=made: made | run_trial(stage, kind))  # type: ignore[misc]


def _fill_other(
    cells: Cells, place: tuple[str, int], missing: dict[str, str], *, asked: Asked, tell: Tell
) -> None:
    """Films, and the search that settings came from."""
    scene, seed = place
    cache = asked.cache if scene == RENDERED else None

    def made(kind: str) -> dict[str, Any]:
        if scene == SEARCH:
            return choose_trial(Stage(SCENES["inside"], seed), kind)
        return film_trial(kind, seed, cache=cache, tell=tell)

    for kind, name in missing.items():
        tell(name)
        cells.run(name, lambda kind=kind: made(kind))  # type: ignore[misc]


def _forget(cells: Cells, known: dict[str, Scene], asked: Asked) -> None:
    """Drop cells of kinds that are measured anew, and of scenes that have changed."""

    def stale(name: str) -> bool:
        scene, kind, _ = name.split(" / ")
        if kind in asked.again and asked.wants(scene, kind):
            return True
        if scene not in known:
            return scene not in (RENDERED, UNRENDERED, SEARCH)
        return bool(cells.get(name)["scene"] != _stored(known[scene]))

    cells.forget(stale)


def _stored(scene: Scene) -> dict[str, Any]:
    """A scene as it reads after being stored."""
    from mimetic.io.provenance import to_plain

    plain: dict[str, Any] = to_plain(dataclasses.asdict(scene))
    return plain
