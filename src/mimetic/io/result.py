"""Reading a result folder: records, tables and facts, each loaded when asked for.

``layout`` says which stage leaves what. What is missing raises StoreError, which names
the stage and the way to get it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pyarrow as pa

from mimetic.errors import ArgumentError, StoreError
from mimetic.io.chunks import CHUNK
from mimetic.io.layout import (
    CLIP,
    CODES,
    CROP,
    EVENTS,
    FACE,
    FLOW,
    FLOW_ESTIMATE,
    HOME,
    MICRO,
    MICRO_CLASSES,
    NEUTRAL,
    NEUTRAL_PIXELS,
    NEUTRAL_SHAPE,
    PEOPLE,
    PERSONS,
    REGIONS,
    VIDEO,
    person_record,
)
from mimetic.io.manifest import Source, load_manifest
from mimetic.io.stored import Stored
from mimetic.io.summary import has_record, provenances, summarise, table_names
from mimetic.io.tables import read_table
from mimetic.types import (
    ExpressionEvent,
    FaceClip,
    FaceTrack,
    FlowField,
    LocalDynamics,
    MovementEmbedding,
    Provenance,
    VideoInfo,
)


def open_result(path: str | Path) -> Result:
    """The result folder at ``path``; StoreError when it is none, SchemaError when newer."""
    return Result(path)


class Result:
    """What one analysis found, read from its folder as it is asked for.

    Opening reads the manifest alone, and keeps to it: a run that goes on writing
    meanwhile is seen by opening again.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._stored = Stored(self.path, load_manifest(self.path))

    def __repr__(self) -> str:
        return f"Result({str(self.path)!r}: {', '.join(self._stored.manifest.stages) or 'empty'})"

    @property
    def source(self) -> Source:
        """The video: where it was when it was analysed, and its SHA-256."""
        return self._stored.manifest.source

    @property
    def stages(self) -> dict[str, bool]:
        """The stages begun so far, and whether each is done."""
        return {name: entry.done for name, entry in self._stored.manifest.stages.items()}

    def has(self, name: str) -> bool:
        """Whether a record of ``layout.HOME`` is there: its stage is done and left it."""
        return has_record(self._stored, name)

    @cached_property
    def video(self) -> VideoInfo:
        """What decoding found out about the video."""
        video: VideoInfo = self.record(HOME[VIDEO], VIDEO)
        return video

    @cached_property
    def track(self) -> FaceTrack:
        """The landmarks of the chosen person."""
        track: FaceTrack = self.record(HOME[FACE], FACE)
        return track

    @property
    def persons(self) -> list[dict[str, Any]]:
        """Everybody seen, the chosen one included: number, seconds seen, size."""
        return list(self.facts(PEOPLE).get(PERSONS, []))

    def person(self, person: int) -> FaceTrack:
        """The landmarks of a person by number, chosen or not."""
        if self.track.person == person:
            return self.track
        track: FaceTrack = self.record(PEOPLE, person_record(person))
        return track

    @cached_property
    def regions(self) -> LocalDynamics:
        """Movement per facial region over time."""
        regions: LocalDynamics = self.record(HOME[REGIONS], REGIONS)
        return regions

    @cached_property
    def codes(self) -> MovementEmbedding:
        """The codes in this person's movement space."""
        codes: MovementEmbedding = self.record(HOME[CODES], CODES)
        return codes

    @cached_property
    def events(self) -> tuple[ExpressionEvent, ...]:
        """What happened when: blinks, and what ``mimetic micro spot`` found, by their onset."""
        events: tuple[ExpressionEvent, ...] = self.record(HOME[EVENTS], EVENTS)
        for stage in (MICRO_CLASSES, MICRO):
            if self.stages.get(stage, False):
                both = (*events, *self.record(stage, EVENTS))
                return tuple(sorted(both, key=lambda event: event.onset_s))
        return events

    def flow(self, start: int = 0, stop: int | None = None) -> FlowField:
        """Dense flow of a stretch of pairs, stored by ``mimetic flow estimate`` or with --flow.

        Where both are there it is that of ``flow estimate``; the other is
        ``record("motion", "flow")``.
        """
        estimated = self.stages.get(FLOW_ESTIMATE, False)
        if not estimated and self._stored.finished(HOME[FLOW]) and not self.has(FLOW):
            raise StoreError(
                f"{self.path}: dense flow was not stored; run mimetic flow estimate, "
                "or analyze again with --flow"
            )
        home = FLOW_ESTIMATE if estimated else HOME[FLOW]
        flow: FlowField = self.record(home, FLOW, start=start, stop=stop)
        return flow

    def clip(self, start: int = 0, stop: int | None = None) -> FaceClip:
        """The stabilised face in the frames ``start`` to ``stop``; a long one takes much memory."""
        clip: FaceClip = self.record(HOME[CLIP], CLIP, start=start, stop=stop)
        if not self.stages.get(NEUTRAL, False):
            return clip
        return replace(
            clip,
            neutral_pixels=self.array(NEUTRAL, NEUTRAL_PIXELS),
            neutral_shape_ed=self.array(NEUTRAL, NEUTRAL_SHAPE),
        )

    def stretches(self, frames: int = CHUNK) -> Stretches:
        """The whole clip in stretches of at most ``frames`` frames, to be walked any often."""
        if frames < 1:
            raise ArgumentError(f"frames: expected 1 or more frames a stretch, got {frames}")
        return Stretches(self, frames, self._stored.finished(CROP).rows)

    @property
    def provenances(self) -> dict[str, Provenance]:
        """Who made each finished stage, for those that say so."""
        return provenances(self._stored)

    @property
    def provenance(self) -> Provenance:
        """Who made the last finished stage."""
        known = list(self.provenances.values())
        if not known:
            raise StoreError(
                f"{self.path}: no finished stage says who made it; run the same command again"
            )
        return known[-1]

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""
        return table_names(self._stored)

    def table(self, name: str) -> pa.Table:
        """A table by name, as pyarrow gives it (``.to_pandas()`` goes on from there)."""
        if name not in self.tables:
            raise StoreError(
                f"{self.path}: there is no table {name!r} (there are: {', '.join(self.tables)})"
            )
        return read_table(self.path / "tables" / f"{name}.parquet")

    def facts(self, stage: str) -> dict[str, Any]:
        """The facts that a finished stage left."""
        return self._stored.facts(stage)

    def array(
        self, stage: str, name: str, *, start: int = 0, stop: int | None = None
    ) -> npt.NDArray[Any]:
        """Rows of any array of a finished stage."""
        self._stored.finished(stage)
        return self._stored.array(stage, name, start=start, stop=stop)

    def record(self, stage: str, name: str, *, start: int = 0, stop: int | None = None) -> Any:
        """Any record of a finished stage, whole or a stretch of its rows."""
        return self._stored.record(stage, name, start=start, stop=stop)

    def summary(self) -> dict[str, Any]:
        """What is in the folder, in plain values; pieces that have not run are left out."""
        return summarise(self.path, self._stored)


@dataclass(frozen=True)
class Stretches:
    """The clip of a result, one stretch in memory at a time; every walk starts anew."""

    result: Result
    frames: int
    total: int

    def __len__(self) -> int:
        return -(-self.total // self.frames)

    def __iter__(self) -> Iterator[FaceClip]:
        for start in range(0, self.total, self.frames):
            yield self.result.clip(start, min(start + self.frames, self.total))
