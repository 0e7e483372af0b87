"""Codes of recordings by a model of any kind, a stretch at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from mimetic.io.result import Result
from mimetic.io.store import CHUNK
from mimetic.person.general import GeneralModel
from mimetic.pipeline.modelling import AnyModel
from mimetic.pipeline.person import Recordings
from mimetic.pipeline.settings import Progress, silent
from mimetic.types import FaceClip, Float32, Float64, MovementEmbedding

MARGIN = 2  # frames read beyond a stretch: codes may lean on their neighbours in time


@dataclass(frozen=True, kw_only=True, eq=False)
class Embedder:
    """A model ready for one person's clips.

    A general model needs to know about which average face the codes are told: ``centre``.
    """

    model: AnyModel
    centre: Float32 | None = None

    @classmethod
    def of(cls, model: AnyModel, clips: Iterable[FaceClip]) -> Embedder:
        """A model for the person in ``clips``, which a general model reads for their average."""
        if isinstance(model, GeneralModel):
            return cls(model=model, centre=model.centre(clips))
        return cls(model=model)

    def __call__(self, clip: FaceClip) -> MovementEmbedding:
        """The codes of a clip."""
        if isinstance(self.model, GeneralModel):
            return self.model.embed(clip, centre=self.centre)
        return self.model.embed(clip)

    def stretch(self, result: Result, start: int, stop: int) -> MovementEmbedding:
        """The codes of the frames ``start`` to ``stop`` as they are in the whole recording."""
        first = max(start - MARGIN, 0)
        around = self(result.clip(first, stop + MARGIN))
        return cut_embedding(around, start - first, stop - first)

    @property
    def hash(self) -> str:
        """What codes follow from: the space, and the average they are told about."""
        about = b"" if self.centre is None else self.centre.tobytes()
        return hashlib.sha256(self.model.space.encode() + about).hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class Coded:
    """A recording with its codes in memory, [T D], and the same weighted by ``model.scaled``."""

    name: str
    result: Result
    embedding: MovementEmbedding
    scaled: Float64

    def noise_sd(self, component: int) -> float:
        """The usual noise of one code, NaN where it is not known."""
        spread = self.embedding.code_sd
        if spread is None or not self.embedding.valid.any():
            return float("nan")
        return float(np.nanmedian(spread[:, component]))


def code_recordings(
    model: AnyModel, recordings: Recordings, progress: Progress = silent
) -> list[Coded]:
    """The codes of all recordings, kept in memory and not stored.

    Those of a general model are told about the average face of each recording.
    """
    found = []
    for called, result in zip(recordings.names, recordings.results, strict=True):
        embedder = Embedder.of(model, result.stretches())
        parts = []
        total = result.stretches().total
        for start in range(0, total, CHUNK):
            stop = min(start + CHUNK, total)
            parts.append(embedder.stretch(result, start, stop))
            progress(f"codes of {called}", stop / total)
        embedding = _joined(parts)
        scaled = model.scaled(embedding)
        found.append(Coded(name=called, result=result, embedding=embedding, scaled=scaled))
    return found


def cut_embedding(embedding: MovementEmbedding, start: int, stop: int) -> MovementEmbedding:
    """The rows ``start`` to ``stop`` of an embedding."""
    rows, spread = slice(start, stop), embedding.code_sd
    return replace(
        embedding,
        codes=embedding.codes[rows],
        code_sd=None if spread is None else spread[rows],
        times_s=embedding.times_s[rows],
        valid=embedding.valid[rows],
    )


def _joined(parts: list[MovementEmbedding]) -> MovementEmbedding:
    """Stretches of one embedding after each other."""
    spreads = [part.code_sd for part in parts if part.code_sd is not None]
    return replace(
        parts[0],
        codes=np.concatenate([part.codes for part in parts]),
        code_sd=np.concatenate(spreads) if len(spreads) == len(parts) else None,
        times_s=np.concatenate([part.times_s for part in parts]),
        valid=np.concatenate([part.valid for part in parts]),
    )
