"""Flow labels made of landmarks: the law of Alkaddour, Tariq and Dhall (2021), put right.

The motion of tracked landmarks is spread over the skin between them, affine in
each triangle of a mesh that is laid once per sequence. Nothing looks at the
pixels, so the labels carry the tracker's jitter (0.1 px of it becomes 0.12, 0.3 px
0.37, 0.6 px 0.73 at 192 px) and know nothing of movement between the landmarks.
They are made here for comparison with exact labels, and for people who want
them of their own video.

Defects of the published code that are avoided here:

* Vectors were scaled by the size of the full frame while the crop was resized.
  Here the landmarks are first brought into the crop, and the label is made there.
* A set of pixels was carried along the sequence and drifted off the skin. Here
  every pixel of every first picture is labelled anew.
* Background was labelled as still. Here it is 0 as well, but not valid, and so is skin that
  folds over itself.
* Two settings of the loss had one name, so that the finest term was lost, and one experiment
  fell through to another's loss: see ``losses.py`` and the recipes.
* Results were graded against labels of this kind. The bench grades against exact flow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.flow.records import FaceSequence, FlowPair
from mimetic.ops.landmarks import SKIN_POINTS
from mimetic.ops.triangles import affine_flow, triangulate
from mimetic.ops.warp import blur_for_shrinking, sample_exact
from mimetic.types import Bool, Float32, Float64, Floats, Int64, UInt8
from mimetic.types.arrays import check_shape

SCHEMES = ("mesh478", "68")
KIND = "paper"
SMALLEST_PX = 32
_RIM = 12  # pixels, after which a cubic B-spline has forgotten its neighbours (0.27 ** 12)
GAP_STEPS = 2.5  # frames further apart than so many usual steps are not neighbours

# The points of the mesh that stand for the 68-point scheme, in its order: the person's right
# comes first.
POINTS_68: tuple[int, ...] = (
    *(127, 234, 132, 58, 172, 136, 149, 148, 152),  # jaw, from the right ear to the chin
    *(377, 378, 365, 397, 288, 361, 454, 356),
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),  # brows
    *(168, 197, 5, 4, 98, 97, 2, 326, 327),  # ridge of the nose, then its base
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
    *(61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91),  # outline of the lips
    *(78, 81, 13, 311, 308, 402, 14, 178),  # where the lips part
)


@dataclass(frozen=True, kw_only=True)
class LabelSettings:
    """How labels are made of landmarks.

    ``points`` is "mesh478" (its 468 points of the skin: an iris slides under the lids)
    or "68". ``jitter_px`` is one standard deviation, per axis, of noise laid on every landmark of
    both pictures; the tracker's own jitter is there already.
    """

    size_px: int = 192
    points: str = "mesh478"
    jitter_px: float = 0.0
    margin_px: float = 10.0  # around the landmarks, in pixels of the label

    def __post_init__(self) -> None:
        faults = []
        if self.points not in SCHEMES:
            faults.append(f"points: expected one of {', '.join(SCHEMES)}, got {self.points!r}")
        if self.size_px < SMALLEST_PX:
            faults.append(f"size_px: expected {SMALLEST_PX} or more, got {self.size_px}")
        if not 0 <= self.jitter_px < np.inf:
            faults.append(f"jitter_px: expected 0 or more, got {self.jitter_px}")
        if not 0 <= self.margin_px < self.size_px / 4:
            faults.append(
                f"margin_px: expected 0 to a quarter of size_px ({self.size_px / 4:g}), "
                f"got {self.margin_px}"
            )
        if faults:
            raise ArgumentError("; ".join(faults))


@dataclass(frozen=True, kw_only=True)
class Square:
    """The part of a picture that becomes a label's: pixel u lies at corner + u / scale."""

    left_px: float
    top_px: float
    scale: float
    size_px: int

    @classmethod
    def around(cls, points: Floats, settings: LabelSettings) -> Square:
        """The square around points [... 2] with the margin of the settings.

        The paper stretched its crops to 384 x 512; a square keeps the face's proportions.
        """
        places = np.asarray(points, np.float64).reshape(-1, 2)
        low, high = places.min(0), places.max(0)
        longest = float((high - low).max())
        if not np.isfinite(longest) or longest < 1:
            raise ArgumentError("landmarks: expected finite points more than a pixel apart")
        scale = (settings.size_px - 1 - 2 * settings.margin_px) / longest
        left, top = (low + high) / 2 - (settings.size_px - 1) / 2 / scale
        return cls(left_px=float(left), top_px=float(top), scale=scale, size_px=settings.size_px)

    def cut(self, picture: UInt8) -> UInt8:
        """The square out of a grey picture [H W], whose last pixels go on beyond its rim."""
        step = 1 / self.scale
        corner = np.array([self.left_px, self.top_px])
        far = corner + (self.size_px - 1) * step
        # A spline's coefficients know their neighbours: a rim is taken along, not a whole frame.
        rim, most = _RIM + np.ceil(4 * step), np.array(picture.shape[::-1]) - 1
        low = np.clip(np.floor(corner - rim), 0, most).astype(int)
        high = np.clip(np.ceil(far + rim), 0, most).astype(int)
        part = picture[low[1] : high[1] + 1, low[0] : high[0] + 1]
        along = np.arange(self.size_px) * step
        x, y = np.meshgrid(corner[0] - low[0] + along, corner[1] - low[1] + along)
        cut = sample_exact(blur_for_shrinking(part, step), x, y)
        return np.clip(np.rint(cut), 0, 255).astype(np.uint8)

    def place(self, points: Floats) -> Float64:
        """Points [... 2] of the picture in pixels of the square."""
        corner = np.array([self.left_px, self.top_px])
        return np.asarray((np.asarray(points, np.float64) - corner) * self.scale)


def paper_label(
    landmarks_first: Floats,
    landmarks_second: Floats,
    shape: tuple[int, int],
    *,
    triangles: Int64 | None = None,
) -> tuple[Float32, Bool]:
    """The flow [2 H W] that carries landmarks [L 2] from first to second, and where it is known.

    Pixels of one grid of ``shape`` (H, W). ``triangles`` [K 3] is the mesh of the sequence
    (``label_triangles``); None lays one over the first landmarks. Outside the landmarks and
    where the mesh folds over itself the flow is 0 and not valid.
    """
    check_shape("landmarks_first", landmarks_first, "L 2")
    check_shape("landmarks_second", landmarks_second, "L 2", L=len(landmarks_first))
    if not (np.isfinite(landmarks_first).all() and np.isfinite(landmarks_second).all()):
        raise ArgumentError("landmarks: expected finite points, got NaN; leave such frames out")
    mesh = triangulate(landmarks_first) if triangles is None else triangles
    return affine_flow(landmarks_first, landmarks_second, mesh, shape=shape)


def paper_pair(
    face: FaceSequence, index: int, *, settings: LabelSettings, rng: np.random.Generator
) -> FlowPair:
    """The pictures ``index`` and ``index + 1`` of a sequence with the paper's label.

    ``neighbours`` names the indices whose next picture is the next frame of the film.
    ``rng`` is drawn from only where there is jitter to lay on.
    """
    count = face.times_s.size
    if not 0 <= index < count - 1:
        raise ArgumentError(f"index: expected 0 to {count - 2} of {count} pictures, got {index}")
    between = slice(index, index + 2)
    pair = label_pictures(
        face.pictures[between],
        face.landmarks_px[between],
        triangles=label_triangles(face.landmarks_px, settings.points),
        settings=settings,
        rng=rng,
    )
    return replace(pair, identity=face.identity)


def label_pictures(
    pictures: UInt8,
    landmarks_px: Floats,
    *,
    triangles: Int64,
    settings: LabelSettings,
    rng: np.random.Generator,
) -> FlowPair:
    """Two grey pictures [2 H W] of one face, cut out together, with the paper's label.

    ``landmarks_px`` [2 478 ...] are in pixels of the pictures; the square that is cut is
    ``Square.around`` those of the scheme.
    """
    both = landmarks_px[:, points_of(settings.points), :2]
    square = Square.around(both, settings)
    first, second = square.place(both)
    if settings.jitter_px:
        first = first + rng.normal(0, settings.jitter_px, first.shape)
        second = second + rng.normal(0, settings.jitter_px, second.shape)
    shape = settings.size_px, settings.size_px
    flow, valid = paper_label(first, second, shape, triangles=triangles)
    return FlowPair(
        first=square.cut(pictures[0]),
        second=square.cut(pictures[1]),
        flow_px=flow,
        valid=valid,
        kind=KIND,
        peak_px=float(np.hypot(*flow)[valid].max(initial=0)),
    )


def points_of(scheme: str) -> Int64:
    """The indices into the 478 points that a scheme takes: "mesh478" or "68"."""
    if scheme not in SCHEMES:
        raise ArgumentError(f"points: expected one of {', '.join(SCHEMES)}, got {scheme!r}")
    return np.arange(SKIN_POINTS) if scheme == "mesh478" else np.array(POINTS_68)


def label_triangles(landmarks_px: Floats, scheme: str) -> Int64:
    """The mesh [K 3] of a sequence [T 478 ...], numbered as ``points_of`` orders its points.

    Laid once, over the median face: a typical pose, in which the jitter of single
    frames turns no small triangle over.
    """
    check_shape("landmarks_px", landmarks_px[..., :2], "T L 2")
    points = np.asarray(landmarks_px[:, points_of(scheme), :2], np.float64)
    return triangulate(np.median(points - points.mean(1, keepdims=True), axis=0))


def neighbours(times_s: Float64) -> Int64:
    """The indices whose next picture shows the next frame, not the start of another stretch."""
    steps = np.diff(times_s)
    if not steps.size:
        return np.zeros(0, np.int64)
    return np.flatnonzero(steps <= GAP_STEPS * np.median(steps))
