"""A small, brief movement shown larger: Lagrangian magnification along the measured flow.

After Liu et al. 2005 (motion magnification): the flow from one frame to all others says where
every point of the skin goes; the part of that course that is brief is multiplied, and each frame
is warped to where its skin would then be. Light, teeth and noise are those of the frame. What
belongs to no face keeps its pixels, bit by bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.micro.band import brief_part, share_above_noise, without_head
from mimetic.micro.push import push
from mimetic.micro.skin import face_weight, known_movement
from mimetic.types import FaceClip, Float32, Float64, FlowMethod, UInt8

LARGEST = 20.0
FARTHEST_ED = 0.25  # that a point is moved; large movement torn apart shows nothing
STEEPEST = 0.8  # change of the added movement from pixel to pixel
_BEND = 6  # half of that length is reached within a thousandth
MOST_FRAMES = 1500  # of flow held in memory at once
FROM = ("onset", "neutral")
_FEWEST = 3
_FLOORS = 3.0
_WITNESS, _WITNESSES = 0.1, 0.3  # share above noise; of the face at least
_LOOK_BACK = 2  # rounds in which a frame's points are followed back to the first frame


@dataclass(frozen=True, kw_only=True)
class MagnifySettings:
    """How much, from which frame, and which movements are made larger.

    ``by`` 1 shows the clip as it is. Movements that last from ``shortest_s`` to ``longest_s``
    keep their full size; slower ones are not made larger. What has less energy than
    ``noise_floors`` times its noise at rest fades out; 0 makes noise larger too. ``origin``
    "neutral" measures from the neutral face of the recording, "onset" from the first frame.
    """

    by: float = 8.0
    origin: str = "onset"
    shortest_s: float = 0.04
    longest_s: float = 1.0
    noise_floors: float = _FLOORS

    def __post_init__(self) -> None:
        if not 1 <= self.by <= LARGEST:
            raise ArgumentError(f"by: expected 1 to {LARGEST:g}, got {self.by}")
        if self.origin not in FROM:
            raise ArgumentError(f"origin: expected {' or '.join(FROM)}, got {self.origin!r}")
        if not 0 < self.shortest_s < self.longest_s < np.inf or not self.noise_floors >= 0:
            raise ArgumentError(
                "shortest_s, longest_s, noise_floors: expected durations that increase and 0 or "
                f"more, got {self.shortest_s:g}, {self.longest_s:g}, {self.noise_floors:g}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Magnified:
    """A stretch of a recording with its movement made larger.

    ``clip`` holds the frames as they were, repeated and missing ones left out; ``pixels`` show
    them magnified; ``added_px`` is how far each point of each frame was moved, in crop pixels.
    """

    clip: FaceClip
    pixels: UInt8  # [T, H, W, 3]
    added_px: Float32  # [T, 2, H, W]
    method: str
    settings: MagnifySettings

    @property
    def times_s(self) -> Float64:
        """The moments of the frames [T], on the video's clock."""
        return self.clip.times_s

    def side_by_side(self, zoom: int = 3) -> UInt8:
        """The frames as they were, and magnified at their right [T zoom*H 2*zoom*W 3]."""
        if zoom < 1:
            raise ArgumentError(f"zoom: expected 1 or more, got {zoom}")
        both = np.concatenate([self.clip.pixels, self.pixels], axis=2)
        if zoom == 1:
            return both
        size = (both.shape[2] * zoom, both.shape[1] * zoom)
        large = [cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each in both]
        return np.asarray(np.stack(large), np.uint8)


def magnify(
    clips: FaceClip | Iterable[FaceClip],
    flow: FlowMethod,
    *,
    start_s: float,
    end_s: float,
    settings: MagnifySettings | None = None,
) -> Magnified:
    """The frames of a clip or of stretches from ``start_s`` to ``end_s``, magnified.

    Frames up to ``longest_s`` before and after are looked at to tell what is brief and how
    much noise there is: clips without a rest before the movement are magnified less truly.
    Points that the flow method does not find, or whose picture does not fit, go with the
    skin around them. The head's own motion is not magnified. No point goes more than
    FARTHEST_ED further, and no skin is torn: large movements are magnified by less.

    Raises ArgumentError where there are fewer than three frames, more than can be held at
    once, or no neutral face where it is asked for.
    """
    settings = settings or MagnifySettings()
    around_s = settings.longest_s
    near = frames_between(clips, start_s=start_s - around_s, end_s=end_s + around_s)
    shown = np.flatnonzero((near.times_s >= start_s - 1e-9) & (near.times_s <= end_s + 1e-9))
    if shown.size < _FEWEST:
        raise ArgumentError(
            f"start_s, end_s: expected {_FEWEST} frames of the face or more from {start_s:g} to "
            f"{end_s:g} s, got {shown.size}"
        )
    moved = known_movement(near, flow, reference=_reference(near, int(shown[0]), settings))
    further = _further(moved, near, settings)
    clip = rows_of(near, shown)
    added = np.stack([_in_frame(further[row], moved[row]) for row in shown])
    pixels = [push(frame, field) for frame, field in zip(clip.pixels, added, strict=True)]
    return Magnified(
        clip=clip, pixels=np.stack(pixels), added_px=added, method=flow.name, settings=settings
    )


def frames_between(
    clips: FaceClip | Iterable[FaceClip], *, start_s: float, end_s: float
) -> FaceClip:
    """The frames of stretches that show the face, and something new, between two moments.

    ArgumentError where there is none, or more than MOST_FRAMES.
    """
    parts = []
    for clip in [clips] if isinstance(clips, FaceClip) else clips:
        near = (clip.times_s >= start_s - 1e-9) & (clip.times_s <= end_s + 1e-9)
        rows = np.flatnonzero(near & clip.valid & ~clip.repeated)
        if rows.size:
            parts.append(rows_of(clip, rows))
    count = sum(part.times_s.size for part in parts)
    if not 0 < count <= MOST_FRAMES:
        raise ArgumentError(
            f"start_s, end_s: expected 1 to {MOST_FRAMES} frames of a face from {start_s:g} to "
            f"{end_s:g} s, got {count}"
        )
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _per_frame()
    }
    return replace(parts[-1], **joined)


def rows_of(clip: FaceClip, rows: Any) -> FaceClip:
    """Some frames of a clip."""
    kept: dict[str, Any] = {name: getattr(clip, name)[rows] for name in _per_frame()}
    return replace(clip, **kept)


def _per_frame() -> tuple[str, ...]:
    whole = ("person", "depth_px", "mesh_px", "neutral_pixels", "neutral_shape_ed")
    return tuple(each.name for each in fields(FaceClip) if each.name not in whole)


def _reference(clip: FaceClip, first: int, settings: MagnifySettings) -> UInt8:
    if settings.origin == "onset":
        return np.asarray(clip.pixels[first], np.uint8)
    if clip.neutral_pixels is None:
        raise ArgumentError(
            "origin: expected onset, because these clips carry no neutral face; mimetic analyze "
            "finds one"
        )
    return clip.neutral_pixels


def _further(moved: Float32, clip: FaceClip, settings: MagnifySettings) -> Float32:
    """How much further each point of the reference is to go [T 2 H W]."""
    inside = face_weight(clip.mesh_px, clip.pixels.shape[1])
    brief = brief_part(
        moved, clip.times_s, shortest_s=settings.shortest_s, longest_s=settings.longest_s
    )
    face = inside > 0
    skin = {"floors": settings.noise_floors or _FLOORS, "within_s": settings.longest_s / 2}
    # What moves by itself is no witness of how the head moved: two rounds.
    alone = without_head(brief, face.astype(np.float32))
    own = share_above_noise(alone, clip.times_s, face, **skin).max(0)
    witnesses = face & (own < _WITNESS)
    if witnesses.mean() > _WITNESSES * face.mean():
        alone = without_head(brief, witnesses.astype(np.float32))
    if settings.noise_floors:
        alone *= share_above_noise(alone, clip.times_s, face, **skin)[:, None]
    added = np.asarray((settings.by - 1) * inside * alone, np.float32)
    return added * held_back(added, FARTHEST_ED * clip.ed_px)[:, None, None, None]


def held_back(added: Float32, farthest_px: float) -> Float32:
    """The share [T] of each field [2 H W] that tears no skin, next to 1 where all of it does not.

    The farthest point stays below a length, and neighbours come no nearer to each other, and go no
    farther apart, than STEEPEST of their distance: beyond it skin folds over or rips.
    """
    peak = np.hypot(added[:, 0], added[:, 1]).max((1, 2)) / farthest_px
    slopes = np.concatenate(np.gradient(added, axis=(2, 3)), axis=1)  # [T, 4, H, W]
    steep = np.sqrt(np.square(slopes).sum(1)).max((1, 2)) / STEEPEST
    most = np.maximum(peak, steep)
    return np.asarray((1 + most**_BEND) ** (-1 / _BEND), np.float32)


def _in_frame(further: Float32, moved: Float32) -> Float32:
    """A field over the points of the reference, as one over the points of a frame [2 H W]."""
    y, x = np.indices(moved.shape[1:], np.float32)
    source = np.stack([x, y]) - moved
    for _ in range(_LOOK_BACK):
        source = np.stack([x, y]) - _looked_up(moved, source)
    return _looked_up(further, source)


def _looked_up(field: Float32, place: Float32) -> Float32:
    return np.stack(
        [
            cv2.remap(part, place[0], place[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for part in field
        ]
    )
