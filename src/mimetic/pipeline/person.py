"""Models of one person on stored results: recordings in, a model, codes and tables out.

``Recordings`` is what all kinds of models are fitted on: the stabilised faces of several
result folders, one stretch in memory at a time, to be walked any often.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mimetic.errors import ArgumentError, MimeticError
from mimetic.io.result import Result, open_result
from mimetic.types import FaceClip

PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class LeftOut:
    """A result folder that is not used, and why."""

    result: str
    error: str
    exit_code: int


@dataclass(frozen=True, eq=False)
class Recordings:
    """The stored clips of one person; every walk starts anew.

    The number that a person has in a video means nothing in another one: all clips come
    as those of person 1.
    """

    results: tuple[Result, ...]
    left_out: tuple[LeftOut, ...] = ()

    def __iter__(self) -> Iterator[FaceClip]:
        for result in self.results:
            for clip in result.stretches():
                yield replace(clip, person=1)

    def __len__(self) -> int:
        return sum(len(result.stretches()) for result in self.results)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each recording is called: its folder, with parents where two would be the same."""
        return distinct_names([result.path for result in self.results])


def open_recordings(folders: Sequence[str | Path]) -> Recordings:
    """The recordings in result folders; ``results/anna-*`` stands for all that fit.

    A folder that holds no stabilised face is left out and told in ``left_out``. Raises the
    error of the first where none is left, and ArgumentError for a folder given twice or
    crops of different sizes, which no model can join.
    """
    paths = _expanded(folders)
    results, left_out, sizes = [], [], {}
    errors: list[MimeticError] = []
    for path in paths:
        try:
            result = open_result(path)
            sizes[str(path)] = result.clip(0, 1).pixels.shape[1]
        except MimeticError as error:
            left_out.append(LeftOut(str(path), str(error), error.exit_code))
            errors.append(error)
            continue
        results.append(result)
    if not results:
        raise errors[0]
    if len(set(sizes.values())) > 1:
        told = "\n".join(f"{name}: {size} px" for name, size in sizes.items())
        raise ArgumentError(
            f"expected crops of one size in all results, got\n{told}\nanalyze them again with one "
            "size (crop.size_px in --config)"
        )
    return Recordings(tuple(results), tuple(left_out))


def distinct_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """The shortest ends of paths that tell them apart, their parts joined by a hyphen."""
    absolute = [path.absolute().parts for path in paths]
    for length in range(1, max(map(len, absolute), default=1) + 1):
        names = ["-".join(parts[-length:]).lstrip("/") for parts in absolute]
        if len(set(names)) == len(names):
            break
    return tuple(names)


def _expanded(folders: Sequence[str | Path]) -> list[Path]:
    """The folders meant, patterns that no shell has expanded among them."""
    paths: list[Path] = []
    for given in map(Path, folders):
        found = [given]
        if PATTERN.search(str(given)) and not given.exists():
            found = sorted(Path(given.anchor).glob(str(given.relative_to(given.anchor))))
            if not found:
                raise ArgumentError(f"{given}: no folder is called so")
        paths += found
    if not paths:
        raise ArgumentError("expected at least one result folder, got none")
    seen: dict[Path, Path] = {}
    for path in paths:
        other = seen.setdefault(path.resolve(), path)
        if other is not path:
            raise ArgumentError(f"{path}: given twice; a recording counts once")
    return paths
