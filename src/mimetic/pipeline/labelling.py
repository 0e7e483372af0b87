"""One pass over a video that labels each pair of neighbouring frames, and pictures of what came."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mimetic.errors import NoFaceError
from mimetic.flow.labels import (
    GAP_STEPS,
    LabelSettings,
    Square,
    label_pictures,
    label_triangles,
    points_of,
)
from mimetic.flow.pictures import colour_wheel, flow_colours, usual_range_px
from mimetic.flow.predict import FARTHEST_PX
from mimetic.flow.records import FlowPair
from mimetic.io.images import write_png
from mimetic.io.layout import FACE, FLOW, PEOPLE, TRACK, VIDEO
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.io.video import Video
from mimetic.ops.landmarks import POINTS
from mimetic.pipeline.settings import AnalyzeConfig, Progress
from mimetic.pipeline.tracking import stretch
from mimetic.types import Bool, Float32, Float64, FlowField, Int64, UInt8, VideoInfo

LABELS = "labels"
PREVIEW = "preview.png"
SHOWN = 6  # pairs on the preview
MESH_FRAMES = 256  # that the mesh of the sequence is laid over, at most
Array = npt.NDArray[Any]
Row = dict[str, Array]


def pairs_of(info: VideoInfo, valid: Bool) -> Int64:
    """Rows [N 2] of distinct frames that follow each other and both show the person."""
    rows = np.flatnonzero(~info.repeated)
    if rows.size < 2:
        return np.zeros((0, 2), np.int64)
    pairs = np.stack([rows[:-1], rows[1:]], axis=1)
    step_s = np.diff(info.times_s[rows])
    # Over a longer pause, where a camera stopped, frames are no neighbours.
    near = step_s <= GAP_STEPS * np.median(step_s)
    return np.asarray(pairs[near & valid[pairs].all(1)])


class LabelSource:
    """A tracked video: which of its frames are neighbours, and where their landmarks lie."""

    def __init__(self, folder: ResultFolder, video: Video, config: AnalyzeConfig) -> None:
        self._track, self._people = folder.finished(TRACK), folder.finished(PEOPLE)
        self._first = int(folder.stored().facts(TRACK)["first_index"])
        self._video, self._config = video, config
        self._held, self._held_from = np.zeros((0, POINTS, 3), np.float32), 0
        info: VideoInfo = self._track.read_record(VIDEO)
        self.times_s: Float64 = info.times_s
        self._valid: Bool = self._people.read(f"{FACE}/valid")
        self.pairs = pairs_of(info, self._valid)
        if not self.pairs.size:
            raise NoFaceError(
                f"{video.path}: expected two neighbouring frames that show the face, found none; "
                "labels are of movement, a picture alone has none"
            )

    @cached_property
    def typical(self) -> Float32:
        """The landmarks [T 478 3] of evenly spaced frames, for the mesh of the sequence."""
        rows = np.flatnonzero(self._valid)
        taken = np.unique(np.linspace(0, rows.size - 1, MESH_FRAMES).round().astype(int))
        return np.concatenate([self.points(int(row), int(row)) for row in rows[taken]])

    def points(self, first: int, last: int) -> Float32:
        """The landmarks [T 478 3] of the frames from first to last."""
        if not self._held_from <= first <= last < self._held_from + len(self._held):
            # As many again are wanted next, and a chunk is unpacked whole anyway.
            stop = max(last, first + CHUNK) + 1
            self._held = self._people.read(f"{FACE}/landmarks_px", start=first, stop=stop)
            self._held_from = first
        return self._held[first - self._held_from : last - self._held_from + 1]

    def walk(self, pairs: Int64) -> Iterator[tuple[Int64, UInt8]]:
        """Each of the pairs, in order, with its two grey frames [2 H W]; decodes once."""
        firsts = set(pairs[:, 0].tolist())
        start = int(pairs[0, 0])
        frames = stretch(self._video, self._config, first=self._first + start)
        wanted, held = iter(pairs), np.zeros((0, 0), np.uint8)
        pair = next(wanted, None)
        for row, frame in enumerate(frames, start):
            if pair is None:
                return
            if row not in firsts and row != pair[1]:
                continue  # shows nothing new, or nobody
            grey = np.asarray(cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
            if row == pair[1]:
                yield pair, np.stack([held, grey])
                pair = next(wanted, None)
            held = grey


class Labelling:
    """Makes the rows of the stage "labels", going on where it stopped."""

    def __init__(self, stage: Stage, source: LabelSource, settings: LabelSettings) -> None:
        self._stage, self._source, self._settings = stage, source, settings
        self._triangles = label_triangles(source.typical, settings.points)
        self._rows: list[Row] = []

    def run(self, folder: Path, progress: Progress) -> dict[str, Any]:
        """Label every pair that is not stored yet, draw the preview, and say what came of it."""
        every, done = self._source.pairs, self._stage.rows
        walk = self._source.walk(every[done:]) if done < len(every) else iter(())
        for number, (pair, pictures) in enumerate(walk, done + 1):
            self._rows.append(self._label(pair, pictures, number))
            if len(self._rows) == CHUNK:
                self._write()
                progress(LABELS, number / len(every))
        if self._rows:
            self._write()
        self._preview(folder)
        progress(LABELS, 1.0)
        step = self._stage.read("landmarks_second") - self._stage.read("landmarks_first")
        length = np.linalg.norm(step, axis=-1)
        return {
            "pairs": self._stage.rows,
            "points": self._settings.points,
            "size_px": self._settings.size_px,
            "jitter_px": self._settings.jitter_px,
            "median_px": float(np.median(length)),
            "most_px": float(length.max()),
        }

    def _label(self, pair: Int64, pictures: UInt8, number: int) -> Row:
        first, second = (int(row) for row in pair)
        points = self._source.points(first, second)[[0, -1]]
        made = label_pictures(
            pictures,
            points,
            triangles=self._triangles,
            settings=self._settings,
            rng=np.random.default_rng([number, 17]),  # of its own, so that a restart draws alike
        )
        chosen = points[:, points_of(self._settings.points), :2]
        square = Square.around(chosen, self._settings)
        landmarks = square.place(chosen).astype(np.float32)
        return {
            **_stored_flow(made),
            "first": made.first,
            "second": made.second,
            "landmarks_first": landmarks[0],
            "landmarks_second": landmarks[1],
            "frames": pair,
            "square": np.array([square.left_px, square.top_px, square.scale]),
        }

    def _write(self) -> None:
        columns = {name: np.stack([row[name] for row in self._rows]) for name in self._rows[0]}
        start_s, end_s = self._source.times_s[columns["frames"].T]
        flow = FlowField(
            flow_px=columns.pop("flow_px"),
            valid=columns.pop("valid"),
            start_s=start_s,
            end_s=end_s,
            method=f"landmarks {self._settings.points}",
        )
        self._stage.append(columns, records={FLOW: flow})
        self._rows = []

    def _preview(self, folder: Path) -> None:
        """Some pairs, each beside its label in colours of one range, and the key to them."""
        rows = np.unique(np.linspace(0, self._stage.rows - 1, SHOWN).round().astype(int))
        fields = [self._stage.read_record(FLOW, start=row, stop=row + 1) for row in rows]
        range_px = max(usual_range_px(field.flow_px) for field in fields)
        lines = []
        for row, field in zip(rows, fields, strict=True):
            faces = [self._stage.read(name, start=row, stop=row + 1)[0] for name in _FACES]
            grey = [cv2.cvtColor(face, cv2.COLOR_GRAY2RGB) for face in faces]
            lines.append(np.hstack([*grey, flow_colours(field.flow_px[0], range_px=range_px)]))
        sheet = np.vstack(lines)
        wheel = colour_wheel(max(16, self._settings.size_px // 4))
        sheet[: len(wheel), -len(wheel) :] = wheel
        write_png(folder / PREVIEW, sheet)
        self._stage.add_files(PREVIEW)


_FACES = ("first", "second")


def _stored_flow(made: FlowPair) -> Row:
    """The label as records keep it: missing where it is not known or cannot be stored."""
    valid = made.valid & (np.abs(made.flow_px) <= FARTHEST_PX).all(0)
    return {"flow_px": np.where(valid, made.flow_px, np.nan).astype(np.float32), "valid": valid}
