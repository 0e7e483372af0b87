"""Magnification on virtual events: how far skin goes, what else moves, and what is disturbed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from mimetic.bench.micro.virtualevent import APEX_S, OFFSET_S, ONSET_S, VirtualEvent, exact_picture
from mimetic.micro.eulerian import EulerianSettings, eulerian
from mimetic.micro.magnify import MagnifySettings, magnify
from mimetic.micro.skin import face_weight
from mimetic.types import Bool, FaceClip, Float32, Float64, FlowMethod, UInt8

MARGIN_S = 0.1
APEX_FRAMES = 3  # around the apex, which are measured and averaged
BLOCK_PX = 16
MOVING = 0.2  # of the largest displacement: the moving region
STILL = 0.01
EULERIAN = "eulerian"
_ROUNDS = 6

Frames = tuple[UInt8, Float64]


def measure_magnification(
    flows: Mapping[str, FlowMethod],
    *,
    amplitudes_px: Sequence[float] = (0.3,),
    factors: Sequence[float] = (8.0,),
    noise: float = 1.0,
    seed: int = 0,
) -> dict[str, Any]:
    """One row for each method, amplitude and factor, and for the Eulerian comparison.

    ``displacement`` is the displacement of the moving region as a share of what was
    asked for (1 is right), ``background_px`` the largest movement of a block outside the face,
    ``still_skin_px`` and ``still_skin_rms_px`` the same in the face where nothing moves,
    ``error_levels`` the rms difference to the true picture in the moving region, and
    ``still_levels`` the rms change of pixels elsewhere, in grey levels.
    """
    rows = []
    for amplitude_px in amplitudes_px:
        event = VirtualEvent(amplitude_px=amplitude_px, noise=noise)
        clip = event.film(np.random.default_rng(seed))
        for by in factors:
            for name in (*flows, EULERIAN):
                frames = _magnified(clip, flows.get(name), by)
                row = {"method": name, "amplitude_px": amplitude_px, "by": by}
                rows.append(row | measure_frames(event, clip, frames, by=by))
    return {"noise": noise, "seed": seed, "rate_hz": VirtualEvent().rate_hz, "rows": rows}


def _magnified(clip: FaceClip, flow: FlowMethod | None, by: float) -> Frames:
    start_s, end_s = ONSET_S - MARGIN_S, OFFSET_S + MARGIN_S
    if flow is None:
        return eulerian(clip, start_s=start_s, end_s=end_s, settings=EulerianSettings(by=by))
    found = magnify(clip, flow, start_s=start_s, end_s=end_s, settings=MagnifySettings(by=by))
    return found.pixels, found.times_s


def measure_frames(
    event: VirtualEvent, clip: FaceClip, frames: Frames, *, by: float
) -> dict[str, float]:
    """The measures of ``measure_magnification`` for magnified frames and their times."""
    pixels, times_s = frames
    first = int(np.searchsorted(clip.times_s, times_s[0]))
    near = np.argsort(np.abs(times_s - APEX_S))[:APEX_FRAMES]
    moving = np.hypot(*event.field_px) > MOVING * event.amplitude_px
    found = []
    for row in near.tolist():
        true = by * event.field_px * np.float32(event.course(times_s[row : row + 1])[0])
        found.append(_measure(clip, first + row, pixels[row], true, moving))
    return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def _measure(
    clip: FaceClip, row: int, picture: UInt8, true_px: Float32, moving: Bool
) -> dict[str, float]:
    before = np.asarray(clip.pixels[row], np.uint8)
    face = face_weight(clip.mesh_px, before.shape[0]) > 0
    still = face & (np.hypot(*true_px) < STILL * np.hypot(*true_px).max())
    shifts = block_shifts_px(before, picture)
    outside, skin = (shifts[_blocks(mask)] for mask in (~face, still))
    off = picture.astype(np.float64) - exact_picture(true_px)
    change = picture.astype(np.float64) - before
    return {
        "displacement": displacement_share(picture, true_px, moving),
        "background_px": float(outside.max(initial=0.0)),
        "still_skin_px": float(skin.max(initial=0.0)),
        "still_skin_rms_px": float(np.sqrt((skin**2).mean())),
        "error_levels": float(np.sqrt((off[moving] ** 2).mean())),
        "still_levels": float(np.sqrt((change[still | ~face] ** 2).mean())),
    }


def displacement_share(picture: UInt8, true_px: Float32, region: Bool) -> float:
    """How far a picture went along a true field [2 H W], 1 where it went all the way.

    The share at which the portrait, moved by so much of the field, looks most like it.
    """
    share, step = 0.8, 0.02
    for _ in range(_ROUNDS):
        here, next_one = (
            exact_picture(true_px * np.float32(each))[region].astype(np.float64)
            for each in (share, share + step)
        )
        slope = (next_one - here) / step
        change = float((slope * (picture[region] - here)).sum() / (slope**2).sum())
        share += float(np.clip(change, -0.3, 0.3))
    return share


def block_shifts_px(first: UInt8, second: UInt8) -> Float64:
    """How far each block of two pictures moved, by Lucas and Kanade's equations [h w]."""
    one, other = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(float) for each in (first, second))
    one, other = (cv2.GaussianBlur(each, (0, 0), 1.0) for each in (one, other))
    down, across = np.gradient((one + other) / 2)
    off = other - one
    xx, xy, yy, bx, by = (
        _sums(np.asarray(part))
        for part in (across**2, across * down, down**2, across * off, down * off)
    )
    area = xx * yy - xy**2 + 1e-9
    return np.asarray(np.hypot(xy * by - yy * bx, xy * bx - xx * by) / area)


def _sums(picture: Float64) -> Float64:
    h, w = (size // BLOCK_PX for size in picture.shape)
    cut = picture[: h * BLOCK_PX, : w * BLOCK_PX].reshape(h, BLOCK_PX, w, BLOCK_PX)
    return np.asarray(cut.sum((1, 3)))


def _blocks(mask: Bool) -> Bool:
    """The blocks that lie in a mask as a whole."""
    return np.asarray(_sums(mask.astype(np.float64)) == BLOCK_PX**2)
