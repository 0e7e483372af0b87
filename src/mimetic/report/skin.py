"""Where the skin went: dense flow from the neutral face at the largest movement."""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.flow.pictures import area_key, area_picture, colour_wheel, flow_colours
from mimetic.ops.mesh import CANONICAL_SIZE, ELLIPSE_MIDDLE, ELLIPSE_RADII
from mimetic.ops.strain import Strain, strain_of
from mimetic.report import faces
from mimetic.report.arrows import arrow_paths, grid_arrows
from mimetic.report.data import FlowView
from mimetic.report.pictures import data_address
from mimetic.report.scene import Scene
from mimetic.report.words import escape, number, percent, seconds
from mimetic.types import Floats, UInt8

LONGEST = 0.13  # longest arrow, in widths of the crop
ARROWS = 15  # along the width of the crop
USUAL = 99  # percent of the skin that lies within what is said and within the colours
DETAIL = 3 / 128  # of the crop: finer stretch is noise of the flow
LEAST_RANGE = 0.02  # of area: less would show noise in full colour
WHEEL, WHEEL_PX = 0.21, 104  # widths of the crop, pixels


def skin_section(scene: Scene) -> str:
    """Arrows, colours and stretch of the skin, with their keys; empty where nothing moved."""
    view = scene.data.flow
    if view is None:
        return ""
    strain = strain_of(view.flow_px, sigma_px=DETAIL * view.flow_px.shape[2])
    reach_px = _usual(np.hypot(*view.flow_px))
    reach_area = max(_usual(np.abs(strain.area)), LEAST_RANGE)
    figures = _arrows(scene, view)
    if not scene.anonymous:  # such a page holds no pixels at all
        figures += _colours(view, reach_px) + _area(strain, reach_area)
    return (
        f'<p class="said">{escape(_said(view, reach_px))}</p>'
        f'<div class="three skin">{figures}</div><p class="note">{_note(view)}</p>'
    )


def _said(view: FlowView, reach_px: float) -> str:
    length = number(reach_px / view.ed_px)
    return (
        f"The largest movement was that of the {view.words} at {seconds(view.time_s)}. This is "
        f"how the skin lay then, against neutral: moved by up to {length} ed."
    )


def _note(view: FlowView) -> str:
    return (
        f"“Up to” leaves out the {100 - USUAL} % that moved farthest. Green skin is stretched, "
        "violet skin is squeezed, as one camera sees it: skin that turns away looks squeezed. "
        f"Grey: not found again on the way back. Method: {escape(view.method)}."
    )


def _arrows(scene: Scene, view: FlowView) -> str:
    places, shifts = grid_arrows(view.flow_px, across=ARROWS)
    size = view.flow_px.shape[1:]
    lines = arrow_paths(places, shifts, longest=LONGEST * size[1])
    pixels, mesh = scene.data.neutral_pixels, scene.data.mesh_px
    ground = "" if mesh is None else f'<path class="outline" d="{faces.outline_path(mesh)}"/>'
    if pixels is not None and not scene.anonymous:
        ground = _image(pixels, size)
    alt = "The neutral face; arrows show where the skin went"
    return _figure(alt, size, ground + lines, "from neutral, arrows grown")


def _colours(view: FlowView, reach_px: float) -> str:
    size = height, width = view.flow_px.shape[1:]
    inner = _face_only(flow_colours(view.flow_px, range_px=reach_px), "skin-colours")
    side = WHEEL * width
    place = f'x="{width - 1.05 * side:.1f}" y="{height - 1.05 * side:.1f}"'
    wheel = data_address(colour_wheel(WHEEL_PX))
    inner += (
        f'<svg {place} width="{side:.1f}" height="{side:.1f}" viewBox="0 0 2 2">'
        '<clipPath id="skin-rim"><circle cx="1" cy="1" r="0.98"/></clipPath>'
        f'<image href="{wheel}" width="2" height="2" clip-path="url(#skin-rim)"/></svg>'
    )
    alt = "The same in colours: the hue is the direction, white is no movement"
    return _figure(
        alt, size, inner, f"direction; rim of the wheel: {number(reach_px / view.ed_px)} ed"
    )


def _area(strain: Strain, reach: float) -> str:
    ramp = data_address(area_key(120, 12))
    caption = (
        f'area: −{percent(reach)} <img class="ramp" src="{ramp}" alt="violet to green"> '
        f"+{percent(reach)}"
    )
    inner = _face_only(area_picture(strain, range_share=reach), "skin-area")
    alt = "Where the skin was stretched (green) and where squeezed (violet)"
    return _figure(alt, strain.area.shape, inner, caption)


def _figure(alt: str, size: tuple[int, ...], inner: str, caption: str) -> str:
    return (
        f'<figure><svg viewBox="-0.5 -0.5 {size[1]} {size[0]}" role="img" '
        f'aria-label="{escape(alt)}">{inner}</svg><figcaption>{caption}</figcaption></figure>'
    )


def _face_only(pixels: UInt8, name: str) -> str:
    """A picture of the crop, cut to the ellipse in which flow is measured."""
    height, width = size = pixels.shape[:2]
    # Twice as fine: JPEG halves the resolution of colour, which is all there is to see here.
    fine = cv2.resize(pixels, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    unit = width / CANONICAL_SIZE
    x, y = (unit * part for part in ELLIPSE_MIDDLE)
    rx, ry = (unit * part - 1 for part in ELLIPSE_RADII)  # the grey around it would shine in
    return (
        f'<clipPath id="{name}"><ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" '
        f'ry="{ry:.1f}"/></clipPath>'
        f'<g clip-path="url(#{name})">{_image(np.asarray(fine, np.uint8), size)}</g>'
    )


def _image(pixels: UInt8, size: tuple[int, ...]) -> str:
    address = data_address(pixels)
    return f'<image href="{address}" x="-0.5" y="-0.5" width="{size[1]}" height="{size[0]}"/>'


def _usual(values: Floats) -> float:
    """What all but one percent of the known values stay below, never 0."""
    known = values[np.isfinite(values)]
    return max(float(np.percentile(known, USUAL)), 1e-6) if known.size else 1e-6
