"""Where the network of a new person may start: at one that was learnt on many people."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.config import read_config, to_toml
from mimetic.errors import ArgumentError, ConfigError, ModelError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.ops.lowrank import StreamedComponents
from mimetic.person.blend import Prior
from mimetic.person.fit import measure
from mimetic.person.neuralfit import scaled_frames
from mimetic.person.neuralparts import Arrays, Beginning, reader, regions_of, trainer
from mimetic.person.pooling import KEPT
from mimetic.person.recipe import NeuralConfig
from mimetic.person.samples import FrameSet, gather_frames
from mimetic.types import FaceClip, Float32

CONFIG, WEIGHTS = "config.toml", "network.npz"
NETWORK, ROWS = "network/", "rows"  # names in it


@dataclass(frozen=True, kw_only=True, eq=False)
class NeuralStart:
    """What a network learnt on many people: the recipe and the weights, nobody's face.

    ``rows`` are directions in which people move in the raw numbers of the network, each about
    their own average, as long as the movement along them is usual. They weigh in where a new
    person's video is short; without them only the weights are carried.
    """

    config: NeuralConfig
    arrays: Arrays
    rows: Float32 | None = None  # [R, M]

    @property
    def kind(self) -> str:
        """Which kind of network this is."""
        return self.config.kind

    @property
    def beginning(self) -> Beginning:
        """What this gives to the fit of a person."""
        others = None if self.rows is None else Prior(rows=self.rows)
        return Beginning(arrays=self.arrays, others=others)

    @classmethod
    def learn(
        cls,
        people: Mapping[str, Iterable[FaceClip]],
        *,
        config: NeuralConfig | None = None,
        run: Any = None,
    ) -> NeuralStart:
        """Train on people by name, who are drawn equally often; pairs are of one person.

        ``run`` is a ``train.TrainingRun``. ArgumentError without anybody, and what
        ``PersonModel.fit`` raises for a person whose video does not do.
        """
        config = config or NeuralConfig()
        if not people:
            raise ArgumentError("people: expected at least one person, got none")
        frames = gather_frames(people, appearance_px=config.linear.appearance_px)
        starts = [measure(clips, config.linear) for clips in people.values()]
        network = reader().begin(config, regions_of(starts[0], config.linear.appearance_px))
        if config.kind == "neural":
            frames = scaled_frames(frames, dict(enumerate(starts)))
            reader().suit(network, frames.rows)
        arrays = trainer().learn(config, frames, network, run=run).last
        return cls(config=config, arrays=arrays, rows=_directions(config, arrays, frames))

    def save(self, folder: str | Path) -> None:
        """Write config.toml and network.npz into a folder."""
        buffer = BytesIO()
        kept = {NETWORK + name: values for name, values in self.arrays.items()}
        if self.rows is not None:
            kept[ROWS] = self.rows
        np.savez(buffer, **kept)  # type: ignore[arg-type]
        folder = Path(folder)
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(folder / CONFIG, to_toml(self.config).encode())
            replace_file(folder / WEIGHTS, buffer.getvalue())

    @classmethod
    def load(cls, folder: str | Path) -> NeuralStart:
        """Read a stored start back; ModelError for a damaged or foreign folder."""
        folder = Path(folder)
        try:
            config = read_config(NeuralConfig, folder / CONFIG)
            with np.load(folder / WEIGHTS, allow_pickle=False) as archive:
                stored = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, ConfigError) as error:
            raise ModelError(
                f"{folder}: expected a network learnt on people, got {error}; learn it again"
            ) from error
        rows = stored.pop(ROWS, None)
        arrays = {name.removeprefix(NETWORK): values for name, values in stored.items()}
        return cls(config=config, arrays=arrays, rows=rows)


def _directions(config: NeuralConfig, arrays: Arrays, frames: FrameSet) -> Float32:
    """Directions [R M] in which people move in raw numbers; all people count the same."""
    network = reader().restored(config, arrays)
    found = []
    for number in np.unique(frames.person):
        rows = frames.rows[frames.person == number]
        raw = reader().raw_codes(config, network, rows)
        if config.kind == "neural" and config.regions.energy:
            raw = np.concatenate([rows, raw], axis=1)
        elif config.kind == "neural":
            raw = rows
        moved = raw - raw.mean(0)
        found.append(moved / max(float(np.linalg.norm(moved)), 1e-12))
    joined = StreamedComponents(found[0].shape[1], keep=KEPT * config.linear.components)
    for moved in found:
        joined.update(moved)
    leading = joined.finish(KEPT * config.linear.components)
    return (leading.basis * leading.sd[:, None]).astype(np.float32)
