"""The first ten seconds: whose face, how good the recording is, what moved, where."""

from __future__ import annotations

import numpy as np

from mimetic.report import faces
from mimetic.report.data import ReportData, Thumbnail
from mimetic.report.facts import main_feature, region_facts
from mimetic.report.pictures import data_address, shrink
from mimetic.report.quality import Judgement, judge
from mimetic.report.scene import Scene
from mimetic.report.summary import measured, summary
from mimetic.report.words import escape, number, seconds, unit_of
from mimetic.types import Floats, Int64, UInt8

SIGNS = {"good": "✓", "fair": "!", "poor": "✕", "plain": "·"}
GRADES = {"good": "good enough", "fair": "with care", "poor": "not enough", "plain": ""}
THUMBNAIL_PX = 200
MARGIN = 1.35  # sides of a thumbnail, in faces


def header(scene: Scene) -> str:
    """Title, paragraph, the person's neutral face and the map of what moved."""
    data = scene.data
    sentences = " ".join(escape(sentence) for sentence in summary(data))
    figures = _neutral(scene) + _movement_map(scene)
    return (
        f'<header><div class="faces">{figures}</div><div class="title">'
        f'<p class="kind">Facial movement report</p><h1>{escape(data.title)}</h1>'
        f'<p class="summary">{sentences}</p>{_unit_note(data)}</div></header>'
    )


def _unit_note(data: ReportData) -> str:
    if data.dynamics is None or not measured(data):
        return ""
    return (
        '<p class="note">1 ed is one eye distance: between the outer corners of this person’s '
        "eyes, about 9 cm in most adults, so 0.01 ed is roughly 1 mm. Left and right are the "
        "person’s own: "
        "their left is at the right of the picture.</p>"
    )


def _neutral(scene: Scene) -> str:
    data = scene.data
    if scene.anonymous or data.neutral_pixels is None:
        return ""
    when = "" if data.neutral_s is None else f", at {seconds(data.neutral_s)}"
    source = data_address(data.neutral_pixels)
    alt = f"This person’s neutral face{when}"
    return (
        f'<figure><img src="{source}" alt="{escape(alt)}" width="150" height="150">'
        f"<figcaption>neutral face{escape(when)}</figcaption></figure>"
    )


def _movement_map(scene: Scene) -> str:
    data = scene.data
    if data.mesh_px is None:
        return ""
    view = faces.view_of(data.mesh_px)
    if data.dynamics is None or not scene.shapes or not measured(data):
        return _map_figure(view, "", "this person’s mesh", "This person’s mesh")
    facts = region_facts(data.dynamics)
    amounts = [fact.peak if fact.moved else 0.0 for fact in facts]
    unit = unit_of(data.dynamics.features[main_feature(data.dynamics)])
    parts = []
    for fact, step, shape in zip(facts, faces.heat_steps(amounts), scene.shapes, strict=True):
        words = f"{fact.words}: {number(fact.peak)} {unit}"
        kind = f"h{step}" if np.isfinite(fact.peak) else "unknown"
        parts.append(f'<path class="{kind}" d="{shape}"><title>{escape(words)}</title></path>')
    top = max(amounts, default=0.0)
    alt = "Largest movement of each region, drawn on this person’s mesh: " + "; ".join(
        f"{fact.words} {number(fact.peak)} {unit}" for fact in facts
    )
    scale = "".join(f'<i class="h{step}"></i>' for step in range(6))
    caption = (
        'largest movement<span class="scale" aria-hidden="true">'
        f"0{scale}{number(top)} {unit}</span>"
        '<span class="sides" aria-hidden="true"><b>R</b><b>L</b></span>'
    )
    return _map_figure(view, "".join(parts), caption, alt)


def _map_figure(view: str, shapes: str, caption: str, alt: str) -> str:
    return (
        f'<figure><svg class="map" viewBox="{view}" role="img" aria-label="{escape(alt)}">'
        f'{shapes}<use href="#face"/></svg><figcaption>{caption}</figcaption></figure>'
    )


def quality_strip(data: ReportData) -> str:
    """Tiles that are green only where the recording is good enough for what follows."""
    return f'<ul class="tiles">{"".join(_tile(tile) for tile in judge(data))}</ul>'


def _tile(tile: Judgement) -> str:
    sign, words = SIGNS[tile.grade], GRADES[tile.grade]
    return (
        f'<li class="tile {tile.grade}"><span class="grade" title="{words}">{sign}</span>'
        f"<h3>{escape(tile.name)}</h3><strong>{escape(tile.value)}</strong>"
        f'<p><span class="sr">{words}. </span>{escape(tile.meaning)}</p></li>'
    )


def thumbnail_strip(scene: Scene, edges: Int64) -> str:
    """Frames with the mesh at the moments that the text names; a button moves the clock there."""
    shown = sorted(scene.data.thumbnails, key=lambda one: one.time_s)
    if not shown:
        return '<p class="empty">No frames were stored with this result.</p>'
    parts = "".join(f"<li>{_thumbnail(scene, one, edges)}</li>" for one in shown)
    return f'<ol class="strip">{parts}</ol>'


def _thumbnail(scene: Scene, one: Thumbnail, edges: Int64) -> str:
    view, image, scale = faces.view_of(one.landmarks_px, 0.15), "", 1.0
    corner: Floats = np.zeros(2)
    if not scene.anonymous and one.pixels is not None:
        around, corner = _around_face(one)
        small, scale = shrink(around, THUMBNAIL_PX)
        height, width = small.shape[:2]
        view = f"-0.5 -0.5 {width} {height}"
        image = (
            f'<image href="{data_address(small)}" x="-0.5" y="-0.5" '
            f'width="{width}" height="{height}"/>'
        )
    mesh: Floats = (one.landmarks_px - corner + 0.5) * scale - 0.5
    lines = f'<path class="web" d="{faces.mesh_path(mesh, edges)}"/>'
    lines += f'<path class="outline" d="{faces.outline_path(mesh)}"/>'
    alt = escape(f"Frame at {seconds(one.time_s)} with the mesh: {one.caption}")
    kind = "thumb" if image else "thumb bare"
    return (
        f'<button type="button" class="{kind}" data-at="{one.time_s:.6g}">'
        f'<svg viewBox="{view}" role="img" aria-label="{alt}">{image}{lines}</svg>'
        f"<span><b>{seconds(one.time_s)}</b> {escape(one.caption)}</span></button>"
    )


def _around_face(one: Thumbnail) -> tuple[UInt8, Floats]:
    """The part of a frame around the face, and its upper left corner (x, y)."""
    pixels = one.pixels if one.pixels is not None else np.zeros((1, 1, 3), np.uint8)
    known = one.landmarks_px[np.isfinite(one.landmarks_px).all(axis=1)]
    if known.size == 0:
        return pixels, np.zeros(2)
    middle = (known.min(axis=0) + known.max(axis=0)) / 2
    half = MARGIN * float(np.ptp(known, axis=0).max()) / 2
    height, width = pixels.shape[:2]
    x0, y0 = np.clip(np.floor(middle - half), 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(middle + half) + 1, [x0 + 1, y0 + 1], [width, height]).astype(int)
    return pixels[y0:y1, x0:x1], np.array([x0, y0], np.float64)
