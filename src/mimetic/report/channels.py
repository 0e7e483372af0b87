"""Lids with blinks, and head pose: channels of their own on the same clock."""

from __future__ import annotations

import numpy as np

from mimetic.ops.lids import LidSeries
from mimetic.ops.rest import frame_noise
from mimetic.report import figures, rows
from mimetic.report.facts import spread
from mimetic.report.figures import Frame, Series
from mimetic.report.scene import Scene, breaks_at, shared_gaps
from mimetic.report.summary import blink_sentence, lid_sentence
from mimetic.report.words import SIDES, escape, number, seconds
from mimetic.types import FaceTrack, Floats

POSE_WORDS = {"yaw": "up: to their left", "pitch": "up: looks up", "roll": "up: clockwise"}


def lids_section(scene: Scene) -> str:
    """How far the eyes are open, with a mark at each blink."""
    lids, blinks = scene.data.lids, scene.data.blinks
    if lids is None and blinks is None:
        return '<p class="empty">The lids were not measured.</p>'
    words = f"{blink_sentence(scene.data)} {lid_sentence(scene.data)}".strip()
    said = f'<p class="said">{escape(words)}</p>' if words else ""
    if lids is None:
        plot = figures.plot(scene.frame, "", height=rows.LOW, label=words, marks=_marks(scene))
        return said + rows.group(rows.row("blinks", plot), scene.frame, label="Blinks")
    note = (
        '<p class="note">▾ marks a blink. The ground of a row is a closed eye, 100 % '
        "this person’s open eye. The numbers at the right hold 95 % of frames. "
        f"{rows.NOISE_KEY}What the noise of the measurement makes of an eye that stays open, "
        "± 2 sd.</p>"
    )
    drawn = _lid_row(scene, lids, "left") + _lid_row(scene, lids, "right")
    return said + rows.group(drawn, scene.frame, label="Lid opening over time") + note


def _lid_row(scene: Scene, lids: LidSeries, side: str) -> str:
    breaks = breaks_at(scene, lids.times_s)
    values = 100 * lids.relative[:, SIDES.index(side)]
    half = 2 * frame_noise(values)
    one = Series(times_s=lids.times_s, values=values, breaks=breaks, hue=side, floor=half)
    known = 100 * lids.relative[np.isfinite(lids.relative)]
    high = max(120.0, float(known.max(initial=0.0)))
    gaps = shared_gaps(scene, [one])
    frame = Frame(clock=scene.frame.clock, gaps=gaps, bands=scene.frame.bands)
    curves = figures.noise_band(half, low=0.0, high=high, height=rows.LOW, about=100.0)
    curves += figures.line_curves(one, frame, low=0.0, high=high, height=rows.LOW)
    low, upper = (number(end) for end in spread(values))
    label = f"{side} lid opening, {low} to {upper} % in 95 % of frames"
    marks = _marks(scene) if side == SIDES[0] else ""
    plot = figures.plot(frame, curves, height=rows.LOW, label=label, marks=marks)
    key = rows.reading_key(scene.frame.clock, [("", one)], unit="%")
    value = f'<span class="peak {side}">{low}–{upper} %</span>'
    return rows.row(f"{side} eye open", plot, value=value, key=key)


def _marks(scene: Scene) -> str:
    marks = ""
    for blink in scene.data.blinks or ():
        if blink.rejected is None:
            long_ms = 1000 * (blink.offset_s - blink.onset_s)
            title = f"blink at {seconds(blink.apex_s)}, {long_ms:.0f} ms long"
            marks += figures.tick_mark(scene.frame, blink.apex_s, title=title)
    return marks


def pose_section(scene: Scene) -> str:
    """Yaw, pitch and roll against this person's median, one scale for all three."""
    track = scene.data.track
    if track is None or not track.valid.any():
        return '<p class="empty">No head pose: no face was tracked.</p>'
    angles = {"yaw": track.yaw_deg, "pitch": track.pitch_deg, "roll": track.roll_deg}
    reach = max(5.0, *(float(np.nanmax(np.abs(values))) for values in angles.values()))
    drawn = "".join(_pose_row(scene, track, name, reach) for name in angles)
    widest = max(angles, key=lambda name: float(np.ptp(spread(angles[name]))))
    low, high = (number(end) for end in spread(angles[widest]))
    said = f"The head moved most in {widest}: {low}° to {high}° around its usual place."
    note = (
        f'<p class="note">{rows.NOISE_KEY}What noise makes of a still head from one frame to the '
        "next, ± 2 sd.</p>"
    )
    return f'<p class="said">{said}</p>' + rows.group(drawn, scene.frame, label="Head pose") + note


def _pose_row(scene: Scene, track: FaceTrack, name: str, reach: float) -> str:
    values: Floats = getattr(track, f"{name}_deg")
    breaks = breaks_at(scene, track.times_s)
    # A repeated frame has the angle of the one before, and would hide its noise.
    distinct = ~np.isin(track.times_s, scene.data.video.times_s[scene.data.video.repeated])
    half = 2 * frame_noise(values[distinct].astype(np.float64))
    one = Series(times_s=track.times_s, values=values, breaks=breaks, hue="ink", floor=half)
    low, high = (number(end) for end in spread(values))
    label = f"{name}, {low} to {high} degrees in 95 % of frames"
    plot = rows.signed_plot([one], scene.frame, reach=reach, label=label)
    key = rows.reading_key(scene.frame.clock, [("", one)], unit="°")
    value = f'<span class="peak">{low}° to {high}°</span>'
    words = f"<span>{name}<small>{POSE_WORDS[name]}</small></span>"
    return rows.row(words, plot, value=value, key=key)
