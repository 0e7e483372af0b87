"""Who is in the video: tracklets joined into persons, mended by hand, one of them chosen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import NoFaceError, PersonError
from mimetic.io.layout import FACE, PEOPLE, PERSONS, TRACK, person_record
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.ops.landmarks import POINTS
from mimetic.pipeline.edits import Edit
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.settings import AnalyzeConfig
from mimetic.track.identities import Assignment
from mimetic.track.pose import median_shape
from mimetic.track.tracklets import (
    LEAST_CONFIDENCE,
    TrackletSummary,
    assemble_track,
    merge_tracklets,
    prominence,
    summarise_tracklet,
)
from mimetic.types import Float32, Float64, Int64

MOST_SAMPLES = 256  # frames of a tracklet that its summary and its median shape are made of
Array = npt.NDArray[Any]


def run_people(
    folder: ResultFolder, config: AnalyzeConfig, edits: tuple[Edit, ...], *, track: Stage
) -> Stage:
    """The stage "people": the record ``track`` of the chosen person, and who else is there.

    Raises NoFaceError where nobody is seen, PersonError where the person asked for is not.
    """
    settings = config_hash_of(config.person, *edits)
    entry = folder.stored().manifest.stages.get(PEOPLE)
    known = entry is not None and entry.done and entry.config_hash == settings
    people = _People(folder, track)
    # Refusals come before the stage, and all that was made from it, is begun anew.
    choice = None if known else people.choose(config.person, edits)
    stage = folder.stage(PEOPLE, config_hash=settings, inputs=(track.hash,))
    if not stage.done:
        choice = choice or people.choose(config.person, edits)
        people.write(stage, choice)
        stage.finish(
            facts={PERSONS: choice.listed, "asked": choice.asked, "chosen": choice.chosen},
            provenance=provenance_of(folder, settings),
        )
    return stage


def check_edits(folder: ResultFolder, asked: int | None, edits: tuple[Edit, ...]) -> Stage:
    """Refuse edits that the tracked persons do not allow; the finished stage "track"."""
    track = folder.finished(TRACK)
    _People(folder, track).choose(asked, edits)
    return track


@dataclass(frozen=True, kw_only=True, eq=False)
class _Choice:
    """Everybody in a video, and who of them is measured."""

    asked: int | None
    chosen: int
    persons: dict[int, Assignment]
    shapes: dict[int, Float64 | None]
    listed: list[dict[str, Any]]


class _People:
    """Tracklets are never held whole: an assignment says which one a frame is taken from."""

    def __init__(self, folder: ResultFolder, track: Stage) -> None:
        self._folder, self._track = folder, track

    @cached_property
    def _times_s(self) -> Float64:
        return np.asarray(self._track.read("times_s"), np.float64)

    @cached_property
    def _lasts_s(self) -> Float64:
        """How long each frame is shown; the last one as long as is usual."""
        steps = np.diff(self._times_s)
        return np.append(steps, np.median(steps) if steps.size else 0.0)

    @cached_property
    def _confidence(self) -> dict[int, Float32]:
        return {
            number: self._track.read(f"faces/{number}/confidence")
            for number in _tracklets(self._folder)
        }

    def choose(self, asked: int | None, edits: tuple[Edit, ...]) -> _Choice:
        """Find everybody, mend them as told, and take the person asked for."""
        summaries = {number: self._summary(number) for number in self._confidence}
        found = merge_tracklets(list(summaries.values()))
        persons = {one.person: self._assign(one.tracks) for one in found}
        if not persons:
            frames = "the one frame" if self._times_s.size == 1 else f"{self._times_s.size} frames"
            raise NoFaceError(
                f"{self._folder.stored().manifest.source.path}: no face in {frames}; "
                "a face needs about 20 pixels between the eyes, "
                "and both eyes in sight"
            )
        for edit in edits:
            persons = edit.apply(persons, self._times_s)
        listed = [self._listed(person, rows, summaries) for person, rows in persons.items()]
        listed.sort(key=_rank)
        chosen = listed[0]["person"] if asked is None else asked
        if chosen not in persons:
            there = ", ".join(str(row["person"]) for row in listed)
            raise PersonError(f"--person {chosen}: not in this video; there: {there}")
        shapes = {person: self._usual_shape(rows) for person, rows in persons.items()}
        if shapes[chosen] is None:
            raise NoFaceError(
                f"person {chosen}: every frame is too small or too doubtful to be measured"
            )
        return _Choice(asked=asked, chosen=chosen, persons=persons, shapes=shapes, listed=listed)

    def write(self, stage: Stage, choice: _Choice) -> None:
        """Store the tracks of everybody, that of the chosen person under its own name."""
        persons, shapes = choice.persons, choice.shapes
        names = {person: person_record(person) for person in persons} | {choice.chosen: FACE}
        for start in range(stage.rows, self._times_s.size, CHUNK):
            rows = np.arange(start, min(start + CHUNK, self._times_s.size))
            records = {
                names[person]: assemble_track(
                    person,
                    self._times_s[rows],
                    landmarks_px=self._points(which[rows], rows),
                    confidence=self._certainty(which[rows], rows),
                    shape=shape,
                )
                for person, which in persons.items()
                if (shape := shapes[person]) is not None
            }
            stage.append({"tracklet": persons[choice.chosen][rows]}, records=records)

    def _summary(self, number: int) -> TrackletSummary:
        seen = np.flatnonzero(~np.isnan(self._confidence[number]))
        rows = _evenly(seen)
        summary = summarise_tracklet(
            number,
            self._times_s[rows],
            landmarks_px=self._points(np.full(rows.size, number), rows),
            confidence=self._confidence[number][rows],
            look=self._track.read("looks")[number],
        )
        seconds = float(self._lasts_s[seen].sum())
        return dataclasses.replace(summary, frames=seen.size, seconds=seconds)

    def _assign(self, tracks: tuple[int, ...]) -> Assignment:
        rows = np.full(self._times_s.size, -1, np.int32)
        for number in tracks:
            rows[~np.isnan(self._confidence[number])] = number
        return rows

    def _listed(
        self, person: int, rows: Assignment, summaries: dict[int, TrackletSummary]
    ) -> dict[str, Any]:
        tracks, counts = np.unique(rows[rows >= 0], return_counts=True)
        weights = counts if counts.size else None
        parts = [summaries[int(number)] for number in tracks]
        return {
            "person": person,
            "seconds": float(self._lasts_s[rows >= 0].sum()),
            "frames": int(counts.sum()),
            "eye_distance_px": _mean([part.eyes_px for part in parts], weights),
            "confidence": _mean([part.confidence for part in parts], weights),
        }

    def _usual_shape(self, which: Assignment) -> Float64 | None:
        """The median 3-D shape [L 3] over evenly spaced frames of a person."""
        certain = self._certainty(which, np.arange(which.size)) >= LEAST_CONFIDENCE
        rows = _evenly(np.flatnonzero(certain))
        if not rows.size:
            return None
        return median_shape(self._points(which[rows], rows), np.ones(rows.size, bool))

    def _points(self, which: Array, rows: Int64) -> Float32:
        """Landmarks [N L 3] of the tracklets ``which`` in the frames ``rows``, NaN at -1."""
        points = np.full((rows.size, POINTS, 3), np.nan, np.float32)
        for number in np.unique(which[which >= 0]):
            name, mine = f"faces/{number}/landmarks_px", which == number
            points[mine] = _gather(self._track, name, rows[mine])
        return points

    def _certainty(self, which: Array, rows: Int64) -> Float32:
        values = np.full(rows.size, np.nan, np.float32)
        for number in np.unique(which[which >= 0]):
            mine = which == number
            values[mine] = self._confidence[int(number)][rows[mine]]
        return values


def _tracklets(folder: ResultFolder) -> list[int]:
    """The numbers of the tracklets that the tracker left."""
    parts = [name.split("/") for name in folder.entry(TRACK).arrays]
    return sorted({int(part[1]) for part in parts if part[0] == "faces"})


def _gather(stage: Stage, name: str, rows: Int64) -> Array:
    """The given rows, in order, of a stored array, read a chunk at a time."""
    parts = np.split(rows, np.flatnonzero(np.diff(rows // CHUNK)) + 1)
    found = [
        stage.read(name, start=int(part[0]), stop=int(part[-1]) + 1)[part - part[0]]
        for part in parts
    ]
    return np.concatenate(found)


def _evenly(rows: Int64) -> Int64:
    """At most 256 of the rows, evenly spaced, the first and the last among them."""
    if not rows.size:
        return rows
    chosen = np.unique(np.linspace(0, rows.size - 1, MOST_SAMPLES).round().astype(int))
    return np.asarray(rows[chosen])


def _rank(row: dict[str, Any]) -> tuple[float, int]:
    """Most prominent first, then by number."""
    seen = prominence(row["seconds"], row["eye_distance_px"], row["confidence"])
    return -seen, row["person"]


def _mean(values: list[float], weights: Array | None) -> float:
    return float(np.average(values, weights=weights)) if values else 0.0
