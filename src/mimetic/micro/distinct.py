"""Which of several peaks are one movement of the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mimetic.types import ExpressionEvent

_SAME = 0.5  # of the shorter of two events; beyond, they are one
_ALIKE = 0.35  # of the longer; a twitch within a smile is an event of its own


def distinct(events: Sequence[ExpressionEvent]) -> list[ExpressionEvent]:
    """Events in order of time, of those that mostly overlap the clearest alone.

    Lasting movements that overlap at all are one.
    """
    kept: list[ExpressionEvent] = []
    for event in sorted(events, key=lambda event: -(event.snr or 0.0)):
        if not any(_overlap(event, other) > _SAME for other in kept):
            kept.append(event)
    kept.sort(key=lambda event: event.onset_s)
    brief = [event for event in kept if event.kind == "micro"]
    lasting: list[ExpressionEvent] = []
    for event in kept:
        if event.kind == "micro":
            continue
        if lasting and event.onset_s < lasting[-1].offset_s:
            event = _joined(lasting.pop(), event)
        lasting.append(event)
    return sorted((*brief, *lasting), key=lambda event: event.onset_s)


def _joined(one: ExpressionEvent, other: ExpressionEvent) -> ExpressionEvent:
    """The clearer of two events from the onset of the first to the offset of the last."""
    clearer = max((one, other), key=lambda event: event.snr or 0.0)
    first_s, last_s = min(one.onset_s, other.onset_s), max(one.offset_s, other.offset_s)
    scores = {**clearer.scores, "duration_s": last_s - first_s}
    return replace(clearer, onset_s=first_s, offset_s=last_s, scores=scores)


def _overlap(one: ExpressionEvent, other: ExpressionEvent) -> float:
    """Common time as a share of the shorter; 0 for a brief one in a much longer that lasts."""
    shorter, longer = sorted((one, other), key=lambda each: each.offset_s - each.onset_s)
    lengths_s = [each.offset_s - each.onset_s for each in (shorter, longer)]
    twitch = shorter.kind == "micro" and longer.kind == "macro"
    if twitch and lengths_s[0] < _ALIKE * lengths_s[1]:
        return 0.0
    common_s = min(one.offset_s, other.offset_s) - max(one.onset_s, other.onset_s)
    return common_s / max(lengths_s[0], 1e-9)
