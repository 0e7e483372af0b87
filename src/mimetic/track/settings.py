"""What the tracker is told, and what it asks of those who search and read faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mimetic.errors import ConfigError
from mimetic.track.detect import Detection
from mimetic.track.mesh import MeshReading
from mimetic.track.region import Region
from mimetic.types.arrays import UInt8


@dataclass(frozen=True, kw_only=True)
class TrackConfig:
    """Settings of the tracker; all schedules are seconds of the video's own time."""

    search_s: float = 1.0  # between two searches for further faces
    retry_s: float = 0.2  # between two fine searches while no face is in sight
    hold_s: float = 1.0  # how long a lost face keeps its number
    start: float = 0.25  # least confidence with which a face begins to be followed
    sure: float = 0.5  # below it a followed face is looked for again at the next search
    jump: float = 0.6  # a larger move between frames, in face sizes, is another face
    look_jump: float = 0.15  # a larger change of look between frames is another face: a cut
    most_faces: int = 8

    def __post_init__(self) -> None:
        faults = [
            f"{name}: expected seconds of 0 or more, got {getattr(self, name)}"
            for name in ("search_s", "retry_s", "hold_s")
            if not 0 <= getattr(self, name) < np.inf
        ]
        faults += [
            f"{name}: expected a share of 0 to 1, got {getattr(self, name)}"
            for name in ("start", "sure")
            if not 0 <= getattr(self, name) <= 1
        ]
        faults += [
            f"{name}: expected a change above 0, got {getattr(self, name)}"
            for name in ("jump", "look_jump")
            if not 0 < getattr(self, name) < np.inf
        ]
        if self.most_faces < 1:
            faults.append(f"most_faces: expected 1 or more, got {self.most_faces}")
        if faults:
            raise ConfigError("\n".join(faults))


class Searches(Protocol):
    """Anything that finds faces at three depths; FaceSearch says what they are."""

    def quick(self, pixels: UInt8) -> list[Detection]:
        """Asked at every search."""
        ...

    def fine(self, pixels: UInt8) -> list[Detection]:
        """Asked at every scheduled search, and when a face is lost."""
        ...

    def hard(self, pixels: UInt8) -> list[Detection]:
        """Asked at a scheduled search that has found nothing sure."""
        ...


class Reads(Protocol):
    """Anything that measures the face in a square of a picture."""

    def read(self, pixels: UInt8, region: Region) -> MeshReading:
        """Landmarks and presence in ``region`` of RGB pixels [H W 3]."""
        ...
