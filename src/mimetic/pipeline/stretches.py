"""The stored clip, a stretch at a time, and what takes its pixels away again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mimetic.errors import StoreError
from mimetic.io.layout import CLIP, CROP, NEUTRAL, NEUTRAL_PIXELS, NEUTRAL_SHAPE, PERSON, TEMPLATE
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.types import Bool, FaceClip, Float32, Float64, FlowMethod

PIXELS = f"{CLIP}/pixels"


def has_pixels(folder: ResultFolder) -> bool:
    """Whether the crops of a finished pass are there, or the pass is not finished."""
    entry = folder.stored().manifest.stages.get(CROP)
    return entry is None or not entry.done or PIXELS in entry.arrays


def forget_pixels(folder: ResultFolder) -> None:
    """Take away everything that shows the face, but for the report: --no-pixels.

    A stage that was interrupted before it was done is forgotten as a whole.
    """
    folder.clear_scratch()
    stages = folder.stored().manifest.stages
    shown = {CROP: [PIXELS], NEUTRAL: [NEUTRAL_PIXELS], TEMPLATE: ["template", "weight"]}
    for name, fields in shown.items():
        if name in stages and stages[name].done:
            folder.drop(name, fields=fields)
        else:
            folder.forget(name)
    if PERSON in stages and stages[PERSON].done:
        folder.drop(PERSON, files=stages[PERSON].files)


class PixelsGoneError(StoreError):
    """A stage needs the crops, which an earlier run took away."""


class Stretches:
    """The finished clip in stretches of 256 frames, each carrying the person's neutral face."""

    frames = CHUNK

    def __init__(self, folder: ResultFolder, crop: Stage, neutral: Stage | None = None) -> None:
        self._stored = folder.stored()
        self._whole = has_pixels(folder)
        self._neutral: dict[str, Any] = {}
        if neutral is not None and self._whole:
            self._neutral = {
                "neutral_pixels": neutral.read(NEUTRAL_PIXELS),
                "neutral_shape_ed": neutral.read(NEUTRAL_SHAPE),
            }
        self.rows = crop.rows
        self.repeated: Bool = crop.read(f"{CLIP}/repeated")
        self.times_s: Float64 = crop.read(f"{CLIP}/times_s")

    def __len__(self) -> int:
        return -(-self.rows // CHUNK)

    def __iter__(self) -> Iterator[FaceClip]:
        for start in range(0, self.rows, CHUNK):
            yield self.read(start, min(start + CHUNK, self.rows))

    def read(self, start: int, stop: int) -> FaceClip:
        """The frames ``start`` to ``stop`` of the clip."""
        if not self._whole:
            raise PixelsGoneError(f"{self._stored.path}: the crops were not kept (--no-pixels)")
        clip: FaceClip = self._stored.record(CROP, CLIP, start=start, stop=stop)
        return replace(clip, **self._neutral)

    def shapes(self, start: int, stop: int) -> Float32:
        """The points [T L 3] in ed of the frames ``start`` to ``stop``."""
        shapes: Float32 = self._stored.array(CROP, f"{CLIP}/shape_ed", start=start, stop=stop)
        return shapes


@dataclass(frozen=True, kw_only=True)
class Material:
    """What movement is measured from: the finished clip with its neutral face, and a method.

    ``given`` names a method that was handed over and that no setting can name.
    """

    stretches: Stretches
    method: FlowMethod
    given: str = ""
