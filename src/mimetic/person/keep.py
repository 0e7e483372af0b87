"""A repertoire as two files: a table that people and programs read, and its arrays."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.errors import ModelError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.person.occurrences import Occurrence
from mimetic.person.parts import Parts
from mimetic.person.repertoire import Movement, Repertoire
from mimetic.person.segments import Track

FORMAT = 1
TABLE, ARRAYS = "repertoire.json", "repertoire.npz"
PLAIN = ("number", "name", "part", "side", "regions", "strokes")
STABLE = ("found_by_seed", "found_in_halves")


def save_repertoire(repertoire: Repertoire, folder: str | Path) -> None:
    """Write both files into a folder; each appears under its name only when complete."""
    target = Path(folder)
    arrays: dict[str, Any] = {
        "maps": repertoire.parts.maps,
        "part": repertoire.parts.part,
        "moves_ed": repertoire.parts.moves_ed,
        "mesh_px": repertoire.parts.mesh_px,
        "rest": repertoire.rest,
    }
    for number, track in enumerate(repertoire.tracks):
        arrays |= {f"times_s_{number}": track.times_s, f"codes_{number}": track.codes}
        arrays[f"pose_deg_{number}"] = track.pose_deg
    for one in repertoire.movements:
        arrays |= {f"change_{one.number}": one.change, f"shape_{one.number}": one.shape}
        arrays[f"move_ed_{one.number}"] = one.move_ed
        if one.filter is not None:
            arrays[f"filter_{one.number}"] = one.filter
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)
    text = json.dumps(repertoire_table(repertoire), indent=2) + "\n"
    with disk_errors(target):
        target.mkdir(parents=True, exist_ok=True)
        replace_file(target / ARRAYS, buffer.getvalue())
        replace_file(target / TABLE, text.encode())


def repertoire_table(repertoire: Repertoire) -> dict[str, Any]:
    """All but the arrays, in plain values: what ``repertoire.json`` holds."""
    return {
        "format": FORMAT,
        "space": repertoire.space,
        "person_name": repertoire.person_name,
        "seconds": repertoire.seconds,
        "recordings": list(repertoire.recordings),
        "chance": repertoire.chance,
        "movements": [_row(one) for one in repertoire.movements],
    }


def load_repertoire(folder: str | Path) -> Repertoire:
    """Read a stored repertoire back; ModelError for a missing, damaged or foreign one."""
    target = Path(folder)
    try:
        table = json.loads((target / TABLE).read_text(encoding="utf-8"))
        found = table.get("format") if isinstance(table, dict) else None
        if found != FORMAT:
            raise ModelError(
                f"{target / TABLE}: expected a repertoire of format {FORMAT}, got {found}; run "
                "discover again"
            )
        with (target / ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return _built(table, dict(archive))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{target}: expected {TABLE} and {ARRAYS} of a repertoire, got {error}; run discover "
            "again"
        ) from error


def _row(one: Movement) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(one, name) for name in (*PLAIN, *STABLE)}
    measured = {
        "count": one.count,
        "duration_s": one.duration_s,
        "rise_s": one.rise_s,
        "amplitude_ed": one.amplitude_ed,
    }
    return (
        row
        | measured
        | {
            "head_deg": one.head_deg,
            "actions": [list(action) for action in one.actions],
            "occurrences": [dataclasses.asdict(each) for each in one.occurrences],
        }
    )


def _built(table: dict[str, Any], arrays: dict[str, Any]) -> Repertoire:
    movements = [
        Movement(
            **{name: row[name] for name in (*PLAIN, *STABLE)},
            actions=tuple((str(words), float(size)) for words, size in row["actions"]),
            occurrences=tuple(Occurrence(**each) for each in row["occurrences"]),
            head_deg={axis: float(turn) for axis, turn in row["head_deg"].items()},
            change=arrays[f"change_{row['number']}"],
            shape=arrays[f"shape_{row['number']}"],
            move_ed=arrays[f"move_ed_{row['number']}"],
            filter=arrays.get(f"filter_{row['number']}"),
        )
        for row in table["movements"]
    ]
    names = ("maps", "part", "moves_ed", "mesh_px")
    return Repertoire(
        movements=tuple(movements),
        space=str(table["space"]),
        seconds=float(table["seconds"]),
        recordings=tuple(table["recordings"]),
        person_name=str(table["person_name"]),
        chance=float(table["chance"]),
        parts=Parts(**{name: arrays[name] for name in names}),
        tracks=tuple(
            Track(
                recording=name,
                times_s=arrays[f"times_s_{number}"],
                codes=arrays[f"codes_{number}"],
                pose_deg=arrays[f"pose_deg_{number}"],
            )
            for number, name in enumerate(table["recordings"])
        ),
        rest=arrays["rest"],
    )
