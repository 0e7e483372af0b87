"""The regions of a face as small pictures over time, for the network that looks at pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import map_coordinates

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.regions import region_centres, region_masks, region_scheme
from mimetic.relations.sequences import Sequences
from mimetic.types import FaceClip, Float32, Float64

SIDE = 24  # pixels of a picture
MOMENTS = 12  # pictures of each region in a clip
HALF_ED = 0.35  # from the middle of a region to the edge of its picture
FINER = 2  # samples across a pixel, whose mean it is
_SCHEMES = ("9", "13")


def read_crops(clips: Sequence[FaceClip], regions: tuple[str, ...]) -> Sequences:
    """Grey pictures of every region [n MOMENTS R SIDE * SIDE] at even times of each clip.

    The nearest valid frame stands for each time. Raises ArgumentError for regions of no known
    scheme, and names the rows of clips without a valid frame.
    """
    known = [name for name in _SCHEMES if region_scheme(name).regions == regions]
    if not known:
        raise ArgumentError(
            f"regions: expected those of scheme {' or '.join(_SCHEMES)} to cut out of crops, got "
            f"{', '.join(regions)}"
        )
    empty = [str(row) for row, clip in enumerate(clips) if clip.valid.sum() < 2]
    if empty:
        raise ArgumentError(
            f"clips: expected at least two valid frames, rows {', '.join(empty)} have fewer"
        )
    return Sequences(
        signals=np.stack([_pictures(clip, known[0]) for clip in clips]),
        duration_s=np.array([np.ptp(clip.times_s[clip.valid]) for clip in clips]),
        piece=1,
    )


def _pictures(clip: FaceClip, scheme: str) -> Float32:
    """The pictures [MOMENTS R SIDE * SIDE] of one clip, 0 to 1."""
    size = clip.pixels.shape[1]
    if clip.pixels.shape[2] != size:
        raise ShapeError(f"pixels: expected square crops, got {list(clip.pixels.shape)}")
    centres = region_centres(region_masks(clip.mesh_px, size, scheme))
    grid = _grid(HALF_ED * clip.ed_px)
    seen = np.flatnonzero(clip.valid)
    first_s, last_s = map(float, clip.times_s[seen[[0, -1]]])
    wanted_s = np.linspace(first_s, last_s, MOMENTS)
    frames = seen[np.abs(clip.times_s[seen] - wanted_s[:, None]).argmin(1)]
    found = []
    for frame in frames:
        grey = clip.pixels[frame].astype(np.float32).mean(2) / 255
        found.append([_cut(grey, centre + grid) for centre in centres])
    return np.asarray(found, np.float32)


def _grid(half_px: float) -> Float64:
    """Places (x, y) [F S F S 2] of all samples about the middle of a picture."""
    steps = (np.arange(SIDE * FINER) + 0.5) / (SIDE * FINER) * 2 - 1
    down, across = np.meshgrid(steps, steps, indexing="ij")
    return np.asarray(half_px * np.stack([across, down], axis=2))


def _cut(grey: Float32, places: Float64) -> Float32:
    """One picture [SIDE * SIDE]; 0 for a region without a middle."""
    if not np.isfinite(places).all():
        return np.zeros(SIDE * SIDE, np.float32)
    # Places are (x, y), pictures are indexed by row and column.
    fine = map_coordinates(grey, places[..., ::-1].transpose(2, 0, 1), order=1, mode="nearest")
    coarse = fine.reshape(SIDE, FINER, SIDE, FINER).mean((1, 3))
    return np.asarray(coarse.ravel(), np.float32)
