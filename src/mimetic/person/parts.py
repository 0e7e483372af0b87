"""What codes do to the parts of a face: read off the video, so that any kind of model will do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError, TooLittleMovementError
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.features import appearance, fit_rows
from mimetic.person.places import REGIONS, nearest_point, region_of_points
from mimetic.person.skin import Skin
from mimetic.types import Bool, FaceClip, Float32, Float64, Floats, Int64

# Which regions move together and are looked at together.
PARTS = {
    "brows": ("forehead", "brow"),
    "eyes": ("eye",),
    "mid-face": ("nose", "cheek"),
    "mouth": ("mouth", "jaw"),
}
SEEN_PX = 32  # coarse appearance tells teeth, tongue and folds
KEPT = 0.97  # of a part's movement
MOST_AXES = 12
RIDGE = 1e-4  # of the codes' mean variance
LEAST_FRAMES = 50
LEAST_VARIANCE = 1e-10  # rounding alone stays below


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """Linear maps from scaled codes to the movement of each part of a face.

    ``maps`` [D, K] stacks the parts' own axes (``part`` [K] says whose each is), in
    units in which the face's landmarks and its appearance have a variance of one each.
    ``moves_ed`` [D L 2] is what a unit of each code does to the landmarks, what a turn,
    shift or growth of the whole head explains taken out.
    """

    maps: Float64  # [D, K]
    part: Int64  # [K]
    moves_ed: Float64  # [D, L, 2]
    mesh_px: Float32  # [L, 3]

    def __call__(self, codes: Floats) -> Float64:
        """The movement of all parts [T K] from scaled codes [T D]."""
        return np.asarray(codes @ self.maps, np.float64)


class PartsFit:
    """Sums over a video from which ``Parts`` follow; memory does not grow with it."""

    def __init__(self) -> None:
        self._count = 0
        self._sums: tuple[Float64, Float64, Float64, Float64, Float64] | None = None
        self._mesh: Float32 | None = None
        self._crop_px = 0

    def take(self, clip: FaceClip, scaled: Float64) -> None:
        """Take in a stretch and its scaled codes [T D]; repeated frames do not count."""
        rows = fit_rows(clip)
        if not rows.any():
            return
        codes = scaled[rows]
        seen = _seen(clip, rows)
        new = (codes.sum(0), codes.T @ codes, seen.sum(0), codes.T @ seen, (seen**2).sum(0))
        old = self._sums
        if old is not None and old[3].shape != new[3].shape:
            raise ArgumentError(
                f"clips: expected the same landmarks in all, got {new[3].shape[1]} and "
                f"{old[3].shape[1]} features; discover one kind of recording at a time"
            )
        self._sums = new if old is None else tuple(a + b for a, b in zip(old, new, strict=True))
        self._count += int(rows.sum())
        if self._mesh is None:
            self._mesh, self._crop_px = clip.mesh_px, clip.pixels.shape[1]

    def finish(self) -> tuple[Parts, Skin]:
        """The maps and what light tells; TooLittleMovementError below LEAST_FRAMES frames."""
        if self._sums is None or self._mesh is None or self._count < LEAST_FRAMES:
            raise TooLittleMovementError(
                f"clips: expected at least {LEAST_FRAMES} measured frames that differ from the one "
                f"before, got {self._count}; bring a longer video"
            )
        mean_code, code_square, mean_seen, both, seen_square = (s / self._count for s in self._sums)
        spread = code_square - np.outer(mean_code, mean_code)
        shared = both - np.outer(mean_code, mean_seen)
        variance = np.maximum(seen_square - mean_seen**2, 0)
        pixels = variance.size - 2 * len(self._mesh)
        light, points = np.split(variance, [pixels])
        if not min(float(np.trace(spread)), light.sum(), points.sum()) > LEAST_VARIANCE:
            raise TooLittleMovementError(
                "clips: expected a face that moves, got one that never does; bring another video"
            )
        penalty = RIDGE * np.trace(spread) / len(spread)
        response = np.linalg.solve(spread + penalty * np.eye(len(spread)), shared)
        skin = Skin(
            light=response[:, :pixels],
            picture=mean_seen[:pixels],
            mesh_px=self._mesh,
            crop_px=self._crop_px,
            size_px=SEEN_PX,
        )
        return _parts_of(response, variance, spread=spread, skin=skin), skin


def _seen(clip: FaceClip, rows: Bool) -> Float64:
    """Coarse appearance in the face ellipse, then landmark x and y [n P], neither scaled."""
    inside = ellipse_mask(SEEN_PX)
    chosen = np.flatnonzero(rows)
    light = np.stack([appearance(clip.pixels[row], SEEN_PX)[inside] for row in chosen])
    points = clip.shape_ed[chosen, :, :2].reshape(chosen.size, -1)
    return np.concatenate([light, points], axis=1).astype(np.float64)


def _parts_of(response: Float64, variance: Float64, *, spread: Float64, skin: Skin) -> Parts:
    mesh = skin.mesh_px
    points = len(mesh)
    seen = len(skin.picture)
    head = head_modes(mesh)
    moves = response[:, seen:] - (response[:, seen:] @ head) @ head.T
    light_sd, point_sd = np.sqrt(variance[:seen].sum()), np.sqrt(variance[seen:].sum())
    region, _ = region_of_points(mesh)
    pixel = region[nearest_point(mesh, skin.crop_px, appearance_px=SEEN_PX)]
    root = np.linalg.cholesky(spread + 1e-9 * np.trace(spread) * np.eye(len(spread)))
    maps, owner = [], []
    for number, names in enumerate(PARTS.values()):
        members = [REGIONS.index(name) for name in names]
        points_in = np.repeat(np.isin(region, members), 2)
        pixels_in = np.isin(pixel, members)
        own = np.concatenate(
            [response[:, :seen][:, pixels_in] / light_sd, moves[:, points_in] / point_sd], 1
        )
        _, size, axes = np.linalg.svd(root.T @ own, full_matrices=False)
        share = np.cumsum(size**2) / max((size**2).sum(), 1e-30)
        count = min(int(np.searchsorted(share, KEPT)) + 1, MOST_AXES, size.size)
        maps.append(own @ axes[:count].T)
        owner += [number] * count
    return Parts(
        maps=np.concatenate(maps, 1),
        part=np.array(owner, np.int64),
        moves_ed=moves.reshape(len(moves), points, 2),
        mesh_px=mesh,
    )


def head_modes(mesh_px: Float32) -> Float64:
    """Orthonormal landmark displacements [2L 6] that the head makes as a whole, to first order."""
    x, y, z = (mesh_px - mesh_px.mean(0)).astype(np.float64).T
    none, one = np.zeros_like(x), np.ones_like(x)
    modes = [(one, none), (none, one), (x, y), (-y, x), (-z, none), (none, z)]
    return np.asarray(np.linalg.qr(np.stack([np.stack(m, 1).ravel() for m in modes], 1))[0])
