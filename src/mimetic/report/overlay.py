"""Mesh, flow arrows and traces drawn on one upright video frame, to be checked by eye."""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.align import apply_projection
from mimetic.report.faces import OUTLINES
from mimetic.types import Float32, Float64, Floats, UInt8
from mimetic.types.arrays import check_shape

CANVAS = (24, 26, 30)  # behind the mesh where the face is not shown
LINE = (236, 244, 250)
ARROW = (255, 176, 0)
SUBPIXEL = 4  # bits after the point in OpenCV's coordinates


def draw_overlay(
    frame_pixels: UInt8,
    landmarks_px: Floats,
    *,
    traces: UInt8 | None = None,
    flow: Floats | None = None,
    anonymous: bool = False,
) -> UInt8:
    """The frame [H W 3] with outlines, arrows and, below it, the strip of traces.

    ``landmarks_px`` [L 2 or 3] are pixels of this frame; NaN draws no mesh.
    ``traces`` [h W 3] comes from ``TraceStrip.at``; ``flow`` [A 4] holds start and
    displacement (x, y, dx, dy) in pixels of this frame (``flow_arrows``).
    ``anonymous`` leaves nothing of the frame but its size.
    """
    check_shape("frame_pixels", frame_pixels, "H W 3")
    height, width = frame_pixels.shape[:2]
    tall = 0 if traces is None else traces.shape[0]
    drawn = np.empty((height + tall, width, 3), np.uint8)
    picture = drawn[:height]
    picture[:] = CANVAS if anonymous else frame_pixels
    if np.isfinite(landmarks_px[:, :2]).all():
        _dots(picture, landmarks_px)
        _outlines(picture, landmarks_px)
    if flow is not None:
        _arrows(picture, flow)
    if traces is not None:
        check_shape("traces", traces, "h W 3", W=width)
        drawn[height:] = traces
    return drawn


def flow_arrows(
    flow_px: Float32,
    crop_to_video: Float64,
    *,
    alignment: Float64,
    depth_px: Float32,
    step: int = 8,
) -> Float64:
    """Arrows [A 4] in video pixels from the flow [2 H W] of a stabilised crop.

    One arrow every ``step`` crop pixels where the flow is known;
    ``crop_to_video`` [2 4], ``alignment`` [2 3] and ``depth_px`` [H W] as in ``FaceClip``.
    """
    check_shape("flow_px", flow_px, "2 H W")
    height, width = flow_px.shape[1:]
    check_shape("depth_px", depth_px, "H W", H=height, W=width)
    if step < 1:
        raise ArgumentError(f"step: expected at least 1 crop pixel between arrows, got {step}")
    v, u = (grid.ravel() for grid in np.mgrid[step // 2 : height : step, step // 2 : width : step])
    shift = flow_px[:, v, u].T.astype(np.float64)
    known = np.isfinite(shift).all(axis=1)
    places, shift, depth = np.stack([u, v], axis=1)[known], shift[known], depth_px[v, u][known]
    start, end = (
        apply_projection(crop_to_video, alignment, np.column_stack([crop, depth]))
        for crop in (places, places + shift)
    )
    return np.concatenate([start, end - start], axis=1)


def _dots(picture: UInt8, landmarks_px: Floats) -> None:
    """Every measured point, as a pixel half mixed with the line colour."""
    height, width = picture.shape[:2]
    places = np.round(landmarks_px[:, :2]).astype(int)
    inside = ((places >= 0) & (places < [width, height])).all(axis=1)
    x, y = places[inside].T
    picture[y, x] = picture[y, x] // 2 + np.array(LINE, np.uint8) // 2


def _outlines(picture: UInt8, landmarks_px: Floats) -> None:
    if landmarks_px.shape[0] <= max(max(outline) for outline in OUTLINES):
        return  # another scheme: its dots are all that is known
    # OpenCV's fixed point would overflow far outside the frame.
    bounded = np.clip(landmarks_px[:, :2], -20_000, 20_000)
    fixed = np.round(bounded * 2**SUBPIXEL).astype(np.int32)
    lines = [fixed[list(outline)] for outline in OUTLINES]
    thick = max(1, round(min(picture.shape[:2]) / 700))
    cv2.polylines(picture, lines, False, LINE, thick, cv2.LINE_AA, SUBPIXEL)


def _arrows(picture: UInt8, flow: Floats) -> None:
    if flow.ndim != 2 or flow.shape[1] != 4:
        raise ShapeError(f"flow: expected [A 4] (x, y, dx, dy), got {list(flow.shape)}")
    known = flow[np.isfinite(flow).all(axis=1)]
    bounded = np.clip(
        np.concatenate([known[:, :2], known[:, :2] + known[:, 2:]], axis=1), -2e4, 2e4
    )
    for x0, y0, x1, y1 in np.round(bounded * 2**SUBPIXEL).astype(int).tolist():
        cv2.line(picture, (x0, y0), (x1, y1), ARROW, 1, cv2.LINE_AA, SUBPIXEL)
        cv2.circle(picture, (x1, y1), 1 << SUBPIXEL, ARROW, -1, cv2.LINE_AA, SUBPIXEL)
