"""What openings reveal: the eyeballs, the teeth and the dark of the mouth."""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.datasets.virtual.anatomy import Slit
from mimetic.datasets.virtual.texture import Texture
from mimetic.types import Float32, Float64, Floats, UInt8

CAVITY = np.array([46.0, 17.0, 18.0])
TONGUE = np.array([126.0, 58.0, 58.0])
TOOTH = np.array([226.0, 217.0, 203.0])
OPEN_ED = 0.03  # a mouth open wider than this in the photograph shows its own teeth


class Behind:
    """What lies behind an opening of the photograph and moves with the head.

    The photograph's own pixels within the opening, and beyond it what fills in
    smoothly from there, so that nothing of the lids or lips is left behind.
    """

    def __init__(self, photo: UInt8, slit: Slit, *, ed_px: float) -> None:
        reach = int(np.ceil(slit.half_px + 0.25 * ed_px))
        x, y = (int(v) for v in np.rint(slit.middle_px))
        top, left = max(0, y - reach), max(0, x - reach)
        window = photo[top : y + reach + 1, left : x + reach + 1]
        rows, columns = np.mgrid[: window.shape[0], : window.shape[1]]
        points = np.stack([columns + left, rows + top], axis=-1)
        along, below = slit.place(points)
        inside = (np.abs(along) < 1.0) & (below > slit.edge(along, upper=True) - 0.8)
        inside &= below < slit.edge(along, upper=False) + 0.8
        hidden = (~inside).astype(np.uint8)
        filled = cv2.inpaint(np.ascontiguousarray(window), hidden, 3, cv2.INPAINT_TELEA)
        self.texture = Texture(np.asarray(filled, np.uint8), origin_px=(left, top))


class MouthInside:
    """Upper teeth that move with the head, lower teeth and tongue with the jaw, the dark behind."""

    def __init__(self, photo: UInt8, mouth: Slit, *, ed_px: float) -> None:
        self._mouth, self._ed_px = mouth, ed_px
        knots = np.linspace(-0.5, 0.5, 11)
        self._shows_teeth = float(mouth.gap(knots).mean()) > OPEN_ED * ed_px
        self._photo = Behind(photo, mouth, ed_px=ed_px).texture

    def colours(self, head: Float32, jaw: Float32) -> Float32:
        """Colours f32 [h w 3] at points of the head and of the jaw, both [h w 2]."""
        ed_px, mouth = self._ed_px, self._mouth
        along, below = mouth.place(jaw)
        top = mouth.edge(along, upper=False) / ed_px
        depth = below / ed_px - top  # 0 at the lower lip's edge, negative above it
        picture = np.broadcast_to(CAVITY, (*head.shape[:2], 3)).copy()
        tongue = _ramp(depth + 0.17, 0.08) * _ramp(0.75 - np.abs(along), 0.35)
        picture += tongue[..., None] * (TONGUE - CAVITY)
        curve = 0.05 * along**2
        teeth = _ramp(depth + 0.055 - curve, 0.02) * _ramp(0.62 - np.abs(along), 0.15)
        _paint(picture, teeth, 0.80 * self._enamel(along, 11.0))
        return self._upper_teeth(picture, head)

    def _upper_teeth(self, picture: Float64, head: Float32) -> Float32:
        ed_px, mouth = self._ed_px, self._mouth
        along, below = mouth.place(head)
        if self._shows_teeth:
            depth = (below - mouth.edge(along, upper=False)) / ed_px
            cover = _ramp(-depth + 0.02, 0.025) * _ramp(1.0 - np.abs(along), 0.05)
            _paint(picture, cover, self._photo.fast(head).astype(np.float64))
        else:
            depth = (below - mouth.edge(along, upper=True)) / ed_px
            cover = _ramp(0.10 - 0.05 * along**2 - depth, 0.012)
            cover *= _ramp(0.80 - np.abs(along), 0.10)
            _paint(picture, cover, self._enamel(along, 7.0))
        return picture.astype(np.float32)

    def _enamel(self, along: Floats, count: float) -> Float64:
        """Teeth side by side, darker between them and toward the cheeks."""
        gaps = 1 - 0.12 * np.exp(-(((along * count / 2) % 1.0 - 0.5) ** 2) / 0.006)
        shade = gaps * (1 - 0.45 * np.asarray(along) ** 2)
        return np.asarray(shade[..., None] * TOOTH)


def _ramp(distance: Floats, width: float) -> Float64:
    """0 where the distance is negative, 1 from ``width`` on, smooth between."""
    share = np.clip(np.asarray(distance, np.float64) / width, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _paint(picture: Float64, cover: Float64, colours: Floats) -> None:
    picture += cover[..., None] * (colours - picture)
