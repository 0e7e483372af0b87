"""Finds faces anywhere in a picture: MediaPipe's short-range and full-range detectors."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.track.engine import Engine
from mimetic.track.models import Pip, need
from mimetic.types.arrays import Float32, Float64, UInt8

NEAR_GRID = ((16, 2), (8, 6))  # cells a side, anchors a cell
FAR_GRID = ((48, 1),)
OVERLAP = 0.3  # boxes that share more than this are one face


@dataclass(frozen=True, kw_only=True, eq=False)
class Detection:
    """One face: box x0 y0 x1 y1 and six keypoints (eyes, nose, mouth, ears), in pixels."""

    box_px: Float64  # [4]
    keypoints_px: Float64  # [6, 2]
    score: float


class FaceDetector:
    """One detector network on the whole picture, made square with black."""

    def __init__(self, engine: Engine, *, size: int, anchors: Float64, score: float) -> None:
        self._engine, self._size, self._anchors, self._score = engine, size, anchors, score

    @classmethod
    def near(cls, *, pip: Pip | None = None) -> FaceDetector:
        """The short-range detector (128 px): faces of at least a tenth of the picture."""
        engine = Engine(need("near", pip=pip).read_bytes())
        return cls(engine, size=128, anchors=make_anchors(NEAR_GRID), score=0.5)

    @classmethod
    def far(cls, *, pip: Pip | None = None) -> FaceDetector:
        """The full-range detector (192 px, fine grid): smaller faces, and slower."""
        engine = Engine(need("far", pip=pip).read_bytes())
        return cls(engine, size=192, anchors=make_anchors(FAR_GRID), score=0.6)

    def detect(self, pixels: UInt8, *, turns: int = 0) -> list[Detection]:
        """The faces in RGB ``pixels`` [H W 3], the surest first.

        With ``turns`` the network sees the picture turned left by as many quarters,
        and so finds lying faces; the answer is in the picture as given.
        """
        size = self._size
        canvas, scale, shift = letterbox(pixels, size)
        first, second = self._engine(np.ascontiguousarray(np.rot90(canvas, turns))[None])
        values, logits = (first, second) if first.shape[-1] > 1 else (second, first)
        logits = np.clip(logits.reshape(-1), -100, 100)
        scores = 1 / (1 + np.exp(-logits.astype(np.float64)))
        sure = scores >= self._score
        points = decode(values[0][sure], self._anchors[sure], size=size)
        for _ in range(turns % 4):
            points = np.stack([size - points[..., 1], points[..., 0]], axis=-1)
        corners = points[:, :2]
        points[:, :2] = np.stack([corners.min(1), corners.max(1)], axis=1)
        return merge_overlapping((points - shift) / scale, scores[sure])


def make_anchors(grid: tuple[tuple[int, int], ...]) -> Float64:
    """The anchor centres [A 2] in 0 to 1: for each grid its cells row by row, repeated."""
    layers = []
    for cells, repeats in grid:
        centres = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(centres, centres, indexing="ij")
        layers.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]), repeats, axis=0))
    return np.concatenate(layers)


def decode(values: Float32, anchors: Float64, *, size: int) -> Float64:
    """Network values [A 16] as points [A 8 2] in pixels: box corners, then six keypoints."""
    points = values.reshape(-1, 8, 2).astype(np.float64)
    centre, extent = points[:, 0] + anchors * size, points[:, 1]
    keypoints = points[:, 2:] + anchors[:, None] * size
    corners = np.stack([centre - extent / 2, centre + extent / 2], axis=1)
    return np.concatenate([corners, keypoints], axis=1)


def merge_overlapping(points: Float64, scores: Float64) -> list[Detection]:
    """Weighted non-maximum suppression: boxes that overlap become their weighted mean."""
    found = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        best = left[0]
        same = overlap(points[best, :2].ravel(), points[left, :2].reshape(-1, 4)) > OVERLAP
        same[0] = True
        weight = scores[left[same]]
        mean = np.tensordot(weight / weight.sum(), points[left[same]], 1)
        found.append(
            Detection(box_px=mean[:2].ravel(), keypoints_px=mean[2:], score=float(scores[best]))
        )
        left = left[~same]
    return found


def overlap(box: Float64, boxes: Float64) -> Float64:
    """Intersection over union of one box [4] with others [N 4]."""
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(1)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1) + (box[2:] - box[:2]).prod() - shared
    return np.asarray(np.divide(shared, area, out=np.zeros_like(shared), where=area > 0))


def letterbox(pixels: UInt8, size: int) -> tuple[Float32, Float64, Float64]:
    """The picture on a black square [size size 3] in -1 to 1, its scale [2] and shift [2]."""
    height, width = pixels.shape[:2]
    shrink = size / max(height, width)
    inner = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    # Mean over the source pixels: plain bilinear sampling of a large picture loses small faces.
    small = cv2.resize(pixels, inner, interpolation=cv2.INTER_AREA)
    left, top = (size - inner[0]) // 2, (size - inner[1]) // 2
    canvas = np.full((size, size, 3), -1, np.float32)
    view = canvas[top : top + inner[1], left : left + inner[0]]
    np.multiply(small, np.float32(1 / 127.5), out=view)
    view -= 1
    return canvas, np.array(inner) / [width, height], np.array([left, top], np.float64)
