"""The face mesh: 478 points and a presence from a picture and a rotated square."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.ops.landmarks import IRIS_MIDDLE_LEFT, IRIS_MIDDLE_RIGHT, POINTS
from mimetic.track.engine import Engine
from mimetic.track.graph import CutMesh, Part, load_cut
from mimetic.track.looks import look_of
from mimetic.track.models import Pip, cache_folder, need
from mimetic.track.region import Region, back_project
from mimetic.types.arrays import Float32, Float64, Floats, UInt8

INPUT = 192  # pixels of the network's picture
GRID = 4  # pixels of the picture per cell of the feature map
EYELID = 16  # the first points of an eye part go round the lids


@dataclass(frozen=True, kw_only=True, eq=False)
class MeshReading:
    """What the network says about one square; landmarks are None where it sees no face."""

    landmarks_px: Float32 | None  # [478, 3]
    look: Float32 | None = None  # [205], see looks.py
    logit: float  # of the presence: 0 is even odds


class FaceMesh:
    """MediaPipe's attention mesh (Grishchenko et al. 2020, arXiv 2006.10962), cut in two."""

    def __init__(self, cut: CutMesh) -> None:
        self._front, self._back = Engine(cut.front), Engine(cut.back)
        self._parts = cut.parts

    @classmethod
    def load(cls, *, pip: Pip | None = None) -> FaceMesh:
        """The mesh on the installed networks; raises ModelError where they cannot be had."""
        return cls(load_cut(need("mesh", pip=pip), cache_folder()))

    def read(self, pixels: UInt8, region: Region) -> MeshReading:
        """Measure the face in ``region`` of RGB ``pixels`` [H W 3].

        With a presence below one half there are no landmarks, as in mediapipe.
        Landmarks are pixels of the picture, z away from the camera with the scale of x.
        """
        crop = cut_out(pixels, region)
        scaled = np.multiply(crop, np.float32(1 / 255), dtype=np.float32)
        mesh, logit, features = self._front(scaled[None])
        presence = float(logit.reshape(()))
        if presence < 0:
            return MeshReading(landmarks_px=None, logit=presence)
        points = self._refine(mesh.reshape(-1, 3), features[0])
        placed = back_project(points, region, size=INPUT).astype(np.float32)
        look = look_of(crop, mesh.reshape(-1, 3))
        return MeshReading(landmarks_px=placed, look=look, logit=presence)

    def _refine(self, mesh: Float32, features: Float32) -> Float32:
        """Replace lips and eye regions by their refined points and add the irises [478 3]."""
        boxes = [part_box(mesh / GRID, part) for part in self._parts]
        crops = [
            sample_features(features, box, size=part.size)[None]
            for box, part in zip(boxes, self._parts, strict=True)
        ]
        lips, right_eye, right_iris, left_eye, left_iris = self._back(*crops)
        points = np.empty((POINTS, 3), np.float32)
        points[: len(mesh)] = mesh
        for part, box, refined in zip(self._parts, boxes, (lips, right_eye, left_eye), strict=True):
            points[part.points, :2] = _move(refined, box)
        irises = ((right_iris, IRIS_MIDDLE_RIGHT), (left_iris, IRIS_MIDDLE_LEFT))
        for (iris, first), part, box in zip(irises, self._parts[1:], boxes[1:], strict=True):
            points[first : first + 5, :2] = _move(iris, box)
            points[first : first + 5, 2] = mesh[part.points[:EYELID], 2].mean()
        return points


def part_box(mesh: Floats, part: Part) -> Float64:
    """The affine [2 3] from a part's crop to the feature map, given the mesh in its cells.

    A box around the part's points, level with start to end, enlarged by ``scale``.
    """
    along = mesh[part.end, :2] - mesh[part.start, :2]
    angle = np.arctan2(along[1], along[0])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    level = mesh[part.points, :2] @ turn
    low, high = level.min(0), level.max(0)
    linear = turn * (part.scale * (high - low) / part.size)
    centre = turn @ ((low + high) / 2)
    return np.column_stack([linear, centre - linear @ np.full(2, part.size / 2)])


def sample_features(features: Float32, box: Float64, *, size: int) -> Float32:
    """Features [H W C] at the cells of a crop [size size C]: bilinear, 0 outside the map."""
    height, width, channels = features.shape
    grid = np.arange(size) + 0.5
    x = (box[0, 0] * grid + box[0, 2] - 0.5)[None, :] + (box[0, 1] * grid)[:, None]
    y = (box[1, 0] * grid + box[1, 2] - 0.5)[None, :] + (box[1, 1] * grid)[:, None]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    left = np.clip(x.astype(np.int64), 0, width - 2)
    top = np.clip(y.astype(np.int64), 0, height - 2)
    right_share = np.where(inside, x - left, 0)
    lower_share = np.where(inside, y - top, 0)
    cells = features.reshape(-1, channels)
    first = top * width + left
    total = np.zeros((size, size, channels), np.float32)
    for step, share in (
        (0, (1 - right_share) * (1 - lower_share) * inside),
        (1, right_share * (1 - lower_share)),
        (width, (1 - right_share) * lower_share),
        (width + 1, right_share * lower_share),
    ):
        total += cells[first + step] * share.astype(np.float32)[..., None]
    return total


def _move(refined: Float32, box: Float64) -> Float64:
    # The heads answer in the picture's scale, so only the shift still counts in cells.
    return np.asarray(refined.reshape(-1, 2) @ box[:, :2].T + GRID * box[:, 2])


def cut_out(pixels: UInt8, region: Region) -> UInt8:
    """The network's picture [192 192 3] of a square, its edges repeated outside the frame."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(
        pixels,
        region.to_image(INPUT),
        (INPUT, INPUT),
        flags=flags,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop)
