"""When a movement happens: what every moment is made of, and the excursions of each movement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from scipy.optimize import nnls
from scipy.signal import find_peaks

from mimetic.person.parts import Parts
from mimetic.person.segments import Track, smoothed, stretches_of
from mimetic.person.sources import amount_of
from mimetic.types import Float64, Floats

SMALLEST = 0.35  # an occurrence rises by this part of the movement's usual size
FOOT = 0.1  # onset and offset: this part of the rise, as for blinks
TURNED_DEG = 4.0  # a head that turns by less has no part in a movement
ALWAYS = 0.75  # share of occurrences in which it turns the same way
AXES = ("yaw", "pitch", "roll")
LEAST_MATCH = 0.65
NORMAL = 1.4826  # standard deviation of a normal distribution over its median deviation


class Told(Protocol):
    """What tells one movement from another."""

    @property
    def shape(self) -> Float64:
        """What it does to the parts of the face [K]."""

    @property
    def filter(self) -> Float64 | None:
        """Weights of the codes [D] whose sum is how much of it there is, for small ones."""


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One time that a movement happens.

    ``size`` is its rise against the movement's usual one, ``match`` the cosine
    between what changed from onset to apex and the movement, other movements of
    the repertoire that happen meanwhile taken out; of a movement that is seen through
    a filter, the rise over rise and noise.
    """

    recording: str
    onset_s: float
    apex_s: float
    offset_s: float
    size: float
    match: float

    @property
    def strength(self) -> float:
        """How sure it is, 0 to 1: the match, less for small ones."""
        return max(self.match, 0.0) * min(self.size, 1.0)


def activations(series: Float64, shapes: Float64) -> Float64:
    """How much of every movement [M K] a moment [T K] holds, never negative [T M].

    Non-negative least squares (Lawson and Hanson 1974), so that movements that
    happen together share what is seen between them. NaN in gaps.
    """
    out = np.full((len(series), len(shapes)), np.nan)
    for row in np.flatnonzero(np.isfinite(series).all(1)):
        out[row] = nnls(shapes.T, series[row])[0]
    return out


def amounts_of(codes: Float64, words: Sequence[Told], parts: Parts, *, neutral: Floats) -> Float64:
    """How much of every movement codes [T D] hold [T M]; 1 is the usual size, NaN in gaps.

    Movements with a filter are seen through it alone, the others share what is seen.
    """
    out = np.full((len(codes), len(words)), np.nan)
    shared = [number for number, word in enumerate(words) if word.filter is None]
    if shared:
        shapes = np.stack([words[number].shape for number in shared])
        out[:, shared] = activations(parts(codes) - parts(neutral), shapes)
    filters = {n: word.filter for n, word in enumerate(words) if word.filter is not None}
    if filters:
        out[:, list(filters)] = amount_of(codes, np.stack(list(filters.values())))
    return out


def occurrences(
    tracks: Sequence[Track], parts: Parts, words: Sequence[Told], *, neutral: Floats
) -> list[list[Occurrence]]:
    """Every time that each movement happens, in the order of tracks and time."""
    found: list[list[Occurrence]] = [[] for _ in words]
    for track in tracks if words else ():
        codes = smoothed(track.codes)
        amounts = amounts_of(codes, words, parts, neutral=neutral)
        # Smoothing finds what stands out, but makes a blink a third longer.
        sharp = amounts_of(np.asarray(track.codes, np.float64), words, parts, neutral=neutral)
        series = parts(codes) - parts(neutral)
        for number, word in enumerate(words):
            if word.filter is None:
                matched = _matching(series, amounts, number, words)
            else:
                sharp[:, number] = amounts[:, number]  # a filter of small things lets noise through
                matched = _standing_out(amounts[:, number])
            seen = amounts[:, number], sharp[:, number]
            found[number] += _in_track(track, seen, stretches_of(amounts), matched)
    return found


def _in_track(
    track: Track,
    seen: tuple[Float64, Float64],
    stretches: Sequence[slice],
    matched: Callable[[int, int], float],
) -> list[Occurrence]:
    """The excursions of an amount, smoothed and sharp, whose ``matched`` onset to apex will do."""
    amount, sharp = seen
    found = []
    for part in stretches:
        for rows in _excursions(amount[part]):
            onset, apex, _ = (part.start + row for row in rows)
            match = matched(onset, apex)
            if match >= LEAST_MATCH:
                edges = part.start + _edges(amount[part], sharp[part], rows)
                size = float(amount[apex] - amount[onset])
                found.append(_occurrence(track, edges, size=size, match=match))
    return found


def _excursions(amount: Float64) -> list[tuple[int, int, int]]:
    """Onset, apex and offset rows of the rises of an amount [T] that stand out.

    Where the next rise begins before the foot is reached, it ends at the valley between.
    """
    padded = np.concatenate([[amount.min()], amount, [amount.min()]])
    peaks, facts = find_peaks(padded, prominence=SMALLEST)
    valleys = [a + int(np.argmin(padded[a:b])) for a, b in pairwise(peaks)]
    cuts = [0, *valleys, len(padded) - 1]
    end = len(amount) - 1
    found = []
    for number, (peak, rise) in enumerate(zip(peaks, facts["prominences"], strict=True)):
        low = padded <= padded[peak] - (1 - FOOT) * rise
        before = np.flatnonzero(low[cuts[number] : peak])
        after = np.flatnonzero(low[peak : cuts[number + 1]])
        first = cuts[number] + (int(before[-1]) if before.size else 0)
        last = peak + int(after[0]) if after.size else cuts[number + 1]
        found.append((min(max(first - 1, 0), end), int(peak) - 1, min(int(last) - 1, end)))
    return [ends for ends in found if ends[0] < ends[1] <= ends[2]]


def _edges(amount: Float64, sharp: Float64, rows: tuple[int, int, int]) -> Float64:
    """Onset, apex and offset between the rows, as the amount that is not smoothed shows them."""
    first, apex, last = rows
    near = slice(max(apex - 1, first), min(apex + 1, last) + 1)
    top = near.start + int(np.argmax(sharp[near]))
    base = max(amount[first], amount[last])
    foot = base + FOOT * (sharp[top] - base)
    onset = top - _fall(sharp[first : top + 1][::-1], foot)
    offset = top + _fall(sharp[top : last + 1], foot)
    return np.array([min(onset, apex), apex, max(offset, apex)], np.float64)


def _fall(series: Float64, foot: float) -> float:
    """After how many rows a series is down at ``foot``, between rows; its length if it never is."""
    low = np.flatnonzero(series <= foot)
    if not low.size or low[0] == 0:
        return float(0 if low.size else len(series) - 1)
    row = int(low[0])
    return row - float((foot - series[row]) / (series[row - 1] - series[row]))


def _matching(
    series: Float64, amounts: Float64, number: int, words: Sequence[Told]
) -> Callable[[int, int], float]:
    """The cosine of what changed and a movement, others of the shared ones taken out."""
    shared = [other for other, word in enumerate(words) if word.filter is None]
    shapes = np.stack([words[other].shape for other in shared])
    shape = words[number].shape

    def matched(onset: int, apex: int) -> float:
        others = amounts[apex, shared] - amounts[onset, shared]
        others[shared.index(number)] = 0
        left = series[apex] - series[onset] - others @ shapes
        norms = np.linalg.norm(left) * np.linalg.norm(shape)
        return float(left @ shape / norms) if norms > 0 else 0.0

    return matched


def _standing_out(amount: Float64) -> Callable[[int, int], float]:
    """How far a rise stands out of what the amount does all the time, 0 to 1."""
    usual = usual_noise(amount)

    def matched(onset: int, apex: int) -> float:
        rise = max(float(amount[apex] - amount[onset]), 1e-12)
        return rise / (rise + usual)

    return matched


def usual_noise(amount: Float64) -> float:
    """The spread of an amount where nothing happens: of its middle, as if it were normal."""
    known = amount[np.isfinite(amount)]
    return float(NORMAL * np.median(np.abs(known - np.median(known)))) if known.size else 0.0


def _occurrence(track: Track, edges: Float64, *, size: float, match: float) -> Occurrence:
    rows = np.arange(len(track.times_s))
    onset_s, apex_s, offset_s = (float(one) for one in np.interp(edges, rows, track.times_s))
    return Occurrence(
        recording=track.recording,
        onset_s=onset_s,
        apex_s=apex_s,
        offset_s=offset_s,
        size=size,
        match=match,
    )


def head_turns(tracks: Sequence[Track], found: Sequence[Occurrence]) -> dict[str, float]:
    """How the head turns from onset to apex, degrees; only what it does nearly every time."""
    named = {track.recording: track for track in tracks}
    turns = []
    for one in found:
        track = named[one.recording]
        rows = np.searchsorted(track.times_s, [one.onset_s - 1e-6, one.apex_s - 1e-6])
        turns.append(track.pose_deg[rows[1]] - track.pose_deg[rows[0]])
    known = np.array(turns, np.float64).reshape(-1, 3)
    known = known[np.isfinite(known).all(1)]
    if not len(known):
        return {}
    usual = np.median(known, 0)
    same = (np.sign(known) == np.sign(usual)).mean(0)
    return {
        axis: float(turn)
        for axis, turn, share in zip(AXES, usual, same, strict=True)
        if abs(turn) >= TURNED_DEG and share >= ALWAYS
    }
