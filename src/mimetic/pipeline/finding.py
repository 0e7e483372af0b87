"""Every time that a face does this: in a stored repertoire, by name, number or example."""

from __future__ import annotations

import re
from pathlib import Path

from mimetic.errors import ArgumentError
from mimetic.io.tables import Columns
from mimetic.person.keep import TABLE, load_repertoire
from mimetic.person.repertoire import Movement, Repertoire
from mimetic.person.retrieve import Hit
from mimetic.pipeline.discovering import repertoire_folder

STRETCH = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


def open_repertoire(folder: Path) -> Repertoire:
    """The repertoire in a folder, or that beside a model; ModelError where there is none."""
    beside = repertoire_folder(folder)
    meant = folder if (folder / TABLE).is_file() or not beside.is_dir() else beside
    return load_repertoire(meant)


def find_like(
    repertoire: Repertoire, like: str, *, recording: str | None = None, least: float = 0.5
) -> list[Hit]:
    """Every time that the face does what ``like`` says, the most alike first.

    ``like`` is the number of a movement as on the page (from 1), its name or a part of it
    that no other has, or a stretch of ``recording`` in seconds ("12.0-12.8"); the recording
    may be left out where there is one. ArgumentError for what is not there.
    """
    if not 0 <= least <= 1:
        raise ArgumentError(f"--least: expected 0 to 1, got {least}")
    stretch = STRETCH.fullmatch(like)
    if stretch is None:
        return repertoire.find(movement_like(repertoire, like), least=least)
    start_s, end_s = (float(one) for one in stretch.groups())
    return repertoire.find((_recording(repertoire, recording), start_s, end_s), least=least)


def movement_like(repertoire: Repertoire, like: str) -> Movement:
    """The movement of a number from 1, a name, or a part of one; ArgumentError for none or two."""
    named = [one for one in repertoire.movements if like in (str(one.number + 1), one.name)]
    found = named or [one for one in repertoire.movements if like.lower() in one.name]
    if len(found) != 1:
        known = "\n".join(f"{one.number + 1} {one.name}" for one in found or repertoire.movements)
        raise ArgumentError(
            f"like: expected seconds as 12.0-12.8, or the number or name of one of\n{known}\n"
            f"got {like!r}"
        )
    return found[0]


def hit_columns(hits: list[Hit]) -> Columns:
    """Hits as a table."""
    names = ("recording", "start_s", "end_s", "alike")
    return {name: [getattr(hit, name) for hit in hits] for name in names}


def _recording(repertoire: Repertoire, wished: str | None) -> str:
    known = repertoire.recordings
    if wished is None and len(known) == 1:
        return known[0]
    if wished not in known:
        raise ArgumentError(
            f"--recording: expected one of {', '.join(known)}, got {wished or 'none'}"
        )
    return wished
