"""What a face does that is no micro-expression: blinks, speech, movements that last."""

from __future__ import annotations

import numpy as np

from mimetic.datasets.virtual import Pulse
from mimetic.types import ExpressionEvent


def blink(rng: np.random.Generator, onset_s: float) -> tuple[list[Pulse], ExpressionEvent]:
    """Both lids close in about 90 ms and open in about 180."""
    apex_s = onset_s + float(rng.uniform(0.07, 0.11))
    offset_s = apex_s + float(rng.uniform(0.14, 0.22))
    size = float(rng.uniform(0.85, 1.0))
    pulses = [
        Pulse(control=name, onset_s=onset_s, apex_s=apex_s, offset_s=offset_s, size=size)
        for name in ("lid_close_left", "lid_close_right")
    ]
    return pulses, _whole(pulses, "blink")


def speech(rng: np.random.Generator, onset_s: float) -> tuple[list[Pulse], ExpressionEvent]:
    """Four to ten syllables, four or five a second."""
    pulses, now_s = [], onset_s
    for _ in range(int(rng.integers(4, 11))):
        length_s = float(rng.uniform(0.17, 0.28))
        control = str(rng.choice(["jaw_open", "jaw_open", "pucker", "lip_press"]))
        pulses.append(
            Pulse(
                control=control,
                onset_s=now_s,
                apex_s=now_s + 0.45 * length_s,
                offset_s=now_s + length_s,
                size=float(rng.uniform(0.05, 0.25)),
            )
        )
        now_s += 0.9 * length_s
    return pulses, _whole(pulses, "speech")


def macro(rng: np.random.Generator, onset_s: float) -> tuple[list[Pulse], ExpressionEvent]:
    """A movement of a second or two of both sides."""
    apex_s, hold_s = onset_s + float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.1, 0.6))
    name = str(rng.choice(["lip_corner_up", "inner_brow", "outer_brow", "brow_lower"]))
    size, fall_s = float(rng.uniform(0.15, 0.6)), float(rng.uniform(0.4, 1.0))
    pulses = [
        Pulse(
            control=f"{name}_{side}",
            onset_s=onset_s,
            apex_s=apex_s,
            hold_s=hold_s,
            offset_s=apex_s + hold_s + fall_s,
            size=size,
        )
        for side in ("left", "right")
    ]
    return pulses, _whole(pulses, "macro")


def _whole(pulses: list[Pulse], kind: str) -> ExpressionEvent:
    largest = max(pulses, key=lambda pulse: pulse.size)
    return ExpressionEvent(
        onset_s=min(pulse.onset_s for pulse in pulses),
        apex_s=largest.apex_s,
        offset_s=max(pulse.offset_s for pulse in pulses),
        kind=kind,
        scheme="virtual",
    )


DISTRACTORS = {"blink": blink, "speech": speech, "macro": macro}
