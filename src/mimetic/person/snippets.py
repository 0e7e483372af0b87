"""Strokes of one part of the face as paths that can be compared, whatever their size and tempo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.person.calibrate import noise_of
from mimetic.person.parts import Parts
from mimetic.person.segments import CLOCK_HZ, Track, smoothed, strokes
from mimetic.types import Float64, Floats, Int64

MOMENTS = 5  # of a path, evenly over its duration, the last being its end
OVER_NOISE = 3.0  # a stroke is longer than this many times the noise of its part
LEAST_SIZE = 0.2  # and than this part of the usual (rms) movement of the face
TEMPO = 0.3  # how much twice the duration counts, against a path of length 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Snippets:
    """The strokes of one part of the face, all tracks together, each leading away from rest.

    A stroke that comes back toward the neutral face is told backwards (``sign`` -1):
    raising a brow and letting it down again are two witnesses of one movement.
    """

    part: int
    track: Int64  # [n]
    rows: Int64  # [n, 2]
    sign: Float64  # [n]
    size: Float64  # [n], length in units of the part
    duration_s: Float64  # [n]
    paths: Float64  # [n, J, K], from the start, over the size
    change: Float64  # [n, D], of the scaled codes from rest to movement

    def __len__(self) -> int:
        return len(self.size)

    def chosen(self, which: Int64) -> Snippets:
        """Some of them."""
        names = ("track", "rows", "sign", "size", "duration_s", "paths", "change")
        return Snippets(part=self.part, **{name: getattr(self, name)[which] for name in names})


def snippets_of(tracks: Sequence[Track], parts: Parts, part: int, *, neutral: Floats) -> Snippets:
    """All strokes of a part [K axes] that rise above its noise."""
    axes = parts.maps[:, parts.part == part]
    rest = np.asarray(neutral, np.float64) @ axes
    found = []
    for number, track in enumerate(tracks):
        codes = smoothed(track.codes)
        series = codes @ axes
        for first, last in strokes(series):
            found.append(_snippet(series, codes, rest, ends=(first, last)) | {"track": number})
    joined = {name: np.array([one[name] for one in found]) for name in (found[0] if found else {})}
    if not found:
        return _none(part, axes.shape[0], axes.shape[1])
    every = Snippets(part=part, **joined)
    least = max(OVER_NOISE * _noise(tracks, axes), LEAST_SIZE)
    return every.chosen(np.flatnonzero(every.size > least))


def snippet_distance(snippets: Snippets) -> Float64:
    """How different strokes are [n n]: of their paths, and of the logarithm of their tempo."""
    # The width is told, not guessed: a part that never moved has no strokes.
    width = snippets.paths.shape[1] * snippets.paths.shape[2]
    flat = snippets.paths.reshape(len(snippets), width) / np.sqrt(MOMENTS)
    tempo = TEMPO * np.log2(snippets.duration_s)
    flat = np.concatenate([flat, tempo[:, None]], 1)
    squares = (flat**2).sum(1)
    return np.asarray(np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * flat @ flat.T, 0)))


def _snippet(
    series: Float64, codes: Float64, rest: Float64, *, ends: tuple[int, int]
) -> dict[str, object]:
    first, last = ends
    step = series[last] - series[first]
    size = float(np.linalg.norm(step))
    along = step / max(size, 1e-12)
    # Away from rest is the end that lies farther out along the stroke.
    forward = abs((series[last] - rest) @ along) >= abs((series[first] - rest) @ along)
    piece = series[first : last + 1] if forward else series[first : last + 1][::-1]
    at = np.linspace(0, len(piece) - 1, MOMENTS + 1)[1:]
    path = np.stack([np.interp(at, np.arange(len(piece)), column) for column in piece.T], 1)
    sign = 1.0 if forward else -1.0
    return {
        "rows": (first, last),
        "sign": sign,
        "size": size,
        "duration_s": (last - first) / CLOCK_HZ,
        "paths": (path - piece[0]) / max(size, 1e-12),
        "change": sign * (codes[last] - codes[first]),
    }


def _noise(tracks: Sequence[Track], axes: Float64) -> float:
    """Noise of one moment of a part, over all its axes; 0 where it cannot be told."""
    levels = []
    for track in tracks:
        series = np.asarray(track.codes @ axes)
        known = np.isfinite(series).all(1)
        noise = noise_of(series[known], track.times_s[known], share=np.ones(axes.shape[1]))
        levels.append(float(np.sqrt((noise**2).sum())))
    known_levels = [level for level in levels if np.isfinite(level)]
    return float(np.mean(known_levels)) if known_levels else 0.0


def _none(part: int, codes: int, axes: int) -> Snippets:
    return Snippets(
        part=part,
        track=np.zeros(0, np.int64),
        rows=np.zeros((0, 2), np.int64),
        sign=np.zeros(0),
        size=np.zeros(0),
        duration_s=np.zeros(0),
        paths=np.zeros((0, MOMENTS, axes)),
        change=np.zeros((0, codes)),
    )
