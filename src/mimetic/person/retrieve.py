"""Finding a moment again: every time that a face does what it did then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.person.segments import CLOCK_HZ, Track, smoothed, stretches_of
from mimetic.types import Float64

MOMENTS = 8  # at which the example and a candidate are compared
TEMPOS = (0.6, 0.8, 1.0, 1.25, 1.6)  # durations tried, against the example's
LEAST_S = 0.12
CLEAR = 0.05  # of the energy of the example's strongest axis; weaker axes do not count


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A stretch of video that is like an example; ``alike`` is 1 for a copy of it."""

    recording: str
    start_s: float
    end_s: float
    alike: float


def find_moments(
    tracks: Sequence[Track],
    axes: Float64,
    *,
    example: tuple[str, float, float],
    least: float,
) -> list[Hit]:
    """Stretches like the ``example`` (recording, from, to in seconds), most alike first.

    Codes are seen along ``axes`` [D K] and from their own start, so that what the face
    did before does not matter; axes count by how much the example uses them. Durations
    from 0.6 to 1.6 of the example's are tried; hits never overlap. The example finds
    itself first.
    """
    wanted = _template(tracks, axes, example)
    energy = (wanted**2).mean(0)
    weight = np.sqrt(np.where(energy >= CLEAR * energy.max(), energy, 0) / max(energy.sum(), 1e-30))
    span = max(round((example[2] - example[1]) * CLOCK_HZ), 2)
    lengths = sorted({max(round(span * tempo), 2) for tempo in TEMPOS})
    hits: list[Hit] = []
    for track in tracks:
        series = smoothed(track.codes) @ axes
        for part in stretches_of(series):
            for length in lengths:
                for row, score in _scan(series[part], wanted, length=length, weight=weight):
                    rows = part.start + row, part.start + row + length
                    hits.append(_hit(track, rows, score))
    return _apart([hit for hit in hits if hit.alike >= least])


def _template(tracks: Sequence[Track], axes: Float64, example: tuple[str, float, float]) -> Float64:
    name, start_s, end_s = example
    named = [track for track in tracks if track.recording == name]
    if not named or not end_s - start_s >= LEAST_S:
        raise ArgumentError(
            f"like: expected a stretch of {LEAST_S} s or more of one of "
            f"{', '.join(track.recording for track in tracks)}, got {example}"
        )
    track = named[0]
    ends = np.searchsorted(track.times_s, [start_s - 1e-6, end_s - 1e-6])
    first, last = (int(row) for row in np.clip(ends, 0, track.times_s.size - 1))
    series = smoothed(track.codes)[first : last + 1] @ axes
    if last - first < 2 or not np.isfinite(series).all():
        raise ArgumentError(
            f"like: expected a stretch in which the face was measured throughout, got "
            f"{start_s:.2f} to {end_s:.2f} s of {name}"
        )
    at = np.linspace(0, len(series) - 1, MOMENTS + 1)
    path = np.stack([np.interp(at, np.arange(len(series)), column) for column in series.T], 1)
    return np.asarray((path - path[0])[1:])


def _scan(
    series: Float64, wanted: Float64, *, length: int, weight: Float64
) -> list[tuple[int, float]]:
    """Where a stretch of ``length`` rows is most like ``wanted`` [J K], and how alike."""
    starts = len(series) - length
    if starts < 1:
        return []
    rows = np.arange(starts)[:, None] + np.linspace(0, length, MOMENTS + 1)
    low = np.minimum(rows.astype(np.int64), len(series) - 2)
    share = (rows - low)[..., None]
    paths = (1 - share) * series[low] + share * series[low + 1]
    moved = (paths - paths[:, :1])[:, 1:] * weight
    target = wanted * weight
    apart = ((moved - target) ** 2).sum((1, 2))
    # 1 for a copy, 0 for a stretch in which nothing moves.
    alike = 1 - apart / ((moved**2).sum((1, 2)) + (target**2).sum())
    padded = np.concatenate([[-np.inf], alike, [-np.inf]])
    peaks = np.flatnonzero((alike >= padded[:-2]) & (alike > padded[2:]))
    return [(int(row), float(alike[row])) for row in peaks]


def _hit(track: Track, rows: tuple[int, int], alike: float) -> Hit:
    start_s, end_s = (float(track.times_s[row]) for row in rows)
    return Hit(recording=track.recording, start_s=start_s, end_s=end_s, alike=alike)


def _apart(hits: list[Hit]) -> list[Hit]:
    """The best hits, none of which overlaps a better one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda one: -one.alike):
        if all(
            hit.recording != other.recording
            or hit.end_s <= other.start_s
            or hit.start_s >= other.end_s
            for other in kept
        ):
            kept.append(hit)
    return kept
