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
from mimetic.person.fit import measure
from mimetic.person.neuralfit import scaled_frames
from mimetic.person.neuralparts import Arrays, reader, regions_of, trainer
from mimetic.person.recipe import NeuralConfig
from mimetic.person.samples import gather_frames
from mimetic.types import FaceClip

CONFIG, WEIGHTS = "config.toml", "network.npz"


@dataclass(frozen=True, kw_only=True, eq=False)
class NeuralStart:
    """What a network learnt on many people: the recipe and the weights, nobody's face."""

    config: NeuralConfig
    arrays: Arrays

    @property
    def kind(self) -> str:
        """Which kind of network this is."""
        return self.config.kind

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
        return cls(config=config, arrays=trainer().learn(config, frames, network, run=run).last)

    def save(self, folder: str | Path) -> None:
        """Write config.toml and network.npz into a folder."""
        buffer = BytesIO()
        np.savez(buffer, **self.arrays)  # type: ignore[arg-type]
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
                arrays = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, ConfigError) as error:
            raise ModelError(
                f"{folder}: expected a network learnt on people, got {error}; learn it again"
            ) from error
        return cls(config=config, arrays=arrays)
