"""The films of the bench, each made once: tracked and cropped, then kept in a folder."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, fields
from functools import reduce
from pathlib import Path

import numpy as np

from mimetic.bench.micro.filmed import tracked_clips
from mimetic.bench.micro.scenes import FIRST_PERSON, Scene
from mimetic.datasets.virtual import Person
from mimetic.datasets.virtual_micro import MicroActor, MicroRecording
from mimetic.flow.clips import join_clips
from mimetic.io.disk import disk_errors, replace_file
from mimetic.micro.magnify import rows_of
from mimetic.types import FaceClip

STRETCH = 256  # frames


@dataclass(frozen=True, kw_only=True)
class Films:
    """Films of virtual people; with a ``folder`` each is kept there, 60 kB a frame."""

    folder: Path | None = None

    def film(self, scene: Scene, seed: int) -> tuple[MicroRecording, list[FaceClip]]:
        """What happens in a recording of a scene, and its stabilised clip in stretches."""
        made = MicroActor(Person(seed=FIRST_PERSON + seed), scene.settings).film(seed)
        if self.folder is None:
            return made, tracked_clips(made.recording, coded=scene.coded)
        file = self.folder / f"{_name(scene)}-{seed}.npz"
        if not file.exists():
            clips = tracked_clips(made.recording, coded=scene.coded)
            first, *further = clips
            _keep(file, reduce(join_clips, further, first))
            return made, clips
        return made, _stretches(_read(file))


def _name(scene: Scene) -> str:
    return hashlib.sha256(json.dumps(scene.plain()).encode()).hexdigest()[:16]


def _keep(file: Path, clip: FaceClip) -> None:
    arrays = {each.name: getattr(clip, each.name) for each in fields(clip)}
    held = io.BytesIO()
    np.savez(held, **{name: value for name, value in arrays.items() if value is not None})
    with disk_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, held.getvalue())


def _read(file: Path) -> FaceClip:
    with disk_errors(file), np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return FaceClip(**{**arrays, "person": int(arrays["person"])})


def _stretches(clip: FaceClip) -> list[FaceClip]:
    count = clip.times_s.size
    return [rows_of(clip, slice(n, n + STRETCH)) for n in range(0, count, STRETCH)]
