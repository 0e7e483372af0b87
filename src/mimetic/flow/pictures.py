"""Flow made visible: colours by direction, arrows, stretch of the skin, distance from the truth.

The colours follow the wheel of Baker et al. (IJCV 2011): hue is the direction, white is no
movement, full colour the end of the range. What is not known is grey. Pictures are
``uint8`` [H W 3] RGB.
"""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.strain import Strain
from mimetic.types import Bool, Float64, Floats, UInt8
from mimetic.types.arrays import check_shape

UNKNOWN = (128, 128, 128)
PAPER = (255, 255, 255)
ARROW, HALO = (255, 176, 0), (20, 20, 20)
# Where on the wheel, clockwise from "right" in 55 steps, which colour lies: people tell reds
# and yellows apart in finer steps than greens, so these have more room (Baker et al. 2011).
STEPS = 55
WHEEL = (
    (0, (255, 0, 0)),
    (15, (255, 255, 0)),
    (21, (0, 255, 0)),
    (25, (0, 255, 255)),
    (36, (0, 0, 255)),
    (49, (255, 0, 255)),
    (55, (255, 0, 0)),
)
BEYOND = 0.75  # brightness of what is longer than the range
SQUEEZED, EVEN, STRETCHED = (118, 42, 131), (247, 247, 247), (27, 120, 55)
LEAST_SHOWN_PX = 1.5  # shorter arrows are a dot


def usual_range_px(flow_px: Floats) -> float:
    """A length that all but one in a hundred known displacements [... 2 H W] stay below.

    Never less than 0.01 px, so that a still face is white and not noise in full colour.
    """
    length = np.hypot(flow_px[..., 0, :, :], flow_px[..., 1, :, :])
    known = length[np.isfinite(length)]
    return max(0.01, float(np.percentile(known, 99))) if known.size else 0.01


def flow_colours(flow_px: Floats, *, range_px: float | None = None) -> UInt8:
    """Displacement [2 H W] as colours; ``range_px`` is the length of full colour.

    Without it ``usual_range_px`` of this field. Longer displacements are darker.
    """
    check_shape("flow_px", flow_px, "2 H W")
    reach = usual_range_px(flow_px) if range_px is None else range_px
    if not reach > 0:
        raise ArgumentError(f"range_px: expected more than 0 px, got {reach}")
    known = np.isfinite(flow_px).all(0)
    right, down = np.where(known, flow_px, 0)
    share = np.hypot(right, down)[..., None] / reach
    hue = _hue(np.arctan2(down, right))
    painted = np.where(share <= 1, 255 - share * (255 - hue), BEYOND * hue)
    painted[~known] = UNKNOWN
    return np.asarray(painted.round(), np.uint8)


def colour_wheel(size_px: int, *, paper: tuple[int, int, int] = PAPER) -> UInt8:
    """The key to ``flow_colours``: displacements from the middle, the rim is the range."""
    if size_px < 3:
        raise ArgumentError(f"size_px: expected at least 3 px, got {size_px}")
    middle = (size_px - 1) / 2
    down, right = (np.indices((size_px, size_px)) - middle) / middle
    wheel = flow_colours(np.stack([right, down]), range_px=1.0)
    # The rim mixes with the paper over one pixel instead of being a staircase.
    rim = np.clip((1 - np.hypot(right, down)) * middle + 0.5, 0, 1)[..., None]
    inside = flow_colours(np.stack([right, down]) * 0.98, range_px=1.0)
    wheel = np.where(np.hypot(right, down)[..., None] <= 1, wheel, inside)
    return np.asarray((rim * wheel + (1 - rim) * np.array(paper)).round(), np.uint8)


def draw_arrows(
    picture: UInt8,
    flow_px: Floats,
    *,
    step_px: int = 8,
    grow: float = 1.0,
    valid: Bool | None = None,
) -> UInt8:
    """A copy of a picture with arrows every ``step_px`` flow pixels, ``grow`` times as long.

    The picture [kH kW 3] may be a whole number k of times as large as the flow [2 H W].
    """
    check_shape("picture", picture, "H W 3")
    check_shape("flow_px", flow_px, "2 H W")
    height, width = flow_px.shape[1:]
    scale = picture.shape[0] // height
    if picture.shape[:2] != (scale * height, scale * width) or scale < 1:
        raise ShapeError(
            f"picture: expected a whole number of times {height} x {width} px, "
            f"got {picture.shape[0]} x {picture.shape[1]}"
        )
    if step_px < 1:
        raise ArgumentError(f"step_px: expected at least 1 px, got {step_px}")
    rows, columns = (
        grid.ravel()
        for grid in np.mgrid[step_px // 2 : height : step_px, step_px // 2 : width : step_px]
    )
    shift = flow_px[:, rows, columns].T.astype(np.float64)
    shown = np.isfinite(shift).all(1)
    if valid is not None:
        shown &= valid[rows, columns]
    start = (np.stack([columns, rows], 1)[shown] + 0.5) * scale - 0.5
    drawn = picture.copy()
    for colour, thick in ((HALO, 3), (ARROW, 1)):
        _arrows(drawn, start, shift[shown] * grow * scale, colour, thick)
    return drawn


def area_picture(strain: Strain, *, range_share: float) -> UInt8:
    """Where skin is stretched (green) and squeezed (violet); full colour at ``range_share``.

    ``range_share`` is a relative change of area, .1 for 10 %.
    """
    if not range_share > 0:
        raise ArgumentError(f"range_share: expected more than 0, got {range_share}")
    return _diverging(np.asarray(strain.area / range_share))


def area_key(width_px: int, height_px: int) -> UInt8:
    """The key to ``area_picture``: from squeezed at the left to stretched at the right."""
    ramp = np.linspace(-1, 1, width_px)
    return _diverging(np.asarray(np.broadcast_to(ramp, (height_px, width_px))))


def difference_picture(flow_px: Floats, truth_px: Floats, *, range_px: float) -> UInt8:
    """Distance of a flow [2 H W] from the true one: dark is none, yellow ``range_px`` and more."""
    check_shape("flow_px", flow_px, "2 H W")
    height, width = flow_px.shape[1:]
    check_shape("truth_px", truth_px, "2 H W", H=height, W=width)
    if not range_px > 0:
        raise ArgumentError(f"range_px: expected more than 0 px, got {range_px}")
    away = np.hypot(*(np.asarray(flow_px, np.float64) - truth_px)) / range_px
    known = np.isfinite(away)
    level = np.where(known, np.clip(away, 0, 1) * 255, 0).round().astype(np.uint8)
    bgr = cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)
    painted = np.ascontiguousarray(bgr[..., ::-1])
    painted[~known] = UNKNOWN
    return np.asarray(painted, np.uint8)


def _hue(angle: Floats) -> Float64:
    """The colours [... 3] of directions in radians, clockwise from "right"."""
    place = np.mod(angle, 2 * np.pi) / (2 * np.pi) * STEPS
    steps = [step for step, _ in WHEEL]
    channels = [[colour[c] for _, colour in WHEEL] for c in range(3)]
    return np.stack([np.interp(place, steps, channel) for channel in channels], axis=-1)


def _diverging(share: Float64) -> UInt8:
    """Shares of the range from -1 to 1 as colours, NaN grey."""
    known = np.isfinite(share)
    place = np.clip(np.where(known, share, 0), -1, 1)
    ends = np.array([SQUEEZED, EVEN, STRETCHED], float).T
    painted = np.stack([np.interp(place, [-1, 0, 1], end) for end in ends], axis=-1)
    painted[~known] = UNKNOWN
    return np.asarray(painted.round(), np.uint8)


def _arrows(
    picture: UInt8, start: Float64, shift: Float64, colour: tuple[int, int, int], thick: int
) -> None:
    """Draw arrows in place; heads are a third as long as the arrow."""
    for (x, y), (dx, dy) in zip(start.tolist(), np.clip(shift, -2e4, 2e4).tolist(), strict=True):
        if np.hypot(dx, dy) < LEAST_SHOWN_PX:
            cv2.circle(picture, _fixed(x, y), 8 * thick, colour, -1, cv2.LINE_AA, 4)
            continue
        tip, back, side = (x + dx, y + dy), (-0.35 * dx, -0.35 * dy), (0.2 * dy, -0.2 * dx)
        heads = [(tip[0] + back[0] + k * side[0], tip[1] + back[1] + k * side[1]) for k in (-1, 1)]
        for end in ((x, y), *heads):
            cv2.line(picture, _fixed(*tip), _fixed(*end), colour, thick, cv2.LINE_AA, 4)


def _fixed(x: float, y: float) -> tuple[int, int]:
    """A place with four bits after the point, as OpenCV draws it."""
    return round(16 * x), round(16 * y)
