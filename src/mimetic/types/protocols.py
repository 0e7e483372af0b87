"""What one system may expect of another without importing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy.typing as npt

from mimetic.types.arrays import Float32, UInt8
from mimetic.types.clip import FaceClip
from mimetic.types.motion import FlowField

Against = Literal["neighbour", "neutral"] | float


class FlowMethod(Protocol):
    """Anything that measures displacement between two pictures of one size."""

    @property
    def name(self) -> str:
        """The name that is stored with the flow."""
        ...

    def pair(self, first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Float32:
        """Displacement [2 H W] in pixels from first to second, both u8 [H W] or [H W 3]."""
        ...

    def predict(self, clip: FaceClip, *, against: Against = "neighbour") -> FlowField:
        """The flow of a clip between neighbours, from neutral, or over a lag in seconds."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One decoded frame, upright: its number in the video, its time, its RGB pixels [H W 3]."""

    index: int
    time_s: float
    pixels: UInt8


class FrameSource(Protocol):
    """Anything that yields frames in order: a file, an image folder, a virtual face."""

    def frames(self, *, first: int = 0) -> Iterator[Frame]:
        """The frames from number ``first`` on, in presentation order."""
        ...
