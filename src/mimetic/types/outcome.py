"""What was found: events in time, and what a virtual recording knows for certain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mimetic.errors import ShapeError
from mimetic.types.arrays import Bool, Float32, Float64, check_names, check_shape, freeze
from mimetic.types.motion import FlowField

SIDES = ("left", "right", "both")


@dataclass(frozen=True, kw_only=True)
class ExpressionEvent:
    """One movement with a beginning, a peak and an end, on the video's clock.

    ``kind`` is "micro", "macro", "blink", ...; ``side`` the person's own left,
    right or both. ``rejected`` holds the reason why a candidate does not count.
    """

    onset_s: float
    apex_s: float
    offset_s: float
    kind: str
    label: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    scheme: str | None = None
    regions: tuple[str, ...] = ()
    side: str = "both"
    amplitude_px: float | None = None
    amplitude_ed: float | None = None
    snr: float | None = None
    rejected: str | None = None

    def __post_init__(self) -> None:
        if not self.onset_s <= self.apex_s <= self.offset_s:
            raise ShapeError(
                "onset_s, apex_s, offset_s: expected increasing seconds, got "
                f"{self.onset_s}, {self.apex_s}, {self.offset_s}"
            )
        if self.side not in SIDES:
            raise ShapeError(f"side: expected one of {SIDES}, got {self.side!r}")


@dataclass(frozen=True, kw_only=True, eq=False)
class TraitEstimate:
    """What the movement of one recording says about a trait, and what each part of it added.

    ``value`` = ``baseline`` + the sum of ``main`` + the sum of ``pairs`` above the
    diagonal, all in ``unit``: log-odds of ``label`` for classes, or that of the numbers.
    ``low`` and ``high`` bound the value at 95 %. ``pairs`` is symmetric, its diagonal 0.
    Models whose parts do not add up leave ``main`` and ``pairs`` None.
    """

    trait: str
    value: float
    low: float
    high: float
    unit: str
    baseline: float = 0.0
    label: str | None = None
    probability: float | None = None
    regions: tuple[str, ...] = ()
    main: Float64 | None = None  # [R]
    pairs: Float64 | None = None  # [R, R]

    def __post_init__(self) -> None:
        freeze(self, main="f8", pairs="f8")
        sizes = {"R": len(self.regions)}
        if self.main is not None:
            check_shape("main", self.main, "R", **sizes)
        if self.pairs is not None:
            check_shape("pairs", self.pairs, "R R", **sizes)
        if not self.low <= self.value <= self.high:
            raise ShapeError(
                f"low, value, high: expected increasing, got {self.low}, {self.value}, {self.high}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceTruth:
    """What a virtual recording knows about itself, exact by construction.

    ``landmarks_px`` are in pixels of the video, z away from the camera with the
    scale of x. ``visible`` is False where a landmark is hidden by the head
    itself. ``activations`` are 0 to 1 per control. ``flow(i, j)`` gives the exact
    displacement from frame i to frame j in video pixels, with valid False where
    the point is hidden in j or is no face.
    """

    times_s: Float64  # [T]
    landmarks_px: Float32  # [T, L, 3]
    visible: Bool  # [T, L]
    activations: Float32  # [T, K]
    controls: tuple[str, ...]
    yaw_deg: Float32  # [T]
    pitch_deg: Float32  # [T]
    roll_deg: Float32  # [T]
    events: tuple[ExpressionEvent, ...]
    flow: Callable[[int, int], FlowField]

    def __post_init__(self) -> None:
        freeze(self, times_s="f8", landmarks_px="f4", visible="?", activations="f4")
        freeze(self, yaw_deg="f4", pitch_deg="f4", roll_deg="f4")
        frames = self.times_s.size
        check_shape("landmarks_px", self.landmarks_px, "T L 3", T=frames)
        check_shape("visible", self.visible, "T L", T=frames, L=self.landmarks_px.shape[1])
        check_shape("activations", self.activations, "T K", T=frames, K=len(self.controls))
        for name in ("yaw_deg", "pitch_deg", "roll_deg"):
            check_shape(name, getattr(self, name), "T", T=frames)
        check_names("controls", self.controls)
