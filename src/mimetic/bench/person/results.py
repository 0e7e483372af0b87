"""Reading the stored cells: means over people and seeds with intervals, paired differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimetic.bench.person.real import people_interval
from mimetic.types import Float64

DRAWS = 2000


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


class Results:
    """The cells of one file by the parts of their names."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.settings: Mapping[str, Any] = table["settings"]
        self._cells = {tuple(name.split(" / ")): cell for name, cell in table["cells"].items()}

    def cell(self, *parts: str) -> Any:
        """A stored cell, None where it was not run."""
        return self._cells.get(parts)

    def named(self) -> Iterator[tuple[tuple[str, ...], Any]]:
        """All cells with the parts of their names, in the order in which they were run."""
        yield from self._cells.items()

    def under(self, *parts: str) -> dict[str, Any]:
        """Cells whose names begin with ``parts`` and have one more part, by that."""
        size = len(parts)
        return {
            name[-1]: cell
            for name, cell in self._cells.items()
            if name[:size] == parts and len(name) == size + 1
        }

    def codes(self, kind: str) -> list[str]:
        """The codes of which there are cells of a kind, in the order in which they were run."""
        return list(dict.fromkeys(name[1] for name in self._cells if name[0] == kind))


def by_person(results: Results, *parts: str) -> list[list[Any]]:
    """Cells that are named by person and seed, a list of seeds for each person."""
    people: dict[str, list[Any]] = {}
    size = len(parts)
    for name, cell in results.named():
        if name[:size] == parts and len(name) == size + 2:
            people.setdefault(name[size], []).append(cell)
    return list(people.values())


def over_people(values: Sequence[Sequence[float]]) -> Estimate | None:
    """Mean over people, each with values by recording or seed; both are drawn anew.

    None without values.
    """
    known = [np.asarray(each, np.float64) for each in values if len(each)]
    if not known:
        return None
    rng, people = np.random.default_rng(len(known)), len(known)
    means = np.stack(
        [rng.choice(each, (DRAWS, people, each.size)).mean(2) for each in known], axis=2
    )
    chosen = rng.integers(people, size=(DRAWS, people, 1))
    drawn = np.take_along_axis(means, chosen, 2).mean((1, 2))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(float(np.mean([each.mean() for each in known])), float(low), float(high))


def over_differences(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]
) -> Estimate | None:
    """The same of paired differences."""
    pairs = zip(first, second, strict=True)
    return over_people([list(np.subtract(one, other)) for one, other in pairs])


def over_clips(cells: Sequence[Mapping[str, Any]]) -> Estimate | None:
    """Mean R2 over real people, drawn anew with their blocks of time; None without cells."""
    if not cells:
        return None
    return _clips([cell["r2_mean"] for cell in cells], np.array([cell["draws"] for cell in cells]))


def over_clip_differences(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> Estimate | None:
    """By how much one code decodes better on the same blocks of the same people."""
    shared = [name for name in first if name in second]
    if not shared:
        return None
    means = [first[name]["r2_mean"] - second[name]["r2_mean"] for name in shared]
    draws = [np.subtract(first[name]["draws"], second[name]["draws"]) for name in shared]
    return _clips(means, np.array(draws))


def _clips(means: Sequence[float], draws: Float64) -> Estimate:
    low, high = people_interval(draws, rng=np.random.default_rng(len(means)))
    return Estimate(float(np.mean(means)), low, high)


def with_interval(cell: Mapping[str, Any]) -> Estimate:
    """The mean R2 of one recording, with its interval over blocks of time."""
    return Estimate(cell["r2_mean"], cell["low"], cell["high"])


def mean_of(cells: Sequence[Mapping[str, Any]], *path: str) -> float | None:
    """The mean of a value found under ``path`` in cells, those that lack it left out."""
    values = []
    for cell in cells:
        value: Any = cell
        for key in path:
            value = None if value is None else value.get(key)
        if value is not None:
            values.append(float(np.mean(value)))
    return float(np.mean(values)) if values else None
