"""From a repertoire to the page that shows it, its table and its files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mimetic.io.disk import disk_errors
from mimetic.io.tables import Columns, make_table, write_text
from mimetic.ops.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from mimetic.person.keep import save_repertoire
from mimetic.person.repertoire import Movement, Repertoire
from mimetic.person.tracks import Recordings, walk
from mimetic.report.movements import Mark, Moment, MovementView, RepertoireData
from mimetic.report.repertoire import write_repertoire

PAGE, TIMES = "repertoire.html", "occurrences.csv"
SHOWN = 5  # further examples of a movement
Wanted = tuple[str, float]


def write_repertoire_folder(
    repertoire: Repertoire,
    clips: Recordings,
    out: str | Path,
    *,
    title: str = "",
    anonymous: bool = False,
) -> Path:
    """Write the page, the table of all occurrences and the stored repertoire into a folder.

    ``clips`` are the recordings that it was found in, read once more for the pictures.
    ``anonymous`` draws outlines in place of faces. Returns the page.
    """
    folder = Path(out)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    save_repertoire(repertoire, folder)
    write_text(folder / TIMES, make_table(occurrence_columns(repertoire)))
    data = repertoire_data(repertoire, clips, title=title)
    return write_repertoire(data, folder / PAGE, anonymous=anonymous)


def occurrence_columns(repertoire: Repertoire) -> Columns:
    """Every occurrence of every movement as a tidy table, in the order of movements and time."""
    rows = [(one, each) for one in repertoire.movements for each in one.occurrences]
    return {
        "movement": [one.number + 1 for one, _ in rows],
        "name": [one.name for one, _ in rows],
        "side": [one.side for one, _ in rows],
        "recording": [each.recording for _, each in rows],
        "onset_s": [each.onset_s for _, each in rows],
        "apex_s": [each.apex_s for _, each in rows],
        "offset_s": [each.offset_s for _, each in rows],
        "size": [each.size for _, each in rows],
        "match": [each.match for _, each in rows],
    }


def repertoire_data(
    repertoire: Repertoire, clips: Recordings, *, title: str = ""
) -> RepertoireData:
    """What the page shows: each movement with frames of its clearest occurrences."""
    wanted = {moment for one in repertoire.movements for moment in _wanted(one)}
    seen = _moments(clips, wanted)
    mesh = repertoire.parts.mesh_px
    ed_px = float(np.linalg.norm(mesh[RIGHT_EYE_OUTER] - mesh[LEFT_EYE_OUTER]))
    return RepertoireData(
        title=title or repertoire.person_name or "One person",
        seconds=repertoire.seconds,
        recordings=tuple(
            (track.recording, float(track.times_s[0]), float(track.times_s[-1]))
            for track in repertoire.tracks
        ),
        movements=tuple(_view(one, seen, ed_px) for one in repertoire.movements),
        chance=repertoire.chance,
    )


def _wanted(one: Movement) -> list[Wanted]:
    """The moments that the page shows: before, at the apex, and other apexes."""
    first, *more = one.examples
    moments = [(first.recording, first.onset_s), (first.recording, first.apex_s)]
    return moments + [(each.recording, each.apex_s) for each in more[:SHOWN]]


def _moments(clips: Recordings, wanted: Iterable[Wanted]) -> dict[Wanted, Moment]:
    """The measured frame nearest to every wanted moment."""
    open_ = set(wanted)
    nearest: dict[Wanted, tuple[float, Moment]] = {}
    for recording, clip in walk(clips):
        rows = np.flatnonzero(clip.valid)
        if not rows.size:
            continue
        times_s = clip.times_s[rows]
        for moment in (one for one in open_ if one[0] == recording):
            row = int(np.abs(times_s - moment[1]).argmin())
            away = abs(float(times_s[row]) - moment[1])
            if away < nearest.get(moment, (np.inf, None))[0]:
                frame = int(rows[row])
                nearest[moment] = (
                    away,
                    Moment(
                        recording=recording,
                        time_s=float(clip.times_s[frame]),
                        points_px=clip.landmarks_px[frame].copy(),
                        pixels=clip.pixels[frame].copy(),
                    ),
                )
    return {moment: found for moment, (_, found) in nearest.items()}


def _view(one: Movement, seen: dict[Wanted, Moment], ed_px: float) -> MovementView:
    onset, apex, *more = (seen[moment] for moment in _wanted(one))
    return MovementView(
        number=one.number,
        name=one.name,
        side=one.side,
        duration_s=one.duration_s,
        amplitude_ed=one.amplitude_ed,
        again=one.found_by_seed,
        halves=one.found_in_halves,
        head_deg=one.head_deg,
        onset=onset,
        apex=apex,
        more=tuple(more),
        shifts_px=(one.move_ed * ed_px).astype(np.float32),
        marks=tuple(
            Mark(
                recording=each.recording,
                onset_s=each.onset_s,
                offset_s=each.offset_s,
                strength=each.strength,
            )
            for each in one.occurrences
        ),
    )
