"""What the repertoire page knows: movements with their frames, arrows and times."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.types import Float32, UInt8
from mimetic.types.arrays import check_shape, freeze


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """A frame of the video: its landmarks [L 2] in crop pixels, its crop if it may be shown."""

    recording: str
    time_s: float
    points_px: Float32  # [L, 2]
    pixels: UInt8 | None = None  # [H, W, 3]

    def __post_init__(self) -> None:
        freeze(self, points_px="f4", pixels="u1")
        check_shape("points_px", self.points_px, "L 2")
        if self.pixels is not None:
            check_shape("pixels", self.pixels, "H W 3")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One occurrence on the clock; ``strength`` 0 to 1 is how clear it is."""

    recording: str
    onset_s: float
    offset_s: float
    strength: float


@dataclass(frozen=True, kw_only=True, eq=False)
class MovementView:
    """One movement as the page shows it.

    ``onset`` and ``apex`` are its clearest example, ``more`` the apexes of others;
    ``shifts_px`` [L 2] is where the landmarks go at the usual size. ``again`` is the
    share of repetitions that find it, ``halves`` that of the halves of the video;
    ``head_deg`` how the head turns along (yaw, pitch, roll), empty where it does not.
    """

    number: int
    name: str
    side: str
    duration_s: float
    amplitude_ed: float
    again: float
    halves: float
    head_deg: dict[str, float]
    onset: Moment
    apex: Moment
    more: tuple[Moment, ...]
    shifts_px: Float32  # [L, 2]
    marks: tuple[Mark, ...]

    def __post_init__(self) -> None:
        freeze(self, shifts_px="f4")
        check_shape("shifts_px", self.shifts_px, "L 2", L=len(self.onset.points_px))


@dataclass(frozen=True, kw_only=True, eq=False)
class RepertoireData:
    """Everything on the page; ``recordings`` are names with first and last second."""

    title: str
    seconds: float
    recordings: tuple[tuple[str, float, float], ...]
    movements: tuple[MovementView, ...]
    chance: float
