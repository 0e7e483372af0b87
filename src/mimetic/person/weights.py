"""What a person's movement space consists of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from mimetic.config import config_hash
from mimetic.errors import ConfigError
from mimetic.person.features import eye_count
from mimetic.types import Float32, Float64, UInt8
from mimetic.types.arrays import check_shape, freeze

FORMAT = 3  # of a stored model; raise it when the meaning of an array changes


@dataclass(frozen=True, kw_only=True)
class PersonConfig:
    """How a person's movement space is fitted."""

    components: int = 64  # 20 decode .527 of the variance of blendshapes, 64 .569
    appearance_px: int = 64  # 0 leaves appearance out: landmarks and eyes alone
    # Against 1 of appearance. What landmarks know beyond it is a part of their movement only.
    landmarks_energy: float = 0.25
    lids_energy: float = 0.2
    gaze_energy: float = 0.05
    same_person_r: float = 0.5  # least correlation of the average faces of two recordings
    block_frames: int = 256
    # Fewer distinct frames than this per component, and a component would be one
    # moment of the video rather than a movement.
    frames_per_component: int = 4
    least_frames: int = 10

    def __post_init__(self) -> None:
        low: dict[str, float] = {"components": 1, "appearance_px": 16, "block_frames": 16}
        low |= {"frames_per_component": 2, "least_frames": 4}
        low |= {
            "landmarks_energy": 0.01,
            "lids_energy": 0.0,
            "gaze_energy": 0.0,
            "same_person_r": -1.0,
        }
        faults = [
            f"{name}: expected {least} or more, got {getattr(self, name)}"
            for name, least in low.items()
            if getattr(self, name) < least and (name, getattr(self, name)) != ("appearance_px", 0)
        ]
        if faults:
            raise ConfigError("\n".join(faults))


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """What is known about a fit, in plain numbers.

    ``pose_leak_r2`` is how much of yaw, pitch and roll the codes tell on held-out
    stretches of the video: pose is not regressed out, because on real video that
    takes expression with it. ``pose_share`` is the other direction: the part of
    the movement that pose explains on held-out stretches, 0 to 1. None or empty
    where the video is too short to say.
    """

    frames: int
    distinct_frames: int
    seconds: float
    explained: float  # share of the joint variance inside the space
    jitter: float | None  # noise sd over movement sd, rms over the space
    pose_leak_r2: dict[str, float]
    pose_share: float | None
    # Energy of the general model in the fit, the person's own video being 1.
    # None where the components are those of the general model alone.
    general_energy: float | None = 0.0


@dataclass(frozen=True, kw_only=True)
class GeneralFacts:
    """What is known about the fit of a general model; seconds of video of each person by name."""

    seconds: dict[str, float]
    explained: float  # share of the joint variance inside the space, mean over people
    jitter: float | None  # rms over people
    pose_leak_r2: dict[str, float]  # mean over the people in whom it could be tested


@dataclass(frozen=True, kw_only=True, eq=False)
class PersonWeights:
    """The arrays of a movement space.

    A frame's features x [P] (appearance in the face ellipse, landmark x and y, channels
    of the eyes) become codes ``(x - mean) * scale @ basis.T / sd``. ``scale``
    says what each feature weighs (``balance``).
    ``noise_sd`` is the standard deviation of one frame's codes on a still face (NaN
    where the video is too short to measure it), ``residual`` the median distance of a frame from
    the space, never zero.
    """

    mean: Float32  # [P]
    scale: Float32  # [P]
    basis: Float32  # [D, P]
    sd: Float64  # [D], of the scaled features along the component
    share: Float64  # [D], of the joint variance
    noise_sd: Float64  # [D], in units of the codes
    residual: float
    mesh_px: Float32  # [L, 3]
    crop_px: int  # side of the crops that codes are made from
    neutral_pixels: UInt8 | None  # [H, H, 3]; None in a model that holds no picture
    neutral_codes: Float32  # [D]

    def __post_init__(self) -> None:
        freeze(self, mean="f4", scale="f4", basis="f4", sd="f8", share="f8", noise_sd="f8")
        freeze(self, mesh_px="f4", neutral_pixels="u1", neutral_codes="f4")
        check_shape("basis", self.basis, "D P")
        d, p = self.basis.shape
        for name in ("mean", "scale"):
            check_shape(name, getattr(self, name), "P", P=p)
        for name in ("sd", "share", "noise_sd", "neutral_codes"):
            check_shape(name, getattr(self, name), "D", D=d)
        check_shape("mesh_px", self.mesh_px, "L 3")
        if self.neutral_pixels is not None:
            check_shape("neutral_pixels", self.neutral_pixels, "H H 3", H=self.crop_px)

    @property
    def points(self) -> int:
        """Landmarks per frame."""
        return len(self.mesh_px)

    @property
    def appearance_size(self) -> int:
        """Pixels in the face ellipse, the first part of the features."""
        return self.mean.size - 2 * self.points - eye_count(self.points)

    @property
    def landmark_part(self) -> slice:
        """Where landmark x and y are in the features."""
        return slice(self.appearance_size, self.appearance_size + 2 * self.points)

    def landmark_sd_ed(self) -> Float64:
        """What one sd of every component does to the landmarks [D L 2], in eye distances."""
        part = self.landmark_part
        move = self.basis[:, part] / self.scale[part] * self.sd[:, None]
        return move.reshape(len(self.sd), self.points, 2).astype("f8")

    def appearance_sd(self) -> Float64:
        """What one sd of every component does to local contrast in the ellipse [D A]."""
        part = slice(0, self.appearance_size)
        return (self.basis[:, part] / self.scale[part] * self.sd[:, None]).astype("f8")


def weights_hash(weights: PersonWeights) -> str:
    """SHA-256 of the arrays that codes depend on."""
    digest = hashlib.sha256()
    for name in ("mean", "scale", "basis", "sd"):
        array = getattr(weights, name)
        digest.update(f"{name} {array.shape} {array.dtype.str}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def space_hash(weights: PersonWeights, config: PersonConfig) -> str:
    """The name of a movement space: SHA-256 of its weights and configuration alone."""
    both = f"mimetic person {FORMAT} {weights_hash(weights)} {config_hash(config)}"
    return hashlib.sha256(both.encode()).hexdigest()
