"""What one person's face looks like: mesh, depth, and the template to align to.

``fit_template`` makes them from patches of at most 512 frames, in two passes of
Lucas-Kanade, each against the mean of what the pass before held still.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, NoFaceError
from mimetic.ops import mesh, stabilise, warp
from mimetic.ops.align import compose_affine, invert_affine, join_projection
from mimetic.track.patch import Patch
from mimetic.types import Float32, Float64, Floats
from mimetic.types.arrays import check_shape

SIZES_PX = (128, 192, 256)
MOST_PATCHES = 512


@dataclass(frozen=True, kw_only=True)
class CropConfig:
    """How crops are made.

    ``size_px`` is the side of the square crop. A frame counts as not aligned when
    Lucas-Kanade moves the rim of the face by more than ``most_shift_px`` (at 128 px),
    leaves a residual above ``most_residual``, or less than ``least_inside`` of the
    face ellipse lies inside the picture.
    """

    size_px: int = 128
    most_shift_px: float = 12.0
    most_residual: float = 0.35
    least_inside: float = 0.7

    def __post_init__(self) -> None:
        if self.size_px not in SIZES_PX:
            raise ArgumentError(f"size_px: expected one of {SIZES_PX}, got {self.size_px}")
        if not 0 < self.least_inside <= 1:
            raise ArgumentError(f"least_inside: expected above 0 to 1, got {self.least_inside}")
        for name in ("most_shift_px", "most_residual"):
            if not getattr(self, name) > 0:
                raise ArgumentError(f"{name}: expected above 0, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceTemplate:
    """What is known of one person's face: mesh, depth, and the picture to align to.

    ``template`` and ``weight`` are local contrast and weights at 128 px whatever the
    crop's size. ``reduction`` is the whole factor by which the video is made smaller before
    sampling; it is one per person, so that no frame is sharper than its neighbour.
    ``residual`` is the median residual over the ``patches`` it was made from.
    """

    mesh_px: Float32  # [L, 3], crop pixels
    depth_px: Float32  # [H, W]
    template: Float32  # [128, 128]
    weight: Float32  # [128, 128]
    reduction: int
    patches: int
    residual: float

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Everything as arrays, for a store."""
        return {name: np.asarray(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[np.generic]]) -> FaceTemplate:
        """The template of ``to_arrays``; the same bits give the same crops."""
        missing = [name for name in cls.__dataclass_fields__ if name not in arrays]
        if missing:
            raise ArgumentError(f"arrays: expected a stored face template, lacks {missing}")
        parts = {name: np.asarray(arrays[name]) for name in cls.__dataclass_fields__}
        whole = {name: int(parts.pop(name)) for name in ("reduction", "patches")}
        return cls(residual=float(parts.pop("residual")), **whole, **parts)  # type: ignore[arg-type]


class Sight:
    """How Lucas-Kanade sees a face: local contrast of the 128 px crop, whatever the crop's size."""

    def __init__(self, depth_px: Float32) -> None:
        self.unit = depth_px.shape[0] / mesh.CANONICAL_SIZE
        self._shape = (mesh.CANONICAL_SIZE, mesh.CANONICAL_SIZE)
        self._basis = warp.depth_basis(self._small(depth_px))

    def _small(self, depth_px: Float32) -> Float32:
        v, u = np.mgrid[: self._shape[0], : self._shape[1]].astype(np.float32)
        maps = np.stack([u, v]) * np.float32(self.unit)
        return np.asarray(warp.sample_fast(depth_px, maps) / self.unit, np.float32)

    def maps(self, projection: Floats) -> Float32:
        """Video positions [2 128 128] of a projection [2 4] of crop pixels."""
        small = np.array(projection, np.float64)
        small[:, :3] *= self.unit
        return warp.projection_maps(small, self._basis, self._shape)

    def contrast(self, grey: Patch, projection: Floats) -> Float32:
        """Local contrast [128 128] of a grey patch under a projection to the video."""
        to_patch = grey.to_patch(projection)
        scale = self.unit * float(np.linalg.norm(to_patch[:, :3])) / np.sqrt(2)
        soft = warp.blur_for_shrinking(grey.pixels, scale)
        return stabilise.local_contrast(warp.sample_fast(soft, self.maps(to_patch)))

    def scaled(self, affine: Floats) -> Float64:
        """An affine of the 128 px crop as one of the crop's own size."""
        return np.asarray(affine * [1, 1, self.unit])


def fit_template(
    patches: Sequence[Patch], landmarks_px: Floats, config: CropConfig
) -> FaceTemplate:
    """A person's template from patches and their landmarks [P L 3], video pixels.

    More than 512 patches are thinned evenly. Raises NoFaceError when no patch can be
    aligned to the mean of all.
    """
    check_shape("landmarks_px", landmarks_px, "P L 3", P=len(patches))
    chosen = np.unique(np.linspace(0, len(patches) - 1, MOST_PATCHES).round().astype(int))
    points = np.asarray(landmarks_px, np.float64)[chosen]
    mesh_px = mesh.place_mesh(mesh.person_mesh(points), config.size_px).astype(np.float32)
    depth_px = mesh.depth_map(mesh_px, config.size_px)
    sight = Sight(depth_px)
    projections = [mesh.fit_crop(mesh_px, frame)[0] for frame in points]
    views = [(patches[i], projection) for i, projection in zip(chosen, projections, strict=True)]
    picture = fit_picture(sight, views)
    size = float(np.median([np.linalg.norm(item[:, :3]) for item in projections]) / np.sqrt(2))
    return FaceTemplate(
        mesh_px=mesh_px,
        depth_px=depth_px,
        template=picture.template,
        weight=picture.weight,
        reduction=max(1, int(size)),
        patches=len(views),
        residual=picture.residual,
    )


Views = list[tuple[Patch, Float64]]  # patches and their projections [2 4] to the video
_STILL: Float64 = np.eye(2, 3)


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """What views of one face have in common, and the median residual of aligning them to it."""

    template: Float32  # [128, 128]
    weight: Float32  # [128, 128]
    residual: float


def fit_picture(sight: Sight, views: Views) -> Picture:
    """The picture that views are aligned to, in two passes; raises NoFaceError if none can be."""
    alignments: list[Float64 | None] = [_STILL] * len(views)
    residual = np.nan
    for _ in range(2):
        target = _mean_and_weight(_contrasts(sight, views, alignments))
        alignments, residual = _align_all(sight, views, alignments, target)
    template, weight = _mean_and_weight(_contrasts(sight, views, alignments))
    return Picture(template=template, weight=weight, residual=residual)


def _contrasts(sight: Sight, views: Views, alignments: list[Float64 | None]) -> Iterator[Float32]:
    """What every aligned view shows, resampled from its patch."""
    for (patch, projection), affine in zip(views, alignments, strict=True):
        if affine is not None:
            yield sight.contrast(patch, join_projection(projection, sight.scaled(affine)))


def _mean_and_weight(contrasts: Iterator[Float32]) -> tuple[Float32, Float32]:
    """Mean picture and pixel weights, without holding the pictures."""
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for contrast in contrasts:
        exact = contrast.astype(np.float64)
        count, total, squares = count + 1, total + exact, squares + exact**2
    mean = total / count
    variance = np.maximum(squares / count - mean**2, 0)
    return mean.astype(np.float32), stabilise.pixel_weight(variance)


def _align_all(
    sight: Sight,
    views: Views,
    before: list[Float64 | None],
    target: tuple[Float32, Float32],
) -> tuple[list[Float64 | None], float]:
    """Alignments of all views to a template, their mean taken out; None where it failed.

    The mean is taken out because the template must stay where the mesh is.
    """
    aligner = stabilise.Aligner(*target)
    found: list[Float64 | None] = []
    residuals = []
    for (patch, projection), affine in zip(views, before, strict=True):
        start = _STILL if affine is None else affine
        contrast = sight.contrast(patch, join_projection(projection, sight.scaled(start)))
        result = aligner.align(contrast)
        found.append(compose_affine(start, result.affine) if result.converged else None)
        residuals.append(result.residual)
    held = [affine for affine in found if affine is not None]
    if not held:
        raise NoFaceError(
            "patches: expected frames that show one face, but none could be aligned to their "
            "mean; check that the landmarks belong to these frames"
        )
    centre = invert_affine(np.mean(held, axis=0))
    centred = [None if affine is None else compose_affine(affine, centre) for affine in found]
    return centred, float(np.nanmedian(residuals))
