"""Where the pixels come from: the video, one person's track, the stabilised crops."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from mimetic.types.arrays import (
    Bool,
    Float32,
    Float64,
    UInt8,
    check_missing,
    check_shape,
    check_times,
    freeze,
)


class Reason(IntEnum):
    """Why a frame has no measurement; NONE where it has one."""

    NONE = 0
    NO_FACE = 1  # nothing found, before the face came or after it left
    LOW_CONFIDENCE = 2  # a face was followed, but the network doubts it
    TOO_SMALL = 3  # fewer pixels between the eyes than can be measured
    NOT_ALIGNED = 4  # tracked, but the crop could not be brought to the template


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoInfo:
    """What decoding found out about a video, frame by frame.

    One entry of ``times_s`` for every decoded frame, in presentation order, from
    the container's own timestamps. ``repeated[t]`` says that frame t shows
    nothing new (the rate was raised after filming). ``dropped[t]`` says that at
    least one frame is missing between t - 1 and t.
    """

    path: str
    sha256: str
    width_px: int
    height_px: int
    times_s: Float64  # [T]
    nominal_hz: float  # 1 / median step between decoded frames, NaN below two frames
    rotation_deg: int  # applied already
    declared_frames: int | None
    decoded_frames: int
    damaged_packets: int
    truncated: bool
    repeated: Bool  # [T]
    dropped: Bool  # [T]
    decoder: str

    def __post_init__(self) -> None:
        freeze(self, times_s="f8", repeated="?", dropped="?")
        check_shape("times_s", self.times_s, "T")
        check_times("times_s", self.times_s)
        for name in ("repeated", "dropped"):
            check_shape(name, getattr(self, name), "T", T=self.times_s.size)


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceTrack:
    """One person's landmarks over a video, NaN where the face was not measured.

    ``landmarks_px`` are (x right, y down, z away from the camera) in pixels of
    the upright video; z has the scale of x and an arbitrary origin. Pose is
    relative to this person's own median (R = Rz(roll) Ry(yaw)
    Rx(pitch); yaw positive toward the person's left, pitch up, roll clockwise).
    """

    person: int
    times_s: Float64  # [T]
    box_px: Float32  # [T, 4], x0 y0 x1 y1
    landmarks_px: Float32  # [T, L, 3]
    confidence: Float32  # [T], 0 to 1
    valid: Bool  # [T]
    reason: UInt8  # [T], Reason
    yaw_deg: Float32  # [T]
    pitch_deg: Float32  # [T]
    roll_deg: Float32  # [T]
    scheme: str = "mesh478"

    def __post_init__(self) -> None:
        freeze(self, times_s="f8", valid="?", reason="u1", landmarks_px="f4", box_px="f4")
        freeze(self, confidence="f4", yaw_deg="f4", pitch_deg="f4", roll_deg="f4")
        check_shape("landmarks_px", self.landmarks_px, "T L 3", T=self.times_s.size)
        check_shape("box_px", self.box_px, "T 4", T=self.times_s.size)
        for name in ("confidence", "valid", "reason", "yaw_deg", "pitch_deg", "roll_deg"):
            check_shape(name, getattr(self, name), "T", T=self.times_s.size)
        check_times("times_s", self.times_s)
        check_missing("landmarks_px", self.landmarks_px, self.valid)


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceClip:
    """A person's face held still: stabilised crops before local contrast.

    A template pixel (u, v) with depth Z = ``depth_px[v, u]`` is found in the
    upright video at ``crop_to_video[t] @ (u', v', Z, 1)`` where
    ``(u', v') = alignment[t] @ (u, v, 1)``. ``landmarks_px`` are in crop pixels
    (the alignment undone); ``shape_ed`` are the 3-D points in this person's own
    head frame, in eye distances (1 ed = points 33 to 263 of the person's mesh).
    ``mesh_px`` is this person's mesh in crop pixels. ``neutral_pixels`` and
    ``neutral_shape_ed`` are the neutral face of the whole recording, which a
    stretch of it carries along; None where only this clip is known.
    """

    person: int
    pixels: UInt8  # [T, H, W, 3], RGB, 0 where not valid
    times_s: Float64  # [T]
    crop_to_video: Float64  # [T, 2, 4]
    depth_px: Float32  # [H, W]
    mesh_px: Float32  # [L, 3]
    alignment: Float64  # [T, 2, 3]
    landmarks_px: Float32  # [T, L, 2]
    shape_ed: Float32  # [T, L, 3]
    yaw_deg: Float32  # [T]
    pitch_deg: Float32  # [T]
    roll_deg: Float32  # [T]
    residual: Float32  # [T], rms of the local-contrast difference to the template
    repeated: Bool  # [T]
    valid: Bool  # [T]
    neutral_pixels: UInt8 | None = None  # [H, W, 3]
    neutral_shape_ed: Float32 | None = None  # [L, 3]

    def __post_init__(self) -> None:
        freeze(self, pixels="u1", times_s="f8", crop_to_video="f8", depth_px="f4")
        freeze(self, alignment="f8", landmarks_px="f4", shape_ed="f4", residual="f4")
        freeze(self, yaw_deg="f4", pitch_deg="f4", roll_deg="f4", repeated="?", valid="?")
        freeze(self, mesh_px="f4", neutral_pixels="u1", neutral_shape_ed="f4")
        check_shape("pixels", self.pixels, "T H W 3", T=self.times_s.size)
        sizes = dict(zip("THW", self.pixels.shape, strict=False))
        points = {"T": sizes["T"], "L": self.landmarks_px.shape[1]}
        check_shape("depth_px", self.depth_px, "H W", H=sizes["H"], W=sizes["W"])
        check_shape("crop_to_video", self.crop_to_video, "T 2 4", T=sizes["T"])
        check_shape("alignment", self.alignment, "T 2 3", T=sizes["T"])
        check_shape("landmarks_px", self.landmarks_px, "T L 2", **points)
        check_shape("shape_ed", self.shape_ed, "T L 3", **points)
        check_shape("mesh_px", self.mesh_px, "L 3", L=points["L"])
        if self.neutral_pixels is not None:
            check_shape("neutral_pixels", self.neutral_pixels, "H W 3", H=sizes["H"], W=sizes["W"])
        if self.neutral_shape_ed is not None:
            check_shape("neutral_shape_ed", self.neutral_shape_ed, "L 3", L=points["L"])
        for name in ("yaw_deg", "pitch_deg", "roll_deg", "residual", "repeated", "valid"):
            check_shape(name, getattr(self, name), "T", T=sizes["T"])
        check_times("times_s", self.times_s)
        check_missing("shape_ed", self.shape_ed, self.valid)

    @property
    def ed_px(self) -> float:
        """One eye distance in crop pixels: points 33 to 263 of the mesh, in 3-D."""
        return float(np.linalg.norm(self.mesh_px[33] - self.mesh_px[263]))
