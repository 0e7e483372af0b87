"""From a list of people to a trait model: results are opened, videos measured, rows kept in order.

``read_people`` does everything that may fail before anything is learnt, so that a list
which cannot be learnt from is refused before hours of measuring.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mimetic.datasets.base import Recording
from mimetic.datasets.table import read_list
from mimetic.errors import ArgumentError, DatasetError, DiskError, MimeticError
from mimetic.io.manifest import NAME as MANIFEST
from mimetic.io.result import open_result
from mimetic.ops.regions import region_scheme
from mimetic.pipeline.analysis import analyze
from mimetic.pipeline.settings import AnalyzeConfig, Progress, silent
from mimetic.pipeline.traitlabels import FIRST, Column, labels_of, refuse_hopeless
from mimetic.relations.courses import read_courses
from mimetic.relations.dynamics import SOURCES, read_dynamics, source_of
from mimetic.relations.intake import listed
from mimetic.relations.model import TraitModel
from mimetic.types import LocalDynamics

Measure = Callable[[Path, Path], LocalDynamics]


@dataclass(frozen=True)
class LeftOut:
    """A row that is not learnt from, and why; ``exit_code`` 0 where it only lacks its label."""

    row: int
    path: str
    error: str
    exit_code: int


@dataclass(frozen=True, eq=False)
class People:
    """The clips of a list that are labelled and measured, all lists [n] in the order of the file.

    ``rows`` are those of the file, its header being row 1.
    """

    dynamics: tuple[LocalDynamics, ...]
    labels: tuple[str | float, ...]
    recordings: tuple[Recording, ...]
    rows: tuple[int, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def subjects(self) -> list[str]:
        """Who is shown [n]."""
        return [one.subject for one in self.recordings]

    @property
    def families(self) -> list[str | None]:
        """Whose relatives they are [n], None where they have none in the list."""
        return [one.family for one in self.recordings]


def measure_with(
    config: AnalyzeConfig, progress: Progress = silent, *, features: str = "flow"
) -> Measure:
    """How a source becomes dynamics: a result folder is opened, anything else analysed into one.

    ``features`` are those of ``relations.dynamics``: flow, landmarks or both. Raises
    ArgumentError for others.
    """
    if features not in SOURCES:
        raise ArgumentError(f"--features: expected one of {', '.join(SOURCES)}, got {features!r}")
    regions = config.regions if features == "landmarks" else None

    def measure(source: Path, out: Path) -> LocalDynamics:
        if (source / MANIFEST).is_file():
            found = open_result(source)
        else:
            found = analyze(source, out=out, config=config, progress=progress)
        return read_dynamics(found, features=features, regions=regions)

    return measure


def read_people(
    path: str | Path,
    trait: str,
    *,
    label: str | None = None,
    results: str | Path | None = None,
    measure: Measure | None = None,
) -> People:
    """The people of a CSV file (path, subject, family, labels) with a column called ``trait``.

    Videos are measured into folders below ``results`` (beside the file where not
    given); what is there already is used. A row that cannot be measured, or has no
    label, is left out and told. Raises DatasetError where the file or the column cannot be
    learnt from, ArgumentError where clips were measured by other regions or features.
    """
    path = Path(path)
    recordings = read_list(path)
    column = labels_of(path, recordings, trait, label)
    refuse_hopeless(path, recordings, column, label=label)
    return _measured(path, recordings, column, results=results, measure=measure)


def read_groups(
    path: str | Path,
    name: str,
    *,
    results: str | Path | None = None,
    measure: Measure | None = None,
) -> People:
    """The people of a CSV file with their group, as words, in the column called ``name``."""
    path = Path(path)
    recordings = read_list(path)
    column = labels_of(path, recordings, name, label="")
    return _measured(path, recordings, column, results=results, measure=measure)


def _measured(
    path: Path,
    recordings: Sequence[Recording],
    column: Column,
    *,
    results: str | Path | None,
    measure: Measure | None,
) -> People:
    folders = result_folders(recordings, Path(results or path.parent / "results"))
    measure = measure or measure_with(AnalyzeConfig())
    found: dict[int, tuple[Recording, str | float, LocalDynamics]] = {}
    left_out = []
    for row, (one, label) in enumerate(zip(recordings, column.labels, strict=True), FIRST):
        if label is None:
            left_out.append(LeftOut(row, one.id, f"{column.name}: missing", 0))
            continue
        try:
            found[row] = one, label, _seen(one, measure(one.source, folders[row - FIRST]))
        except DiskError:  # the next row would find the disk as full
            raise
        except MimeticError as error:
            left_out.append(LeftOut(row, one.id, str(error), error.exit_code))
    if not found:
        why = "\n".join(f"row {one.row}: {one.error}" for one in left_out[:10])
        raise DatasetError(f"{path}: none of the {len(recordings)} rows can be used\n{why}")
    kept, labels, dynamics = zip(*found.values(), strict=True)
    people = People(dynamics, labels, kept, tuple(found), tuple(left_out))
    _check_alike(path, people)
    return people


def measure_for(
    model: TraitModel, config: AnalyzeConfig | None, progress: Progress = silent
) -> Measure:
    """How a source becomes dynamics such as the model was learnt from.

    Without settings of the user's own the regions are those of the model.
    """
    regions = {region_scheme(name).regions: name for name in ("9", "13")}
    chosen = config or AnalyzeConfig(regions=regions.get(model.facts.regions, "13"))
    return measure_with(chosen, progress, features=source_of(model.facts.features))


def result_folders(recordings: Sequence[Recording], results: Path) -> list[Path]:
    """A folder for each recording: its path below ``results``, without the ending if nobody shares.

    ``id`` is the path as listed.
    """
    bare = [_below(one.id) for one in recordings]
    stems = [one.with_suffix("") for one in bare]
    return [
        results / (stem if stems.count(stem) == 1 else one.with_name(one.name.replace(".", "-")))
        for one, stem in zip(bare, stems, strict=True)
    ]


def _below(text: str) -> Path:
    """A listed path as one that stays inside the folder of results."""
    parts = [part for part in Path(text).parts if part not in ("..", Path(text).anchor)]
    return Path(*parts) if parts else Path("recording")


def _seen(one: Recording, dynamics: LocalDynamics) -> LocalDynamics:
    """The dynamics with the name of the person; DatasetError where too little is seen."""
    if read_courses(dynamics) is None:
        raise DatasetError("expected a clip with valid frames, got fewer than eight steps of time")
    return dataclasses.replace(dynamics, subject=one.subject)


def _check_alike(path: Path, people: People) -> None:
    for name in ("regions", "features"):
        wanted = getattr(people.dynamics[0], name)
        others = [
            row
            for row, one in zip(people.rows, people.dynamics, strict=True)
            if getattr(one, name) != wanted
        ]
        if others:
            raise ArgumentError(
                f"{path}: rows {listed(others)}: other {name} than in row {people.rows[0]} "
                f"({', '.join(wanted)}); measure all alike (regions in --config)"
            )
