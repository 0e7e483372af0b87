"""When patches of skin did something brief: a bank of matched filters, and what it reads at rest.

A pulse of each of some durations is looked for in each patch and each mirrored pair of patches,
beside a straight line, in both directions at once. What a filter reads is measured
against what it usually reads, over the recording and in the seconds around.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import oaconvolve

from mimetic.micro.signal import FineMotion
from mimetic.ops.timeseries import resample
from mimetic.types import Bool, Float64, Int64

DURATIONS_S = (0.06, 0.1, 0.16, 0.25, 0.4, 0.7, 1.1)  # from onset to offset
FEWEST_STEPS = 2.9  # of the clock within the shortest pulse that is looked for
LONGEST_GAP_STEPS = 2.6  # between two frames that a line may bridge
_TRIMMED = 0.6  # of the readings, the smallest, say how a filter reads at rest
_MEDIAN = 2 * np.log(2)  # of the squared length of two standard normal numbers
_BLOCK_S, _BLOCKS = 1.0, 5  # the noise around is the median over so many blocks
_LEAK = 0.02  # of the squared reading of the best patch: a movement shows so far in others
_QUIET = 0.35  # of the patches move less than what is taken for the noise of a moment
_DISTURBED = 2.5  # times the usual squares
_FEW = 2.0  # independent readings
_APART_S = 0.05  # peaks nearer than this are one
_SIDELOBE = 0.62  # of the size of a peak; a filter answers so beside a pulse


@dataclass(frozen=True, kw_only=True, eq=False)
class EvenSeries:
    """Movement of patches, and of mirrored pairs behind them, on an even clock.

    ``values`` [K V 2] pixels of a 128 px crop; of a pair it is the mean, x outward for the
    person's left. NaN where frames are missing.
    """

    times_s: Float64  # [K]
    rate_hz: float
    values: Float64


@dataclass(frozen=True, kw_only=True, eq=False)
class Peak:
    """A moment at which a filter reads more than before and after."""

    time_s: float
    row: int  # of the even series
    duration_s: float
    column: int  # patch, or pair behind the patches
    score: float  # half the squared length in standard deviations
    reading: Float64  # [V, 2], of all patches by this filter at this moment
    whitened: Float64  # [V], in standard deviations


def even_series(motion: FineMotion) -> EvenSeries:
    """The movement on an even clock at the median rate of the frames that show something new."""
    known = np.isfinite(motion.moved_px).all((1, 2))
    times_s = motion.times_s[known]
    step_s = float(np.median(np.diff(times_s)))
    pairs = motion.patches.pairs
    moved = motion.moved_px[known].astype(np.float64)
    both = (moved[:, pairs[:, 0]] + moved[:, pairs[:, 1]] * [-1, 1]) / 2
    values = np.concatenate([moved, both], axis=1)
    gap_s = LONGEST_GAP_STEPS * step_s
    # Parts of a series do not hang together: nothing bridges them.
    pieces, rate_hz = [], 1 / step_s
    clock_s = times_s[0] + np.arange(int((times_s[-1] - times_s[0]) * rate_hz + 1e-6) + 1) * step_s
    even = np.full((clock_s.size, *values.shape[1:]), np.nan)
    for part in np.unique(motion.part[known]):
        rows = motion.part[known] == part
        own_s, own = resample(times_s[rows], values[rows], rate_hz=rate_hz, max_gap_s=gap_s)
        first = round((own_s[0] - clock_s[0]) * rate_hz)
        count = min(own_s.size, clock_s.size - first)
        even[first : first + count] = own[:count]
        pieces.append((first, count))
    return EvenSeries(times_s=clock_s, rate_hz=rate_hz, values=even)


def pulse_shape(share: Float64) -> Float64:
    """A minimum-jerk rise from 0 to 1 (Flash and Hogan 1985) over ``share`` 0 to 1."""
    share = np.clip(share, 0, 1)
    return np.asarray(share**3 * (10 - 15 * share + 6 * share**2))


def pulse_filter(duration_s: float, rate_hz: float) -> Float64:
    """Weights [2 h + 1] that read the height of a pulse beside any straight line."""
    half = max(2, int(np.ceil(duration_s * rate_hz)))
    times_s = np.arange(-half, half + 1) / rate_hz
    pulse = pulse_shape(1 - np.abs(times_s) / (duration_s / 2))
    line = np.stack([np.ones_like(times_s), times_s / times_s[-1]], axis=1)
    own = pulse - line @ np.linalg.lstsq(line, pulse, rcond=None)[0]
    return np.asarray(own / (own @ own))


def find_peaks(series: EvenSeries) -> list[Peak]:
    """All moments at which the bank reads more than around, strongest first."""
    banks = [d for d in DURATIONS_S if d * series.rate_hz >= FEWEST_STEPS]
    readings, scores = [], []
    noise = np.zeros(series.values.shape[1])
    for duration_s in banks:
        weights = pulse_filter(duration_s, series.rate_hz)
        reading = _filtered(series, weights)
        readings.append(reading)
        score, noise = _scores(reading, series.rate_hz, weights, least=noise)
        scores.append(score)
    best = np.stack([np.nan_to_num(score, nan=0.0).max(1) for score in scores])  # [D K]
    chosen = best.argmax(0)
    height = best.max(0)
    found: list[Peak] = []
    for row in _tops(height):
        which = int(chosen[row])
        score = scores[which][row]
        found.append(
            Peak(
                time_s=float(series.times_s[row]),
                row=int(row),
                duration_s=banks[which],
                column=int(np.nanargmax(score)),
                score=float(height[row]),
                reading=readings[which][row],
                whitened=np.sqrt(2 * score),
            )
        )
    return _without_sidelobes(found)


def _filtered(series: EvenSeries, weights: Float64) -> Float64:
    """What a filter reads [K V 2], NaN where it would need frames that are not there."""
    known = np.isfinite(series.values[:, 0, 0])
    out = np.full(series.values.shape, np.nan)
    half = weights.size // 2
    for start, stop in _runs(known):
        if stop - start < weights.size:
            continue
        part = series.values[start:stop]
        read = oaconvolve(part, weights[::-1, None, None], mode="valid", axes=0)
        out[start + half : stop - half] = read
    return out


def _scores(
    reading: Float64, rate_hz: float, weights: Float64, *, least: Float64
) -> tuple[Float64, Float64]:
    """Half squared lengths [K V] in standard deviations of what a filter usually reads.

    A long filter has few readings of its own in a short recording. Its noise is no less than that
    of the shorter one before it, ``least`` [V], under white noise; the second value is this
    filter's own. Both are variances over the squares of weights.
    """
    rows = np.flatnonzero(np.isfinite(reading[:, 0, 0]))
    score = np.full(reading.shape[:2], np.nan)
    if rows.size < 8:
        return score, least
    own = reading[rows]
    doubt = _FEW / (_FEW + 2 * rows.size / weights.size)  # that x and y differ as they seem to
    size = 1.4826 * np.median(np.abs(own), axis=0) + 1e-9
    square = ((own / size) ** 2).sum(-1)
    for _ in range(3):
        kept = (square <= np.quantile(square, _TRIMMED, axis=0)).astype(np.float64)
        spread = np.einsum("kv,kvi,kvj->vij", kept, own, own, optimize=True)
        spread /= kept.sum(0)[:, None, None]
        even = np.trace(spread, axis1=1, axis2=2)[:, None, None] / 2 * np.eye(2)
        spread += doubt * (even - spread) + 1e-12 * np.eye(2)
        inverse = np.linalg.inv(spread)
        square = np.einsum("kvi,vij,kvj->kv", own, inverse, own, optimize=True)
        level = np.median(square, axis=0) / _MEDIAN + 1e-12
        square /= level
    noise = level * np.trace(spread, axis1=1, axis2=2) / (weights @ weights)
    square *= np.minimum(noise / np.maximum(least, 1e-18), 1.0)
    square /= _noise_around(square, rows, rate_hz)
    score[rows] = square / (2 * noise_of_moment(square)[:, None])
    return score, np.maximum(noise, least)


def noise_of_moment(square: Float64) -> Float64:
    """By how much most of the patches exceed the usual at each moment [K], 1 to _DISTURBED.

    Sampling, a codec, light and a head that turns disturb all of the face a little at once; a
    movement of the face is local, and reaches the others by no more than a part of its own size.
    What exceeds the usual by far in most of the face is no noise, and left to ``reasons``.
    """
    quiet = np.quantile(square, _QUIET, axis=1) - _LEAK * square.max(axis=1)
    return np.asarray(np.clip(quiet / (-2 * np.log(1 - _QUIET)), 1.0, _DISTURBED))


def _noise_around(square: Float64, rows: Int64, rate_hz: float) -> Float64:
    """By how much the noise in the seconds around each row exceeds the usual, 1 or more."""
    block = rows // max(1, round(_BLOCK_S * rate_hz))
    names = np.unique(block)
    medians = np.stack([np.median(square[block == name], axis=0) for name in names])
    reach = _BLOCKS // 2
    around = np.stack(
        [np.median(medians[max(0, n - reach) : n + reach + 1], axis=0) for n in range(names.size)]
    )
    level = np.maximum(around / _MEDIAN, 1.0)
    middle = np.array([rows[block == name].mean() for name in names])
    place = np.interp(rows, middle, np.arange(names.size))
    low = np.floor(place).astype(int)
    share = (place - low)[:, None]
    return np.asarray((1 - share) * level[low] + share * level[np.minimum(low + 1, names.size - 1)])


def _runs(known: Bool) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _tops(height: Float64) -> Int64:
    """Rows that are higher than both neighbours, the highest first."""
    before, after = np.r_[0, height[:-1]], np.r_[height[1:], 0]
    rows = np.flatnonzero((height > before) & (height >= after) & (height > 0))
    return rows[np.argsort(-height[rows], kind="stable")]


def _without_sidelobes(peaks: list[Peak]) -> list[Peak]:
    """Peaks in falling order, those left out that a larger one beside them explains."""
    kept: list[Peak] = []
    for peak in peaks:
        hidden = False
        for other in kept:
            away_s = abs(peak.time_s - other.time_s)
            same = away_s < max(_APART_S, 0.3 * (peak.duration_s + other.duration_s))
            beside = away_s < 0.5 * other.duration_s + peak.duration_s
            weak = peak.score < _SIDELOBE**2 * other.score
            hidden |= same or (beside and weak)
        if not hidden:
            kept.append(peak)
    return kept
