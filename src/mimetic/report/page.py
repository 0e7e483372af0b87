"""One self-contained HTML file from a ``ReportData``: no network, no fonts, one clock."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from pathlib import Path

import numpy as np

from mimetic.io.disk import disk_errors, replace_file
from mimetic.report import channels, closing, faces, header, movement, sides, skin, space, trials
from mimetic.report.data import ReportData
from mimetic.report.html import STILL, html_page
from mimetic.report.scene import Scene, scene_of
from mimetic.report.summary import measured

HINT = (
    '<p class="note hint">Point at a row, or use the arrow keys in it: the same moment lights up '
    "everywhere.</p>"
)
NOTHING = np.zeros((0, 2), np.float32)


def write_report(data: ReportData, path: str | Path, *, anonymous: bool = False) -> Path:
    """Write the report; a reader never meets half a file.

    ``anonymous`` draws the mesh instead of the face: the file then holds no
    picture at all. Raises DiskError where the disk is full or refuses, StoreError where
    there is no such folder.
    """
    target = Path(path)
    page = render(data, anonymous=anonymous).encode()
    with disk_errors(target):
        replace_file(target, page)
    return target


def render(data: ReportData, *, anonymous: bool = False) -> str:
    """The page as text; a pure function of the data."""
    scene = scene_of(data, anonymous=anonymous)
    style, script = _asset("style.css"), _asset("clock.js")
    # The hash lets this one script run and no other, whatever a file name contains.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"{STILL}; script-src 'sha256-{digest}'"
    clock = scene.frame.clock
    return html_page(
        f"{data.title} · mimetic",
        f"{_definitions(scene)}<main>{_body(scene)}</main>"
        f'<output class="readout" hidden></output><script>{script}</script>',
        style=style,
        policy=policy,
        attributes=f' data-start="{clock.start_s:.6g}" data-end="{clock.end_s:.6g}"',
    )


def _body(scene: Scene) -> str:
    data = scene.data
    meshes = [data.mesh_px, *(one.landmarks_px for one in data.thumbnails)]
    edges = faces.mesh_edges(next((mesh for mesh in meshes if mesh is not None), NOTHING))
    parts = [
        header.header(scene),
        _section("quality", "How good is the recording?", header.quality_strip(data)),
    ]
    if data.thumbnails or measured(data):
        parts.append(_section("moments", "Moments", header.thumbnail_strip(scene, edges)))
    if measured(data):
        parts += _measured(scene)
    parts += [
        _section("limits", "What this does not say", closing.limits_section(data)),
        _section("provenance", "Provenance", closing.provenance_section(data)),
    ]
    return "".join(parts)


def _measured(scene: Scene) -> list[str]:
    """The sections that need a face in two frames or more."""
    around, where = trials.trials_section(scene), skin.skin_section(scene)
    return [
        _section("movement", "Movement over time", movement.movement_section(scene) + HINT),
        _section("skin", "Where the skin went", where) if where else "",
        _section("sides", "Left and right", sides.asymmetry_section(scene)),
        _section("lids", "Lids and blinks", channels.lids_section(scene)),
        _section("pose", "Head pose", channels.pose_section(scene)),
        _section("trials", "Around the trials", around) if around else "",
        _section("space", "Movement space", space.space_section(scene)),
    ]


def _section(name: str, title: str, inner: str) -> str:
    head = f'<h2 id="{name}-h">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-h">{head}{inner}</section>'


def _definitions(scene: Scene) -> str:
    """Drawn once, used often: the hatching of gaps and this person's outline."""
    mesh = scene.data.mesh_px
    outline = "" if mesh is None else faces.outline_path(mesh)
    return (
        '<svg width="0" height="0" class="defs" aria-hidden="true"><defs>'
        '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-paper"/>'
        '<line x1="0" y1="0" x2="0" y2="6" class="hatch-line"/></pattern>'
        f'<path id="face" class="outline" d="{outline}"/></defs></svg>'
    )


def _asset(name: str) -> str:
    return resources.files("mimetic.report").joinpath(name).read_text(encoding="utf-8")
