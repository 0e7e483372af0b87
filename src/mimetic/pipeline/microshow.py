"""An event made larger, as a video."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.flow.predict import AUTO, FlowEstimator
from mimetic.io.disk import disk_errors
from mimetic.io.overlay import SUFFIXES, VideoWriter
from mimetic.io.result import Result, open_result
from mimetic.micro.magnify import Magnified, MagnifySettings, magnify
from mimetic.pipeline.micro import clip_around, stored_event
from mimetic.types import ExpressionEvent

SHOWN_S = 0.25  # before and after the event
ZOOM = 3
SLOWEST = 100.0


@dataclass(frozen=True, kw_only=True)
class ShowWish:
    """How an event is shown: how much larger, beside the original or not, how much slower."""

    settings: MagnifySettings = field(default_factory=MagnifySettings)
    method: str = AUTO
    side_by_side: bool = False
    slower: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.slower <= SLOWEST:
            raise ArgumentError(f"--slower: expected 1 to {SLOWEST:g}, got {self.slower:g}")


def magnify_event(result: Result, event: ExpressionEvent, wish: ShowWish) -> Magnified:
    """An event and a quarter of a second on both sides, magnified."""
    around_s = SHOWN_S + 2 * wish.settings.longest_s
    return magnify(
        clip_around(result, event, around_s=around_s),
        FlowEstimator.load(wish.method),
        start_s=event.onset_s - SHOWN_S,
        end_s=event.offset_s + SHOWN_S,
        settings=wish.settings,
    )


def write_magnified(
    folder: str | Path, number: int, out: str | Path, wish: ShowWish | None = None
) -> dict[str, Any]:
    """Write an event of ``spot_result``, by its number, as a magnified video; facts about it.

    Raises StoreError where nothing was spotted yet and ArgumentError for a number that no
    event has, a name that is no video's, or an event without frames.
    """
    wish, out = wish or ShowWish(), Path(out)
    if out.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"--out: expected a name ending in {' or '.join(SUFFIXES)}, got {out}")
    result = open_result(folder)
    event = stored_event(result, number)
    made = magnify_event(result, event, wish)
    pixels = made.side_by_side(ZOOM)
    if not wish.side_by_side:
        pixels = pixels[:, :, pixels.shape[2] // 2 :]
    with disk_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    height, width = pixels.shape[1:3]
    with VideoWriter(out, width, height) as writer:
        for picture, time_s in zip(pixels, made.times_s - made.times_s[0], strict=True):
            writer.write(np.ascontiguousarray(picture), float(time_s) * wish.slower)
    return {
        "event": number,
        "onset_s": event.onset_s,
        "apex_s": event.apex_s,
        "offset_s": event.offset_s,
        "by": wish.settings.by,
        "method": made.method,
        "frames": int(made.times_s.size),
        "first_s": float(made.times_s[0]),
        "last_s": float(made.times_s[-1]),
        "added_px": float(np.hypot(made.added_px[:, 0], made.added_px[:, 1]).max()),
        "file": out,
    }
