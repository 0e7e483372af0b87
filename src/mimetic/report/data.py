"""What the report knows: one frozen record, filled from a result folder or by hand.

Only the video is needed. Every other piece may be None or empty, and the page
then says what is missing instead of drawing nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mimetic.errors import ShapeError
from mimetic.io.events import Trial
from mimetic.ops.lids import LidSeries
from mimetic.ops.trials import TrialMean
from mimetic.types import (
    ExpressionEvent,
    FaceTrack,
    Float32,
    LocalDynamics,
    MovementEmbedding,
    Provenance,
    UInt8,
    VideoInfo,
)
from mimetic.types.arrays import check_shape, freeze


@dataclass(frozen=True, kw_only=True, eq=False)
class Thumbnail:
    """A frame of the video, reduced, with the landmarks in the reduced picture's pixels.

    ``pixels`` None (nothing stored) shows the mesh alone, as ``--anonymous`` does.
    """

    time_s: float
    caption: str
    landmarks_px: Float32  # [L, 2]
    pixels: UInt8 | None = None  # [H, W, 3], RGB

    def __post_init__(self) -> None:
        freeze(self, landmarks_px="f4", pixels="u1")
        check_shape("landmarks_px", self.landmarks_px, "L 2")
        if self.pixels is not None:
            check_shape("pixels", self.pixels, "H W 3")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """How the recording looks around the face; None where it was not measured.

    ``light`` is the median grey level of the face, 0 to 1; ``clipped`` the share
    of face pixels that are fully black or white; ``blur_px`` one standard
    deviation of the blur in video pixels.
    """

    light: float | None = None
    clipped: float | None = None
    blur_px: float | None = None


@dataclass(frozen=True, kw_only=True)
class AsymmetryRow:
    """Left against right for one pair of regions, the person's own sides.

    ``index`` is (left - right) / (left + right), -1 to 1, with the interval
    ``low`` to ``high`` at ``level``; ``left`` and ``right`` are the compared
    amounts in ``unit``. ``movements`` counts what went into it.
    """

    pair: str
    left: float
    right: float
    index: float
    low: float
    high: float
    level: float = 0.95
    movements: int | None = None
    unit: str = "ed"


@dataclass(frozen=True, kw_only=True, eq=False)
class ComponentView:
    """One direction of the movement space, shown as the movement that it makes.

    Column ``index`` of the codes; ``share`` of the movement it carries, 0 to 1.
    Meshes are in crop pixels, like ``ReportData.mesh_px``; ``flow_px`` leads from
    neutral to +2 sd.
    """

    index: int
    name: str
    share: float
    minus_mesh_px: Float32  # [L, 2], at -2 sd
    plus_mesh_px: Float32  # [L, 2], at +2 sd
    minus_pixels: UInt8 | None = None  # [H, W, 3]
    plus_pixels: UInt8 | None = None  # [H, W, 3]
    flow_px: Float32 | None = None  # [2, H, W]

    def __post_init__(self) -> None:
        freeze(self, minus_mesh_px="f4", plus_mesh_px="f4", flow_px="f4")
        freeze(self, minus_pixels="u1", plus_pixels="u1")
        check_shape("minus_mesh_px", self.minus_mesh_px, "L 2")
        check_shape("plus_mesh_px", self.plus_mesh_px, "L 2", L=self.minus_mesh_px.shape[0])
        for name in ("minus_pixels", "plus_pixels"):
            if getattr(self, name) is not None:
                check_shape(name, getattr(self, name), "H W 3")
        if self.flow_px is not None:
            check_shape("flow_px", self.flow_px, "2 H W")


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowView:
    """Dense flow from the neutral face to one frame, in the crop of ``ReportData.mesh_px``.

    ``words`` names the region that moved most then; ``ed_px`` is an eye distance in crop
    pixels; ``method`` measured it. NaN where there is no match.
    """

    time_s: float
    words: str
    flow_px: Float32  # [2, H, W]
    ed_px: float
    method: str

    def __post_init__(self) -> None:
        freeze(self, flow_px="f4")
        check_shape("flow_px", self.flow_px, "2 H W")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportData:
    """Everything that ``write_report`` draws; plain records, no files.

    ``mesh_px`` is this person's mesh and ``neutral_pixels`` this person's neutral
    face in the same crop pixels; ``region_masks`` (weights 0 to 1, in the order of
    ``dynamics.regions``) say where each region lies on it.
    """

    title: str
    video: VideoInfo
    command: str
    track: FaceTrack | None = None
    eyes_px: float | None = None  # median eye distance in video pixels; None: from the track
    other_people: int = 0
    picture: Picture = field(default_factory=Picture)
    mesh_px: Float32 | None = None  # [L, 3]
    neutral_pixels: UInt8 | None = None  # [H, W, 3]
    neutral_s: float | None = None
    thumbnails: tuple[Thumbnail, ...] = ()
    dynamics: LocalDynamics | None = None
    region_masks: Float32 | None = None  # [R, H, W]
    flow: FlowView | None = None
    asymmetry: tuple[AsymmetryRow, ...] = ()
    lids: LidSeries | None = None
    blinks: tuple[ExpressionEvent, ...] | None = None
    embedding: MovementEmbedding | None = None
    components: tuple[ComponentView, ...] = ()
    pose_leak: Mapping[str, float] = field(default_factory=dict)  # R2 of yaw, pitch, roll
    trials: tuple[Trial, ...] = ()
    responses: tuple[TrialMean, ...] = ()  # values [K, R] of the drawn feature
    limits: tuple[str, ...] = ()
    provenance: Provenance | None = None
    versions: Mapping[str, str] = field(default_factory=dict)  # settings, weights, licences

    def __post_init__(self) -> None:
        freeze(self, mesh_px="f4", neutral_pixels="u1", region_masks="f4")
        regions = len(self.dynamics.regions) if self.dynamics else 0
        if self.mesh_px is not None:
            check_shape("mesh_px", self.mesh_px, "L 3")
        if self.neutral_pixels is not None:
            check_shape("neutral_pixels", self.neutral_pixels, "H W 3")
        if self.region_masks is not None:
            check_shape("region_masks", self.region_masks, "R H W", R=regions)
        for response in self.responses:
            check_shape("responses", response.mean, "K R", K=response.lags_s.size, R=regions)
        codes = 0 if self.embedding is None else self.embedding.codes.shape[1]
        beyond = [part.name for part in self.components if part.index >= codes]
        if self.embedding is not None and beyond:
            raise ShapeError(f"components: expected indices below {codes}, got more in {beyond}")
