"""What the parts of this system hand each other: faces, labelled pairs, estimates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from mimetic.types import Bool, Float32, Float64, UInt8
from mimetic.types.arrays import check_shape, check_times, freeze

LANDMARKS = 478
HELD_OUT_SHARE = 3  # one identity in three is kept for the bench


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceSequence:
    """One person's face as filmed: grey pictures and landmarks, T = 1 for a photograph.

    The window stays where it is in the video, so that the head moves in it. ``identity``
    names the person: sequences of one person share it.
    """

    identity: str
    pictures: UInt8  # [T, H, W]
    landmarks_px: Float32  # [T, 478, 3], pixels of the pictures
    times_s: Float64  # [T]
    source: str = ""

    def __post_init__(self) -> None:
        freeze(self, pictures="u1", landmarks_px="f4", times_s="f8")
        check_shape("pictures", self.pictures, "T H W", T=self.times_s.size)
        check_shape("landmarks_px", self.landmarks_px, "T L 3", T=self.times_s.size, L=LANDMARKS)
        check_times("times_s", self.times_s)


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowPair:
    """Two pictures and the displacement of every point of the first, exact or made of landmarks.

    ``before`` is the picture that precedes ``first``, for methods that take three.
    ``valid`` is False where the label is not known (background of the paper's law,
    skin that the second picture hides).
    """

    first: UInt8  # [H, W]
    second: UInt8  # [H, W]
    flow_px: Float32  # [2, H, W]
    valid: Bool  # [H, W]
    before: UInt8 | None = None
    kind: str = ""
    peak_px: float = 0.0
    noise_sigma: float = 0.0
    identity: str = ""

    def __post_init__(self) -> None:
        freeze(self, first="u1", second="u1", before="u1", flow_px="f4", valid="?")
        check_shape("first", self.first, "H W")
        h, w = self.first.shape
        check_shape("second", self.second, "H W", H=h, W=w)
        if self.before is not None:
            check_shape("before", self.before, "H W", H=h, W=w)
        check_shape("flow_px", self.flow_px, "2 H W", H=h, W=w)
        check_shape("valid", self.valid, "H W", H=h, W=w)


@dataclass(frozen=True, eq=False)
class Estimate:
    """Displacement [2 H W] in pixels and one standard deviation of its error [H W], if known."""

    flow_px: Float32
    sigma_px: Float32 | None = None


def is_held_out(identity: str) -> bool:
    """Whether a person is kept for the bench, by name alone: the same on every machine."""
    return int(hashlib.sha256(identity.encode()).hexdigest(), 16) % HELD_OUT_SHARE == 0
