"""Draw the facial regions of a result on this person's own mesh, as an SVG without any face.

Run it as::

    python examples/draw_regions.py results/anna regions.svg
"""

import sys
from pathlib import Path

import mimetic
from mimetic.ops.landmarks import EYE_LEFT, EYE_RIGHT, FACE_OVAL, LIPS_INNER
from mimetic.ops.regions import RegionScheme, region_centres, region_masks, region_scheme

SCALE = 5  # drawn pixels per crop pixel
# The two sides of a region and the middle ones, in colours that colour-blind people tell apart.
COLOURS = {"left": "#0072b2", "right": "#d55e00", "middle": "#009e73"}


def draw(clip: mimetic.FaceClip, scheme: RegionScheme) -> str:
    """The SVG text: every region filled in the colour of its side, with its name."""
    mesh = clip.mesh_px[:, :2]
    low, high = mesh.min(0) - 3, mesh.max(0) + 3
    width, height = (SCALE * (high - low)).round().astype(int)

    def path(points: tuple[int, ...], style: str) -> str:
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in SCALE * (mesh[list(points)] - low))
        return f'<polygon points="{places}" {style}/>'

    parts = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for region in scheme.regions:
        side = region.rsplit("_", 1)[-1]
        colour = COLOURS.get(side, COLOURS["middle"])
        style = f'fill="{colour}" fill-opacity="0.25" stroke="{colour}" stroke-width="1.5"'
        halves = scheme.polygons[region]
        parts += [path(points, style) for points in halves]
    line = 'fill="none" stroke="#333333" stroke-width="1"'
    parts += [path(points, line) for points in (FACE_OVAL, EYE_LEFT, EYE_RIGHT, LIPS_INNER)]
    masks = region_masks(clip.mesh_px, clip.pixels.shape[1], scheme)
    for region, place in zip(scheme.regions, region_centres(masks), strict=True):
        x, y = SCALE * (place - low)
        parts.append(
            f'<text x="{x:.0f}" y="{y + 4:.0f}" font-family="sans-serif" font-size="12" '
            f'text-anchor="middle">{region}</text>'
        )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
    return f"{head}>\n" + "\n".join(parts) + "\n</svg>\n"


if __name__ == "__main__":
    folder, out = sys.argv[1:]
    text = draw(mimetic.open_result(folder).clip(0, 1), region_scheme("13"))
    Path(out).write_text(text, encoding="utf-8")
