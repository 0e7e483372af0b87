"""How the face moved: dense flow, regional dynamics, movement codes."""

from __future__ import annotations

from dataclasses import dataclass

from mimetic.errors import ShapeError
from mimetic.types.arrays import (
    Bool,
    Float32,
    Float64,
    check_missing,
    check_names,
    check_shape,
    check_times,
    freeze,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowField:
    """Dense displacement between pairs of frames, in crop pixels.

    ``flow_px[n, 0]`` points right, ``flow_px[n, 1]`` down; a point x of the start
    frame is found at x + flow_px in the end frame. Where valid is False the
    flow is NaN. ``sigma_px`` is one standard deviation of the error, or None.
    """

    flow_px: Float32  # [N, 2, H, W]
    valid: Bool  # [N, H, W]
    sigma_px: Float32 | None = None  # [N, H, W]
    start_s: Float64  # [N]
    end_s: Float64  # [N]
    method: str

    def __post_init__(self) -> None:
        freeze(self, flow_px="f4", valid="?", sigma_px="f4", start_s="f8", end_s="f8")
        check_shape("flow_px", self.flow_px, "N 2 H W")
        n, _, h, w = self.flow_px.shape
        check_shape("valid", self.valid, "N H W", N=n, H=h, W=w)
        if self.sigma_px is not None:
            check_shape("sigma_px", self.sigma_px, "N H W", N=n, H=h, W=w)
        for name in ("start_s", "end_s"):
            check_shape(name, getattr(self, name), "N", N=n)
        for axis in (0, 1):
            check_missing("flow_px", self.flow_px[:, axis], self.valid)


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalDynamics:
    """Features of facial regions over time.

    Left and right in region names are the person's own. Every feature carries
    its unit in its name (``displacement_ed``, ``speed_ed_s``). ``noise_floor`` is
    what the same feature reads on this recording when nothing moves.
    """

    values: Float32  # [T, R, F]
    times_s: Float64  # [T]
    regions: tuple[str, ...]
    features: tuple[str, ...]
    valid: Bool  # [T, R]
    noise_floor: Float32 | None = None  # [R, F]
    subject: str | None = None

    def __post_init__(self) -> None:
        freeze(self, values="f4", times_s="f8", valid="?", noise_floor="f4")
        sizes = {"T": self.times_s.size, "R": len(self.regions), "F": len(self.features)}
        check_shape("values", self.values, "T R F", **sizes)
        check_shape("valid", self.valid, "T R", T=sizes["T"], R=sizes["R"])
        if self.noise_floor is not None:
            check_shape("noise_floor", self.noise_floor, "R F", R=sizes["R"], F=sizes["F"])
        check_names("regions", self.regions)
        check_names("features", self.features)
        check_times("times_s", self.times_s)
        if not set(map(type, self.regions + self.features)) <= {str}:
            raise ShapeError("regions, features: expected tuples of str")
        check_missing("values", self.values, self.valid)


@dataclass(frozen=True, kw_only=True, eq=False)
class MovementEmbedding:
    """A code per frame in the movement space of one model.

    ``space`` is the hash of the model; codes of different spaces cannot be
    compared. ``scope`` is "person" or "general".
    """

    codes: Float32  # [T, D]
    code_sd: Float32 | None = None  # [T, D]
    times_s: Float64  # [T]
    valid: Bool  # [T]
    space: str
    scope: str = "person"

    def __post_init__(self) -> None:
        freeze(self, codes="f4", code_sd="f4", times_s="f8", valid="?")
        check_shape("codes", self.codes, "T D", T=self.times_s.size)
        check_shape("valid", self.valid, "T", T=self.times_s.size)
        if self.code_sd is not None:
            check_shape("code_sd", self.code_sd, "T D", T=self.times_s.size, D=self.codes.shape[1])
        if self.scope not in ("person", "general"):
            raise ShapeError(f"scope: expected person or general, got {self.scope!r}")
        check_times("times_s", self.times_s)
        check_missing("codes", self.codes, self.valid)
