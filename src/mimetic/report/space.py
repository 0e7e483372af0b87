"""The person's movement space: each component as the movement that it makes."""

from __future__ import annotations

import numpy as np

from mimetic.ops.timeseries import valid_time_s
from mimetic.report import faces, rows
from mimetic.report.arrows import arrow_paths, grid_arrows, spaced
from mimetic.report.clock import Gap
from mimetic.report.data import ComponentView, ReportData
from mimetic.report.facts import duration_s
from mimetic.report.figures import Frame, Series
from mimetic.report.pictures import data_address
from mimetic.report.scene import Scene, breaks_at
from mimetic.report.words import escape, fixed, listed, number, percent
from mimetic.types import Floats, MovementEmbedding, UInt8

ENOUGH_S = 60.0  # below this the space is unstable (measured on real clips; docs)
SHOWN = 8
LONGEST = 0.16  # longest arrow, in widths of the face
LEAK_SEEN = 0.1  # R2 of pose from codes that is worth saying aloud


def space_section(scene: Scene) -> str:
    """Pictures, share, and the code over time of every component."""
    data = scene.data
    if not data.components:
        return '<p class="empty">No movement space: too little was measured.</p>'
    cards = "".join(_card(scene, part) for part in _shown(data))
    return (
        f'<p class="said">{escape(_said(data))}</p>{_warning(data)}'
        f'<div class="components">{cards}</div>{_codes(scene)}'
        f'<p class="note">{escape(leak_words(data))}</p>'
    )


def _shown(data: ReportData) -> list[ComponentView]:
    """The components that carry most, at most SHOWN."""
    return sorted(data.components, key=lambda part: -part.share)[:SHOWN]


def _said(data: ReportData) -> str:
    together = sum(part.share for part in data.components)
    first = max(data.components, key=lambda part: part.share)
    many = len(data.components)
    all_of_them = many if data.embedding is None else data.embedding.codes.shape[1]
    if all_of_them == 1:
        return f"One direction holds {percent(together)} of this face’s movement: {first.name}."
    said = f"{many} directions hold"
    if many < all_of_them:
        said = f"The first {many} of {all_of_them} directions hold"
    if many == 1:
        said = f"The first of {all_of_them} directions holds"
    shown = f" The {SHOWN} largest are shown." if many > SHOWN else ""
    return (
        f"{said} {percent(together)} of this face’s movement; the first, "
        f"{first.name}, {percent(first.share)}.{shown}"
    )


def _warning(data: ReportData) -> str:
    length_s = _measured_s(data)
    if length_s >= ENOUGH_S:
        return ""
    return (
        f'<p class="care">From {number(length_s, 2)} s of measured video. '
        f"Below {ENOUGH_S:.0f} s these directions change from one recording of the same person "
        "to the next.</p>"
    )


def _measured_s(data: ReportData) -> float:
    """Seconds of video in which the face has a code."""
    if data.embedding is None:
        return duration_s(data.video)
    return valid_time_s(data.embedding.times_s, data.embedding.valid)


def leak_words(data: ReportData) -> str:
    """How much of the head pose can be read from the codes."""
    known = {name: value for name, value in data.pose_leak.items() if np.isfinite(value)}
    if not known:
        return "How far head pose leaks into the codes was not measured."
    said = listed([f"{name} {fixed(max(value, 0.0))}" for name, value in known.items()])
    words = f"Head pose can be read from the codes with R² of {said}."
    if max(known.values()) < LEAK_SEEN:
        return f"{words} The codes are nearly free of pose."
    return f"{words} Part of what the codes say is the head turning, or moves together with it."


def _card(scene: Scene, part: ComponentView) -> str:
    pictures = (
        _picture(scene, part.minus_mesh_px, part.minus_pixels, "−2 sd", None)
        + _picture(scene, _neutral_mesh(part), scene.data.neutral_pixels, "neutral", None)
        + _picture(scene, part.plus_mesh_px, part.plus_pixels, "+2 sd", part)
    )
    return (
        f'<article class="component"><h3><span>{part.index + 1}</span> {escape(part.name)}'
        f"<small>{percent(part.share)} of the movement</small></h3>"
        f'<div class="three">{pictures}</div></article>'
    )


def _neutral_mesh(part: ComponentView) -> Floats:
    """Halfway between -2 and +2 sd: the codes of the neutral face are not always 0."""
    return np.asarray((part.minus_mesh_px + part.plus_mesh_px) / 2)


def _picture(
    scene: Scene, mesh: Floats, pixels: UInt8 | None, name: str, moved: ComponentView | None
) -> str:
    image, outline = "", f'<path class="outline" d="{faces.outline_path(mesh)}"/>'
    view = faces.view_of(mesh)
    if pixels is not None and not scene.anonymous:
        height, width = pixels.shape[:2]
        view = f"-0.5 -0.5 {width} {height}"
        address = data_address(pixels)
        image = f'<image href="{address}" x="-0.5" y="-0.5" width="{width}" height="{height}"/>'
        outline = ""
    arrows = "" if moved is None else _arrows(moved, bare=not image)
    alt = f"The face at {name}" + (", arrows show where the skin goes" if arrows else "")
    return (
        f'<figure><svg viewBox="{view}" role="img" aria-label="{escape(alt)}">{image}{outline}'
        f"{arrows}</svg><figcaption>{name}</figcaption></figure>"
    )


def _arrows(part: ComponentView, *, bare: bool) -> str:
    """Arrows from neutral to +2 sd, grown so that the longest is LONGEST faces long."""
    start = _neutral_mesh(part)
    if part.flow_px is not None and not bare:
        places, shifts = grid_arrows(part.flow_px)
    else:
        chosen = spaced(start)
        places, shifts = start[chosen], (part.plus_mesh_px - start)[chosen]
    return arrow_paths(places, shifts, longest=LONGEST * float(np.ptp(start[:, 0])))


def _codes(scene: Scene) -> str:
    embedding = scene.data.embedding
    if embedding is None:
        return '<p class="empty">The codes over time were not stored.</p>'
    breaks = breaks_at(scene, embedding.times_s)
    drawn = ""
    for part in _shown(scene.data):
        values = embedding.codes[:, part.index].astype(np.float64)
        known = values[np.isfinite(values)]
        scale = float(known.std()) if known.size and known.std() > 0 else 1.0
        reach = max(3.0, float(np.abs(known).max() / scale)) if known.size else 3.0
        half = 2 * _noise_sd(embedding, part.index) / scale
        one = Series(
            times_s=embedding.times_s, values=values / scale, breaks=breaks, hue="ink", floor=half
        )
        gaps: list[Gap] = rows.own_gaps(
            embedding.times_s, values, gaps=scene.frame.gaps, why="no code for these frames"
        )
        frame = Frame(clock=scene.frame.clock, gaps=gaps, bands=scene.frame.bands)
        label = f"Code of component {part.index + 1}, {part.name}, over time"
        plot = rows.signed_plot([one], frame, reach=reach, label=label)
        key = rows.reading_key(scene.frame.clock, [("", one)], unit="sd")
        value = f'<span class="peak">±{number(reach)} sd</span>'
        drawn += rows.row(f"{part.index + 1} {escape(part.name)}", plot, value=value, key=key)
    group = rows.group(drawn, scene.frame, label="Codes over time")
    return f'<h3 class="sub">When it is used</h3>{group}{_noise_note(embedding)}'


def _noise_sd(embedding: MovementEmbedding, index: int) -> float:
    """The usual noise of one code, NaN where it is not known."""
    if embedding.code_sd is None:
        return float("nan")
    known = embedding.code_sd[:, index]
    known = known[np.isfinite(known)]
    return float(np.median(known)) if known.size else float("nan")


def _noise_note(embedding: MovementEmbedding) -> str:
    if embedding.code_sd is None:
        return ""
    return (
        f'<p class="note">{rows.NOISE_KEY}What noise makes of the code of a still face, ± 2 sd '
        "of the noise.</p>"
    )
