"""Which frames are worth showing: neutral, and the largest movement of each part."""

from __future__ import annotations

import numpy as np

from mimetic.report.facts import main_feature, region_facts
from mimetic.report.movement import group_words, paired
from mimetic.report.words import number, unit_of
from mimetic.types import LocalDynamics

ONE_SIDED = 1.25
APART_S = 0.5  # two moments nearer than this show the same face


def notable_moments(
    dynamics: LocalDynamics | None, *, neutral_s: float | None = None, count: int = 8
) -> list[tuple[float, str]]:
    """Times and captions for the thumbnails, at most ``count``, in the order of time.

    Neutral first, then the peak of each region or pair from the largest movement
    down; a peak within half a second of a chosen one adds its name to it.
    """
    chosen: list[tuple[float, list[str]]] = []
    if neutral_s is not None:
        chosen.append((neutral_s, ["neutral"]))
    for peak_s, words in _peaks(dynamics) if dynamics is not None else []:
        near = [names for time_s, names in chosen if abs(time_s - peak_s) < APART_S]
        if near and near[0] != ["neutral"]:
            near[0].append(words)
        elif not near and len(chosen) < count:
            chosen.append((peak_s, [words]))
    captions = [(time_s, _caption(words)) for time_s, words in chosen]
    return sorted(captions)[:count]


def _caption(words: list[str]) -> str:
    extra = len(words) - 2
    return ", ".join(words[:2]) + (f" and {extra} more" if extra > 0 else "")


def _peaks(dynamics: LocalDynamics) -> list[tuple[float, str]]:
    """Time and words of each group's largest movement, the largest first."""
    facts = {fact.region: fact for fact in region_facts(dynamics)}
    unit = unit_of(dynamics.features[main_feature(dynamics)])
    found = []
    for group in paired(dynamics.regions):
        moved = [facts[name] for name in group if facts[name].moved]
        if moved:
            most = max(moved, key=lambda fact: fact.peak)
            # One side is named where the other stayed well behind.
            behind = all(fact is most or ONE_SIDED * fact.peak < most.peak for fact in moved)
            name = most.words if behind else group_words(group)
            words = f"{name} {number(most.peak)} {unit}".strip()
            found.append((most.peak, most.peak_s, words))
    found.sort(key=lambda item: -item[0])
    return [(peak_s, words) for _, peak_s, words in found if np.isfinite(peak_s)]
