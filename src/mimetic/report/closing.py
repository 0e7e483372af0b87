"""Limits and provenance: what the numbers do not say, and how to get them again."""

from __future__ import annotations

from mimetic.report.data import ReportData
from mimetic.report.words import escape, number

STANDING = (
    "Movement of the skin is measured, not emotion, intention or health. "
    "What it means is for the reader to decide.",
    "Movement is relative to this person’s neutral face, not to other people. Neutral is the "
    "stillest face of this recording; where that is not a face at rest, name a moment with "
    "--neutral SECONDS.",
    "A hand, hair or glasses moving before the face count as movement of the region they cover.",
    "One camera sees one view: movement toward the camera, and on a side turned away, "
    "is less certain.",
)


def limits_section(data: ReportData) -> str:
    """Standing limits, then those of this recording."""
    items = "".join(f"<li>{escape(text)}</li>" for text in (*data.limits, *STANDING))
    return f'<ul class="limits">{items}</ul>'


def provenance_section(data: ReportData) -> str:
    """Everything needed to repeat the run, the command first."""
    video, made = data.video, data.provenance
    facts = {
        "Video": video.path,
        "SHA-256": video.sha256,
        "Picture": f"{video.width_px} × {video.height_px} px, turned by {video.rotation_deg}°",
        "Nominal rate": f"{number(video.nominal_hz, 4)} frames a second",
        "Decoder": video.decoder,
    }
    if made is not None:
        facts |= {
            "Made by": f"{made.package}, revision {made.revision}",
            "Made at": made.made_at,
            "Settings": made.config_hash,
            "Weights": made.weights_hash,
            "Seed": str(made.seed),
        }
    facts |= dict(data.versions)
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
    )
    return (
        "<p>This line repeats the run:</p>"
        f'<pre tabindex="0"><code>{escape(data.command)}</code></pre>'
        f'<dl class="facts">{rows}</dl>'
    )
