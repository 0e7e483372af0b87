"""One moment of dense flow in three pictures: arrows on the face, colours, stretch."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.flow.pictures import area_key, area_picture, colour_wheel, draw_arrows, flow_colours
from mimetic.ops.strain import strain_of
from mimetic.report.overlay import CANVAS, LINE, draw_overlay
from mimetic.types import Bool, FaceClip, Float32, FlowField, UInt8

ZOOM = 3  # video pixels for a pixel of the crop
STRIP_PX = 44
STEP_PX = 8  # crop pixels between arrows
LONGEST_PX = 11.0  # an arrow of the whole range, in crop pixels
LEAST_SHARE = 0.08  # of the range; what moved less gets no arrow
STRAIN_SIGMA_PX = 2.5
FONT, TEXT = cv2.FONT_HERSHEY_SIMPLEX, 0.42
WHEEL_PX = 72


@dataclass(frozen=True, kw_only=True)
class PanelScale:
    """What full colour means: a length in crop pixels, a relative change of area."""

    ed_px: float
    range_px: float = 1.0
    range_area: float = 0.1


class FlowPanel:
    """Draws rows of a clip with their flow, all on one scale; ``anonymous`` shows no face."""

    def __init__(self, scale: PanelScale, crop_px: int, *, anonymous: bool = False) -> None:
        if crop_px < WHEEL_PX // ZOOM + 1:
            raise ArgumentError(f"crop_px: expected at least {WHEEL_PX // ZOOM + 1}, got {crop_px}")
        self._scale, self._anonymous = scale, anonymous
        self._side = ZOOM * crop_px
        self.width_px, self.height_px = 3 * self._side, self._side + STRIP_PX
        self._empty = np.full((self.height_px, self.width_px, 3), CANVAS, np.uint8)
        self._wheel = colour_wheel(WHEEL_PX, paper=CANVAS)

    def draw(self, clip: FaceClip, row: int, field: FlowField) -> UInt8:
        """The picture [H W 3] of one frame; black squares where it has no flow."""
        drawn = self._empty.copy()
        squares = [drawn[: self._side, n * self._side :][:, : self._side] for n in range(3)]
        flow, known = field.flow_px[row], field.valid[row]
        if clip.valid[row]:
            squares[0][:] = self._face(clip, row)
        if known.any():
            squares[0][:] = self._arrows(np.ascontiguousarray(squares[0]), flow)
            squares[1][:] = self._large(flow_colours(flow, range_px=self._scale.range_px), known)
            strain = strain_of(flow, sigma_px=STRAIN_SIGMA_PX)
            area = area_picture(strain, range_share=self._scale.range_area)
            squares[2][:] = self._large(area, known)
        squares[1][-WHEEL_PX - 4 : -4, -WHEEL_PX - 4 : -4] = self._wheel
        squares[2][-14:-4, -124:-4] = area_key(120, 10)
        self._words(drawn, float(clip.times_s[row]), field)
        return drawn

    def _face(self, clip: FaceClip, row: int) -> UInt8:
        large = cv2.resize(
            clip.pixels[row], (self._side, self._side), interpolation=cv2.INTER_CUBIC
        )
        if not self._anonymous:
            return np.asarray(large, np.uint8)
        points = (clip.landmarks_px[row] + 0.5) * ZOOM - 0.5
        return draw_overlay(np.asarray(large, np.uint8), points, anonymous=True)

    def _arrows(self, picture: UInt8, flow: Float32) -> UInt8:
        shown = np.nan_to_num(np.hypot(*flow)) >= LEAST_SHARE * self._scale.range_px
        grow = LONGEST_PX / self._scale.range_px
        return draw_arrows(picture, flow, step_px=STEP_PX, grow=grow, valid=shown)

    def _large(self, picture: UInt8, known: Bool) -> UInt8:
        """A picture of the crop at the size of its square, dark where nothing was measured."""
        size = (self._side, self._side)
        dark = np.where(known[..., None], picture, np.array(CANVAS, np.uint8))
        return np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_LINEAR), np.uint8)

    def _words(self, drawn: UInt8, time_s: float, field: FlowField) -> None:
        scale = self._scale
        reach_ed = scale.range_px / scale.ed_px
        texts = (
            (f"{time_s:.3f} s   {field.method}", f"arrows x {LONGEST_PX / scale.range_px:.3g}"),
            ("colour: direction", f"rim: {scale.range_px:.2g} px = {reach_ed:.2g} ed"),
            ("violet: squeezed, green: stretched", f"full colour: {scale.range_area:.1%} of area"),
        )
        for n, lines in enumerate(texts):
            for line, text in enumerate(lines):
                place = (n * self._side + 8, self._side + 17 + 18 * line)
                cv2.putText(drawn, text, place, FONT, TEXT, LINE, 1, cv2.LINE_AA)
